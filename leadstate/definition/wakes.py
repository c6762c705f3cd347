"""Read wake-ups, and find the transitions that they take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import Transition
from leadstate.domain.sla import Wake
from leadstate.domain.values import FieldType

from .actions import read_assign
from .keys import WAKE
from .problems import shown
from .reader import open_mapping
from .scores import condition_at
from .sla import read_slas

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Stage

    from .draft import LifecycleDraft
    from .reader import Reader

__all__ = ["complete", "declared_ways", "read_wake", "wakes_to"]

BACK: Final = "back"
_DATES: Final = (FieldType.DATE, FieldType.DATETIME)
_CAUSES: Final = ("after", "on", "when")
_FEWEST_PASSES: Final = 2


def read_wake(draft: LifecycleDraft, name: str, stage: Reader) -> Wake | None:
    """Return when a parked stage lets go; its SLAs are put into the draft."""
    node = stage.get("wake")
    if node is None:
        return None
    reader = open_mapping(node, WAKE, draft.problems, f"the wake-up of {shown(name)}")
    if reader is None:
        draft.broken.add(f"stage {name}")
        return None
    wake = _wake(draft, reader)
    draft.wake_slas[name] = read_slas(draft, reader)
    if wake is None:
        draft.broken.add(f"stage {name}")
    return wake


def _wake(draft: LifecycleDraft, reader: Reader) -> Wake | None:
    stages = draft.names.stages
    known = None if stages is None else (*stages, BACK)
    to = reader.reference("to", "stage", known, "leads to")
    on = reader.reference("on", "field", draft.names.fields, "looks at")
    when, when_text = condition_at(draft, reader, "when")
    max_passes = _passes(reader)
    otherwise = reader.reference("otherwise", "stage", stages, "ends in")
    _check_keys(draft, reader, on)
    after, before = reader.duration("after"), reader.duration("before")
    assign = read_assign(draft, reader)
    if to is None:
        return None
    return Wake(
        to=None if to == BACK else to,
        after=after,
        on=on,
        before=before,
        when=when,
        when_text=when_text,
        assign=assign,
        max_passes=max_passes,
        otherwise=otherwise,
    )


def _passes(reader: Reader) -> int | None:
    passes = reader.number("max_passes")
    if passes is None or (passes == int(passes) and passes >= _FEWEST_PASSES):
        return None if passes is None else int(passes)
    reader.problems.error(
        "LS112",
        reader.at("max_passes"),
        f"{reader.name}: 'max_passes' is {passes:g}",
        why="which is not a whole number above 1",
        hint="The first trip through the funnel counts: 2 lets a lead come back once.",
    )
    return None


def _check_keys(draft: LifecycleDraft, reader: Reader, on: str | None) -> None:
    if not any(reader.has(cause) for cause in _CAUSES):
        reader.problems.error(
            "LS118",
            reader.node.mark,
            f"{reader.name} has none of 'after', 'on' and 'when'",
            hint="Write {after: 30 days, to: STAGE}, {on: DATE_FIELD, to: STAGE} or"
            " {when: CONDITION, to: STAGE}.",
        )
    for key, other, hint in (
        ("before", "on", "Name the date field it counts from: `on: FIELD`."),
        ("otherwise", "max_passes", "Say after how many passes: `max_passes: 3`."),
    ):
        if reader.has(key) and not reader.has(other):
            reader.problems.error(
                "LS118",
                reader.at(key),
                f"{reader.name} has {shown(key)} without {shown(other)}",
                hint=hint,
            )
    field = draft.fields.get(on or "")
    if field and field.type not in _DATES:
        reader.problems.error(
            "LS311",
            reader.at("on"),
            f"{reader.name} looks at {shown(field.name)}",
            why=f"which is of type {field.type}",
            hint="Name a field of type date or datetime.",
        )


def wakes_to(draft: LifecycleDraft, stage: Stage) -> list[str]:
    """Return the stages that a wake-up may lead to, in file order of the ways.

    Back means: every stage from which a transition leads here, unless it is closed.
    """
    wake = stage.wake
    if wake is None:
        return []
    if wake.to is not None:
        return [wake.to] if wake.to in draft.stages else []
    sources = [
        source
        for one in draft.transitions.values()
        if one.target == stage.name
        for source in one.sources
    ]
    return [
        source
        for source in dict.fromkeys(sources)
        if source != stage.name and not draft.stages[source].terminal
    ]


def declared_ways(draft: LifecycleDraft, stage: str, to: str) -> list[Transition]:
    """Return the transitions that people may take there, those without guard first."""
    found = [
        one
        for one in draft.transitions.values()
        if stage in one.sources and one.target == to and not one.automatic
    ]
    return sorted(found, key=lambda one: one.guard is not None)


def complete(draft: LifecycleDraft) -> tuple[dict[str, Stage], dict[str, Transition]]:
    """Return stages and transitions with what wake-ups add to them.

    A wake-up takes the declared transition to its target, or one made for it; its
    SLAs stand in the stage that it leads to, for those who came that way.
    """
    stages, transitions = dict(draft.stages), dict(draft.transitions)
    for stage in draft.stages.values():
        wake = stage.wake
        if wake is None:
            continue
        targets = wakes_to(draft, stage)
        ends = [*targets, *([wake.otherwise] if wake.otherwise else [])]
        ways = {
            to: _way(draft, stage, to, transitions, single=to == wake.to)
            for to in dict.fromkeys(ends)
        }
        awake = replace(wake, transitions=ways)
        stages[stage.name] = replace(stages[stage.name], wake=awake)
        for target in targets:
            slas = draft.wake_slas.get(stage.name, ())
            added = (replace(sla, via=(ways[target],)) for sla in slas)
            own = stages[target].slas
            stages[target] = replace(stages[target], slas=(*own, *added))
    return stages, transitions


def _way(
    draft: LifecycleDraft,
    stage: Stage,
    to: str,
    transitions: dict[str, Transition],
    *,
    single: bool,
) -> str:
    """Return the transition that a wake-up takes to a stage; without one, make it."""
    declared = [one for one in declared_ways(draft, stage.name, to) if not one.approval]
    if declared:
        return declared[0].name
    name = f"wake_{stage.name}" if single else f"wake_{stage.name}_to_{to}"
    while name in transitions:
        name += "_by_itself"
    made = Transition(
        name=name,
        label=f"{stage.label} wakes",
        sources=(stage.name,),
        target=to,
        # By hand it is for who keeps the stage: nobody declared it for others.
        by=(stage.owner,) if stage.owner else (),
        by_time=not stage.owner,
    )
    transitions[made.name] = made
    return made.name
