"""Conditions as SQL over the stored records; the only place here that needs SQLAlchemy.

`leadstate.guards` loads it when `to_sql` is asked for, so that a guard does not wait
for a database library.
"""

from __future__ import annotations

from leadstate.guards.sql.dialect import SqliteDialect
from leadstate.guards.sql.writing import SqlColumns, to_sql

__all__ = ["SqlColumns", "SqliteDialect", "to_sql"]
