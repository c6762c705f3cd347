"""What a receipt says: every candidate, every criterion, observed against required."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.receipt import (
    Contribution,
    Finding,
    FindingKind,
    Receipt,
    Refusal,
    RefusalCode,
    Status,
)
from leadstate.domain.values import Unparsable
from leadstate.engine.decide import decide, examine
from leadstate.engine.receipts import (
    finding_lines,
    open_criteria,
    receipt_data,
    receipt_lines,
    stored_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make


def receipt_of(receipts: tuple[Receipt, ...], name: str) -> Receipt:
    """Return the receipt of one candidate."""
    return next(receipt for receipt in receipts if receipt.transition == name)


def leaves(finding: Finding | None) -> Iterator[Finding]:
    """Yield every test below a finding."""
    assert finding is not None
    if not finding.parts:
        yield finding
    for part in finding.parts:
        yield from leaves(part)


def stored(*receipts: Receipt) -> list[str]:
    """Return the lines of receipts that went through the history as JSON."""
    data = json.loads(json.dumps({"candidates": receipt_data(receipts)}))
    return list(stored_lines(data))


def test_every_criterion_is_there_with_label_observed_and_required(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Four statuses, and for each what was seen and what is asked."""
    record = make.fitting(
        "sal",
        budget=Unparsable("about 5k"),
        job_role="specialist",
        decision_date=None,
        technical_fit=None,
    )

    confirm = receipt_of(examine(b2b, record, now=make.now), "confirm")

    assert [
        ("budget", ">= 10000", "about 5k", Status.UNPARSABLE),
        ("job_role", "in [owner, director]", "specialist", Status.UNMET),
        ("need", "is known", "A new CRM", Status.MET),
        ("decision_date", "within next 90 days", None, Status.MISSING),
        ("technical_fit", "is true", None, Status.MISSING),
    ] == [
        (leaf.field, leaf.required, leaf.observed, leaf.status)
        for leaf in leaves(confirm.finding)
    ]


