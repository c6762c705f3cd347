"""Conditions as SQL over the stored records; the only place here that needs SQLAlchemy.

What databases write in their own way is named in `constructs`, and written in the
dialect file of the store that the condition is run on.

`leadstate.guards` loads it when `to_sql` is asked for, so that a guard does not wait
for a database library.
"""

from __future__ import annotations

from leadstate.guards.sql.writing import SqlColumns, to_sql

__all__ = ["SqlColumns", "to_sql"]
