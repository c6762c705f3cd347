"""Lives of any kind: what CRMs, people and time do to a few records, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from any_lifecycle import VALUES
from hypothesis import strategies as st

__all__ = [
    "MOST_RECORDS",
    "Act",
    "Answer",
    "Life",
    "Move",
    "News",
    "Pause",
    "SetField",
    "Sleep",
    "Step",
    "Wait",
    "lives",
]

MOST_RECORDS = 4


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody does to one object in the CRM; an unknown one is created.

    Attributes:
        who: The object's number.
        fields: Field -> what is written into it.
        stage: Where it is dragged, or is created.
        events: Event -> how long ago it happened.
        user: The CRM's id of whoever does it.
    """

    who: int
    fields: dict[str, str]
    stage: str | None
    events: dict[str, timedelta]
    user: str


@dataclass(frozen=True)
class News:
    """Objects that change at once, each once; one delivery tells of all of them."""

    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Move:
    """Somebody asks Leadstate for a transition.

    Attributes:
        way: Which of those that leave the record's stage; of all of them when ``lost``.
        proper: Whether somebody asks who may, with a reason that it has.
    """

    who: int
    way: int
    lost: bool
    proper: bool
    actor: str
    reason: str | None
    note: str


@dataclass(frozen=True)
class Answer:
    """Somebody agrees, or does not, with a move that waits for it.

    When none does, somebody asks for one that would, as a proper `Move`.
    """

    which: int
    agreed: bool
    actor: str | None  # None: whoever asked for it


@dataclass(frozen=True)
class SetField:
    """Somebody sets a field in Leadstate."""

    who: int
    field: str
    text: str
    actor: str


@dataclass(frozen=True)
class Pause:
    """Somebody lets the clocks of a record stand still, or go on, if it has any."""

    who: int
    stop: bool
    one: bool  # only the first of them
    actor: str


@dataclass(frozen=True)
class Wait:
    """Time passes, and whatever comes due is judged at its moment."""

    span: timedelta


@dataclass(frozen=True)
class Sleep:
    """Time passes while nobody works: what comes due is judged late."""

    span: timedelta


Step: TypeAlias = News | Move | Answer | SetField | Pause | Wait | Sleep
Life: TypeAlias = tuple[Step, ...]

_SPANS = tuple(
    timedelta(hours=one) for one in (0.1, 0.7, 2, 5, 9, 24, 50, 24 * 5, 24 * 12)
)
_STAGES = ("lead", "mql", "sal", "nurture", "backlog", "won", "lost")
_ACTORS = ("ann", "bob", "mia", "quinn", "hal", "nobody")
_FIELDS = tuple(VALUES)

_who = st.integers(1, MOST_RECORDS)
_actors = st.sampled_from(_ACTORS)
_spans = st.sampled_from(_SPANS)
_values = st.one_of(
    *(st.tuples(st.just(name), st.sampled_from(VALUES[name])) for name in _FIELDS),
    st.tuples(st.just("rep"), st.sampled_from(("1", "2", "4", "77", ""))),
)
_acts = st.builds(
    Act,
    who=_who,
    fields=st.lists(_values, max_size=3).map(dict),
    stage=st.sampled_from((*[None] * 6, *_STAGES)),
    events=st.dictionaries(
        st.sampled_from(("demo", "demo", "visit", "called")), _spans, max_size=2
    ),
    user=st.sampled_from(("1", "4", "6", "99")),
)
_news = st.lists(_acts, min_size=1, max_size=4, unique_by=lambda one: one.who).map(
    lambda acts: News(tuple(acts))
)
_edits = st.one_of(
    *(
        st.builds(SetField, _who, st.just(name), st.sampled_from(texts), _actors)
        for name, texts in VALUES.items()
    ),
    st.builds(SetField, _who, st.just("signs"), st.just("+vip"), _actors),
    st.builds(SetField, _who, st.just("rep"), st.sampled_from(("ann", "")), _actors),
)
_moves = st.builds(
    Move,
    _who,
    st.integers(0, 11),
    st.sampled_from((False, False, False, True)),
    st.sampled_from((True, True, True, False)),
    _actors,
    st.sampled_from((None, "timing", "other", "because")),
    st.sampled_from(("", "said so")),
)
_waits = st.builds(Wait, _spans)
_answers = st.builds(Answer, st.integers(0, 3), st.booleans(), st.none() | _actors)
_pauses = st.builds(Pause, _who, st.booleans(), st.booleans(), _actors)
_kinds: tuple[st.SearchStrategy[Step], ...] = (
    *(_waits, _moves, _moves, _answers, _answers, _news, _waits, _moves, _pauses),
    *(_news, _edits, _moves, _answers, _waits, st.builds(Sleep, _spans)),
)
_steps = st.sampled_from(_kinds).flatmap(lambda kind: kind)
lives: st.SearchStrategy[Life] = st.tuples(
    _news, st.lists(_steps, min_size=4, max_size=11)
).map(lambda one: (one[0], *one[1]))
"""Several records come first, and then anything."""