def test_a_receipt_reads_as_a_person_would_ask(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The candidate, what stands in the way, and every criterion below its group."""
    record = make.fitting("sal", budget=Unparsable("about 5k"), decision_date=None)
    asked = make.asks("confirm", "sales")

    decision = decide(b2b, record, asked, now=make.now)

    assert (
        """\
confirm (sal -> sql): refused
  - 'confirm' may be taken by quality_control; ann has sales
  ? all of
    ? at least 3 of
      ! Budget
        ! Budget >= 10000: cannot be read (about 5k)
      + Authority
        + Job role in [owner, director]: is director
      + Need
        + Need is known: is A new CRM
      ? Timing
        ? Decision date within next 90 days: nothing known
    + Technically feasible
      + Technically feasible is true: is true""".splitlines()
        == list(receipt_lines(decision.receipts[0]))
    )


def test_a_score_shows_what_it_is_made_of(b2b: Lifecycle, make: type[Make]) -> None:
    """Each rule and each event with the points that it adds now."""
    (receipt,) = examine(
        b2b,
        make.record(
            "lead",
            make.demo(days_ago=14),
            make.demo(days_ago=0),
            company_size=80,
            job_role="director",
        ),
        now=make.now,
    )[:1]

    lines = list(receipt_lines(receipt))

    assert "qualify (lead -> mql): allowed" == lines[0]
    assert "        · 25 company_size >= 50" in lines
    assert "        · 0 company_size >= 250" in lines
    assert "        · 60 demo_requested (2 times)" in lines
    assert "        · 0 webinar_attended" in lines


def test_a_stored_receipt_reads_like_a_fresh_one(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The history tells later what was told on the day, line by line."""
    for stage in b2b.stages:
        for record in (make.fitting(stage), make.record(stage)):
            receipts = examine(b2b, record, now=make.now)
            expected = [line for one in receipts for line in receipt_lines(one)]

            assert expected == stored(*receipts)


def test_refusals_are_stored_with_their_code_and_their_sentence() -> None:
    """A program matches on the code, a person reads the sentence."""
    receipt = Receipt("go", "a", "b", None, (Refusal(RefusalCode.ROLE, "not you"),))

    assert [
        {
            "transition": "go",
            "from": "a",
            "to": "b",
            "allowed": False,
            "refusals": [{"code": "role", "text": "not you"}],
            "guard": None,
        }
    ] == receipt_data([receipt])
    assert ["go (a -> b): refused", "  - not you"] == stored(receipt)


def test_an_observed_empty_text_is_not_taken_for_nothing() -> None:
    """What was seen is stored as it was seen."""
    finding = Finding(
        kind=FindingKind.TEST,
        status=Status.UNMET,
        label="Need",
        required="= 'x'",
        observed="",
    )

    class Seen:
        """An examination that saw an empty text."""

        met = False

        def data(self) -> dict[str, object]:
            """Return what was seen, as the history keeps it."""
            words = {"label": "Need", "required": "= 'x'", "observed": ""}
            return {"kind": "test", "status": "unmet"} | words

        def finding(self) -> Finding:
            """Return what was seen."""
            return finding

    receipt = Receipt("go", "a", "b", Seen())
    assert ["go (a -> b): refused", "  - Need = 'x': is "] == stored(receipt)
    assert list(receipt_lines(receipt)) == stored(receipt)


@pytest.mark.parametrize(
    "receipt",
    [
        {},
        {"candidates": None},
        {"candidates": "none"},
        {"candidates": [1, None]},
        {"refusal": "guard"},
        {"clock": None},
    ],
)
def test_a_stored_receipt_without_candidates_has_no_lines(
    receipt: dict[str, object],
) -> None:
    """Rows of imports and endings have no candidates."""
    assert [] == list(stored_lines(receipt))


CLOCK = {
    "sla": "first_touch",
    "mark": "breach",
    "stage": "mql",
    "calendar": "office",
    "owner": "ann",
    "started_at": "2026-03-10T13:00:00.250000+01:00",
    "due_at": "2026-03-10T15:00:00+00:00",
    "paused_times": 2,
    "carried_seconds": 5400.4,
}


def test_a_stored_clock_tells_what_it_rested_on() -> None:
    """When it began and was due, by whose hours, and what was used up before."""
    assert (
        """\
the clock of 'first_touch' in mql, by the calendar 'office':
  started 2026-03-10 12:00:00 UTC
  due 2026-03-10 15:00:00 UTC
  owner ann
  paused 2 times
  1:30:00 (h:mm:ss) used up in earlier stays""".splitlines()
        == list(stored_lines({"clock": CLOCK}))
    )


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        ("owner", ", by the hours of its owner"),
        ("team", ", by the hours of its team"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_stored_clock_says_whose_time_counts(calendar: str | None, said: str) -> None:
    """An SLA that the workflow took back has no calendar any more."""
    first, *_ = stored_lines({"clock": CLOCK | {"calendar": calendar}})

    assert f"the clock of 'first_touch' in mql{said}:" == first


def test_a_stored_clock_tells_of_a_breach_that_was_none() -> None:
    """When it was told, and when the SLA was kept all the same."""
    withdrawn = {
        "breach_was_at": "2026-03-10T15:00:00+00:00",
        "ended_at": "2026-03-10T14:30:00+00:00",
    }

    lines = list(stored_lines({"clock": CLOCK | withdrawn}))

    assert [
        "  no breach any more: that of 2026-03-10 15:00:00 UTC",
        "  ended 2026-03-10 14:30:00 UTC",
    ] == lines[3:5]


def test_a_stored_clock_leaves_out_what_did_not_happen() -> None:
    """No owner, one pause, nothing before; what is unknown is said to be."""
    plain = {"owner": None, "due_at": None, "paused_times": 1, "carried_seconds": 0.0}

    _, started, *rest = stored_lines({"clock": CLOCK | plain})

    assert "  started 2026-03-10 12:00:00 UTC" == started
    assert ["  due unknown", "  paused once"] == rest
    assert 3 == len(list(stored_lines({"clock": CLOCK | plain | {"paused_times": 0}})))


def test_a_cap_without_a_maximum_is_kept() -> None:
    """A contribution comes back with points, most and count as they were."""
    finding = Finding(
        kind=FindingKind.ANY,
        status=Status.MET,
        label="any of",
        parts=(
            Finding(
                kind=FindingKind.TEST,
                status=Status.MET,
                label="Fit",
                required=">= 1",
                observed="2.5",
                contributions=(
                    Contribution(text="a rule", points=2.5, of=None),
                    Contribution(text="visits", points=0.25, of=30.0, count=2),
                    Contribution(text="demo", points=40.0, count=1),
                ),
            ),
        ),
    )

    assert [
        "+ any of",
        "  + Fit >= 1: is 2.5",
        "    · 2.5 a rule",
        "    · 0.25 visits (2 times)",
        "    · 40 demo",
    ] == list(finding_lines(finding))


def test_the_short_answer_names_what_still_stands_in_the_way(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """The outermost named criteria, not every test below them."""
    receipts = examine(
        b2b, make.fitting("sal", need=None, technical_fit=None), now=make.now
    )
    mql = examine(b2b, make.fitting(), now=make.now)
    confirm = receipt_of(receipts, "confirm")

    assert ["Technically feasible"] == [one.label for one in open_criteria(confirm)]
    assert () == open_criteria(receipt_of(receipts, "recycle"))
    assert () == open_criteria(receipt_of(mql, "qualify"))


def test_the_short_answer_reaches_into_groups(b2b: Lifecycle, make: type[Make]) -> None:
    """Three of four are asked for: everything that is open among the four is named."""
    receipts = examine(b2b, make.record("sal", need="A CRM"), now=make.now)

    found = open_criteria(receipt_of(receipts, "confirm"))

    assert ["Budget", "Authority", "Timing", "Technically feasible"] == [
        one.label for one in found
    ]


def test_the_receipt_of_a_refused_person_names_the_transition_alone(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """Who asks for one move is told about that one."""
    asked = make.asks("confirm", "quality_control")

    decision = decide(b2b, make.record("sal"), asked, now=make.now)

    assert ["confirm"] == [receipt.transition for receipt in decision.receipts]


def test_a_receipt_tells_of_the_moment_it_was_taken(
    b2b: Lifecycle, make: type[Make]
) -> None:
    """A record that changes afterwards does not change what was decided about it."""
    values = {"need": "A CRM"}
    record = make.record("sal", **values)
    object.__setattr__(record, "values", values)
    confirm = receipt_of(examine(b2b, record, now=make.now), "confirm")

    values["need"] = "Nothing"

    assert "        + Need is known: is A CRM" in list(receipt_lines(confirm))
