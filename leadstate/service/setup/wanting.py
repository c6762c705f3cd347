"""What a workflow and its binding need in a CRM account, in the CRM's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import Wanted, WantedProperty
from leadstate.domain.condition import AllOf, AnyOf, AtLeast, FieldRef, Named, Test
from leadstate.domain.values import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.domain.binding import Binding, FieldSource
    from leadstate.domain.condition import Condition
    from leadstate.domain.lifecycle import Field, Lifecycle

__all__ = ["conditions_of", "tests_of", "wanted_of"]


def wanted_of(
    lifecycle: Lifecycle, binding: Binding, webhook_url: str | None
) -> Wanted:
    """Return every property, option and stage that the binding names.

    Of a stage only what is written has to be there; further values, which are only
    recognised, belong to the CRM.
    """
    found: dict[str, WantedProperty] = {}
    for one in (
        *_stage_properties(lifecycle, binding),
        *_fields(lifecycle, binding),
        *_events(binding),
        *_reason(lifecycle, binding),
    ):
        found.setdefault(one.name, one)
    return Wanted(
        properties=tuple(found.values()),
        stages={
            lifecycle.stages[name].label: binding.properties_of(name)
            for name in binding.stages
        },
        webhook_url=webhook_url,
    )


def conditions_of(lifecycle: Lifecycle) -> Iterator[Condition]:
    """Yield every condition of a workflow."""
    yield from (one.condition for one in lifecycle.criteria.values())
    yield from (one.guard for one in lifecycle.transitions.values() if one.guard)
    for score in lifecycle.scores.values():
        yield from (rule.condition for rule in score.rules)
    for stage in lifecycle.stages.values():
        yield from (sla.pause for sla in stage.slas if sla.pause)
        if stage.wake is not None and stage.wake.when is not None:
            yield stage.wake.when


def tests_of(condition: Condition) -> Iterator[Test]:
    """Yield every test of a condition."""
    match condition:
        case Test():
            yield condition
        case Named():
            yield from tests_of(condition.condition)
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):  # pragma: no branch
            for part in parts:
                yield from tests_of(part)


def _stage_properties(
    lifecycle: Lifecycle, binding: Binding
) -> Iterator[WantedProperty]:
    for name in binding.stage_properties:
        written = [
            values[name]
            for stage in binding.stages
            if name in (values := binding.properties_of(stage))
        ]
        yield WantedProperty(
            name=name,
            label=f"{lifecycle.title}: stage",
            type=FieldType.CHOICE,
            options=_unique(written),
            stage=True,
        )


def _fields(lifecycle: Lifecycle, binding: Binding) -> Iterator[WantedProperty]:
    for name, source in binding.fields.items():
        field = lifecycle.fields[name]
        if field.type is FieldType.OWNER:
            continue  # every CRM has it from the beginning
        yield WantedProperty(
            name=source.property,
            label=field.label,
            type=field.type,
            options=_options(lifecycle, field, source),
            written=source.property in binding.written_properties,
        )


def _options(
    lifecycle: Lifecycle, field: Field, source: FieldSource
) -> tuple[str, ...]:
    """Return the options in the CRM's words; of tags, those that guards ask for."""
    if field.type is FieldType.CHOICE:
        return _unique(_in_crm_words(one, source) for one in field.options)
    if field.type is not FieldType.TAGS:
        return ()
    return _unique(
        str(operand)
        for condition in conditions_of(lifecycle)
        for test in tests_of(condition)
        if isinstance(test.subject, FieldRef) and test.subject.name == field.name
        for operand in test.operands
    )


def _in_crm_words(option: str, source: FieldSource) -> str:
    for theirs, ours in source.values.items():
        if ours == option:
            return theirs
    return option


def _events(binding: Binding) -> Iterator[WantedProperty]:
    for event, name in binding.events.items():
        label = f"Last {event.replace('_', ' ')}"
        yield WantedProperty(
            name=name,
            label=label,
            type=FieldType.DATETIME,
            written=name in binding.written_properties,
        )


def _reason(lifecycle: Lifecycle, binding: Binding) -> Iterator[WantedProperty]:
    if binding.reason is None:
        return
    transitions = lifecycle.transitions.values()
    yield WantedProperty(
        name=binding.reason,
        label="Reason of the last move",
        type=FieldType.CHOICE,
        options=_unique(reason for one in transitions for reason in one.reasons),
    )


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
