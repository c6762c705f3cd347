"""The write ledger, the dead letters, the applied workflows and the cursors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from leadstate.store import DeadLetterItem, Door, LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make


@pytest.fixture
def work(store: Store) -> Iterator[Work]:
    with store.begin() as opened:
        yield opened


def test_our_own_writes_are_recognised(work: Work, make: type[Make]) -> None:
    """Same object, property and value, since a moment; nothing else."""
    written = [
        ("1", "stage", "mql", 0),
        ("1", "stage", "sal", 10),
        ("2", "stage", "mql", 10),
    ]
    work.ledger.add(
        [
            LedgerEntry(
                connection="hub",
                object="contacts",
                external_id=id_,
                property=name,
                value=value,
                token="t",
                written_at=make.at(seconds),
            )
            for id_, name, value, seconds in written
        ]
    )
    asked = {("1", "stage", "mql"), ("1", "stage", "sal"), ("2", "stage", "lead")}

    def ours(since: float, connection: str = "hub", kind: str = "contacts") -> set:
        return set(work.ledger.matching(connection, kind, asked, make.at(since)))

    assert ours(0) == {("1", "stage", "mql"), ("1", "stage", "sal")}
    assert ours(10) == {("1", "stage", "sal")}
    assert ours(11) == ours(0, "amo") == ours(0, "hub", "deals") == set()


def test_the_ledger_forgets(work: Work, make: type[Make]) -> None:
    """What is older than any echo is of no use."""
    entry = LedgerEntry(
        connection="hub",
        object="contacts",
        external_id="1",
        property="stage",
        value="mql",
        token="t",
        written_at=make.noon,
    )
    work.ledger.add([entry, replace(entry, written_at=make.at(1))])

    assert work.ledger.purge(make.at(1)) == 1


def test_a_dead_letter_tells_what_and_why(work: Work, make: type[Make]) -> None:
    """Everything that a person needs to mend it."""
    work.dead_letters.put([_letter(make)])

    (letter,) = work.dead_letters.list()
    assert (letter.door, letter.ref, letter.reason) == (Door.INBOX, "k1", "no stage")
    assert (letter.times, letter.payload, letter.replayed_at) == (1, {"a": 1}, None)
    assert work.dead_letters.get(letter.id) == letter


def test_the_same_trouble_again_is_counted(work: Work, make: type[Make]) -> None:
    """One letter, with the first and the last time and the newest reason."""
    work.dead_letters.put([replace(_letter(make), record_id="r1")])
    work.dead_letters.put([replace(_letter(make), reason="gone", at=make.at(5))])

    (letter,) = work.dead_letters.list()
    assert (letter.times, letter.reason, letter.record_id) == (2, "gone", "r1")
    assert (letter.first_at, letter.last_at) == (make.noon, make.at(5))


def test_a_resolved_letter_is_closed(work: Work, make: type[Make]) -> None:
    """New trouble of the same thing opens a new letter."""
    work.dead_letters.put([_letter(make), replace(_letter(make), door=Door.OUTBOX)])

    assert work.dead_letters.resolve(1, make.at(1)) is True
    assert work.dead_letters.resolve(1, make.at(2)) is False
    assert work.dead_letters.resolve_ref(Door.OUTBOX, "k1", make.at(1)) is True
    assert work.dead_letters.resolve_ref(Door.LINK, "k1", make.at(1)) is False
    assert work.dead_letters.count() == 0

    work.dead_letters.put([_letter(make)])
    assert work.dead_letters.count() == 1
    assert len(work.dead_letters.list(open_only=False)) == 3
    assert len(work.dead_letters.list(open_only=False, limit=2)) == 2
    assert work.dead_letters.get(99) is None


def test_one_version_of_a_workflow_is_active(work: Work, make: type[Make]) -> None:
    """Older versions stay readable, other workflows untouched."""
    assert work.workflows.active("b2b") is None
    for version, name in (("v1", "b2b"), ("v2", "b2b"), ("v1x", "other")):
        work.workflows.apply(version, name, f"Title {version}", "stages: …", make.noon)

    assert work.workflows.active("b2b").version == "v2"
    assert work.workflows.active("other").version == "v1x"
    old = work.workflows.get("v1")
    assert (old.title, old.source, old.active) == ("Title v1", "stages: …", False)
    assert work.workflows.get("v3") is None


def test_an_older_version_can_be_applied_again(work: Work, make: type[Make]) -> None:
    """Going back is applying once more."""
    for version, seconds in (("v1", 0), ("v2", 1), ("v1", 2)):
        work.workflows.apply(version, "b2b", "B2B", "", make.at(seconds))

    found = work.workflows.active("b2b")
    assert (found.version, found.applied_at) == ("v1", make.at(2))


def test_a_cursor_is_kept_by_connection_and_name(work: Work, make: type[Make]) -> None:
    """At the very beginning there is none."""
    assert work.cursors.get("hub", "changes") is None

    work.cursors.set("hub", "changes", "a", make.noon)
    work.cursors.set("hub", "changes", "b", make.at(1))
    work.cursors.set("amo", "changes", "c", make.at(1))

    assert work.cursors.get("hub", "changes") == "b"
    assert work.cursors.get("hub", "other") is None


def _letter(make: type[Make]) -> DeadLetterItem:
    return DeadLetterItem(
        door=Door.INBOX,
        ref="k1",
        connection="hub",
        object="contacts",
        external_id="1",
        reason="no stage",
        detail="Stage galaxy is not in the binding.",
        at=make.noon,
        payload={"a": 1},
    )
