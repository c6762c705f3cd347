"""Read stages, with their promises and wake-ups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadstate.domain.action import Escalate
from leadstate.domain.lifecycle import Stage, StageKind
from leadstate.domain.sla import SLA, Wake, Warn
from leadstate.domain.values import FieldType

from .calendars import ALWAYS, always
from .draft import MOST_STAGES
from .fields import label_of
from .keys import CONSEQUENCE as MOVE
from .keys import STAGE, WAKE
from .keys import SLA as SLA_KEYS
from .names import check_name
from .nodes import MapNode, TextNode
from .problems import shown
from .reading import open_mapping

if TYPE_CHECKING:
    from .draft import Draft
    from .nodes import Located
    from .reading import Reader

__all__ = ["read_stages"]

_PERCENT: Final = re.compile(r"([1-9][0-9]?)%")
_DATES: Final = (FieldType.DATE, FieldType.DATETIME)


def read_stages(draft: Draft) -> None:
    """Read every stage."""
    for name, node in draft.reader.named("stages", MOST_STAGES):
        if isinstance(node, TextNode) and node.empty:
            node = MapNode(node.mark)  # noqa: PLW2901 - `sql:` alone is a stage
        title = f"stage {shown(name.value)}"
        reader = open_mapping(node, STAGE, draft.problems, title)
        if reader is not None:
            draft.stages[name.value] = _stage(draft, name.value, reader)
        else:
            draft.broken.add(f"stage {name.value}")


def _stage(draft: Draft, name: str, reader: Reader) -> Stage:
    teams = draft.names.teams
    kind = reader.word("kind", StageKind)
    if kind is None and reader.has("kind"):
        draft.broken.add(f"stage {name}")
    promises = [_sla(draft, reader, *entry) for entry in reader.entries("sla")]
    return Stage(
        name=name,
        label=reader.text("label") or label_of(name),
        kind=kind or StageKind.OPEN,
        owner=reader.reference("owner", "team or role", teams, "belongs to"),
        initial=reader.flag("initial"),
        slas=tuple(promise for promise in promises if promise),
        wake=_wake(draft, name, reader),
    )


def _sla(draft: Draft, stage: Reader, name: TextNode, node: Located) -> SLA | None:
    title = f"promise {shown(name.value)} of {stage.name}"
    reader = open_mapping(node, SLA_KEYS, draft.problems, title)
    if reader is None or not check_name(name, "sla", draft.problems):
        return None
    within = reader.duration("within")
    calendar = reader.reference(
        "calendar", "calendar", draft.names.calendars, "counts in"
    )
    if calendar == ALWAYS and ALWAYS not in draft.calendars:
        draft.calendars[ALWAYS] = always(draft.timezone)
    shares = sorted(_shares(reader))
    escalate, move = _then(draft, reader)
    if within is None or calendar is None:
        return None
    return SLA(
        name=name.value,
        within=within,
        calendar=calendar,
        warnings=tuple(Warn(f"{share:.0%}", within * share) for share in shares),
        on_breach=(Escalate(),) if escalate else (),
        move=move,
    )


def _shares(reader: Reader) -> list[float]:
    shares = []
    for node in reader.words("warn_at"):
        match = _PERCENT.fullmatch(node.value)
        if match:
            shares.append(int(match[1]) / 100)
            continue
        reader.problems.error(
            "LS112",
            node.mark,
            f"{reader.name} warns at {shown(node.value)}",
            why="which is not a share of the time",
            hint="Write whole percents from 1% to 99%, such as 80%.",
        )
    return shares


def _then(draft: Draft, reader: Reader) -> tuple[bool, str | None]:
    """Return whether a breach escalates, and the transition it takes."""
    escalate, move = False, None
    for node in reader.several("then"):
        if isinstance(node, MapNode):
            moving = open_mapping(node, MOVE, draft.problems, f"{reader.name}: 'then'")
            assert moving is not None  # noqa: S101 - a MapNode was given
            transitions = draft.names.transitions
            move = moving.reference("move", "transition", transitions, "takes")
        elif isinstance(node, TextNode) and node.value == "escalate":
            escalate = True
        else:
            text = node.value if isinstance(node, TextNode) else "a list"
            reader.problems.error(
                "LS110",
                node.mark,
                f"{reader.name} does {shown(text)} then",
                why="which is nothing a broken promise can do",
                hint="Write `then: escalate` or `then: {move: TRANSITION}`, or both"
                " in a list.",
            )
    return escalate, move


def _wake(draft: Draft, name: str, stage: Reader) -> Wake | None:
    node = stage.get("wake")
    if node is None:
        return None
    reader = open_mapping(node, WAKE, draft.problems, f"the wake-up of {shown(name)}")
    if reader is None:
        draft.broken.add(f"stage {name}")
        return None
    to = reader.reference("to", "stage", draft.names.stages, "leads to")
    after, before = reader.duration("after"), reader.duration("before")
    on = reader.reference("on", "field", draft.names.fields, "looks at")
    _check_wake(draft, reader, on)
    if to is None:
        draft.broken.add(f"stage {name}")
        return None
    return Wake(to=to, after=after, on=on, before=before)


def _check_wake(draft: Draft, reader: Reader, on: str | None) -> None:
    if reader.has("after") == reader.has("on"):
        reader.problems.error(
            "LS118",
            reader.node.mark,
            f"{reader.name} needs one of 'after' and 'on'",
            hint="Write {after: 30 days, to: STAGE} or {on: DATE_FIELD, to: STAGE}.",
        )
    if reader.has("before") and not reader.has("on"):
        reader.problems.error(
            "LS118",
            reader.at("before"),
            f"{reader.name} has 'before' without 'on'",
            hint="Name the date field it counts from: `on: FIELD`.",
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
