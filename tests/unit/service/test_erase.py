"""Forgetting a person: nothing of them is left, and they do not come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs
from traces import traces

from leadstate.adapters import ChangeHint, EventKind, InboundEvent
from leadstate.definition.file_mapping import mapping_of_columns
from leadstate.domain.history import HistoryKind
from leadstate.domain.values import FieldType
from leadstate.errors import UsageError
from leadstate.service.audit.exporting import export_history
from leadstate.service.backup import backup
from leadstate.service.commands.editing import edit_item
from leadstate.service.erase import (
    erase,
    preview,
    wanted_object,
    wanted_record,
    wanted_value,
)
from leadstate.service.export.exporting import (
    LOG,
    LOG_FORMATS,
    TABLES,
    ExportRequest,
    export,
)
from leadstate.service.inbox import InboxItem, hint_items
from leadstate.service.past.file_past import imported_id
from leadstate.service.past.importing import import_file
from leadstate.service.records import ask
from leadstate.store import (
    ApprovalItem,
    DeadLetterItem,
    Door,
    LinkStatus,
    OutboxItem,
    OutboxKind,
    RecordStatus,
)
from leadstate.store.personal import EMPTY_OF_PEOPLE, ERASED
from leadstate.store.schema import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from two_crms import Relay

    from leadstate.service.app import App

EMAIL = "planted.person@secret-4711.example"
PLANTED = {
    "email": EMAIL,
    "old email": "earlier.person@secret-4712.example",
    "phone": "+4930901820",
    "name": "Plantagenista Xylander",
    "old name": "Maidenname Xylander",
    "need": "planted-need wants telescopes",
    "old need": "planted-older-need for microscopes",
    "conflict": "planted-conflict over periscopes",
    "hook": "planted-hook-body-value",
    "other hook": "planted-other-object-hook",
    "echo": "planted-echo-value",
    "approval": "planted-approval-note",
    "answer": "planted-answer-note",
    "move note": "planted-move-note",
    "edit note": "planted-edit-note",
    "task": "planted-task-text",
    "message": "planted-message-text",
    "letter": "planted-letter-payload",
    "letter detail": "planted-letter-detail",
    "refusal": "planted-refusal-of-the-crm",
}


@dataclass(frozen=True)
class Case:
    """An installation that knows everything about one person, and a bit of another."""

    relay: Relay
    record_id: str
    lead: str

    @property
    def folder(self) -> Path:
        return self.relay.app.store.path.parent

    def files(self) -> list[Path]:
        """Return the database with its companions."""
        name = self.relay.app.store.path.name
        return sorted(self.folder.glob(f"{name}*"))

    def found(self) -> set[str]:
        """Return which planted values are left."""
        left = traces(PLANTED.values(), self.files())
        return {name for name, value in PLANTED.items() if value in left}


@pytest.fixture(name="case")
def _case(relay: Relay) -> Case:
    planted = {
        "email": PLANTED["old email"],
        "phone": PLANTED["phone"],
        "name": PLANTED["old name"],
        "need": PLANTED["old need"],
    }
    lead = relay.handed_off(**planted)
    relay.hub.create("h2", email="other@person.example", name="Other", stage="mql")
    relay.hub.edit("h1", email=EMAIL, name=PLANTED["name"])
    relay.work()
    record_id = relay.record("h1").record.id
    _say(relay, record_id)
    _disagree(relay, lead)
    _leave_traffic(relay, record_id)
    return Case(relay, record_id, lead)


def _say(relay: Relay, record_id: str) -> None:
    """Let people write about the person."""
    app = relay.app
    note = PLANTED["edit note"]
    item = edit_item(
        app, record_id, field="need", value=PLANTED["need"], actor="olena", note=note
    )
    ask(app, item, record_id)
    relay.work()
    now = relay.clock.now()
    with app.store.begin() as work:
        asked = ApprovalItem(
            record_id=record_id,
            stage_version=9,
            transition="lose",
            asked_by="olena",
            asked_at=now,
            note=PLANTED["approval"],
        )
        (number,) = work.approvals.ask([asked])
        state = work.approvals.get(number)
        assert state is not None
        work.approvals.settle(
            number, type(state.state).DECLINED, "cyd", now, PLANTED["answer"]
        )
        [row] = work.history.of(record_id, limit=1)
        work.commit()
    from dataclasses import replace

    with app.store.begin() as work:
        work.history.append([replace(row, id=None, note=PLANTED["move note"])])
        work.commit()


def _disagree(relay: Relay, lead: str) -> None:
    """Let both CRMs say something else about one field, and about the name."""
    relay.amo.edit(lead, **{"cf.NEED": PLANTED["conflict"]})
    relay.hub.edit("h1", need=PLANTED["need"] + " again")
    relay.amo.edit(lead, name=PLANTED["old name"] + " ltd")
    relay.work()


def _leave_traffic(relay: Relay, record_id: str) -> None:
    """Leave what came in, went out and got stuck."""
    app, now = relay.app, relay.clock.now()
    told = {"connection": "hub", "object": "contacts", "happened_at": now}
    due = {"received_at": now, "due_at": now}
    raw = {"value": PLANTED["hook"], "email": EMAIL.upper()}
    other = {"kind": "changed", "raw": {"body": [PLANTED["other hook"], EMAIL]}}
    later = {"received_at": now, "due_at": now + timedelta(days=300)}
    rows = [
        InboxItem(key="e1", kind="event", external_id="h1", payload=raw, **told, **due),
        InboxItem(
            key="e2",
            kind="event",
            external_id="h1",
            payload={"value": PLANTED["echo"]},
            **told,
            **later,
        ),
        InboxItem(
            key="e3", kind="event", external_id="h2", payload=other, **told, **due
        ),
    ]
    texts = [PLANTED["task"], PLANTED["message"]]
    out = [
        OutboxItem(
            token=f"t{number}",
            record_id=record_id,
            connection="nowhere",
            object="channel",
            external_id="",
            kind=OutboxKind.MESSAGE,
            created_at=now,
            due_at=now,
            payload={"text": text},
        )
        for number, text in enumerate(texts)
    ]
    letters = [
        DeadLetterItem(
            door=Door.OUTBOX,
            ref="77",
            connection="hub",
            object="contacts",
            external_id="h1",
            record_id=record_id,
            reason="cannot be written",
            detail=PLANTED["letter detail"],
            payload={"text": PLANTED["letter"]},
            at=now,
        )
    ]
    with app.store.begin() as work:
        work.inbox.add(rows)
        work.outbox.add(out)
        work.dead_letters.put(letters)
        flagged = f"UPDATE record SET flag = '{PLANTED['refusal']}' WHERE id = ?"
        work.connection.exec_driver_sql(flagged, (record_id,))
        work.commit()


def test_a_byte_scan_finds_everything_before_and_nothing_after(case: Case) -> None:
    """Twenty values of a person, in every place that may hold one, and then nowhere."""
    before = case.found()

    done = erase(
        case.relay.app, wanted_record(case.relay.app, case.record_id), actor="dpo"
    )

    open_ones = set(PLANTED) - {"edit note", "move note", "old name", "old email"}
    assert open_ones <= before  # the others lie sealed
    assert set() == case.found()
    assert done.wiped
    assert [] == case.relay.app.store.integrity()


def _copies(app: App, folder: Path) -> list[Path]:
    """Write everything that leaves the installation, personal values included."""
    folder.mkdir()
    for what in TABLES:
        wanted = ExportRequest(what=what, format="csv", personal=True)
        export(app, wanted, folder / f"{what}.csv")
    for kind in LOG_FORMATS:
        export(app, ExportRequest(what=LOG, format=kind, personal=True), folder / kind)
    export_history(app, folder / "history.jsonl", details=True)
    backup(app, folder / "backup.db")
    shown = [*map(str, app.store.integrity())]
    with app.store.read() as view:
        shown += [str(entry) for page in view.history.pages() for entry in page]
    (folder / "history.txt").write_text("\n".join(shown), encoding="utf-8")
    return sorted(folder.iterdir())


def test_later_copies_and_logs_hold_nothing_either(case: Case, tmp_path: Path) -> None:
    """Exports, an audit export, a backup, what people are shown, and what is logged."""
    app = case.relay.app
    before = traces(PLANTED.values(), _copies(app, tmp_path / "before"))
    with capture_logs() as logged:
        erase(app, wanted_record(app, case.record_id), actor="dpo")
        case.relay.work()
        after = _copies(app, tmp_path / "after")
    (tmp_path / "after" / "log").write_text(str(logged), encoding="utf-8")

    personal = ("email", "old email", "name", "old name", "move note", "edit note")
    assert {PLANTED[one] for one in personal} <= set(before)
    assert {} == traces(PLANTED.values(), [*after, tmp_path / "after" / "log"])


def test_what_is_shown_first_is_what_is_destroyed(case: Case) -> None:
    """A preview changes nothing, and counts what goes."""
    app = case.relay.app
    wanted = wanted_record(app, case.record_id)

    shown = preview(app, wanted)

    assert case.relay.record("h1").status is RecordStatus.ACTIVE
    done = erase(app, wanted, actor="dpo")
    assert shown.counts == done.counts
    assert {"record", "link", "detail", "field_change", "inbox", "outbox"} <= set(
        done.counts
    )
    assert (("amo", "leads", case.lead), ("hub", "contacts", "h1")) == done.objects


def test_the_history_says_who_erased_and_why_and_nothing_else(case: Case) -> None:
    """That there was somebody stays, with every move; what was said of them goes."""
    app = case.relay.app
    kinds = case.relay.kinds("h1")

    erase(app, wanted_record(app, case.record_id), actor="dpo", reason="ticket 12")

    entries = case.relay.history("h1")
    assert [*kinds, "erased"] == [str(one.kind) for one in entries]
    assert ("dpo", "ticket 12") == (entries[-1].actor, entries[-1].reason)
    assert {("", ())} == {(one.note, tuple(one.receipt)) for one in entries}


def test_a_reason_that_names_the_person_is_refused(case: Case) -> None:
    """It would be kept for ever."""
    app = case.relay.app
    wanted = wanted_record(app, case.record_id)

    with pytest.raises(UsageError, match="names the person"):
        erase(app, wanted, actor="dpo", reason=f"{EMAIL} asked")

    assert case.relay.record("h1").status is RecordStatus.ACTIVE


@pytest.mark.parametrize("way", ["email", "phone", "object"])
def test_a_person_is_found_by_what_one_knows_of_them(case: Case, way: str) -> None:
    """An address in any case, a number as people write it, an id of a CRM."""
    app = case.relay.app

    wanted = {
        "email": lambda: wanted_value(app, FieldType.EMAIL, EMAIL.upper()),
        "phone": lambda: wanted_value(app, FieldType.PHONE, "030 901820"),
        "object": lambda: wanted_object(app, "amo", case.lead),
    }[way]()

    assert (case.record_id,) == wanted.record_ids


@pytest.mark.parametrize("text", ["not an address", ""])
def test_what_identifies_nobody_is_refused(case: Case, text: str) -> None:
    """With a sentence that says what would."""
    with pytest.raises(UsageError, match="of type email"):
        wanted_value(case.relay.app, FieldType.EMAIL, text)


def test_an_object_that_nobody_knows_is_refused(case: Case) -> None:
    """A mistyped id destroys nothing."""
    with pytest.raises(UsageError, match="no object 'h99' of 'hub'"):
        wanted_object(case.relay.app, "hub", "h99")


# -- nobody comes back -----------------------------------------------------------------


def _everything_again(relay: Relay) -> None:
    """Let every CRM tell of everything: webhooks, polls from the very beginning."""
    with relay.app.store.begin() as work:
        for name in relay.app.connections:
            work.cursors.delete(name, "changes")
        work.commit()
    relay.work()
    relay.poll()
    relay.work()
    relay.app.store.wipe()


def test_what_the_crms_still_show_is_not_taken_in_again(case: Case) -> None:
    """Edits, webhooks, polls and second looks of the same objects change nothing."""
    relay = case.relay
    erase(relay.app, wanted_record(relay.app, case.record_id), actor="dpo")

    relay.hub.edit("h1", need=PLANTED["need"] + " once more", size="80")
    relay.amo.edit(case.lead, **{"cf.NEED": PLANTED["conflict"] + "!"})
    _everything_again(relay)

    assert set() == case.found()
    assert RecordStatus.ERASED is relay.record("h1").status
    link = relay.link("hub", "h1")
    assert link is not None
    assert (LinkStatus.ERASED, {}) == (link.status, link.remote_properties)


def test_another_object_of_the_person_made_before_is_recognised(case: Case) -> None:
    """An address tells who it is, one that they had long ago, too."""
    relay = case.relay
    relay.hub.create("h3", email=PLANTED["old email"], name="Again", stage="lead")
    erase(relay.app, wanted_record(relay.app, case.record_id), actor="dpo")

    relay.work()

    link = relay.link("hub", "h3")
    assert link is not None
    assert (None, LinkStatus.ERASED, {}) == (
        link.record_id,
        link.status,
        link.remote_properties,
    )
    relay.app.store.wipe()
    assert set() == case.found()


def test_a_person_who_comes_anew_is_welcome(case: Case) -> None:
    """An object that the CRM made after the erasure is a new record."""
    relay = case.relay
    erase(relay.app, wanted_record(relay.app, case.record_id), actor="dpo")

    relay.clock.advance(timedelta(days=1))
    relay.hub.create("h4", email=EMAIL, name="New here", stage="lead")
    relay.work()

    assert case.record_id != relay.record("h4").record.id
    assert RecordStatus.ACTIVE is relay.record("h4").status


def test_an_address_that_nobody_has_is_remembered(relay: Relay) -> None:
    """Who asks to be forgotten before a list is imported stays out of it."""
    wanted = wanted_value(relay.app, FieldType.EMAIL, EMAIL)
    relay.hub.create("h1", email=EMAIL, name="Listed", stage="lead")
    relay.clock.advance(timedelta(seconds=1))

    erase(relay.app, wanted, actor="dpo")
    relay.work()

    link = relay.link("hub", "h1")
    assert link is not None
    assert (None, LinkStatus.ERASED) == (link.record_id, link.status)


def test_an_erasure_may_be_repeated(case: Case) -> None:
    """The second destroys nothing more, and leaves no second row."""
    app = case.relay.app
    wanted = wanted_record(app, case.record_id)
    erase(app, wanted, actor="dpo")

    again = erase(app, wanted, actor="dpo")

    assert 1 == case.relay.kinds("h1").count("erased")
    assert "detail" not in again.counts


def test_a_privacy_deletion_of_the_crm_is_the_same_thing(case: Case) -> None:
    """The other CRM's object goes with it, and nothing is left after the wiping."""
    relay = case.relay
    relay.hub.delete("h1", erase=True)

    relay.work()
    relay.app.store.wipe()

    assert set() == case.found()
    assert "erased" == relay.kinds("h1")[-1]
    link = relay.link("amo", case.lead)
    assert link is not None
    assert LinkStatus.ERASED is link.status


def test_a_privacy_deletion_of_a_stranger_is_remembered(relay: Relay) -> None:
    """Its webhooks' bodies go, and a restored copy of it stays outside."""
    relay.hub.create("h9", email=EMAIL, stage="no such stage")
    relay.work()
    relay.hub.delete("h9", erase=True)
    relay.work()
    relay.app.store.wipe()

    name = relay.app.store.path.name
    assert {} == traces([EMAIL], relay.app.store.path.parent.glob(f"{name}*"))
    link = relay.link("hub", "h9")
    assert link is not None
    assert LinkStatus.ERASED is link.status


def test_further_addresses_are_forgotten_and_recognised(relay: Relay) -> None:
    """Nothing keeps them, and an object that shows one later is nobody's lead."""
    relay.hub.create("h1", email=EMAIL, stage="lead")
    relay.hub.things["h1"].also["email"] = ("second@person.example",)
    relay.work()
    person = relay.record("h1").record.id

    relay.amo.create("a1", **{"contact.email": "second@person.example"}, status="10")
    erase(relay.app, wanted_record(relay.app, person), actor="dpo")
    relay.work()
    relay.app.store.wipe()

    link = relay.link("amo", "a1")
    assert link is not None
    assert LinkStatus.ERASED is link.status
    name = relay.app.store.path.name
    found = traces(
        ["second@person.example"], relay.app.store.path.parent.glob(f"{name}*")
    )
    assert {} == found


def test_other_people_are_not_touched(case: Case) -> None:
    """Their records, their news and their letters stay."""
    relay = case.relay
    before = relay.record("h2")

    erase(relay.app, wanted_record(relay.app, case.record_id), actor="dpo")

    assert before == relay.record("h2")
    assert "other@person.example" == before.record.values["email"]


def test_records_that_were_merged_into_the_person_go_too(relay: Relay) -> None:
    """The loser of a merge is the same person, and was only closed."""
    relay.hub.create("h1", email=EMAIL, stage="lead")
    relay.hub.create("h2", email=PLANTED["old email"], stage="lead")
    relay.work()
    loser = relay.record("h2").record.id
    relay.hub.merge("h1", "h2", "h1")
    relay.work()
    survivor = relay.record("h1").record.id

    erase(relay.app, wanted_record(relay.app, survivor), actor="dpo")

    with relay.app.store.read() as view:
        row = view.records.get(loser, relay.app.lifecycle.fields)
        told = view.history.of(loser)
    assert row is not None
    assert (RecordStatus.ERASED, {}) == (row.status, dict(row.record.values))
    assert HistoryKind.ERASED is told[-1].kind
    assert [] == relay.app.store.integrity()


def test_every_column_says_whether_it_may_hold_something_personal() -> None:
    """A new column of text, JSON or bytes cannot be forgotten."""
    open_columns = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if _may_hold_text(column.type)
    }

    assert open_columns == set(ERASED) | EMPTY_OF_PEOPLE
    assert set() == set(ERASED) & EMPTY_OF_PEOPLE


def _may_hold_text(kind: object) -> bool:
    from sqlalchemy import JSON, LargeBinary, Text

    from leadstate.store.columns import Word

    return isinstance(kind, (JSON, LargeBinary, Text, Word))


@pytest.mark.parametrize("into", ["h1"])
def test_a_hook_that_comes_later_leaves_no_value(case: Case, into: str) -> None:
    """What a webhook says of somebody who was forgotten is not even stored."""
    relay = case.relay
    erase(relay.app, wanted_record(relay.app, case.record_id), actor="dpo")
    told = InboundEvent(
        key="late",
        kind=EventKind.CHANGED,
        object="contacts",
        id=into,
        at=relay.clock.now(),
        property="email",
        value=EMAIL,
        raw={"email": EMAIL},
    )
    relay.hub.told.append(told)

    relay.tell("hub", [len(relay.hub.told) - 1])

    assert set() == case.found()


def test_a_second_look_at_a_forgotten_object_reads_nothing(case: Case) -> None:
    """A hint that waited, or that a person asked for, does not even ask the CRM."""
    relay = case.relay
    erase(relay.app, wanted_record(relay.app, case.record_id), actor="dpo")
    now = relay.clock.now()
    hint = ChangeHint(id="h1", updated_at=now)
    with relay.app.store.begin() as work:
        work.inbox.add(hint_items(relay.app.connection("hub"), [hint], now))
        work.commit()
    reads = len(relay.hub.calls)

    relay.work(told=False)

    assert [] == [ids for _, ids in relay.hub.calls[reads:] if "h1" in ids]


@pytest.mark.parametrize(
    ("day", "known"), [("2020-01-01", False), ("2999-01-01", True)], ids=["old", "new"]
)
def test_a_file_brings_nobody_back(
    relay: Relay, tmp_path: Path, day: str, *, known: bool
) -> None:
    """Rows of a forgotten address are left out, unless they tell of a time after."""
    app = relay.app
    erase(app, wanted_value(app, FieldType.EMAIL, EMAIL), actor="dpo")
    columns = {"record_id": "id", "to_stage": "to", "at": "at", "fields.email": "mail"}
    path = tmp_path / "moves.csv"
    path.write_text(f"id,to,at,mail\n7,lead,{day}T00:00:00Z,{EMAIL.upper()}\n")
    mapping = mapping_of_columns("old crm", columns, app.lifecycle)
    relay.clock.advance(timedelta(days=365_000))

    import_file(app, path, mapping, object="contacts")

    with app.store.read() as view:
        found = view.records.get(imported_id("old crm", "7"), app.lifecycle.fields)
    assert known is (found is not None)
