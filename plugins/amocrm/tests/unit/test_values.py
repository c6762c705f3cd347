"""Values of custom fields: text there and back, for every type."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadstate_amocrm.payloads_account import FieldRow
from leadstate_amocrm.values import (
    UnfitValue,
    did_you_mean,
    epoch_of,
    further_of,
    moment_text,
    same,
    text_of,
    values_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
ENUMS = [{"id": 7, "value": "Red", "sort": 1}, {"id": 8, "value": "Blue", "sort": 2}]
TEXTS = ("text", "textarea", "url", "streetaddress", "tracking_data")
NUMBERS = ("numeric", "monetary", "price")
CHOICES = ("select", "radiobutton", "category")


def field(kind: str) -> FieldRow:
    return FieldRow.model_validate({"id": 1, "name": "F", "type": kind, "enums": ENUMS})


def stored(kind: str, sent: Any) -> list[dict[str, Any]]:
    """Return what amoCRM shows of what was sent."""
    names = {7: "Red", 8: "Blue"}
    return [
        {**one, "value": names[one["enum_id"]]}
        if "enum_id" in one and kind != "multitext"
        else one
        for one in sent or []
    ]


def there_and_back(kind: str, text: str, zone: Any = BERLIN) -> str | None:
    return text_of(kind, stored(kind, values_of(field(kind), text, zone)), zone)


@pytest.mark.parametrize("kind", TEXTS)
@given(text=st.text(min_size=1).filter(lambda text: text.strip()))
def test_texts_come_back_as_they_are(kind: str, text: str) -> None:
    """Every character of them."""
    assert text == there_and_back(kind, text)


@pytest.mark.parametrize("kind", NUMBERS)
@given(number=st.decimals(-(10**12), 10**12, places=4))
def test_numbers_come_back_equal(kind: str, number: Any) -> None:
    """In their shortest form."""
    found = there_and_back(kind, str(number))

    assert found is not None
    assert number == Decimal(found)
    assert same(kind, str(number), found)


@pytest.mark.parametrize("kind", ["date", "birthday"])
@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Tokyo"]
)
@given(day=st.dates(date(1901, 1, 1), date(2100, 1, 1)))
def test_dates_come_back_in_every_zone(kind: str, name: str, day: date) -> None:
    """The day that the account's people see."""
    assert day.isoformat() == there_and_back(kind, day.isoformat(), ZoneInfo(name))


def test_a_date_written_as_midnight_in_utc_is_that_day() -> None:
    """Other programs write it so."""
    seconds = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())

    found = text_of("date", [{"value": seconds}], ZoneInfo("America/New_York"))

    assert found == "2026-11-22"


