"""What a lifecycle, a move and a receipt say about themselves."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate import errors
from leadstate.definition import load_workflow_text
from leadstate.domain.decision import Move, Orphaned, Stay, Step
from leadstate.domain.lifecycle import Stage, StageKind
from leadstate.domain.receipt import (
    Finding,
    FindingKind,
    Receipt,
    Refusal,
    RefusalCode,
    Status,
)
from leadstate.domain.record import Happening, Record

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle


OWNED = """
workflow: owned
fields:
  email: {type: email, identity: true}
  rep: owner
stages:
  lead: {initial: true}
  sal: {}
  won: {kind: won}
transitions:
  accept: {from: lead, to: sal}
  win: {from: sal, to: won}
"""


@dataclasses.dataclass
class Said:
    """An examination whose answer the test chose."""

    met: bool

    def data(self) -> dict[str, object]:
        """Return the finding as data."""
        finding = self.finding()
        return {"kind": finding.kind, "status": finding.status, "label": "all of"}

    def finding(self) -> Finding:
        """Return a finding of the same verdict."""
        status = Status.MET if self.met else Status.UNMET
        return Finding(kind=FindingKind.ALL, status=status, label="all of")


@pytest.fixture(name="lifecycle", scope="module")
def _lifecycle() -> Lifecycle:
    return load_workflow_text(
        """
        workflow: demo
        title: Demo
        teams: [sales]
        fields:
          email: {type: email, identity: true, personal: true}
        scores:
          interest: {events: {demo: {points: 40}, visit: {points: 5}}}
          other: {events: {visit: {points: 1}, call: {points: 2}}}
        criteria:
          warm: {when: score.interest >= 5 or score.other >= 1}
        stages:
          lead: {owner: sales}
          fresh: {owner: sales, initial: true}
          won: {kind: won}
        transitions:
          warm_up: {from: fresh, to: lead, when: warm}
          win: {from: lead, to: won}
        """
    )


def test_a_new_record_starts_in_the_initial_stage(lifecycle: Lifecycle) -> None:
    """The initial stage is the one marked so, wherever it stands in the file."""
    assert lifecycle.initial.name == "fresh"


def test_every_event_that_some_score_counts_is_known(lifecycle: Lifecycle) -> None:
    """An event that two scores count is named once."""
    assert frozenset({"demo", "visit", "call"}) == lifecycle.event_names


@pytest.mark.parametrize(
    ("kind", "terminal"),
    [
        (StageKind.OPEN, False),
        (StageKind.PARKED, False),
        (StageKind.WON, True),
        (StageKind.LOST, True),
    ],
)
def test_won_and_lost_close_the_record(kind: StageKind, *, terminal: bool) -> None:
    """A parked record waits; it is not closed."""
    assert terminal is Stage(name="x", label="X", kind=kind).terminal


def test_a_move_ends_where_its_last_step_ends() -> None:
    """Automatic transitions may follow the first step; every receipt is kept."""
    first, second = Receipt("go", "a", "b"), Receipt("on", "b", "c")
    move = Move((Step("go", "a", "b", (first,)), Step("on", "b", "c", (second,))))

    assert move.target == "c"
    assert (first, second) == move.receipts


def test_an_orphan_has_no_receipts() -> None:
    """There is no candidate in a stage that the lifecycle does not have."""
    assert () == Orphaned("gone", ("lead",)).receipts


@pytest.mark.parametrize(
    ("examination", "refusals", "allows", "guard_met"),
    [
        (None, (), True, True),
        (Said(met=True), (), True, True),
        (Said(met=False), (), False, False),
        (None, (Refusal(RefusalCode.ROLE, "no"),), False, True),
        (Said(met=True), (Refusal(RefusalCode.ROLE, "no"),), False, True),
    ],
)
def test_a_receipt_allows_when_guard_and_person_may(
    examination: Said | None,
    refusals: tuple[Refusal, ...],
    *,
    allows: bool,
    guard_met: bool,
) -> None:
    """The guard alone and the whole verdict can be told apart."""
    receipt = Receipt("go", "a", "b", examination, refusals)

    assert allows is receipt.allows
    assert guard_met is receipt.guard_met
    finding = receipt.finding
    assert (examination is None) is (finding is None)
    assert finding is None or finding.met is guard_met


@pytest.mark.parametrize(
    "value",
    [
        Record(id="1", stage="lead"),
        Stay("lead"),
        Orphaned("gone", ()),
        Receipt("go", "a", "b"),
        Refusal(RefusalCode.NOTE, "x"),
    ],
)
def test_words_of_the_domain_are_frozen(value: object) -> None:
    """Nobody changes a fact after it was stated."""
    first = dataclasses.fields(value)[0].name  # type: ignore[arg-type]

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, first, "changed")


def test_a_happening_says_what_and_when() -> None:
    """An event is a pair that unpacks."""
    at = datetime(2026, 3, 10, tzinfo=UTC)

    event, moment = Happening("demo", at)
    assert ("demo", at) == (event, moment)


def test_a_workflow_error_lists_every_mistake() -> None:
    """One line a mistake, in the order of the file."""
    error = errors.WorkflowError(["LS101 a", "LS102 b"])

    assert ("LS101 a", "LS102 b") == error.problems
    assert str(error) == "LS101 a\nLS102 b"


def test_retry_later_says_how_long_and_whether_it_was_sent() -> None:
    """An unknown outcome is told apart from a request that never left."""
    plain = errors.RetryLater("busy")
    told = errors.VersionConflict("moved", after_seconds=1.5, sent=True)

    assert (None, False, "busy") == (plain.after_seconds, plain.sent, str(plain))
    assert (1.5, True, "moved") == (told.after_seconds, told.sent, str(told))


def test_every_public_exception_can_be_caught_as_one() -> None:
    """One base, so that a caller can tell our errors from accidents."""
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.LeadstateError)


def test_the_owner_of_a_record_stands_in_its_field_of_that_type() -> None:
    """A value that is no name says nothing, and some workflows ask for no owner."""
    owned = load_workflow_text(OWNED)
    bare = dataclasses.replace(owned, fields={})
    ann = Record(id="r", stage="sal", values={"rep": "ann"})
    odd = Record(id="r", stage="sal", values={"rep": 7})

    assert ("ann", None, None) == (
        owned.owner_of(ann),
        owned.owner_of(odd),
        bare.owner_of(ann),
    )
    assert ("lead", "sal") == owned.open_stages
