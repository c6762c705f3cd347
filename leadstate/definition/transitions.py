"""Read transitions: where they lead, who may take them, what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import OutsideAnswer, StageKind, Transition

from .conditions import names_in
from .draft import MOST_TRANSITIONS
from .fields import label_of
from .keys import TRANSITION
from .problems import shown
from .reader import open_mapping
from .scores import condition_reader

if TYPE_CHECKING:
    from leadstate.domain.condition import Condition

    from .draft import LifecycleDraft
    from .nodes import TextNode
    from .reader import Reader

__all__ = ["read_transitions"]

ANY: Final = "any"
_WILD: Final = {"any open": StageKind.OPEN, "any parked": StageKind.PARKED}


def read_transitions(draft: LifecycleDraft) -> None:
    """Read every transition; one without both ends is left out of the graph."""
    for name, node in draft.reader.named("transitions", MOST_TRANSITIONS):
        title = f"transition {shown(name.value)}"
        reader = open_mapping(node, TRANSITION, draft.problems, title)
        transition = _transition(draft, name.value, reader) if reader else None
        if transition is None:
            draft.doubtful.add(name.value)
        else:
            draft.transitions[name.value] = transition


def _transition(draft: LifecycleDraft, name: str, reader: Reader) -> Transition | None:
    target = reader.reference("to", "stage", draft.names.stages, "leads to")
    sources = _sources(draft, name, reader, target)
    automatic = reader.flag("automatic")
    _note_else(draft, name, reader, automatic=automatic)
    transition = Transition(
        name=name,
        label=reader.text("label") or label_of(name),
        sources=sources,
        target=target or "",
        automatic=automatic,
        by=_roles(draft, reader, "by", "may be taken by"),
        reasons=_reasons(draft, reader),
        approval=_roles(draft, reader, "approval", "is approved by"),
        guard=_guard(draft, name, reader),
        outside=reader.word("outside", OutsideAnswer) or OutsideAnswer.FLAG,
    )
    return transition if target and sources else None


def _roles(
    draft: LifecycleDraft, reader: Reader, key: str, verb: str
) -> tuple[str, ...]:
    known = draft.names.teams
    roles = [
        reader.refer(node, "team or role", known, verb) for node in reader.words(key)
    ]
    return tuple(role for role in roles if role)


def _reasons(draft: LifecycleDraft, reader: Reader) -> tuple[str, ...]:
    known = draft.names.reasons
    reasons = [
        reader.refer(node, "reason", known, "takes the reason")
        for node in reader.words("reason")
    ]
    return tuple(reason for reason in reasons if reason)


def _note_else(
    draft: LifecycleDraft, name: str, reader: Reader, *, automatic: bool
) -> None:
    if not reader.flag("else"):
        return
    draft.otherwise.add(name)
    if not automatic:
        reader.problems.error(
            "LS118",
            reader.at("else"),
            f"{reader.name} has 'else' and is not automatic",
            hint="Add `automatic: true`, or delete `else`.",
        )


def _sources(
    draft: LifecycleDraft, name: str, reader: Reader, target: str | None
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in reader.words("from"):
        stages = _stages_of(draft, reader, node, target)
        if stages is None:
            draft.doubtful.add(name)
        found |= dict.fromkeys(stages or ())
    in_order = [stage for stage in draft.stages if stage in found]
    return tuple(in_order if reader.node.find("from") else ())


def _stages_of(
    draft: LifecycleDraft, reader: Reader, node: TextNode, target: str | None
) -> list[str] | None:
    """Return the stages that one word under ``from`` stands for."""
    word = " ".join(node.value.split())
    if word == ANY or word in _WILD:
        kind = _WILD.get(word)
        return [
            stage.name
            for stage in draft.stages.values()
            if stage.name != target and kind in (None, stage.kind)
        ]
    known = draft.names.stages
    if known is None:
        return None
    words = [*known, ANY, *_WILD]
    stage = reader.refer(node, "stage", words, "leaves")
    return [stage] if stage else None


def _guard(draft: LifecycleDraft, name: str, reader: Reader) -> Condition | None:
    node = reader.get("when")
    if node is None:
        if reader.has("when"):
            draft.doubtful.add(name)
        return None
    names = names_in(node)
    draft.used |= names
    guard = condition_reader(draft).read(node, f"{reader.name}: 'when'")
    if guard is None or names & draft.broken:
        draft.doubtful.add(name)
    return guard
