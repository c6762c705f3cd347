"""Read the words that teams agree on: the teams, and the reasons of moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .calendars import ALWAYS, always
from .draft import MOST_STAGES
from .fields import label_of
from .keys import TEAM
from .names import check_name
from .nodes import MapNode, TextNode
from .problems import shown
from .reader import open_mapping

if TYPE_CHECKING:
    from .draft import LifecycleDraft
    from .nodes import Located
    from .reader import Reader

__all__ = ["check_team", "read_hours", "read_reasons", "read_teams"]


def read_teams(draft: LifecycleDraft) -> None:
    """Read every team: its name alone, or with its calendar."""
    if isinstance(draft.reader.get("teams"), MapNode):
        for name, node in draft.reader.named("teams", MOST_STAGES):
            draft.teams[name.value] = _team(draft, name.value, node)
        return
    for team in draft.reader.words("teams"):
        if check_name(team, "teams", draft.problems):
            draft.teams[team.value] = None


def _team(draft: LifecycleDraft, name: str, node: Located) -> str | None:
    if isinstance(node, TextNode) and node.empty:
        return None  # `marketing:` alone is a team
    reader = open_mapping(node, TEAM, draft.problems, f"team {shown(name)}")
    calendar = read_hours(draft, reader) if reader else None
    if calendar is None and (reader is None or reader.has("calendar")):
        draft.broken.add(f"team {name}")
    return calendar


def read_hours(draft: LifecycleDraft, reader: Reader, *others: str) -> str | None:
    """Return the calendar that is named, or one of ``others``."""
    known = draft.names.calendars
    names = None if known is None else (*known, *others)
    calendar = reader.reference("calendar", "calendar", names, "counts in")
    if calendar == ALWAYS and ALWAYS not in draft.calendars:
        draft.calendars[ALWAYS] = always(draft.timezone)
    return calendar


def check_team(draft: LifecycleDraft, reader: Reader, key: str) -> None:
    """Warn of a name that is nearly a team's; people are listed elsewhere."""
    node = reader.text_node(key)
    teams = draft.names.teams
    if node is None or teams is None or node.value in teams:
        return
    meant = draft.problems.known(node.value, teams)
    if meant.startswith("Did you mean"):
        draft.problems.warning(
            "LS317",
            node.mark,
            f"{reader.name} names {shown(node.value)}",
            why="which is no team and looks like one",
            hint=meant,
        )


def read_reasons(draft: LifecycleDraft) -> None:
    """Read every reason and what people call it."""
    for name, node in draft.reader.entries("reasons"):
        if not isinstance(node, TextNode):
            draft.reader.wrong(node, name.value, "what people read")
        else:
            label = " ".join(node.value.split())
            draft.reasons[name.value] = label or label_of(name.value)
