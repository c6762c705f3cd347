"""Everything that knows SQLite: its language, engines, locks, copies and repairs.

Nothing outside of this package imports `sqlite3`, or SQLAlchemy's part for it; what
the store asks of a database is `leadstate.store.database.Database`.
"""
