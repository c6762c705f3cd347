"""Forgetting a person leaves the history and none of the values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.store import DeadLetterItem, Door, EventRow, FieldChange, OutboxState

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Make

    from leadstate.store import Store

PLANTED = "planted-4711@person.example"


def _keep_a_person(store: Store, make: type[Make]) -> None:
    with store.begin() as work:
        work.records.add([make.new("r1", email=PLANTED, need=f"call {PLANTED}")])
        link = make.link("7", "r1", remote_properties={"email": PLANTED})
        work.links.save([link])
        entry = make.entry("r1", receipt={"candidates": [{"observed": PLANTED}]})
        work.history.append([entry])
        changed = FieldChange(
            record_id="r1",
            field="email",
            old=None,
            new=PLANTED,
            changed_at=None,
            learnt_at=make.noon,
        )
        work.field_changes.add([changed])
        happened = EventRow(
            record_id="r1",
            name="demo_requested",
            at=make.noon,
            source="hub",
            learnt_at=make.noon,
        )
        work.events.add([happened])
        work.inbox.add([make.item("k1", external_id="7", payload={"v": PLANTED})])
        work.outbox.add([make.write("t1", payload={"text": PLANTED})])
        letter = DeadLetterItem(
            door=Door.LINK,
            ref="hub:contacts:7",
            connection="hub",
            object="contacts",
            external_id="7",
            reason="unknown stage",
            detail=f"about {PLANTED}",
            at=make.noon,
        )
        work.dead_letters.put([letter])
        work.commit()


def test_a_forgotten_person_leaves_no_byte_behind(
    store: Store, make: type[Make], tmp_path: Path
) -> None:
    """Neither the database nor its log holds the value after the next checkpoint."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget("r1")
        work.commit()
    store.close()

    kept = b"".join(one.read_bytes() for one in tmp_path.glob("*") if one.is_file())
    assert PLANTED.encode() not in kept


def test_forgetting_keeps_the_history_and_the_counts(
    store: Store, make: type[Make]
) -> None:
    """That something happened stays; what was observed goes."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget("r1")
        work.commit()

    with store.read() as view:
        row = view.records.get("r1", make.fields)
        entries = view.history.of("r1")
        assert row is not None
        assert ({}, ()) == (dict(row.record.values), row.record.happenings)
        assert [("lead", {})] == [(one.to_stage, one.receipt) for one in entries]


def test_what_was_to_be_written_about_a_forgotten_person_is_not(
    store: Store, make: type[Make]
) -> None:
    """An open write is taken back."""
    _keep_a_person(store, make)

    with store.begin() as work:
        work.erasure.forget("r1")
        work.commit()

    with store.read() as view:
        assert {OutboxState.SUPERSEDED: 1} == view.outbox.counts()


def test_other_people_are_not_touched(store: Store, make: type[Make]) -> None:
    """Only the named record and its objects are emptied."""
    _keep_a_person(store, make)
    with store.begin() as work:
        work.records.add([make.new("r2", email="other@person.example")])
        work.commit()

    with store.begin() as work:
        work.erasure.forget("r1")
        work.commit()

    with store.read() as view:
        row = view.records.get("r2", make.fields)
        assert row is not None
        assert "other@person.example" == row.record.values["email"]
