"""Bring a database to the schema of this version, once, under the write lock.

The alembic machinery is imported only when there is something to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table

from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["HEAD", "KNOWN", "MIGRATIONS", "revision_of", "to_head"]

HEAD = "0011"
_STAMP = table("alembic_version", column("version_num"))
MIGRATIONS = Path(__file__).parent / "migrations"
KNOWN = frozenset(f"{number:04}" for number in range(1, int(HEAD) + 1))


def to_head(engine: Engine, where: str) -> None:
    """Migrate to `HEAD`; several processes may try at once."""
    with engine.connect() as connection:
        if _revision(connection, where) == HEAD:
            return
        _upgrade(connection)
        connection.commit()


def revision_of(connection: Connection) -> str | None:
    """Return where the schema of a database stands; None when it is not Leadstate's."""
    if not inspect(connection).has_table(_STAMP.name):
        return None
    return connection.scalar(select(_STAMP.c.version_num)) or ""


def _revision(connection: Connection, where: str) -> str | None:
    """Return where the schema stands, None for an empty database."""
    found = revision_of(connection)
    if found is None:
        if not inspect(connection).get_table_names():
            return None
        message = (
            f"{where} is a database of something else: it has tables, but not "
            "Leadstate's.  Point the store's URL at another file."
        )
        raise ConfigurationError(message)
    if found and found not in KNOWN:
        message = (
            f"{where} was made by a newer Leadstate: its schema is {found}, this "
            f"version knows up to {HEAD}.  Upgrade Leadstate, or restore a backup."
        )
        raise ConfigurationError(message)
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
