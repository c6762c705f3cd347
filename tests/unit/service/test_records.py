"""Records asked for: found, listed by a condition, explained, moved by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.definition.conditions import parse_condition
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import ManualMove
from leadstate.engine.compiled import compile_lifecycle
from leadstate.errors import UsageError
from leadstate.guards import compile_guard
from leadstate.service.records import explain, find, history, listing, move, show

if TYPE_CHECKING:
    from doubles import Desk

CONDITIONS = (
    "budget >= 10000",
    "not budget >= 10000",
    "need is known or 'spam' in tags",
    "job_role in [owner, director]",
    "score.fit >= 40",
    "score.interest >= 30 and score.fit < 40",
    "at least 2 of (budget >= 1, need is known, technical_fit is true)",
    "decision_date within next 90 days",
    "company_size > 50 and tags is unknown",
)


@pytest.fixture(name="crowd")
def _crowd(desk: Desk) -> Desk:
    """Twelve leads, all different."""
    for number in range(12):
        facts = {
            "budget": ("20000", "5", "12 or so")[number % 3],
            "lead_tags": ("spam", "", "vip")[number % 3],
            "job_role": ("owner", "manager", "")[number // 2 % 3],
            "need": ("a CRM", "")[number % 2],
            "company.numberofemployees": ("80", "10", "")[number // 3 % 3],
            "decision_date": ("2026-04-01", "2027-01-01")[number % 2],
        }
        given = {name: value for name, value in facts.items() if value}
        desk.take_in(f"7{number:02}", "mql" if number % 4 else "sal", **given)
    return desk


def names(desk: Desk, records: list[str]) -> list[str]:
    """Return the records' objects, in order."""
    with desk.app.store.read() as view:
        links = view.links.of_records(records)
    return sorted(links[one][0].external_id for one in records)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_listing_says_what_the_closure_says(crowd: Desk, condition: str) -> None:
    """The database's verdict on a condition is the engine's own."""
    lifecycle, now = crowd.app.lifecycle, crowd.clock.now()
    compiled = compile_lifecycle(lifecycle)
    guard = compile_guard(parse_condition(condition, lifecycle), compiled.scores)
    everybody = [row.record for row in listing(crowd.app, limit=100)]

    found = listing(crowd.app, condition=condition, limit=100)

    assert 12 == len(everybody)
    met = [one.id for one in everybody if guard.allows(compiled.facts(one, now))]
    assert names(crowd, met) == names(crowd, [row.record.id for row in found])


