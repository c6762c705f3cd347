"""What every table is made of: the metadata, the columns, the partial index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    text,
)

from leadstate.store.columns import Instant, Length, Word

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from enum import StrEnum

__all__ = [
    "json_column",
    "length_column",
    "metadata",
    "moment_column",
    "partial_index",
    "record_column",
    "serial_column",
    "text_column",
    "whole_column",
    "word_column",
]

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def text_column(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    """Return a text."""
    return Column(name, Text, nullable=null, primary_key=key)


def whole_column(name: str) -> Column[int]:
    """Return a whole number."""
    return Column(name, Integer, nullable=False)


def moment_column(
    name: str, *, null: bool = False, key: bool = False
) -> Column[datetime]:
    """Return a moment, in microseconds since 1970."""
    return Column(name, Instant, nullable=null, primary_key=key)


def length_column(name: str, *, null: bool = False) -> Column[timedelta]:
    """Return a length of time, in microseconds."""
    return Column(name, Length, nullable=null)


def word_column(name: str, words: type[StrEnum]) -> Column[StrEnum]:
    """Return a word of a fixed set."""
    return Column(name, Word(words), nullable=False)


def json_column(name: str, *, null: bool = False) -> Column[object]:
    """Return a document."""
    return Column(name, JSON(none_as_null=True), nullable=null)


def serial_column(name: str = "id") -> Column[int]:
    """Return a key that counts by itself."""
    # SQLite counts by itself only in a column declared as exactly INTEGER.
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column(name, kind, primary_key=True, autoincrement=True)


def record_column(*, null: bool = False, key: bool = False) -> Column[str]:
    """Return the reference to a record, checked at the commit."""
    reference = ForeignKey("record.id", deferrable=True, initially="DEFERRED")
    return Column("record_id", Text, reference, nullable=null, primary_key=key)


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index over the rows that meet a condition, written as SQL."""
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )
