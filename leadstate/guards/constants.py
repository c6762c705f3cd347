"""Read the constants of a condition as the type of the field they are held against.

Strict on purpose: what a person would have to guess about (``10k``, ``1,5``,
``31.01.2026``) is refused with a sentence that shows the right form.

    >>> from leadstate.domain.lifecycle import Field
    >>> from leadstate.domain.values import FieldType, coerce
    >>> from leadstate.guards.tokens import tokenize
    >>> size = Field(name="size", type=FieldType.INTEGER, label="Size")
    >>> read_constant(tokenize("50")[0], size, timezone="UTC")
    50
"""

from __future__ import annotations

import difflib
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.domain.values import FieldType, coerce
from leadstate.guards.tokens import Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from leadstate.domain.condition import Literal
    from leadstate.domain.lifecycle import Field
    from leadstate.guards.mistakes import GuardError

__all__ = [
    "day_bounds",
    "did_you_mean",
    "is_day",
    "read_constant",
    "read_number",
    "read_span",
]

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_AMOUNT = re.compile(r"[0-9]{1,9}")
_INTEGER_LIMIT = 2**63
_LONGEST_SPAN = timedelta(days=36_500)
_FIRST_YEAR = 1000  # earlier years lose their zeros, and their order, when stored
_MANY = 12
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_SPANS = _UNITS | {f"{unit}s": span for unit, span in _UNITS.items()}


def did_you_mean(wrong: str, known: Collection[str]) -> str:
    """Return a hint: the nearest known name, then the known names if they are few."""
    if not known:
        return "The workflow declares none"
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(wrong.casefold(), folded, n=1)
    names = sorted(known)
    more = ", …" if len(names) > _MANY else ""
    listing = f"Known: {', '.join(names[:_MANY])}{more}"
    return f"Did you mean '{folded[near[0]]}'? {listing}" if near else listing


def read_constant(token: Token, field: Field, *, timezone: str) -> Literal:
    """Return the constant as ``field``'s type; naive moments are local to ``timezone``.

    Raises:
        GuardError: The constant does not fit, with the one mistake.
    """
    if field.type in _TEXTS and not token.text.strip():
        hint = f"Empty counts as missing; write '{field.name} is unknown'"
        raise token.mistake("LS225", f"'{field.name}' can never be empty text", hint)
    if field.type is FieldType.CHOICE:
        return _option(token, field)
    if field.type is FieldType.DATETIME:
        return _moment(token, field, timezone)
    return _READERS[field.type](token, field)


def _unfit(token: Token, field: Field, wanted: str, hint: str) -> GuardError:
    what = f"'{field.name}' is {field.type}; {token.shown} is not {wanted}"
    return token.mistake("LS220", what, hint)


def _option(token: Token, field: Field) -> str:
    wanted = token.text.strip().casefold()
    for option in field.options:
        if option.casefold() == wanted:
            return option
    what = f"{token.shown} is not an option of '{field.name}'"
    raise token.mistake("LS221", what, did_you_mean(token.text, field.options))


def _text(token: Token, _field: Field) -> str:
    return token.text


def _owner(token: Token, _field: Field) -> str:
    return token.text.strip().casefold()


def _email(token: Token, _field: Field) -> str:
    return token.text.lower()


def _phone(token: Token, field: Field) -> str:
    return str(coerce(token.text, FieldType.PHONE, field.options))


def _tag(token: Token, _field: Field) -> str:
    return token.text.strip().casefold()


def _integer(token: Token, field: Field) -> int:
    if not _INTEGER.fullmatch(token.text):
        raise _unfit(token, field, "a whole number", "Write digits only: 50")
    number = int(token.text)
    if not -_INTEGER_LIMIT <= number < _INTEGER_LIMIT:
        raise _unfit(token, field, "a number it can hold", "Use a smaller number")
    return number


def _number(token: Token, field: Field) -> float:
    if not _NUMBER.fullmatch(token.text):
        hint = "Write digits with a point: 10000 or 0.5"
        raise _unfit(token, field, "a number", hint)
    return float(token.text)


