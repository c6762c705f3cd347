"""Alembic's entry: run the steps inside the transaction that the store opened."""

from __future__ import annotations

from alembic import context

from leadstate.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
