"""Lifecycles of any kind as workflow files, and people to work with them.

Everything is drawn as text, so that whatever is played is a file that somebody could
have written.  Stages and fields have the usual names; what is automatic, guarded,
promised, parked, done on the way and by whom is any.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from any_action import (
    PAIRS,
    actions,
    assigns,
    entries,
    guards,
    maybe_guarded,
    pauses,
    said,
    tests,
)
from hypothesis import strategies as st

from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.people import Absence, People, Person

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

__all__ = ["BINDING", "CRM", "ELSEWHERE", "VALUES", "World", "worlds"]

CRM, ELSEWHERE = "crm", "deals"
VALUES = {
    "name": ("Ada", "Bob", ""),
    "budget": ("50", "100", "250", "much", ""),
    "need": ("a CRM", "a phone", ""),
    "hot": ("true", "false", ""),
    "waiting": ("true", "false", ""),
    "due_on": ("2026-03-11", "2026-03-20", "2026-04-15", "2026-02-01", ""),
    "level": ("1", "5", ""),
    "signs": ("spam", "spam;vip", ""),
}
"""What people write into each field, the impossible too."""

BINDING = json.dumps({
    "binding": "any",
    "adapter": "hubspot",
    "object": "contacts",
    "reason": "why",
    "fields": {
        "name": "name",
        "budget": {"property": "budget", "sync": "newest"},
        "need": "need",
        "hot": {"property": "hot", "sync": "copy"},
        "waiting": "waiting",
        "due_on": {"property": "due_on", "sync": "newest"},
        "level": "level",
        "signs": {"property": "signs", "sync": "owner"},
        "rep": "rep",
    },
    "events": {"demo": "demo_at", "visit": "visit_at", "called": "called_at"},
    "stages": {
        one: {"stage": one}
        for one in ("lead", "mql", "sal", "nurture", "backlog", "won", "lost")
    },
})  # fmt: skip


@dataclass(frozen=True)
class World:
    """One lifecycle, and who works with it."""

    workflow: str
    people: People

    @property
    def lifecycle(self) -> Lifecycle:
        """What the file says."""
        return load_workflow_text(self.workflow)


# -- SLAs and wake-ups -----------------------------------------------------------------

_spans = st.sampled_from(("40 min", "3h", "8h", "2 days"))
_events = st.sampled_from((None, "assigned", "called", "demo"))


@st.composite
def _sla(draw: st.DrawFn, moves: tuple[Any, ...]) -> dict[str, Any]:
    """Any SLA; ``moves`` are the transitions that leave its stage."""
    start, until = draw(_events), draw(_events)
    warn = draw(st.sampled_from((None, ["50%"], ["25%", "10 min"], ["80%"])))
    then = draw(actions)
    if moves and draw(st.booleans()):
        then = [*then, {"move": draw(st.sampled_from(moves))}]
    return said(
        within=draw(_spans),
        calendar=draw(st.sampled_from(("always", "office", "team", "owner"))),
        start=start,
        until=None if until == start else until,
        warn_at=warn,
        on_warning=draw(actions) if warn else None,
        pause=draw(st.none() | pauses),
        on_reentry=draw(st.sampled_from((None, "reset", "keep"))),
        then=then,
    )


def _slas(*moves: Any) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(("accept", "touch"))
    return st.dictionaries(names, _sla(moves), max_size=2)


@st.composite
def _wakes(draw: st.DrawFn, stage: str) -> dict[str, Any]:
    causes = draw(st.sets(st.sampled_from(("after", "on", "when")), min_size=1))
    passes = draw(st.sampled_from((None, 2, 3)))
    woken = {f"woken_{stage}": draw(_sla(()))} if draw(st.booleans()) else None
    return said(
        after=draw(st.sampled_from(("5 hours", "3 days", "10 days")))
        if "after" in causes
        else None,
        on="due_on" if "on" in causes else None,
        before=draw(st.sampled_from((None, "2 days"))) if "on" in causes else None,
        when=draw(guards) if "when" in causes else None,
        to=draw(st.sampled_from(("lead", "mql", "back"))),
        assign=draw(st.none() | assigns),
        max_passes=passes,
        otherwise=draw(st.sampled_from((None, "lost"))) if passes else None,
        sla=woken,
    )


# -- stages and transitions ------------------------------------------------------------

_MOVES = ("park", {"transition": "leave", "reason": "timing"}, "lose")
"""Transitions out of every open stage that a broken SLA may take."""


@st.composite
def _stages(draw: st.DrawFn) -> dict[str, Any]:
    def open_stage(owner: str, **given: Any) -> dict[str, Any]:
        return {
            "owner": owner,
            "on_enter": draw(entries),
            "on_leave": draw(actions),
            "sla": draw(_slas(*_MOVES)),
            **given,
        }

    def parked_stage(owner: str, name: str) -> dict[str, Any]:
        return {
            "owner": owner,
            "kind": "parked",
            "on_enter": draw(entries),
            "on_leave": draw(actions),
            "wake": draw(_wakes(name)),
        }

    return {
        "lead": open_stage("marketing", initial=True),
        "mql": open_stage("marketing", label="MQL"),
        "sal": open_stage("sales"),
        "nurture": parked_stage("marketing", "nurture"),
        "backlog": parked_stage("sales", "backlog"),
        "won": {"kind": "won", "on_enter": draw(entries)},
        "lost": {"kind": "lost"},
    }


_outside = st.sampled_from((None, "accept", "flag", "revert"))
_by = st.sampled_from((None, ["sales"], ["marketing", "quality"]))
_reasons = st.sampled_from((None, ["timing", "no_answer", "other"], ["no_answer"]))


@st.composite
def _by_hand(draw: st.DrawFn, source: Any, target: str, **given: Any) -> dict[str, Any]:
    drawn = {
        "by": draw(_by),
        "when": draw(maybe_guarded),
        "reason": draw(_reasons),
        "approval": draw(st.sampled_from((None, ["quality"], ["heads"]))),
        "outside": draw(_outside),
    }
    return {"from": source, "to": target, **said(**(drawn | given))}


@st.composite
def _transitions(draw: st.DrawFn) -> dict[str, Any]:
    met, unmet = draw(st.sampled_from(PAIRS))
    automatic = {"by": None, "reason": None, "approval": None, "automatic": True}
    qualify = automatic | {"when": met} if draw(st.booleans()) else {}
    cool = automatic | {"when": unmet}
    confirm = automatic | {"when": draw(tests), "else": True}
    # A wake-up and a broken SLA take these alone: nobody has to agree.
    alone = {"approval": None, "when": None}
    found = {
        "qualify": draw(_by_hand("lead", "mql", **qualify)),
        "accept": draw(_by_hand("mql", "sal")),
        "win": draw(_by_hand("sal", "won")),
        "send_back": draw(_by_hand("sal", "mql")),
        "park": draw(_by_hand("any open", "nurture", **alone, reason=None)),
        "leave": draw(_by_hand("any open", "backlog", **alone, reason=["timing"])),
        "lose": draw(_by_hand("any open", "lost", approval=None, reason=None)),
    }
    if draw(st.booleans()):
        found["cool"] = draw(_by_hand("mql", "lead", **cool))
        if draw(st.booleans()):
            found["confirm"] = draw(_by_hand("mql", "sal", **confirm))
    if draw(st.booleans()):
        found["reopen"] = draw(_by_hand(["nurture", "lost"], "lead", **alone))
    return found


_ZONES = ("UTC", "Europe/Berlin", "America/New_York")


@st.composite
def workflows(draw: st.DrawFn) -> str:
    """Any lifecycle, as the text of its file."""
    zone = draw(st.sampled_from(_ZONES))
    return json.dumps(
        {
            "workflow": "any",
            "timezone": zone,
            "outside_moves": draw(st.sampled_from(("accept", "flag", "revert"))),
            "teams": {
                "marketing": {"calendar": "always"},
                "sales": {"calendar": "office"},
                "heads": {},
                "quality": {},
            },
            "reasons": {"timing": "Not now", "no_answer": "Silence", "other": "Else"},
            "fields": {
                "name": {"type": "text", "personal": True},
                "budget": {"type": "money", "label": "Budget"},
                "need": "text",
                "hot": "boolean",
                "waiting": "boolean",
                "due_on": "date",
                "level": {"type": "number", "by": ["quality"]},
                "signs": "tags",
                "rep": "owner",
            },
            "scores": {
                "interest": {
                    "half_life": draw(st.sampled_from(("1 day", "7 days"))),
                    "events": {
                        "demo": 40,
                        "visit": {"points": 10, "at_most": 30},
                        "called": 2,
                    },
                },
                "fit": [{"points": 10, "when": "budget >= 200"}],
            },
            "criteria": {"affords": {"label": "Can pay", "when": "budget >= 200"}},
            "calendars": {
                "office": {"timezone": zone, "hours": {"mon-fri": "09:00-17:00"}},
                "early": {"timezone": zone, "hours": {"mon-sun": "06:00-10:00"}},
            },
            "stages": draw(_stages()),
            "transitions": draw(_transitions()),
        }
    )


# -- people ----------------------------------------------------------------------------

_FIRST = date(2026, 3, 9)


@st.composite
def _people(draw: st.DrawFn) -> People:
    """Two teams and who looks after them; now and then nobody at all is known."""
    if draw(st.integers(0, 9)) == 9:
        return People()
    mapped = draw(st.booleans())
    found: dict[str, Person] = {}
    for number, (name, role) in enumerate(_ROLES, start=1):
        found[name] = Person(
            name=name,
            label=name.title() if draw(st.booleans()) else "",
            roles=frozenset({role}),
            users={CRM: (str(number),)} if mapped else {},
            calendar=draw(st.sampled_from((None, None, "office", "early"))),
            absences=tuple(draw(st.lists(_absences, max_size=1))),
            gets_leads=draw(st.sampled_from((True, True, True, False))),
        )
    return People(found)


_ROLES = (
    ("ann", "sales"),
    ("bob", "sales"),
    ("eve", "sales"),
    ("mia", "marketing"),
    ("tom", "marketing"),
    ("quinn", "quality"),
    ("hal", "heads"),
)
_absences = st.tuples(st.integers(0, 20), st.integers(0, 9)).map(
    lambda one: Absence(
        _FIRST + timedelta(days=one[0]), _FIRST + timedelta(days=sum(one))
    )
)
worlds = st.builds(World, workflow=workflows(), people=_people())
