"""Two workflows over the same objects: read once, each with a life of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from two_workflows import Pair, agreements, open_pair

from leadstate.domain.binding import joined
from leadstate.domain.history import Cause
from leadstate.errors import ConfigurationError
from leadstate.service.erase import erase, wanted_record
from leadstate.service.setup.together import check_writers
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(name="pair")
def _pair(tmp_path: Path) -> Iterator[Pair]:
    pair = open_pair(tmp_path / "pair.db")
    yield pair
    pair.store.close()


def test_a_contact_is_a_record_in_each_and_is_read_once(pair: Pair) -> None:
    """Two records, two histories, one reading."""
    pair.hub.create("1", email="ann@example.com", size="10")
    pair.deliver()
    pair.advance()

    ids = {pair.record(name, "1").record.id for name in pair.apps}  # type: ignore[union-attr]
    assert (2, 1) == (len(ids), pair.reads())
    assert ["entered"] == pair.kinds("marketing", "1") == pair.kinds("partners", "1")


def test_what_one_writes_is_no_edit_for_the_other_and_is_read(pair: Pair) -> None:
    """Marketing's own write moves the partner channel's guard, and nobody's stage."""
    pair.hub.create("1", email="ann@example.com", size="80")
    pair.work()

    assert ("mql", "offered") == (
        pair.stage("marketing", "1"),
        pair.stage("partners", "1"),
    )
    assert ["entered", "moved"] == pair.kinds("marketing", "1")
    assert ["entered", "moved"] == pair.kinds("partners", "1")
    written = {(one.property, one.new) for one in pair.hub.ours("1")}
    assert {("stage", "mql"), ("partner_stage", "offered")} == written


def test_a_poll_serves_both(pair: Pair) -> None:
    """One question for changes, one reading, whatever the number of workflows."""
    pair.hub.create("1", size="80")
    assert 2 == pair.poll()
    asked = [method for method, _ in pair.hub.calls].count("changes")
    pair.work(told=False)
    pair.poll()
    pair.work(told=False)

    assert asked <= 2
    assert ("mql", "offered") == (
        pair.stage("marketing", "1"),
        pair.stage("partners", "1"),
    )


def test_identity_compares_within_a_workflow(pair: Pair) -> None:
    """The same address in both is no double of anybody."""
    pair.hub.create("1", email="ann@example.com")
    pair.work()

    for name, app in pair.apps.items():
        with app.store.read() as view:
            found = view.identities.find([("email", "ann@example.com")])
        row = pair.record(name, "1")
        assert row is not None
        assert {("email", "ann@example.com"): (row.record.id,)} == found


def test_a_move_by_hand_belongs_to_its_workflow(pair: Pair) -> None:
    """The transitions have one name; the record says whose is meant."""
    pair.hub.create("1", size="10")
    pair.work()

    pair.move("partners", "1", "drop")
    pair.work()

    assert ("lead", "lost") == (
        pair.stage("marketing", "1"),
        pair.stage("partners", "1"),
    )


def test_a_workflow_that_is_new_hears_of_all_that_was(pair: Pair) -> None:
    """It has a place of its own in the changes until it has caught up."""
    pair.only("marketing")
    pair.hub.create("1", size="80")
    pair.poll()
    pair.work(told=False)
    assert pair.record("partners", "1") is None

    pair.only("marketing", "partners")
    pair.poll()
    pair.work(told=False)

    assert "offered" == pair.stage("partners", "1")
    pair.hub.create("2", size="10")
    pair.poll()
    pair.work(told=False)
    assert ("lead", "lead") == (
        pair.stage("marketing", "2"),
        pair.stage("partners", "2"),
    )


