"""What somebody can do who has the file and knows SQLite: for demos and tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["forge"]

_FORGERY = """
    UPDATE history SET actor = 'nobody'
    WHERE seq = (SELECT max(seq) / 2 FROM history)
    """


def forge(path: Path) -> None:
    """Change one row in the middle of a history, past the triggers that refuse it."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TRIGGER history_refuses_update")
        database.execute(_FORGERY)
