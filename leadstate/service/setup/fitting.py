"""Hold a binding against a live account: names, values, and what the CRM demands.

Pure: the account is what `Adapter.describe` answered.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from leadstate.adapters import Check, CheckState
from leadstate.domain.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    FieldRef,
    Named,
    Operator,
    Test,
)
from leadstate.domain.values import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.adapters import Account, Demand, PropertyInfo
    from leadstate.domain.binding import Binding
    from leadstate.domain.condition import Condition
    from leadstate.domain.lifecycle import Lifecycle, Transition

__all__ = ["fits", "requires_known"]

_MOST_LISTED = 8


def fits(lifecycle: Lifecycle, binding: Binding, account: Account) -> list[Check]:
    """Return what does not fit, each with a remedy; or one good check."""
    found = [
        *_properties(binding, account),
        *_stage_values(lifecycle, binding, account),
        *_unmapped(binding, account),
        *_field_options(lifecycle, binding, account),
        *_demands(lifecycle, binding, account),
    ]
    if any(one.state is CheckState.BAD for one in found):
        return found
    text = (
        f"{len(binding.read_properties)} properties and {len(binding.stages)} stages "
        "are in the account"
    )
    return [Check(name="binding", state=CheckState.GOOD, text=text), *found]


def requires_known(condition: Condition | None, field: str) -> bool:
    """Return whether a condition can be met only while ``field`` is known.

    A test on a missing value is never met, whatever it asks, but ``is unknown``.
    """
    match condition:
        case Test(subject, operator):
            mine = isinstance(subject, FieldRef) and subject.name == field
            return mine and operator is not Operator.UNKNOWN
        case Named():
            return requires_known(condition.condition, field)
        case AllOf(parts):
            return any(requires_known(part, field) for part in parts)
        case AnyOf(parts):
            return bool(parts) and all(requires_known(part, field) for part in parts)
        case AtLeast(needed, parts):
            without = [part for part in parts if not requires_known(part, field)]
            return len(without) < needed
        case None:  # pragma: no branch - every shape is named
            return False


# -- names -----------------------------------------------------------------------------


def _properties(binding: Binding, account: Account) -> Iterator[Check]:
    for name, where in _named(binding).items():
        held = account.properties.get(name)
        if held is None:
            yield Check(
                name="binding",
                state=CheckState.BAD,
                text=f"{where} names the property {name!r}, which the account lacks"
                f"{_meant(name, account.properties)}",
                remedy="correct the binding, or make it with `leadstate setup`",
            )
        elif held.read_only and name in {*binding.stage_properties, binding.reason}:
            yield Check(
                name="binding",
                state=CheckState.BAD,
                text=f"{where} writes the property {name!r}, which is read-only",
                remedy="bind another property",
            )


def _named(binding: Binding) -> dict[str, str]:
    """Return every property with the first place of the binding that names it."""
    found: dict[str, str] = {}
    for stage, wanted in binding.stages.items():
        for name in wanted:
            found.setdefault(name, f"stages.{stage}")
    for field, source in binding.fields.items():
        found.setdefault(source.property, f"fields.{field}")
    for event, name in binding.events.items():
        found.setdefault(name, f"events.{event}")
    if binding.reason:
        found.setdefault(binding.reason, "reason")
    return found


# -- values ----------------------------------------------------------------------------


def _stage_values(
    lifecycle: Lifecycle, binding: Binding, account: Account
) -> Iterator[Check]:
    for stage, wanted in binding.stages.items():
        for name, values in wanted.items():
            held = account.properties.get(name)
            if held is None or not held.options:
                continue
            for value in values:
                if value and value not in held.options:
                    written = value == values[0]
                    yield _unknown_value(
                        lifecycle.stages[stage].label, held, value, written=written
                    )


def _unknown_value(
    stage: str, held: PropertyInfo, value: str, *, written: bool
) -> Check:
    what = "writes" if written else "recognises"
    return Check(
        name="stages",
        state=CheckState.BAD if written else CheckState.WARNING,
        text=f"stage {stage!r} {what} {held.name} = {value!r}, which is none of its "
        f"options{_meant(value, held.options)}",
        remedy="correct the binding, or see `leadstate setup`",
    )


def _unmapped(binding: Binding, account: Account) -> Iterator[Check]:
    """Tell options that no stage mentions: records that have one are quarantined."""
    for name in binding.stage_properties:
        held = account.properties.get(name)
        everywhere = all(name in wanted for wanted in binding.stages.values())
        # What is ignored by another property may have any value of this one.
        unclear = any(name not in ignored for ignored in binding.ignore)
        if held is None or not everywhere or unclear:
            continue
        mapped = {one for wanted in binding.stages.values() for one in wanted[name]}
        for ignored in binding.ignore:
            mapped |= set(ignored.get(name, ()))
        left = [value for value in held.options if value not in mapped]
        if left:
            yield Check(
                name="stages",
                state=CheckState.WARNING,
                text=f"no stage is mapped to {name} = {_listed(left)}",
                remedy="records that have it are put aside with a message; map it, or "
                "leave it so on purpose",
            )


def _field_options(
    lifecycle: Lifecycle, binding: Binding, account: Account
) -> Iterator[Check]:
    """Tell the CRM's options that a choice of the workflow cannot read."""
    for name, source in binding.fields.items():
        field, held = lifecycle.fields[name], account.properties.get(source.property)
        if field.type is not FieldType.CHOICE or held is None:
            continue
        known = {one.casefold() for one in field.options}
        left = [
            value
            for value in held.options
            if source.values.get(value, value).casefold() not in known
        ]
        if left:
            yield Check(
                name="fields",
                state=CheckState.WARNING,
                text=f"field {name!r} cannot read {source.property} = {_listed(left)}",
                remedy="they count as missing; add options to the field, or map them "
                f"under fields.{name}.values of the binding",
            )


# -- what the CRM demands --------------------------------------------------------------


def _demands(
    lifecycle: Lifecycle, binding: Binding, account: Account
) -> Iterator[Check]:
    for stage in binding.stages:
        written = binding.properties_of(stage).items()
        for demand in account.demands:
            if demand.when.items() <= written:
                yield from _demand(lifecycle, binding, stage, demand)


def _demand(
    lifecycle: Lifecycle, binding: Binding, stage: str, demand: Demand
) -> Iterator[Check]:
    label = lifecycle.stages[stage].label
    fields = [
        name
        for name, source in binding.fields.items()
        if source.property == demand.property
    ]
    if not fields:
        yield Check(
            name="demands",
            state=CheckState.WARNING,
            text=f"the CRM demands {demand.property!r} in stage {label!r}, and no "
            "field is bound to it",
            remedy="bind a field to it and ask for it in the guards that lead there",
        )
        return
    open_ways = [
        one.name
        for one in lifecycle.transitions.values()
        if one.target == stage and not _asks(one, fields)
    ]
    if open_ways:
        yield Check(
            name="demands",
            state=CheckState.WARNING,
            text=f"the CRM demands {demand.property!r} in stage {label!r}, and "
            f"{_listed(open_ways)} may lead there without it",
            remedy=f"add `{fields[0]} is known` to their guards, or the CRM refuses",
        )


def _asks(transition: Transition, fields: Iterable[str]) -> bool:
    return any(requires_known(transition.guard, field) for field in fields)


# -- words -----------------------------------------------------------------------------


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f". Did you mean {close[0]!r}?" if close else ""


def _listed(values: list[str]) -> str:
    shown = ", ".join(repr(value) for value in values[:_MOST_LISTED])
    left = len(values) - _MOST_LISTED
    return f"{shown} and {left} more" if left > 0 else shown
