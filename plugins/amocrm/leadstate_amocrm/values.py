"""Custom field values as text, and text as what amoCRM takes, for every type of field.

Text is canonical: dates ``2026-11-22``, moments ``2026-11-22T08:00:00Z``, ``true``,
numbers as decimals, options by name, several joined with ``;``, addresses and legal
entities as one JSON object.  Types: "Fields and groups of fields", amocrm.ru/developers
(seen 2026-11-22).

>>> same("numeric", "1500.50", "1500.5"), same("text", "1500.50", "1500.5")
(True, False)
>>> same("multiselect", "crm;erp", "erp;crm"), same("text", "", None)
(True, True)
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .payloads_account import FieldRow

__all__ = [
    "READ_ONLY",
    "UnfitValue",
    "did_you_mean",
    "epoch_of",
    "further_of",
    "moment_text",
    "number_text",
    "same",
    "text_of",
    "values_of",
]

READ_ONLY = frozenset({"file", "linked_entity", "chained_list", "items"})
_NUMBERS = frozenset({"numeric", "monetary", "price"})
_CHOICES = frozenset({"select", "radiobutton", "category"})
_DATES = frozenset({"date", "birthday"})
_OBJECTS = {"smart_address": "address_line_1", "legal_entity": "name"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_DAY = 86_400
_MAIN = "WORK"  # the kind of phone or e-mail that a binding reads and writes


class UnfitValue(ValueError):
    """A text that the field cannot hold; the message says why and what could."""


# -- reading ---------------------------------------------------------------------------


def text_of(
    kind: str, values: Sequence[Mapping[str, object]], zone: tzinfo
) -> str | None:
    """Return the values of a field as text; None when it is empty.

    Args:
        kind: amoCRM's type of the field; an unknown one is read as text.
        zone: The account's time zone, which says what day a date is.
    """
    if not values:
        return None
    if kind == "multitext":
        return _scalar(_main(values).get("value"))
    if kind == "smart_address":
        return _json({_part(one): one.get("value") for one in values})
    if kind == "chained_list":
        return _joined(
            f"{one.get('catalog_id')}:{one.get('catalog_element_id')}" for one in values
        )
    texts = [_one(kind, value.get("value"), zone) for value in values]
    return _joined(text for text in texts if text)


def _one(kind: str, value: object, zone: tzinfo) -> str | None:
    if value is None or value == "":
        return None
    if kind == "checkbox":
        return "true" if str(value).lower() in {"true", "1"} else "false"
    if kind in _NUMBERS:
        return number_text(str(value))
    if kind in _DATES or kind == "date_time":
        return _date_text(kind, value, zone)
    if isinstance(value, dict):
        named = value.get("name") if kind == "linked_entity" else None
        named = value.get("file_name") if kind == "file" else named
        return _scalar(named) or _json(value)
    return _scalar(value)


def _date_text(kind: str, value: object, zone: tzinfo) -> str | None:
    seconds = epoch_of(str(value))
    if seconds is None:
        return _scalar(value)
    if kind == "date_time":
        return moment_text(seconds)
    # A program writes midnight in UTC or in the account's zone (both are recorded).
    where = UTC if seconds % _DAY == 0 else zone
    return (_EPOCH + seconds * _SECOND).astimezone(where).date().isoformat()


def further_of(values: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Return what a field of several kinds holds beside what its text says."""
    main = _main(values) if values else None
    texts = (_scalar(one.get("value")) for one in values if one is not main)
    return tuple(text for text in texts if text)


