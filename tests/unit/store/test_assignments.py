"""Assignments: whose turn it is, and who has how much to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.store import Assignment, RecordChange, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make, Plans


@pytest.fixture
def work(store: Store) -> Iterator[Work]:
    with store.begin() as opened:
        yield opened


def test_whoever_got_a_record_last_comes_last(
    with_records: Store, make: type[Make]
) -> None:
    """By the order of assignments, not by a clock; who never got one is not there."""
    with with_records.begin() as work:
        work.assignments.add([_given(make, "r1", "ann"), _given(make, "r2", "bob")])
        work.assignments.add([_given(make, "r3", "ann"), _given(make, "r1", "cyd")])

        last = work.assignments.last(["cyd", "ann", "bob", "dan"])
        nobody = work.assignments.last([])

    assert ["bob", "ann", "cyd"] == sorted(last, key=last.__getitem__)
    assert {} == nobody


def test_the_newest_assignment_of_each_person_says_when(
    with_records: Store, make: type[Make], plans: type[Plans]
) -> None:
    """With its place; one query, that reads one row a person."""
    early = replace(_given(make, "r1", "ann"), at=make.at(1))
    late = replace(_given(make, "r2", "ann"), at=make.at(7))
    with with_records.begin() as work:
        work.assignments.add([early, late, _given(make, "r3", "bob")])
        places = work.assignments.last(["ann", "bob"])

        with plans(work) as asked:
            newest = work.assignments.newest(["ann", "bob", "dan"])
        read = [step for step in asked.steps if "given" in step]

    assert (places["ann"], make.at(7)) == newest["ann"]
    assert {"ann", "bob"} == set(newest)
    assert ["SEARCH given USING INTEGER PRIMARY KEY (rowid=?)"] == read


def test_finding_whose_turn_it_is_reads_one_row_a_person(
    work: Work, plans: type[Plans]
) -> None:
    """However many records were given to them."""
    with plans(work) as asked:
        work.assignments.last(["ann", "bob"])

    used = [step for step in asked.steps if " assignment " in step]
    assert [
        "SEARCH assignment USING COVERING INDEX ix_assignment_person (person=?)"
    ] == used


def test_the_open_records_of_each_owner_are_counted(
    work: Work, make: type[Make]
) -> None:
    """In the stages that are asked for; who has none has nought."""
    places = [("ann", "lead"), ("ann", "mql"), ("bob", "mql"), ("ann", "won")]
    work.records.add(
        [
            replace(make.new(f"r{place}", stage), owner=owner)
            for place, (owner, stage) in enumerate(places)
        ]
    )
    work.records.add([make.new("nobody", "mql")])

    found = work.records.loads(["ann", "bob", "cyd"], {"b2b": ["lead", "mql"]})

    assert {"ann": 2, "bob": 1, "cyd": 0} == found
    assert {} == work.records.loads([], {"b2b": ["lead"]})


def test_people_have_records_of_every_workflow(work: Work, make: type[Make]) -> None:
    """Each counts in the open stages of its own workflow, whoever asks."""
    leads = [
        replace(make.new(f"{workflow}-{stage}", stage), owner="ann", workflow=workflow)
        for workflow in ("b2b", "deals")
        for stage in ("lead", "won")
    ]
    work.records.add(leads)
    stages = {"b2b": ["lead"], "deals": ["lead", "won"]}

    found = work.of("b2b").records.loads(["ann"], stages)

    assert {"ann": 3} == found


def test_a_record_that_changes_hands_or_ends_counts_no_more(
    work: Work, make: type[Make]
) -> None:
    """The new owner has it; a closed record is nobody's work."""
    news = [replace(make.new(id_, "mql"), owner="ann") for id_ in ("r1", "r2", "r3")]
    work.records.add(news)

    def changed(place: int, **given: object) -> RecordChange:
        record = replace(news[place].record, version=1)
        return RecordChange(record=record, expected_version=0, **given)

    closed = changed(1, owner="ann", status=RecordStatus.CLOSED)
    work.records.update([changed(0, owner="bob"), closed, changed(2)])

    assert {"ann": 0, "bob": 1} == work.records.loads(["ann", "bob"], {"b2b": ["mql"]})
    assert ["bob", "ann", None] == [row.owner for row in work.records.list(make.fields)]


def test_counting_the_records_of_an_owner_reads_no_other_record(
    work: Work, plans: type[Plans]
) -> None:
    """The index alone answers."""
    with plans(work) as asked:
        work.records.loads(["ann"], {"b2b": ["mql"]})

    index = "ix_record_owner (owner=? AND status=? AND workflow=? AND stage=?)"
    used = [step for step in asked.steps if " record " in step]
    assert [f"SEARCH record USING COVERING INDEX {index}"] == used


def _given(make: type[Make], record_id: str, person: str) -> Assignment:
    return Assignment(
        record_id=record_id,
        person=person,
        at=make.noon,
        team="sales",
        history_id="h1",
    )
