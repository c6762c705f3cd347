"""Read actions: what a stage, a warning or a broken SLA does besides moving.

on_enter:
  - assign: sales
  - task: Call {first_name}
  - escalate
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadstate.domain.action import (
    Assign,
    AssignBy,
    Call,
    Escalate,
    LeaveNote,
    Notify,
    SetField,
    Start,
    Task,
)
from leadstate.domain.values import FieldType, Unparsable, coerce

from .fields import check_owner
from .keys import (
    ACTION,
    ASSIGN,
    CALL,
    CONSEQUENCE,
    ENTRY,
    MOVE,
    NOTIFY,
    START,
    TASK,
)
from .nodes import ListNode, MapNode, TextNode, wrapped
from .problems import listed, shown
from .reader import open_mapping
from .teams import check_team
from .texts import check_text, read_line, read_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.action import Action
    from leadstate.domain.lifecycle import Field

    from .draft import LifecycleDraft
    from .nodes import Located
    from .reader import Reader
    from .shapes import Shape

__all__ = ["read_actions", "read_assign", "read_consequences", "read_entry"]

_TASK_DUE: Final = timedelta(days=1)
_ELSEWHERE: Final = {
    "move": (
        "moves the record",
        "and only a broken SLA does that",
        "Move it in the `then` of an SLA, or by an automatic transition.",
    ),
    "start": (
        "starts a record",
        "and only entering a stage does that",
        "Start it in the `on_enter` of the stage to which this leads.",
    ),
}
"""Verbs that not every action may have: what they do, why not here, and where."""


def read_actions(draft: LifecycleDraft, holder: Reader, key: str) -> tuple[Action, ...]:
    """Return the actions behind a key: one, or a list."""
    actions, _ = _read(draft, holder, key, ACTION)
    return actions


def read_entry(draft: LifecycleDraft, holder: Reader, key: str) -> tuple[Action, ...]:
    """Return what entering a stage does: one action, or a list."""
    actions, _ = _read(draft, holder, key, ENTRY)
    return actions


def read_consequences(
    draft: LifecycleDraft, holder: Reader, key: str
) -> tuple[tuple[Action, ...], str | None, str | None]:
    """Return the actions behind a key; the transition taken besides, and its reason."""
    actions, moves = _read(draft, holder, key, CONSEQUENCE)
    if len(moves) > 1:
        holder.problems.error(
            "LS118",
            holder.at(key),
            f"{holder.name}: {shown(key)} takes {listed([one for one, _ in moves])}",
            why="and a record can take one transition only",
            hint="Keep one of them.",
        )
    return actions, *(moves[0] if moves else (None, None))


def _read(
    draft: LifecycleDraft, holder: Reader, key: str, shape: Shape
) -> tuple[tuple[Action, ...], list[tuple[str, str | None]]]:
    actions: list[Action] = []
    moves: list[tuple[str, str | None]] = []
    for node in holder.several(key):
        if isinstance(node, TextNode) and node.value == "escalate":
            actions.append(Escalate())
            continue
        reader, verb = _opened(holder, key, node, shape)
        if reader is None:
            continue
        if verb == "move":
            moves.append(_move(draft, reader))
        else:
            actions += _READERS[verb](draft, reader)
    return tuple(actions), [one for one in moves if one[0]]


def _move(draft: LifecycleDraft, holder: Reader) -> tuple[str, str | None]:
    node = holder.get("move")
    if isinstance(node, TextNode):
        node = wrapped("transition", node)
    reader = open_mapping(node, MOVE, holder.problems, holder.name) if node else None
    if reader is None:
        return "", None
    known = draft.names.transitions
    name = reader.reference("transition", "transition", known, "takes")
    return name or "", reader.text("reason")


def _opened(
    holder: Reader, key: str, node: Located, shape: Shape
) -> tuple[Reader | None, str]:
    """Return the reader of one action and its verb, or None and "" when it is none."""
    if not isinstance(node, MapNode):
        _report_word(holder, key, node, shape)
        return None, ""
    title = f"{holder.name}: {shown(key)}"
    for verb, (what, why, hint) in _ELSEWHERE.items():
        if verb in node.entries and verb not in shape.names:
            problem = f"{title} {what}"
            holder.problems.error("LS110", node.mark, problem, why=why, hint=hint)
            return None, ""
    reader = open_mapping(node, shape, holder.problems, title)
    assert reader is not None  # noqa: S101 - a MapNode was given
    verbs = [verb for verb in shape.names if reader.has(verb)]
    if len(verbs) == len(node.entries) == 1:
        return reader, verbs[0]
    if len(verbs) > 1 or not node.entries:
        holder.problems.error(
            "LS118",
            node.mark,
            f"{title} has {listed(verbs) or 'no key'}",
            why="where one action belongs",
            hint="Write a list with one action an entry: [{note: TEXT}, escalate].",
        )
    return None, ""


def _report_word(holder: Reader, key: str, node: Located, shape: Shape) -> None:
    text = node.value if isinstance(node, TextNode) else "a list"
    verbs = [verb for verb in shape.names if verb != "escalate"]
    alone = text in verbs
    holder.problems.error(
        "LS110",
        node.mark,
        f"{holder.name}: {shown(key)} is {shown(text)}",
        why="which needs to say what" if alone else "which is no action",
        hint=f"Write {{{text}: …}}."
        if alone
        else f"{holder.problems.known(text, ['escalate', *verbs])} All but escalate"
        " are written as {ACTION: …}.",
    )


def _mapping(holder: Reader, key: str, short: str, shape: Shape) -> Reader | None:
    """Return the reader of a value that may be the text of ``short`` alone."""
    node = holder.get(key)
    if node is None:
        return None
    if isinstance(node, TextNode):
        node = wrapped(short, node)
    return open_mapping(node, shape, holder.problems, f"{holder.name}: {shown(key)}")


def read_assign(draft: LifecycleDraft, holder: Reader) -> Assign | None:
    """Return who gets the record, if the holder says so."""
    if holder.has("assign"):
        check_owner(draft, holder.at("assign"), f"{holder.name} gives it an owner")
    reader = _mapping(holder, "assign", "team", ASSIGN)
    if reader is None:
        return None
    team, by = read_line(reader, "team"), reader.word("by", AssignBy)
    check_team(draft, reader, "team")
    keep = reader.flag("keep")
    return Assign(team=team, by=by or AssignBy.ROUND_ROBIN, keep=keep) if team else None


def _assign(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    assign = read_assign(draft, holder)
    return [assign] if assign else []


def _task(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    reader = _mapping(holder, "task", "text", TASK)
    if reader is None:
        return []
    text, to = read_text(draft, reader, "text"), read_line(reader, "to")
    due = reader.duration("due") or _TASK_DUE
    return [Task(text=text, due=due, to=to)] if text else []


def _note(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    text = read_text(draft, holder, "note")
    return [LeaveNote(text=text)] if text else []


def _notify(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    node = holder.get("notify")
    title = f"{holder.name}: 'notify'"
    reader = open_mapping(node, NOTIFY, holder.problems, title) if node else None
    if reader is None:
        return []
    channel, text = read_line(reader, "channel"), read_text(draft, reader, "text")
    subject = read_text(draft, reader, "subject") or ""
    if channel is None or text is None:
        return []
    return [Notify(channel=channel, text=text, subject=" ".join(subject.split()))]


def _escalate(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    check_team(draft, holder, "escalate")
    to = read_line(holder, "escalate")
    return [Escalate(to=to)] if to else []


def _call(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    node = holder.get("call")
    title = f"{holder.name}: 'call'"
    reader = open_mapping(node, CALL, holder.problems, title) if node else None
    if reader is None:
        return []
    settings: dict[str, str] = {}
    for key, value in reader.node.items():
        if key.value == "name":
            continue
        if isinstance(value, TextNode):
            settings[key.value] = check_text(draft, reader, value)
        else:
            reader.wrong(value, key.value, "a text")
    name = read_line(reader, "name")
    return [Call(name=name, settings=settings)] if name else []


def _set(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    actions: list[Action] = []
    for key, node in holder.entries("set"):
        name = holder.refer(key, "field", draft.names.fields, "sets")
        field = draft.fields.get(name or "")
        value = _value(holder, field, node) if field else None
        if field and value is not None:
            actions.append(SetField(field=field.name, value=value))
    return actions


def _value(holder: Reader, field: Field, node: Located) -> str | None:
    """Return what a field is set to, as written, when the field can hold it."""
    if field.type is FieldType.OWNER or field.identity:
        owner = field.type is FieldType.OWNER
        holder.problems.error(
            "LS329",
            node.mark,
            f"{holder.name} sets {shown(field.name)}",
            why="which says who owns the record"
            if owner
            else "by which records are told apart",
            hint="Write {assign: TEAM} instead." if owner else "Set another field.",
        )
        return None
    text = _written(holder, field, node)
    if text is None or not isinstance(_coerced(text, field), Unparsable):
        return text
    holder.problems.error(
        "LS503",
        node.mark,
        f"{holder.name} sets {shown(field.name)} to {shown(text)}",
        why=f"which is no value of type {field.type}",
        hint=holder.problems.known(text, field.options) if field.options else "",
    )
    return None


def _coerced(text: str, field: Field) -> object:
    return coerce(text, field.type, field.options)


def _written(holder: Reader, field: Field, node: Located) -> str | None:
    if isinstance(node, ListNode) and field.type is FieldType.TAGS:
        texts = [one.value for one in node.items if isinstance(one, TextNode)]
        if len(texts) == len(node.items):
            return ";".join(texts)
    if isinstance(node, TextNode) and not node.empty:
        return node.value
    if not (isinstance(node, TextNode) and node.refused):
        holder.wrong(node, field.name, "a value", "Write '' to empty the field.")
    return None


def _start(draft: LifecycleDraft, holder: Reader) -> list[Action]:
    node = holder.get("start")
    title = f"{holder.name}: 'start'"
    reader = open_mapping(node, START, holder.problems, title) if node else None
    if reader is None:
        return []
    workflow = reader.text("workflow")
    # Another workflow's stages stand in its own file: `leadstate.definition.starts`.
    name = draft.tree.find("workflow")
    own = isinstance(name, TextNode) and name.value == workflow
    stages = draft.names.stages if own else None
    stage = reader.reference("stage", "stage", stages, "starts a record in")
    copy = _copied(draft, reader) if reader.has("copy") else None
    if workflow is None or stage is None:
        return []
    return [Start(workflow=workflow, stage=stage, copy=copy)]


def _copied(draft: LifecycleDraft, reader: Reader) -> tuple[str, ...]:
    known = draft.names.fields
    found = [
        reader.refer(node, "field", known, "copies") for node in reader.words("copy")
    ]
    return tuple(name for name in found if name)


_READERS: Final[dict[str, Callable[[LifecycleDraft, Reader], list[Action]]]] = {
    "assign": _assign,
    "task": _task,
    "note": _note,
    "set": _set,
    "notify": _notify,
    "escalate": _escalate,
    "call": _call,
    "start": _start,
}