def read_number(token: Token, what: str) -> float:
    """Return the number that a score is held against; ``what`` names the score."""
    if not _NUMBER.fullmatch(token.text):
        message = f"'{what}' is a number; {token.shown} is not"
        hint = "Write digits with a point: 40 or 0.5"
        raise token.mistake("LS220", message, hint)
    return float(token.text)


def _boolean(token: Token, field: Field) -> bool:
    folded = token.text.casefold()
    if folded not in ("true", "false", "yes", "no"):
        raise _unfit(token, field, "true or false", f"Write '{field.name} is true'")
    return folded in ("true", "yes")


def is_day(token: Token) -> bool:
    """Return whether the constant has the form of a day, like 2026-01-31."""
    return bool(_DAY.fullmatch(token.text))


def _no_such_day(token: Token) -> GuardError:
    what = f"{token.shown} is not in the calendar"
    return token.mistake("LS223", what, "Write a day from the year 1000 to 9998")


def _day(token: Token, field: Field) -> date:
    if not is_day(token):
        wanted = (
            "a day" if token.kind is not TokenKind.WORD else "a day like 2026-01-31"
        )
        raise _unfit(token, field, wanted, "Write year-month-day: 2026-01-31")
    try:
        day = date.fromisoformat(token.text)
    except ValueError:
        raise _no_such_day(token) from None
    if day.year < _FIRST_YEAR:
        raise _no_such_day(token)
    return day


def _moment(token: Token, field: Field, timezone: str) -> datetime:
    if not _MOMENT.fullmatch(token.text):
        hint = "Write 2026-01-31T09:00 or 2026-01-31T09:00Z"
        raise _unfit(token, field, "a moment", hint)
    try:
        moment = datetime.fromisoformat(token.text)
        local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
        found = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_such_day(token) from None
    if found.year < _FIRST_YEAR:
        raise _no_such_day(token)
    return found


def day_bounds(
    token: Token, field: Field, *, timezone: str
) -> tuple[datetime, datetime]:
    """Return when the local day starts and when the next one does, for date-times."""
    day = _day(token, field)
    zone = ZoneInfo(timezone)
    try:
        following = day + timedelta(days=1)
        starts = [
            datetime(each.year, each.month, each.day, tzinfo=zone).astimezone(UTC)
            for each in (day, following)
        ]
    except OverflowError:
        raise _no_such_day(token) from None
    return starts[0], starts[1]


def read_span(amount: Token, unit: Token, field: Field) -> timedelta:
    """Return the length of a ``within``; date fields take whole days and weeks only."""
    if not _AMOUNT.fullmatch(amount.text):
        hint = "As in: within next 90 days"
        raise amount.mistake("LS224", f"{amount.shown} is not a whole number", hint)
    if unit.key not in _SPANS:
        what = f"{unit.shown} is not a unit of time"
        raise unit.mistake("LS224", what, "Units: minutes, hours, days, weeks")
    each = _SPANS[unit.key]
    if field.type is FieldType.DATE and each < _UNITS["day"]:
        what = f"'{field.name}' is a date and has no {unit.text}"
        raise unit.mistake("LS224", what, "Use days or weeks")
    number = int(amount.text)
    if number > _LONGEST_SPAN // each:
        what = f"{amount.text} {unit.text} is longer than {_LONGEST_SPAN.days:,} days"
        raise amount.mistake("LS224", what, "Use a shorter span")
    return each * number


_TEXTS = frozenset(
    {
        FieldType.TEXT,
        FieldType.EMAIL,
        FieldType.PHONE,
        FieldType.CHOICE,
        FieldType.OWNER,
        FieldType.TAGS,
    }
)
_READERS: dict[FieldType, Callable[[Token, Field], Literal]] = {
    FieldType.TEXT: _text,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.OWNER: _owner,
    FieldType.TAGS: _tag,
    FieldType.INTEGER: _integer,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _day,
}
