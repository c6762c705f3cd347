"""A local twin of amoCRM's v4 API, for tests, demonstrations and rehearsals.

Importing this module is cheap: the server is loaded when it is first used.

    from leadstate_amocrm.sandbox import SandboxConfig, create_app

    app = create_app(SandboxConfig(token="long-lived", records=50))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command
from .config import SandboxConfig

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["SandboxConfig", "command", "create_app"]


def create_app(config: SandboxConfig) -> Starlette:
    """Return the sandbox as an ASGI application with its own, fresh account."""
    from .app import build  # noqa: PLC0415 - keeps the import of the plugin cheap

    return build(config)
