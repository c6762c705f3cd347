"""Conditions and actions of any kind, as a workflow file writes them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = [
    "PAIRS",
    "actions",
    "assigns",
    "entries",
    "guards",
    "maybe_guarded",
    "pauses",
    "said",
    "tests",
]

# -- conditions ------------------------------------------------------------------------

PAIRS = (
    ("budget >= 100", "budget < 60"),
    ("score.interest >= 30", "score.interest < 8"),
    ("hot is true", "hot is false"),
    ("need is known", "need is unknown"),
    ("due_on within next 10 days", "due_on not within next 10 days"),
)
_TESTS = (
    *(one for pair in PAIRS for one in pair),
    "score.fit >= 10",
    "affords",
    "signs has 'vip'",
    "rep is known",
    "level >= 3",
)
tests = st.sampled_from(_TESTS)
_groups = st.one_of(
    st.tuples(st.sampled_from(("all", "any", "none")), st.lists(tests, min_size=2,
              max_size=3, unique=True)).map(lambda one: {one[0]: one[1]}),
    st.lists(tests, min_size=3, max_size=3, unique=True).map(
        lambda one: {"at_least": 2, "of": one}
    ),
)  # fmt: skip
guards = st.one_of(tests, tests, _groups)
_free = st.sampled_from((True, True, False))
"""Whether there is no guard at all."""

maybe_guarded = _free.flatmap(lambda free: st.none() if free else guards)
pauses = st.sampled_from(
    ("waiting is true", "hot is false", "due_on within next 3 days")
)


# -- what is done ----------------------------------------------------------------------

_TEXTS = (
    "call {name}",
    "{stage} since {transition} of {from_stage}",
    "{missing} is missing, said {actor}: {reason}",
    "{owner} of pass {pass}: {budget}, {need}",
)
_texts = st.sampled_from(_TEXTS)
_PLACES = ("sales", "marketing", "ann", "heads")
_sets = st.sampled_from(
    (
        {"hot": True},
        {"hot": False},
        {"budget": 100},
        {"budget": ""},
        {"need": "more"},
        {"need": ""},
        {"waiting": False},
        {"level": 4},
        {"due_on": "2026-04-01"},
    )
)


def said(**given: Any) -> dict[str, Any]:
    """Return what a file says; None is left out."""
    return {name: value for name, value in given.items() if value is not None}


assigns = st.builds(
    said,
    team=st.sampled_from(_PLACES),
    by=st.sampled_from((None, "round_robin", "least_loaded")),
    keep=st.sampled_from((None, True, False)),
)
_tasks = st.builds(
    said,
    text=_texts,
    due=st.sampled_from((None, "2 hours", "3 days")),
    to=st.sampled_from((None, "bob", "hal")),
)
_messages = st.builds(
    said,
    channel=st.just("chat"),
    text=_texts,
    subject=st.none() | _texts,
)
_actions = st.one_of(
    assigns.map(lambda one: {"assign": one}),
    _sets.map(lambda one: {"set": one}),
    _texts.map(lambda one: {"note": one}),
    _tasks.map(lambda one: {"task": one}),
    _messages.map(lambda one: {"notify": one}),
    st.sampled_from(("escalate", {"escalate": "heads"}, {"escalate": "ann"})),
    _texts.map(lambda one: {"call": {"name": "page", "what": one}}),
)
actions = st.lists(_actions, max_size=3)
_starts = st.builds(
    said,
    workflow=st.just("deals"),
    stage=st.sampled_from(("new", "won")),
    copy=st.sampled_from((None, [], "name", ["budget", "due_on", "signs"])),
)
entries = st.lists(_actions | _starts.map(lambda one: {"start": one}), max_size=3)
"""What entering a stage does: it may start a record elsewhere, too."""