@given(
    moment=st.datetimes(
        datetime(1950, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    )
)
def test_moments_come_back_to_the_second(moment: datetime) -> None:
    """ISO in UTC."""
    found = there_and_back("date_time", moment.isoformat())

    assert moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z" == found


@pytest.mark.parametrize("text", ["true", "false"])
def test_flags_come_back(text: str) -> None:
    """Also the bare ones and zeros that webhooks carry."""
    assert text == there_and_back("checkbox", text)
    assert text == text_of("checkbox", [{"value": "1" if text == "true" else "0"}], UTC)


@pytest.mark.parametrize("kind", CHOICES)
def test_options_are_written_by_id_and_read_by_name(kind: str) -> None:
    """Whatever their case."""
    assert [{"enum_id": 7}] == values_of(field(kind), " red", UTC)
    assert there_and_back(kind, "red") == "Red"


def test_several_options_are_joined() -> None:
    """In the order given, each once."""
    assert there_and_back("multiselect", "Blue; red;Blue") == "Blue;Red"


@pytest.mark.parametrize("kind", ["smart_address", "legal_entity"])
def test_objects_come_back_as_json(kind: str) -> None:
    """Their parts by name."""
    parts = {"address_line_1": "Main St 1", "city": "Graz", "name": "Acme"}

    found = there_and_back(kind, json.dumps(parts))

    assert found is not None
    assert parts == json.loads(found)
    assert same(kind, json.dumps(parts), found)


def test_other_text_goes_to_the_part_that_people_read_first() -> None:
    """An address line, or the company's name."""
    assert (
        there_and_back("smart_address", "Main St 1")
        == '{"address_line_1": "Main St 1"}'
    )
    assert same("smart_address", "Main St 1", '{"address_line_1": "Main St 1"}')
    assert [{"value": {"name": "Acme"}}] == values_of(
        field("legal_entity"), "Acme", UTC
    )


def test_the_work_phone_is_replaced_and_the_others_stay() -> None:
    """By kind or by the id of the kind."""
    held = [
        {"value": "1", "enum_code": "HOME"},
        {"value": "2", "enum": "WORK"},
        {"value": "3", "enum_id": 99},
        {"value": "4", "enum_code": "WORK"},
    ]

    sent = values_of(field("multitext"), "5", UTC, held)

    assert [
        {"value": "1", "enum_code": "HOME"},
        {"value": "5", "enum_code": "WORK"},
        {"value": "3", "enum_id": 99},
        {"value": "4", "enum_code": "WORK"},
    ] == sent
    assert text_of("multitext", held, UTC) == "2"
    assert text_of("multitext", held[:1], UTC) == "1"


def test_a_value_that_is_there_already_becomes_the_first_and_none_is_lost() -> None:
    """They change places; in letters of any case it is the same address."""
    held = [
        {"value": "B@x.example", "enum_code": "PRIV"},
        {"value": "a@x.example", "enum_code": "WORK"},
    ]

    sent = values_of(field("multitext"), "b@x.example", UTC, held)

    assert [
        {"value": "a@x.example", "enum_code": "PRIV"},
        {"value": "b@x.example", "enum_code": "WORK"},
    ] == sent
    assert [
        {"value": "b@x.example", "enum_code": "PRIV"},
    ] == values_of(field("multitext"), "b@x.example", UTC, held[:1])


@pytest.mark.parametrize(
    ("held", "others"),
    [
        ([], ()),
        ([("1", "WORK")], ()),
        ([("1", "PRIV"), ("2", "WORK"), ("3", "WORK")], ("1", "3")),
        ([("1", "PRIV"), ("2", "HOME"), ("", "HOME")], ("2",)),
    ],
)
def test_what_is_not_the_first_is_another(
    held: list[tuple[str, str]], others: tuple[str, ...]
) -> None:
    """Together with the text of the field they are all that it holds."""
    values = [{"value": value, "enum_code": kind} for value, kind in held]

    assert others == further_of(values)


@pytest.mark.parametrize(
    ("held", "text", "sent"),
    [
        ([], "a@b.c", [{"value": "a@b.c", "enum_code": "WORK"}]),
        (
            [{"value": "x", "enum_code": "HOME"}],
            "y",
            [{"value": "y", "enum_code": "HOME"}],
        ),
        (
            [
                {"value": "x", "enum_code": "HOME"},
                {"value": "y", "enum_code": "PRIV"},
            ],
            "Y",
            [
                {"value": "Y", "enum_code": "HOME"},
                {"value": "x", "enum_code": "PRIV"},
            ],
        ),
        ([{"value": "x", "enum_code": "WORK"}], "", None),
        ([{"value": "x", "enum_code": "HOME"}], "", None),
    ],
)
def test_the_value_that_is_read_is_replaced_or_taken_away(
    held: list[dict[str, Any]], text: str, sent: object
) -> None:
    """Of whatever kind it is; a work value where there is none."""
    assert sent == values_of(field("multitext"), text, UTC, held)


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        ("file", [{"value": {"file_name": "a.pdf", "file_uuid": "u"}}], "a.pdf"),
        ("linked_entity", [{"value": {"name": "Eva", "entity_id": 1}}], "Eva"),
        (
            "chained_list",
            [
                {"catalog_id": 1, "catalog_element_id": 2},
                {"catalog_id": 3, "catalog_element_id": 4},
            ],
            "1:2;3:4",
        ),
        ("items", [{"value": {"sku": 1}}], '{"sku": 1}'),
        ("text", [{"value": ""}], None),
        ("text", [], None),
        ("date", [{"value": "soon"}], "soon"),
        ("brand_new", [{"value": [1]}], "[1]"),
        ("brand_new", [{"value": True}], "true"),
        ("numeric", [{"value": "none"}], "none"),
    ],
)
def test_what_cannot_be_written_is_read_at_least(
    kind: str, values: list[dict[str, Any]], text: str | None
) -> None:
    """Types that are new tomorrow, too."""
    assert text == text_of(kind, values, UTC)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("file", "a.pdf"),
        ("linked_entity", "Eva"),
        ("chained_list", "1:2"),
        ("items", "x"),
        ("select", "Green"),
        ("multiselect", "Red;Green"),
        ("numeric", "many"),
        ("checkbox", "maybe"),
        ("date", "soon"),
        ("date_time", "now"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_with_its_reason(
    kind: str, text: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(UnfitValue):
        values_of(field(kind), text, UTC)


@pytest.mark.parametrize(
    "kind", [*TEXTS, *NUMBERS, *CHOICES, "multiselect", "date", "date_time", "checkbox"]
)
def test_an_empty_text_empties_the_field(kind: str) -> None:
    """None is what amoCRM takes for it."""
    assert values_of(field(kind), " ", UTC) is None


@pytest.mark.parametrize(
    ("kind", "asked", "held", "equal"),
    [
        ("numeric", "7.0", "7", True),
        ("numeric", "7", "8", False),
        ("text", "7.0", "7", False),
        ("date_time", "2026-11-22T08:00:00+01:00", "2026-11-22T07:00:00Z", True),
        ("date", "2026-11-22T00:00:00Z", "2026-11-22", True),
        ("checkbox", "yes", "true", True),
        ("multitext", "A@B.c", "a@b.c", True),
        ("select", "red", "Red", True),
        ("multiselect", "a;b", "b; A", True),
        ("text", "", None, True),
        ("text", "x", None, False),
    ],
)
def test_what_is_kept_otherwise_is_the_same(
    kind: str,
    asked: str,
    held: str | None,
    equal: bool,  # noqa: FBT001
) -> None:
    """By type; a text is compared as text."""
    assert equal is same(kind, asked, held)


def test_nonsense_is_no_moment() -> None:
    """Numbers beyond any calendar."""
    assert epoch_of("9" * 12) is None
    assert moment_text(10**15) is None
    assert moment_text(None) is None


def test_a_hint_is_the_nearest_word_or_all_of_them() -> None:
    """The admin can act alone."""
    assert did_you_mean("qualifed", ["Qualified"]) == "; did you mean 'Qualified'?"
    assert did_you_mean("zzz", ["Qualified"]) == "; known: Qualified"
