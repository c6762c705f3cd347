"""Coercion never raises and never guesses; what is stored is read back as it was."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.values import (
    _PLAIN_EMAIL,
    FieldType,
    Unparsable,
    Value,
    coerce,
    from_json,
    to_json,
)

OPTIONS = ("owner", "director", "Straße")
TYPES: dict[FieldType, tuple[type, ...]] = {
    FieldType.TEXT: (str,),
    FieldType.EMAIL: (str,),
    FieldType.PHONE: (str,),
    FieldType.CHOICE: (str,),
    FieldType.OWNER: (str,),
    FieldType.TAGS: (frozenset,),
    FieldType.INTEGER: (int,),
    FieldType.NUMBER: (float,),
    FieldType.MONEY: (float,),
    FieldType.BOOLEAN: (bool,),
    FieldType.DATE: (date,),
    FieldType.DATETIME: (datetime,),
}
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=30),
    st.from_regex(r"[+-]?[0-9]{0,25}[.,]?[0-9]{0,25}([eE][+-]?[0-9]{1,4})?"),
    st.datetimes(timezones=st.none() | ZONES).map(lambda moment: moment.isoformat()),
    st.emails(),
    st.sampled_from(["true", "No", "OWNER", "STRASSE", "NaN", "1e999", "\x00"]),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**16), 10**16),
    st.sampled_from([10**400, -(10**400), 2**63, -(2**63)]),
    st.floats(),
    TEXTS,
    st.dates(),
    st.datetimes(timezones=st.none() | ZONES),
    st.binary(max_size=5),
)
RAW = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=6,
)
KINDS = st.sampled_from(FieldType)


@given(raw=RAW, kind=KINDS)
def test_anything_becomes_its_type_or_missing_or_unparsable(
    raw: object, kind: FieldType
) -> None:
    """Whatever a CRM sends, nothing raises and nothing of another type comes in."""
    value = coerce(raw, kind, OPTIONS)

    if value is not None and not isinstance(value, Unparsable):
        assert type(value) in TYPES[kind]
    if isinstance(value, datetime):
        assert UTC is value.tzinfo
    if kind is FieldType.CHOICE and isinstance(value, str):
        assert value in OPTIONS


@given(raw=RAW, kind=KINDS)
def test_a_stored_value_is_read_back_as_it_was(raw: object, kind: FieldType) -> None:
    """Writing as JSON and reading again changes neither the value nor its type."""
    value = coerce(raw, kind, OPTIONS)

    text = json.dumps(to_json(value), allow_nan=False).encode("utf-8").decode("utf-8")
    again = from_json(json.loads(text), kind)

    assert value == again
    assert type(value) is type(again)


@given(raw=RAW, kind=KINDS)
def test_a_typed_value_is_read_as_itself(raw: object, kind: FieldType) -> None:
    """Coming in twice is coming in once: a value that was read needs no second look."""
    value = coerce(raw, kind, OPTIONS)

    if not isinstance(value, Unparsable):
        assert value == coerce(value, kind, OPTIONS)


@given(raw=RAW, then=KINDS, now=KINDS)
def test_no_change_of_a_fields_type_makes_a_record_unreadable(
    raw: object, then: FieldType, now: FieldType
) -> None:
    """A value stored under an older type is read under the new one without raising."""
    stored = json.loads(json.dumps(to_json(coerce(raw, then, OPTIONS))))

    value: Value = from_json(stored, now)

    assert (stored is None) is (value is None)


@given(one=st.datetimes(timezones=ZONES), other=st.datetimes(timezones=ZONES))
def test_stored_moments_sort_as_time_does(one: datetime, other: datetime) -> None:
    """Databases compare stored moments as text."""
    first = coerce(one, FieldType.DATETIME)
    second = coerce(other, FieldType.DATETIME)

    if isinstance(first, datetime) and isinstance(second, datetime):
        assert (first < second) is (str(to_json(first)) < str(to_json(second)))


@settings(max_examples=500)
@given(text=st.from_regex(_PLAIN_EMAIL, fullmatch=True), shouted=st.booleans())
def test_a_plain_address_is_read_as_the_library_reads_it(
    text: str, *, shouted: bool
) -> None:
    """The quick way is for addresses on which both agree, in either case."""
    written = text.upper() if shouted else text

    found = validate_email(written, check_deliverability=False, test_environment=True)

    assert found.normalized.lower() == coerce(written, FieldType.EMAIL)
