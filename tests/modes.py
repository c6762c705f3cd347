"""Installations that act on their connections, or only observe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.mode import ConnectionMode
from leadstate.store import ModeRow

if TYPE_CHECKING:
    from leadstate.service.app import App

__all__ = ["acting", "observing"]


def acting(app: App) -> App:
    """Let an installation act on all its connections from the beginning."""
    return _begun(app, *app.connections, mode=ConnectionMode.LIVE)


def observing(app: App, *names: str) -> App:
    """Let an installation only observe these connections, or all."""
    return _begun(app, *(names or app.connections), mode=ConnectionMode.OBSERVE)


def _begun(app: App, *names: str, mode: ConnectionMode) -> App:
    with app.store.begin() as work:
        for name in names:
            since = app.clock.now()
            row = ModeRow(connection=name, mode=mode, since=since, actor="ann")
            work.modes.put(row)
        work.commit()
    return app
