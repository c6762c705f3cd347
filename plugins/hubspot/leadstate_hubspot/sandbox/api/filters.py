"""Search filters: read once into predicates, then asked of every record.

Case: values of enumerations count as written; texts do not, except that IN and NOT_IN
compare their values as written with the lower-cased text (search guide, 2026-03-30).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from leadstate.testing.sandbox.clock import parse_moment
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.crm.definitions import Definition, Kind
from leadstate_hubspot.sandbox.crm.portal import Portal, object_type
from leadstate_hubspot.sandbox.crm.records import Record
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import Detail, invalid

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.object_types import ObjectType

Read = Callable[[Record, Definition], str | None]
Predicate = Callable[[Record], bool]
Comparable = float | str
_Ordered = TypeVar("_Ordered", float, str)

GROUPS, PER_GROUP, FILTERS = 5, 6, 18
OPERATORS = (
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
)
_TOKEN = re.compile(r"[^\W_]+")
_MOMENTS = (Kind.DATE, Kind.DATETIME)


class FilterReader:
    """Reads the filters of one search against one object type."""

    def __init__(self, portal: Portal, kind: ObjectType, read: Read) -> None:
        """Remember how to read a value as the index shows it."""
        self._portal, self._kind, self._read = portal, kind, read

    def groups(self, given: object) -> list[list[Predicate]]:
        """Return the groups: any group matches, within one every filter must."""
        groups = [
            READ.items(group.get("filters"), at="filters")
            for group in READ.mappings(given, at="filterGroups")
        ]
        counts = [len(group) for group in groups]
        if len(groups) > GROUPS:
            message = f"The maximum number of filter groups is {GROUPS}"
            raise invalid(message)
        if max(counts, default=0) > PER_GROUP or sum(counts) > FILTERS:
            message = f"A group has at most {PER_GROUP} filters, a search {FILTERS}"
            raise invalid(message)
        return [
            [self._filter(READ.mapping(f, at="filters")) for f in g] for g in groups
        ]

    def _filter(self, given: dict[str, object]) -> Predicate:
        name = READ.required_text(given, "propertyName")
        operator = given.get("operator")
        if operator not in OPERATORS:
            message = f"operator must be one of {', '.join(OPERATORS)}"
            raise invalid(message)
        if name.startswith("associations."):
            return self._association(name.removeprefix("associations."), given)
        definition = self._portal.definition(self._kind, name)
        if definition is None:
            message = f"There was a problem with the request: {name[:100]} is unknown"
            detail = Detail(message=message, code="PROPERTY_DOESNT_EXIST")
            raise invalid(message, detail)
        test = _tests(definition, str(operator), given)
        read = self._read
        return lambda record: test(read(record, definition))

    def _association(self, name: str, given: dict[str, object]) -> Predicate:
        target = object_type(name)
        if target is None or given.get("operator") not in ("EQ", "IN"):
            message = f"associations.{name[:50]} cannot be filtered so"
            raise invalid(message)
        texts = READ.texts(given.get("values") or [given.get("value")], at="value")
        ids = {whole_number(text) for text in texts}
        links, source = self._portal.associations, self._kind.plural
        return lambda record: bool(
            ids & links.of(source, record.id, target.plural).keys()
        )


def _tests(
    definition: Definition, operator: str, given: dict[str, object]
) -> Callable[[str | None], bool]:
    """Return the test of one filter; empty values match only the negative ones."""
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return lambda value: (value is not None) is (operator == "HAS_PROPERTY")
    if operator in ("IN", "NOT_IN"):
        return _membership(definition, given, wanted=operator == "IN")
    needed = ("value", "highValue") if operator == "BETWEEN" else ("value",)
    texts = [_needed(given, key, operator) for key in needed]
    if operator.endswith("CONTAINS_TOKEN"):
        return _token_test(texts[0], wanted=operator == "CONTAINS_TOKEN")
    low, high = (comparable(definition, text) for text in (texts[0], texts[-1]))
    if operator in ("EQ", "NEQ"):
        return _equality(definition, low, wanted=operator == "EQ")
    return _order(definition, operator, low, high)


def _needed(given: dict[str, object], key: str, operator: str) -> str:
    if given.get(key) is None:
        message = f"operator {operator} needs {key}"
        raise invalid(message)
    return READ.text(given[key], at=key)


def _membership(
    definition: Definition, given: dict[str, object], *, wanted: bool
) -> Callable[[str | None], bool]:
    texts = READ.texts(given.get("values"), at="values")
    if not texts:
        message = "operators IN and NOT_IN need values"
        raise invalid(message)
    if definition.kind is Kind.STRING:
        # Values must be lower-case to match; ours is not lowered on purpose.
        allowed: set[Comparable] = set(texts)
    else:
        allowed = {comparable(definition, text) for text in texts}

    def test(value: str | None) -> bool:
        if value is None:
            return False
        parts = value.split(";") if definition.multiple else [value]
        return any(comparable(definition, p) in allowed for p in parts) is wanted

    return test


def _equality(
    definition: Definition, low: Comparable, *, wanted: bool
) -> Callable[[str | None], bool]:
    def test(value: str | None) -> bool:
        if value is None:
            return not wanted
        parts = [value, *value.split(";")] if definition.multiple else [value]
        return any(comparable(definition, p) == low for p in parts) is wanted

    return test


def _order(
    definition: Definition, operator: str, low: Comparable, high: Comparable
) -> Callable[[str | None], bool]:
    def test(value: str | None) -> bool:
        if value is None:
            return False
        found = comparable(definition, value)
        if isinstance(found, str) or isinstance(low, str) or isinstance(high, str):
            return _in_order(operator, str(found), str(low), str(high))
        return _in_order(operator, found, low, high)

    return test


def _in_order(operator: str, found: _Ordered, low: _Ordered, high: _Ordered) -> bool:
    match operator:
        case "LT":
            return found < low
        case "LTE":
            return found <= low
        case "GT":
            return found > low
        case "GTE":
            return found >= low
        case _:
            return low <= found <= high


def comparable(definition: Definition, text: str) -> Comparable:
    """Return a value in the form it is compared in."""
    if definition.kind is Kind.NUMBER:
        try:
            return float(text)
        except ValueError:
            return text
    if definition.kind in _MOMENTS:
        at = parse_moment(text)
        return text if at is None else float(at)
    return text if definition.kind in (Kind.ENUMERATION, Kind.BOOL) else text.lower()


def _token_test(text: str, *, wanted: bool) -> Callable[[str | None], bool]:
    pattern = text.lower()

    def test(value: str | None) -> bool:
        return (value is not None and has_token(value, pattern)) is wanted

    return test


def has_token(value: str, pattern: str) -> bool:
    """Say whether a word of the value, or all of it, fits; `*` stands for any run."""
    lowered = value.lower()
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    if fnmatchcase(lowered, literal):
        return True
    if any(fnmatchcase(token, literal) for token in _TOKEN.findall(lowered)):
        return True
    words = _TOKEN.findall(pattern)
    return (
        "*" not in pattern
        and bool(words)
        and set(words) <= set(_TOKEN.findall(lowered))
    )


def free_text(portal: Portal, kind: ObjectType, query: str, read: Read) -> Predicate:
    """Return the test of `query`: each word begins some word of a searched property."""
    words: Sequence[str] = query.lower().split()
    found = (portal.definition(kind, name) for name in kind.searched)
    definitions = [definition for definition in found if definition is not None]

    def test(record: Record) -> bool:
        values = " ".join((read(record, d) or "").lower() for d in definitions)
        tokens = {*_TOKEN.findall(values), *values.split()}
        return all(any(token.startswith(word) for token in tokens) for word in words)

    return test