def test_a_workflow_that_was_away_loses_nothing(pair: Pair) -> None:
    """What waited for it waits on, and what happened meanwhile is read then."""
    pair.hub.create("1", size="80")
    pair.poll()
    pair.work(told=False)
    pair.hub.edit("1", email="late@example.com")
    pair.poll()  # in both inboxes, judged by nobody
    pair.only("marketing")

    pair.work(told=False)
    pair.hub.create("2", size="80")
    pair.poll()
    pair.work(told=False)
    with pair.store.of("partners").read() as view:
        assert 1 == view.inbox.counts()["pending"]
        assert 1 == view.records.by_workflow()["partners"]
        assert 0 == view.dead_letters.count()

    pair.only("marketing", "partners")
    pair.poll()
    pair.work(told=False)

    assert "offered" == pair.stage("partners", "2")
    row = pair.record("partners", "1")
    assert row is not None
    assert "late@example.com" == row.record.values["email"]


def test_an_sla_of_a_workflow_that_was_away_is_told_when_it_is_back(pair: Pair) -> None:
    """No timer is fired for nobody, and none is lost."""
    pair.hub.create("1", size="80")
    pair.work()
    pair.only("marketing")
    pair.clock.advance(timedelta(days=3))
    pair.work()
    assert "breached" not in pair.kinds("partners", "1")

    pair.only("marketing", "partners")
    pair.work()

    [breach] = [
        one for one in pair.history("partners", "1") if one.cause is Cause.TIMER
    ]
    assert "breached" == str(breach.kind)


def test_one_workflows_poison_is_its_own(pair: Pair) -> None:
    """An object that cannot be judged by one is a dead letter of that one."""
    pair.hub.create("1", size="80", partner_stage="nowhere")
    pair.work()

    assert "mql" == pair.stage("marketing", "1")
    with pair.store.of("partners").read() as view:
        [letter] = view.dead_letters.list()
    with pair.store.of("marketing").read() as view:
        assert 0 == view.dead_letters.count()
    assert "unknown stage" == letter.reason


def test_an_object_that_cannot_be_read_hinders_nobody(pair: Pair) -> None:
    """A poisonous object among others: all others are judged, for both."""
    pair.hub.create("1", size="80")
    pair.hub.create("2", size="80")
    pair.hub.poison.add("1")
    pair.work()

    assert "mql" == pair.stage("marketing", "2")
    assert "offered" == pair.stage("partners", "2")
    for app in pair.apps.values():
        with app.store.read() as view:
            assert ["cannot be read"] == [
                one.reason for one in view.dead_letters.list()
            ]


def test_a_person_is_forgotten_in_every_workflow(pair: Pair) -> None:
    """The object is the same, so it is the same person."""
    pair.hub.create("1", email="ann@example.com", size="80")
    pair.work()
    ids = [pair.record(name, "1").record.id for name in pair.apps]  # type: ignore[union-attr]

    app = pair.apps["marketing"]
    erase(app, wanted_record(app, ids[0]), actor="dpo")

    for name, id_ in zip(pair.apps, ids, strict=True):
        with pair.store.of(name).read() as view:
            row = view.records.get(id_, agreements()[name][0].fields)
            links = view.links.at("hub", "1")
        assert row is not None
        assert (RecordStatus.ERASED, {}) == (row.status, dict(row.record.values))
        assert [{}] == [dict(one.remote_properties) for one in links]
    assert [] == pair.store.integrity()


def test_two_workflows_that_write_one_property_are_refused() -> None:
    """Both places are named; reading is free."""
    mine, theirs = (binding for _, binding in agreements().values())

    with pytest.raises(ConfigurationError) as caught:
        check_writers({"one": {"hub": mine}, "two": {"hub": mine}})

    assert str(caught.value).startswith(
        "two workflows write 'stage' of contacts in hub: one (stages) and two (stages)"
    )
    check_writers({"one": {"hub": mine}, "two": {"hub": theirs}})
    check_writers({"one": {"hub": mine}, "two": {"other": mine}})


def test_an_adapter_is_asked_for_what_any_of_them_reads() -> None:
    """One binding for all, that names every property once."""
    both = joined([binding for _, binding in agreements().values()])

    assert {"email", "size", "stage", "partner_stage"} == set(both.read_properties)
    assert {"stage", "partner_stage"} == set(both.stage_properties)
