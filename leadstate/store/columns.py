"""The column types that tables share: a moment, a length of time, a word of a set.

>>> Instant().process_bind_param(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), None)
1000000
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import BigInteger, Text, literal_column
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy import ColumnElement, Dialect

__all__ = ["Instant", "Length", "Word", "constant", "from_micros", "to_micros"]

W = TypeVar("W", bound="StrEnum")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970; exact, where ``timestamp()`` would round."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC moment."""
    return _EPOCH + timedelta(microseconds=micros)


def constant(value: str | int) -> ColumnElement[Any]:
    """Return a word or number of ours, written into the statement.

    Only then does a partial index serve it, and is a plan made for it.
    """
    if isinstance(value, int):
        return literal_column(str(value), BigInteger)
    quoted = str(value).replace("'", "''")
    return literal_column(f"'{quoted}'", Text)


class Instant(TypeDecorator[datetime]):
    """A moment as integer microseconds since 1970, so that it sorts and never shifts.

    A naive datetime is refused by the subtraction: nobody knows which moment it is.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect | None,  # noqa: ARG002
    ) -> int | None:
        """Return the stored form."""
        return None if value is None else to_micros(value)

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect | None,  # noqa: ARG002
    ) -> datetime | None:
        """Return the moment."""
        return None if value is None else from_micros(value)


class Length(TypeDecorator[timedelta]):
    """A length of time as integer microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: timedelta | None,
        dialect: Dialect | None,  # noqa: ARG002
    ) -> int | None:
        """Return the stored form."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect | None,  # noqa: ARG002
    ) -> timedelta | None:
        """Return the length."""
        return None if value is None else timedelta(microseconds=value)


class Word(TypeDecorator[W]):
    """A `StrEnum` kept as its text."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        super().__init__()
        self.words = words
        self._known: dict[str, W] = {word.value: word for word in words}

    def process_bind_param(
        self,
        value: W | str | None,
        dialect: Dialect | None,  # noqa: ARG002
    ) -> str | None:
        """Return the text; a word outside the set is refused."""
        return None if value is None else self._word(value).value

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect | None,  # noqa: ARG002
    ) -> W | None:
        """Return the word."""
        return None if value is None else self._word(value)

    def _word(self, value: str) -> W:
        known = self._known.get(value)  # the class itself is slow to say it
        return self.words(value) if known is None else known
