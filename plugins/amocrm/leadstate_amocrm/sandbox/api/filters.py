"""Filters of leads, contacts and companies, an extra that an account has to buy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.crm.values import moment

from .query import Node, span, texts, under, wholes, within
from .shapes import closest_task

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.records import Record

Test = Callable[["Record"], bool]
_NUMBERS = {
    "id": "id",
    "pipeline_id": "pipeline_id",
    "created_by": "created_by",
    "updated_by": "updated_by",
    "responsible_user_id": "responsible",
}
_SPANS = ("price", "created_at", "updated_at", "closed_at")


def matching(account: Account, given: object) -> Test:
    """Return the test that a `filter` stands for."""
    tests = [*_numbers(given), *_spans(given), *_statuses(given), *_names(given)]
    tests += _closest(account, under(given, "closest_task_at"))
    tests += _custom(under(given, "custom_fields_values"))
    return lambda record: all(test(record) for test in tests)


def mentions(query: str) -> Test:
    """Return the test that a full-text `query` stands for."""
    wanted = query.casefold()

    def test(record: Record) -> bool:
        values = (value for held in record.fields.values() for value in held)
        parts = [record.name, *(str(value.get("value")) for value in values)]
        return any(wanted in part.casefold() for part in parts)

    return test


def _numbers(given: object) -> list[Test]:
    tests: list[Test] = []
    for name, attribute in _NUMBERS.items():
        wanted = wholes(under(given, name))
        if wanted is not None:
            tests.append(_one_of(attribute, wanted))
    return tests


def _one_of(attribute: str, wanted: set[int]) -> Test:
    return lambda record: getattr(record, attribute) in wanted


def _spans(given: object) -> list[Test]:
    tests: list[Test] = []
    for name in _SPANS:
        bounds = span(under(given, name))
        if bounds is not None:
            tests.append(_in_span(name, bounds))
    return tests


def _in_span(name: str, bounds: tuple[int | None, int | None]) -> Test:
    return lambda record: within(getattr(record, name), bounds)


def _closest(account: Account, given: object) -> list[Test]:
    bounds = span(given)
    if bounds is None:
        return []
    return [lambda record: within(closest_task(account, record), bounds)]


def _statuses(given: object) -> list[Test]:
    statuses = under(given, "statuses")
    if not isinstance(statuses, dict):
        return []
    # Both are needed: 142 and 143 alone name a stage of every pipeline.
    wanted = {
        (str(under(one, "pipeline_id")), str(under(one, "status_id")))
        for one in statuses.values()
    }
    return [lambda r: (str(r.pipeline_id), str(r.status_id)) in wanted]


def _names(given: object) -> list[Test]:
    wanted = texts(under(given, "name"))
    return [] if wanted is None else [lambda record: record.name in wanted]


def _custom(given: object) -> list[Test]:
    if not isinstance(given, dict):
        return []
    return [_field(name, node) for name, node in given.items()]


def _field(name: str, node: object) -> Test:
    is_span = isinstance(node, dict) and bool({"from", "to"} & set(node))
    number = whole_number(name)
    bounds, wanted = span(node) if is_span else None, texts(node) or []

    def test(record: Record) -> bool:
        held = record.fields.get(number or 0, ())
        if bounds is not None:
            return any(within(_as_number(v.get("value")), bounds) for v in held)
        return any(_told(value, wanted) for value in held)

    return test


def _told(value: Node, wanted: list[str]) -> bool:
    shown = value.get("value")
    told = {str(int(shown)) if isinstance(shown, bool) else str(shown)}
    if "enum_id" in value:
        told.add(str(value["enum_id"]))
    return not told.isdisjoint(wanted)


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    try:
        return float(str(value))
    except ValueError:
        return moment(value)
