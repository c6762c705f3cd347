"""Read stages: what they are, whose they are, what entering and leaving them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import Stage, StageKind

from .actions import read_actions, read_entry
from .draft import MOST_STAGES
from .fields import label_of
from .keys import STAGE
from .nodes import MapNode, TextNode
from .problems import shown
from .reader import open_mapping
from .sla import read_slas
from .wakes import read_wake

if TYPE_CHECKING:
    from .draft import LifecycleDraft
    from .reader import Reader

__all__ = ["read_stages"]


def read_stages(draft: LifecycleDraft) -> None:
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


def _stage(draft: LifecycleDraft, name: str, reader: Reader) -> Stage:
    kind = reader.word("kind", StageKind)
    if kind is None and reader.has("kind"):
        draft.broken.add(f"stage {name}")
    teams = draft.names.teams
    return Stage(
        name=name,
        label=reader.text("label") or label_of(name),
        kind=kind or StageKind.OPEN,
        owner=reader.reference("owner", "team or role", teams, "belongs to"),
        initial=reader.flag("initial"),
        slas=read_slas(draft, reader),
        wake=read_wake(draft, name, reader),
        on_enter=read_entry(draft, reader, "on_enter"),
        on_leave=read_actions(draft, reader, "on_leave"),
    )
