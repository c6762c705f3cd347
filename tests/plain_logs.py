"""Logs as tests have them: plain, at every level, and to be captured at any time."""

from __future__ import annotations

import structlog

__all__ = ["plain_logs"]


def plain_logs() -> None:
    """Forget how a command has set up its logs.

    Nobody reads them here: pictures of every local variable would take seconds a
    traceback.
    """
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )
