"""Lost, doubled, shuffled and refused: networks, disks and keys as they are."""

from __future__ import annotations

import contextlib
import signal
import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import World

SAL = "174913201"
MQL = "marketingqualifiedlead"
SECRETS = ("canary-token-5f1e7a", "canary-client-secret-9c42d8")


def test_a_blackout_of_webhooks_is_healed_by_polling(shared: World) -> None:
    """With every webhook lost, the next look finds what changed."""
    contact = shared.create()
    shared.serve()
    shared.until(lambda: shared.kinds(contact), "taken in")

    shared.faults({"kind": "drop"})
    shared.qualify(contact)
    shared.until(lambda: shared.stage(contact) == MQL, "healed")
    shared.faults()
    shared.settle()

    assert [MQL] == shared.our_stages(contact)
    assert ["entered", "moved"] == shared.kinds(contact)
    shared.agree()


def test_an_edit_just_before_our_write_is_found_by_polling(shared: World) -> None:
    """Our own write makes the object newer; the unread edit before it is not lost."""
    contact = shared.accepted()
    shared.serve()
    shared.until(lambda: shared.kinds(contact), "taken in")
    shared.stop()

    shared.faults({"kind": "drop"})
    # Nobody polls now: the edit is unread when the move by hand is written.
    shared.start("record", "move", contact, "postpone", "--as", "sales",
                 "--reason", "timing").ended()  # fmt: skip
    shared.edit(contact, need="a CRM that listens")
    shared.serve()
    query = "count(*) FROM field_change JOIN link USING (record_id) WHERE "
    query += "link.external_id = ? AND field = 'need'"
    shared.until(lambda: shared.ask(query, contact)[0][0], "the edit is read")
    shared.faults()
    shared.settle()

    shared.agree()


def test_doubled_and_shuffled_webhooks_have_one_effect(shared: World) -> None:
    """Each event five times, in any order: one row a move, one write."""
    contacts = [shared.create() for _ in range(5)]
    shared.serve()
    shared.until(lambda: all(map(shared.kinds, contacts)), "taken in")

    shared.faults(*[{"kind": "duplicate"}] * 4, {"kind": "reorder"})
    for contact in contacts:
        shared.qualify(contact)
    shared.until(lambda: all(shared.stage(one) == MQL for one in contacts), "qualified")
    shared.settle()
    shared.faults()

    for contact in contacts:
        assert [MQL] == shared.our_stages(contact)
        assert ["entered", "moved"] == shared.kinds(contact)
    shared.agree()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "timeout_after_apply", "times": 2},
        {"kind": "timeout_before_apply", "times": 2},
        {"kind": "status", "status": 429, "times": 1},
        {"kind": "status", "status": 503, "times": 4},
        {"kind": "malformed", "times": 2},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_an_api_that_stumbles_leaves_one_change(
    shared: World, fault: dict[str, object]
) -> None:
    """Whether the CRM took the write or not, it changes once, and both sides agree."""
    contact = shared.create()
    shared.serve()
    shared.until(lambda: shared.kinds(contact), "taken in")
    shared.settle()

    shared.faults(fault | {"match": {"path": "/crm/", "method": "POST"}})
    shared.qualify(contact)
    shared.until(lambda: shared.stage(contact) == MQL, "written")
    shared.faults()
    shared.settle()

    assert [MQL] == shared.our_stages(contact)
    assert ["entered", "moved"] == shared.kinds(contact)
    shared.agree()


def test_a_rule_of_the_crm_is_a_refusal_and_no_loop(shared: World) -> None:
    """The CRM's own words stand in the history; it is asked once."""
    contact = shared.accepted()
    shared.serve()
    shared.until(lambda: shared.kinds(contact), "taken in")
    rule = {"object": "contacts", "property": "hs_lead_status", "value": "BAD_TIMING"}
    shared.control("POST", "rules", rule | {"message": "Give a follow-up date"})

    shared.call("record", "move", contact, "postpone", "--as", "sales",
                "--reason", "timing")  # fmt: skip
    shared.until(lambda: "crm_refused" in shared.kinds(contact), "refused")
    shared.control("DELETE", "rules")
    shared.settle()

    shown = shared.call("record", "show", contact)
    assert "Give a follow-up date" in shown
    assert 1 == shared.kinds(contact).count("crm_refused")
    # A person in the CRM ends the disagreement, and with it the waiting.
    shared.edit(contact, hs_lead_status="BAD_TIMING")
    shared.settle()
    shared.until(lambda: shared.stage(contact) == SAL, "settled")


def test_one_pass_works_everything_off(world: World) -> None:
    """``run --once`` polls, decides, writes and ends: for a cron job."""
    contact = world.create()
    world.qualify(contact)

    world.call("run", "--once")

    assert MQL == world.stage(contact)
    assert ["entered", "moved"] == world.kinds(contact)
    world.agree()
    world.call("run", "--once")
    assert [MQL] == world.our_stages(contact)


@pytest.mark.parametrize("way", [[], ["--no-receiver"]], ids=["receiver", "polling"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_service_cleanly(
    shared: World, way: list[str], number: signal.Signals
) -> None:
    """The loops end their step, the database is folded back, the status is 0."""
    service = shared.start("run", *way)
    shared.until(lambda: "orking on hubspot" in service.said, "it says what it does")

    assert 0 == service.kill(number), service.said

    assert "Traceback" not in service.said
    assert not shared.database.with_name("leadstate.db-wal").exists()


def test_a_second_service_is_refused(shared: World) -> None:
    """One worker a database: the second says who holds it."""
    shared.serve()

    said = shared.call("run", "--once", expected=1)

    assert "another leadstate (process" in said


def test_a_port_that_is_taken_ends_the_service(shared: World) -> None:
    """It neither hangs nor works on without its receiver."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", shared.port))
        taken.listen()
        service = shared.start("run")

        assert service.ended() != 0
    assert "address already in use" in service.said


def test_a_database_that_cannot_be_written_answers_503_and_recovers(
    world: World,
) -> None:
    """While another process holds the database nothing is acknowledged, or lost."""
    contact = world.create()
    world.serve()
    world.until(lambda: world.kinds(contact), "taken in")
    world.settle()

    with contextlib.closing(sqlite3.connect(world.database)) as held:
        held.execute("BEGIN IMMEDIATE")
        world.qualify(contact)

        def refused() -> bool:
            recent = world.control("GET", "webhooks")["recent"]
            return any(one.get("status") == 503 or "error" in one for one in recent)

        world.until(refused, "503")
        assert "lead" == world.stage(contact)
        held.rollback()
    world.until(lambda: world.stage(contact) == MQL, "recovered")
    world.settle()

    assert [MQL] == world.our_stages(contact)
    assert ["entered", "moved"] == world.kinds(contact)
    world.agree()


def test_secrets_never_leave_the_process(world: World) -> None:
    """No token in any output, log or file, also when everything goes wrong."""
    contact = world.create()
    world.faults(
        {"kind": "status", "status": 503, "times": 3, "match": {"path": "/crm/"}},
        {"kind": "malformed", "times": 2, "match": {"path": "/crm/"}},
    )
    world.serve(LEADSTATE_VERBOSE="1")
    world.until(lambda: world.kinds(contact), "taken in")
    target = f"http://127.0.0.1:{world.port}/webhooks/hubspot"
    forged = {"x-hubspot-signature-v3": "AAAA", "x-hubspot-request-timestamp": "1"}
    assert 401 == world.http.post(target, content=b"[]", headers=forged).status_code
    world.control("POST", "webhooks", {"target": target, "secret": "another"})
    world.qualify(contact)
    world.until(lambda: world.stage(contact) == MQL, "polled")
    world.control("POST", "webhooks", {"discard": True})
    world.stop()
    wrong = world.start("run", "--once", HUBSPOT_TOKEN=f"{SECRETS[0]}-wrong")
    assert wrong.ended() == 1
    assert "401" in wrong.said or "token" in wrong.said

    for file in world.folder.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        assert not [one for one in SECRETS if one.encode() in held], file