def test_stage_flag_and_condition_narrow_together(crowd: Desk) -> None:
    """The limit counts what is left after all of them, not before."""
    crowd.tell(*crowd.drag("701", "won"))
    crowd.settle()
    assert crowd.record("701").flag is not None

    for limit in (1, 2):
        some = listing(crowd.app, stage="sal", condition="budget >= 1", limit=limit)
        assert ["sal"] * limit == [row.record.stage for row in some]
    flagged = listing(crowd.app, flagged=True, condition="budget >= 1", limit=1)
    assert ["701"] == names(crowd, [row.record.id for row in flagged])
    assert flagged == listing(crowd.app, flagged=True, stage="won")
    assert [] == listing(crowd.app, flagged=True, stage="sal")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"stage": "sqql"}, "there is no stage 'sqql'; known: lead, mql, sal"),
        ({"condition": "budgett >= 1"}, "Did you mean 'budget'"),
        ({"condition": "budget >"}, "LS"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_right(
    desk: Desk, question: dict[str, str], words: str
) -> None:
    """The message names what was wrong and what there is."""
    with pytest.raises(Exception, match=r".") as raised:
        listing(desk.app, **question)  # type: ignore[arg-type]

    assert words in str(raised.value)


def test_a_record_is_found_by_any_of_its_names(crowd: Desk) -> None:
    """Its id, the beginning of it, or what the CRM calls its object."""
    record_id = crowd.record("705").record.id

    assert record_id == find(crowd.app, "705")
    assert record_id == find(crowd.app, record_id)
    assert record_id == find(crowd.app, record_id[:12])
    with pytest.raises(UsageError, match="no record is named 'nobody'"):
        find(crowd.app, "nobody")
    everything = [row.record.id[0] for row in listing(crowd.app)]
    double = next(one for one in everything if everything.count(one) > 1)
    with pytest.raises(UsageError, match=f"'{double}' names several records: "):
        find(crowd.app, double)


def test_a_record_is_shown_with_all_that_belongs_to_it(desk: Desk) -> None:
    """Links, visits, what waits to be written, and the last thing that happened."""
    desk.take_in("1", "mql")
    desk.move("1", "accept", "sales")

    shown = show(desk.app, desk.record("1").record.id)

    assert ["1"] == [one.external_id for one in shown.links]
    assert ["mql", "sal"] == [one.stage for one in shown.visits]
    assert ["stage"] == [str(one.kind) for one in shown.waiting]
    assert shown.last is not None
    assert "accept" == shown.last.transition
    for ask in (show, explain):
        with pytest.raises(UsageError, match="there is no record 'x'"):
            ask(desk.app, "x")


def test_explaining_asks_for_no_role(desk: Desk) -> None:
    """Every way out of the stage, with what the record lacks."""
    desk.take_in("1", "sal", job_role="director")

    _, receipts = explain(desk.app, desk.record("1").record.id)

    found = {one.transition: one.allows for one in receipts}
    assert found == {"recycle": True, "confirm": False, "postpone": True, "lose": True}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"transition": "accept", "roles": {"marketing"}}, "role"),
        ({"transition": "recycle", "roles": {"sales"}}, "reason"),
        ({"transition": "recycle", "roles": {"sales"}, "reason": "bored"}, "reason"),
        ({"transition": "recycle", "roles": {"sales"}, "reason": "other"}, "note"),
        ({"transition": "confirm", "roles": {"quality_control"}}, "source"),
        ({"transition": "fly", "roles": {"sales"}}, "unknown_transition"),
        ({"transition": "accept", "roles": {"sales"}}, "guard"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["transition"] + str(
        len(value)
    ) + min(value["roles"]) + value.get("reason", ""),
)  # fmt: skip
def test_a_refused_request_is_a_history_row(
    desk: Desk, asked: dict[str, object], code: str
) -> None:
    """Role, reason, note, place, name or criteria: who asked, and why not."""
    desk.take_in("1", "mql", lead_tags="spam")
    moved = move(
        desk.app,
        desk.record("1").record.id,
        ManualMove(
            transition=str(asked["transition"]),
            actor="olena",
            at=desk.clock.now(),
            roles=frozenset(asked["roles"]),  # type: ignore[call-overload]
            reason=asked.get("reason"),  # type: ignore[arg-type]
        ),
    )

    assert moved.refused
    [entry] = moved.entries
    assert ("refused", "olena", code) == (
        entry.kind,
        entry.actor,
        entry.receipt["refusal"],
    )
    assert [entry.id] == [one.id for one in history(desk.app, entry.record_id)][1:]
    assert desk.waiting() == {}


def test_a_request_about_nobody_becomes_a_letter(desk: Desk) -> None:
    """It is told, and listed; nothing else waits for it."""
    asked = ManualMove(transition="accept", actor="olena", at=desk.clock.now())

    moved = move(desk.app, "nobody", asked)

    assert moved.refused
    assert moved.letter is not None
    assert "there is no record 'nobody'" in moved.letter.detail


def test_a_request_for_a_stage_that_the_workflow_lost_is_answered(desk: Desk) -> None:
    """A record whose stage is no longer in the workflow is flagged, at once."""
    desk.take_in("1", "mql")
    record_id = desk.record("1").record.id
    with desk.app.store.begin() as work:
        for table in ("record", "visit"):
            work.connection.exec_driver_sql(f"UPDATE {table} SET stage = 'mqll'")
        work.commit()
    before = desk.clock.now()

    moved = desk.move("1", "accept", "sales")

    assert moved.refused
    assert desk.clock.now() == before
    assert "stage 'mqll' is not in the workflow" in (desk.record("1").flag or "")
    assert record_id == desk.record("1").record.id


def test_a_request_that_nobody_works_on_is_kept(desk: Desk) -> None:
    """When other work comes first, the person is told that it is stored."""
    desk.take_in("1", "mql")
    asked = ManualMove(transition="accept", actor="olena", at=desk.clock.now())

    with pytest.raises(UsageError, match="the request is stored, but other work"):
        move(desk.app, desk.record("1").record.id, asked, work=lambda _: None)

    assert desk.waiting() == {"inbox": 1}


def test_events_of_a_record_are_kept_in_order(desk: Desk) -> None:
    """Each new value of a date-time property is one event."""
    desk.take_in("1", last_webinar_at="2026-03-01T10:00:00Z")

    desk.tell(*desk.crm.edit("1", last_webinar_at="2026-03-05T10:00:00Z"))
    desk.tell(*desk.crm.edit("1", last_ebook_download_at="2026-03-03T10:00:00Z"))
    desk.settle()

    found: Record = desk.record("1").record
    assert ["webinar_attended", "ebook_downloaded", "webinar_attended"] == [
        one.event for one in found.happenings
    ]
    assert all(isinstance(one, Happening) for one in found.happenings)