def _main(values: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Return the first value of the work kind, else the first one."""
    return next((one for one in values if _part(one) == _MAIN), values[0])


def _part(value: Mapping[str, object]) -> str:
    """Return which kind or part a value is; amoCRM spells the key in two ways."""
    return str(value.get("enum_code") or value.get("enum") or value.get("enum_id"))


def _scalar(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _json(value: Mapping[str, object]) -> str | None:
    kept = {key: one for key, one in value.items() if one not in (None, "")}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None


def _joined(texts: Iterable[str]) -> str | None:
    return ";".join(texts) or None


def moment_text(seconds: int | None) -> str | None:
    """Return epoch seconds as ISO text in UTC."""
    if seconds is None:
        return None
    try:
        moment = _EPOCH + seconds * _SECOND
    except OverflowError:
        return None
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def epoch_of(text: str) -> int | None:
    """Return the epoch seconds that ``text`` names: digits or ISO, naive is UTC."""
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        seconds = int(text) if len(digits) <= 11 else None  # noqa: PLR2004
        return seconds if moment_text(seconds) else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _SECOND


def number_text(text: str) -> str:
    """Return a number in its shortest decimal form; anything else unchanged."""
    number = _number(text)
    if number is None:
        return text
    return f"{number.normalize():f}" if number else "0"


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None  # noqa: PLR2004


# -- writing ---------------------------------------------------------------------------


def values_of(
    field: FieldRow, text: str, zone: tzinfo, held: Sequence[Mapping[str, object]] = ()
) -> list[dict[str, object]] | None:
    """Return what to send so that ``field`` holds ``text``; None empties it.

    Args:
        held: What the field holds now; the other phones and e-mails are kept.

    Raises:
        UnfitValue: The field cannot hold the text, or this adapter cannot write it.
    """
    if field.type in READ_ONLY:
        raise UnfitValue(f"fields of type {field.type} can be read and not written")
    if field.type == "multitext":
        return _multitext(text.strip(), held)
    if not text.strip():
        return None
    if field.type in _CHOICES:
        return [_option(field, text)]
    if field.type == "multiselect":
        parts = dict.fromkeys(part.strip() for part in text.split(";"))
        return [_option(field, part) for part in parts if part] or None
    if field.type in _OBJECTS:
        return _composed(field.type, text)
    return [{"value": _WRITERS.get(field.type, _as_is)(text, zone)}]


def _multitext(
    text: str, held: Sequence[Mapping[str, object]]
) -> list[dict[str, object]] | None:
    """Put a value in the place of the one that is read, and keep all others.

    That is the first work value, or the first of whatever kind, which stays of it.  A
    value that is there already changes places with it: nothing is there twice, and what
    was the first one is not lost.
    """
    kept = [_kept(one) for one in held]
    work = [n for n, one in enumerate(kept) if one.get("enum_code") == _MAIN]
    at = work[0] if work else 0
    before = kept.pop(at) if kept else {"enum_code": _MAIN}
    again = [n for n, one in enumerate(kept) if _folded(one["value"]) == _folded(text)]
    if text and again:
        kept[again[0]] = {**kept[again[0]], "value": before["value"]}
    new = [{**before, "value": text}] if text else []
    return [*kept[:at], *new, *kept[at:]] or None


def _folded(value: object) -> str:
    return str(value or "").strip().casefold()


def _kept(value: Mapping[str, object]) -> dict[str, object]:
    """Return a value as it is written back; the id of its kind where that is all."""
    part = _part(value)
    kind: dict[str, object] = {"enum_code": part}
    return {"value": value.get("value")} | (
        {"enum_id": int(part)} if part.isdigit() else kind
    )


def _option(field: FieldRow, text: str) -> dict[str, object]:
    wanted = text.strip().casefold()
    exact = [one for one in field.enums if one.value == text.strip()]
    found = exact or [one for one in field.enums if one.value.casefold() == wanted]
    if not found:
        hint = did_you_mean(text, field.options)
        raise UnfitValue(f"{field.name!r} has no option {text!r}{hint}")
    return {"enum_id": int(found[0].id)}


def _composed(kind: str, text: str) -> list[dict[str, object]]:
    """Take one JSON object; other text goes to the part that people read first."""
    try:
        parts: object = json.loads(text)
    except ValueError:
        parts = None
    if not isinstance(parts, dict):
        parts = {_OBJECTS[kind]: text}
    if kind == "smart_address":
        return [{"value": str(v), "enum_code": str(k)} for k, v in parts.items()]
    return [{"value": parts}]


def _flag(text: str, zone: tzinfo) -> object:
    del zone
    folded = text.strip().lower()
    if folded not in {"true", "false", "1", "0", "yes", "no"}:
        raise UnfitValue(f"{text!r} is neither true nor false")
    return folded in {"true", "1", "yes"}


def _decimal(text: str, zone: tzinfo) -> object:
    del zone
    if _number(text) is None:
        raise UnfitValue(f"{text!r} is no number")
    return number_text(text)


def _day(text: str, zone: tzinfo) -> object:
    """Write midnight in the account's zone: its people see this day."""
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise UnfitValue(f"{text!r} is no date; write 2026-11-22") from None
    return (datetime.combine(day, time(), zone) - _EPOCH) // _SECOND


def _moment(text: str, zone: tzinfo) -> object:
    del zone
    seconds = epoch_of(text.strip())
    if seconds is None:
        raise UnfitValue(f"{text!r} is no moment; write 2026-11-22T08:00:00Z")
    return seconds


def _as_is(text: str, zone: tzinfo) -> object:
    del zone
    return text


_WRITERS: dict[str, Callable[[str, tzinfo], object]] = {
    "checkbox": _flag,
    "date": _day,
    "birthday": _day,
    "date_time": _moment,
    **dict.fromkeys(_NUMBERS, _decimal),
}


# -- comparing -------------------------------------------------------------------------


def same(kind: str, asked: str, held: str | None) -> bool:
    """Return whether ``held`` is how amoCRM keeps ``asked`` in a field of this type."""
    asked, held = asked.strip(), (held or "").strip()
    if asked == held:
        return True
    if not asked or not held:
        return False
    return _key(kind, asked) == _key(kind, held)


def _key(kind: str, text: str) -> object:
    """Return what two equal texts of a type have in common."""
    if kind in _OBJECTS:
        return _parts(kind, text)
    if kind == "multitext" and "@" in text:
        return text.casefold()
    return _KEYS.get(kind, str)(text)


def _parts(kind: str, text: str) -> object:
    try:
        parts: object = json.loads(text)
    except ValueError:
        parts = None
    found = parts if isinstance(parts, dict) else {_OBJECTS[kind]: text}
    return {str(key): str(value) for key, value in found.items()}


_KEYS: dict[str, Callable[[str], object]] = {
    "checkbox": lambda text: text.lower() in {"true", "1", "yes"},
    "date_time": lambda text: epoch_of(text) or text,
    "multiselect": lambda text: frozenset(
        part.strip().casefold() for part in text.split(";")
    ),
    **dict.fromkeys(_NUMBERS, number_text),
    **dict.fromkeys(_DATES, lambda text: text[:10]),
    **dict.fromkeys(_CHOICES, str.casefold),
}


def did_you_mean(text: str, known: Sequence[str]) -> str:
    """Return the end of a message: the nearest known word, or the known ones."""
    folded = {one.casefold(): one for one in known}
    close = get_close_matches(text.strip().casefold(), folded, n=1)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; known: {', '.join(list(known)[:20]) or 'none'}"
