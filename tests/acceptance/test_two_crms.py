"""One lead in HubSpot and amoCRM: real processes, judged by the CRMs themselves."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from sales_crm import ACCOUNT, PATH_SECRET, PIPELINE, STATUSES

if TYPE_CHECKING:
    from conftest import Pair

PUSHING = (
    "push.before_claim",
    "push.after_claim",
    "push.after_write",
    "push.before_settle",
    "push.after_settle",
)
PROOF = {
    "budget": "40000",
    "need": "a CRM",
    "decision_date": "2027-01-15",
    "technical_fit": "true",
}
TOLD = "count(*) FROM inbox WHERE kind = 'event' AND connection = 'amocrm'"
ANSWERS_LOST = {"kind": "timeout_after_apply", "match": {"path": "/api/v4/leads"}}


# -- the hand-off ----------------------------------------------------------------------


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", PUSHING)
def test_a_kill_during_the_hand_off_makes_one_lead(
    both: Pair, point: str, passing: int
) -> None:
    """The process dies at the point; the next one ends the work, and no lead is made
    twice.
    """
    contact = both.qualified()
    both.serve()
    both.until(lambda: both.kinds(contact), "taken in")
    both.stop()
    both.call("record", "move", contact, "accept", "--as", "sales")

    dying = both.start(kill_at=f"{point}:{passing}")
    assert -signal.SIGKILL == dying.ended(), dying.said
    both.serve()
    lead = both.lead_of(contact)
    both.until(lambda: both.shared(contact)["stage"] == "sal", "HubSpot follows")
    both.settle()

    assert [lead] == both.sales.leads_of(both.email(contact))
    assert both.shared(contact) == both.sales.shared(lead)
    assert ["entered", "moved", "linked"] == both.kinds(contact)


@pytest.mark.parametrize("point", PUSHING)
def test_a_kill_while_a_lead_that_is_there_is_linked(both: Pair, point: str) -> None:
    """It is linked once and moved; its older stage undoes nothing, no lead is made."""
    contact = both.qualified()
    both.serve()
    both.until(lambda: both.kinds(contact), "taken in")
    both.stop()
    email = both.email(contact)
    lead = _parked(both, email)
    both.call("record", "move", contact, "accept", "--as", "sales")

    dying = both.start(kill_at=f"{point}:1")
    assert -signal.SIGKILL == dying.ended(), dying.said
    both.serve()
    both.until(lambda: both.sales.stage(lead) == "sal", "amoCRM follows")
    both.settle()

    assert [lead] == both.sales.leads_of(email) == both.linked(contact)
    assert "sal" == both.shared(contact)["stage"]
    assert ["entered", "moved", "linked"] == both.kinds(contact)[:3]
    assert 1 == both.kinds(contact).count("moved")
    both.agree()


def _parked(both: Pair, email: str) -> str:
    """Let a person have a lead in amoCRM that somebody has put aside."""
    person = {"object": "contacts", "properties": {"name": "Kim", "email": email}}
    made = both.sales.control("POST", "create", person)
    body = {
        "object": "leads",
        "properties": {
            "name": "Kim",
            "pipeline_id": PIPELINE,
            "status_id": STATUSES["nurture"],
        },
        "associations": [{"object": "contacts", "id": made["id"]}],
    }
    return str(both.sales.control("POST", "create", body)["id"])


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_makes_one_lead(both: Pair, lost: int) -> None:
    """The repetition finds by its token what the first try has made."""
    contact = both.qualified()
    service = both.serve()
    both.until(lambda: both.kinds(contact), "taken in")
    calls = both.sales.calls("leads.complex")

    both.sales.faults(ANSWERS_LOST | {"times": lost, "match": {"method": "POST"}})
    both.drag(contact, "sal")
    lead = both.lead_of(contact)

    assert [lead] == both.sales.leads_of(both.email(contact)), service.said
    assert calls + 1 == both.sales.calls("leads.complex")
    both.agree()


# -- moves and values ------------------------------------------------------------------


def test_a_deal_is_worked_on_in_amocrm_and_hubspot_shows_it(both: Pair) -> None:
    """Without proof it is put back with a note; with proof it goes on, and is won."""
    both.serve()
    contact, lead = both.handed_off()

    both.sales.drag(lead, "sql")
    both.until(lambda: both.sales.notes(lead), "noted")
    both.settle()
    assert "sal" == both.sales.stage(lead)
    [note] = both.sales.notes(lead)
    for words in ("Missing for SQL:", "Need is known", "Technically feasible"):
        assert words in note
    both.sales.edit(lead, **{f"cf_{name.upper()}": it for name, it in PROOF.items()})
    both.until(lambda: both.shared(contact)["need"] == "a CRM", "values cross")
    both.sales.drag(lead, "sql")
    both.until(lambda: both.shared(contact)["stage"] == "sql", "the move crosses")
    both.sales.drag(lead, "won")
    both.until(lambda: both.shared(contact)["stage"] == "won", "the win crosses")
    both.settle()

    assert PROOF | {"budget": 40000.0, "stage": "won", "job_role": "director"} == (
        both.shared(contact)
    )
    assert both.shared(contact) == both.sales.shared(lead)
    assert "customer" == both.our_stages(contact)[-1]
    assert 1 == len(both.sales.notes(lead))
    both.agree()


def test_a_robot_that_insists_is_followed_and_flagged(both: Pair) -> None:
    """After three tries the record follows, and both CRMs show the same."""
    both.serve()
    contact, lead = both.handed_off()
    rule = {"object": "leads", "status_id": 7100103, "then": {"status_id": 7100104}}
    both.sales.control("POST", "rules", rule)

    both.sales.drag(lead, "sql")
    both.until(lambda: both.shared(contact)["stage"] == "sql", lambda: str(both.kinds))
    both.sales.control("DELETE", "rules")
    both.settle()

    assert 3 == both.kinds(contact).count("reverted")
    assert "sql" == both.sales.stage(lead)
    assert "against the criteria" in both.call("record", "show", contact)
    both.agree()


# -- trouble ---------------------------------------------------------------------------


def test_a_blackout_of_amocrms_webhooks_is_healed_by_polling(both: Pair) -> None:
    """With every webhook lost, the next look finds values and moves."""
    both.serve()
    contact, lead = both.handed_off()

    both.sales.faults({"kind": "drop"})
    both.sales.edit(lead, cf_NEED="fewer lists")
    both.until(lambda: both.shared(contact)["need"] == "fewer lists", "the value")
    both.sales.drag(lead, "nurture")
    both.until(lambda: both.shared(contact)["stage"] == "nurture", "the move")
    both.settle()

    assert both.shared(contact) == both.sales.shared(lead)
    both.agree()


def _body(lead: str, account: int) -> bytes:
    pairs = {
        "leads[status][0][id]": lead,
        "leads[status][0][status_id]": "142",
        "leads[status][0][pipeline_id]": "7100001",
        "leads[status][0][old_status_id]": "7100103",
        "account[id]": str(account),
    }
    return "&".join(f"{name}={value}" for name, value in pairs.items()).encode()


def test_forged_webhooks_change_nothing(both: Pair) -> None:
    """A wrong end of the address, a wrong account: refused, and nothing is read."""
    both.serve()
    contact, lead = both.handed_off()
    address = f"http://127.0.0.1:{both.port}/webhooks/amocrm"
    held = both.ask(TOLD)

    forged = {
        address: ACCOUNT,
        f"{address}/x": ACCOUNT,
        f"{address}/{PATH_SECRET}x": ACCOUNT,
        f"{address}/{PATH_SECRET.upper()}": ACCOUNT,
        f"{address}/{PATH_SECRET}": ACCOUNT + 1,
    }
    answers = [
        both.http.post(url, content=_body(lead, account)).status_code
        for url, account in forged.items()
    ]

    assert [401] * 5 == answers
    assert held == both.ask(TOLD)
    assert ["entered", "moved", "linked"] == both.kinds(contact)
    # The same words from the right sender are a hint, and what they say is read.
    good = both.http.post(f"{address}/{PATH_SECRET}", content=_body(lead, ACCOUNT))
    both.settle()
    assert 200 == good.status_code
    assert "sal" == both.shared(contact)["stage"] == both.sales.stage(lead)


HOSTILE = {
    "empty": b"",
    "json": b'{"leads": {"status": [1]}}',
    "nested": b"leads" + b"[a]" * 10_000 + b"=1",
    "open brackets": b"leads" + b"[" * 10_000 + b"=1",
    "latin-1": "leads[add][0][id]=1&leads[add][0][name]=Jürgen".encode("latin-1"),
    "utf-16": "leads[add][0][id]=1".encode("utf-16"),
    "twice": b"leads[add]=1&leads[add][0]=2",
    "long id": b"leads[add][0][id]=" + b"9" * 5000,
    "no id": b"leads[delete][0][id]=../../etc/passwd&leads[status]=&leads=",
    "many": b"&".join(b"a[%d]=1" % number for number in range(30_000)),
    "nulls": b"\x00" * 1000,
    "percent": b"leads%5Badd%5D%5B0%5D%5Bid%5D=%FF%FE%00&%zz=%",
}


def test_hostile_bodies_are_never_our_fault(both: Pair) -> None:
    """Whatever comes to the right address: no 5xx, no change, and the next is taken."""
    both.serve()
    contact, lead = both.handed_off()
    address = f"http://127.0.0.1:{both.port}/webhooks/amocrm/{PATH_SECRET}"

    answers = {
        name: both.http.post(address, content=body).status_code
        for name, body in HOSTILE.items()
    }

    assert {} == {name: it for name, it in answers.items() if it not in {200, 400}}
    assert 6 <= sum(status == 400 for status in answers.values()), answers
    both.sales.edit(lead, cf_NEED="still here")
    both.until(lambda: both.shared(contact)["need"] == "still here", "works on")
    both.settle()
    both.agree()


OUTAGES = {
    "503": {"kind": "status", "status": 503},
    "402": {"kind": "status", "status": 402},
    "403 page": {"kind": "status", "status": 403},
    "half answers": {"kind": "malformed"},
    "no answers": {"kind": "timeout_before_apply"},
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_an_outage_of_amocrm_does_not_stop_hubspot(both: Pair, outage: str) -> None:
    """Marketing goes on; afterwards sales finds everything there, once."""
    both.serve()
    contact, lead = both.handed_off()
    fresh, second = both.create(), both.qualified()
    both.until(lambda: both.kinds(fresh) and both.kinds(second), "taken in")

    both.sales.faults(OUTAGES[outage] | {"times": -1, "match": {"path": "/api/"}})
    both.qualify(fresh)
    both.edit(contact, need="written during the outage")
    both.drag(second, "sal")
    both.until(lambda: both.shared(fresh)["stage"] == "mql", "HubSpot goes on")
    both.until(lambda: "moved" in both.kinds(second), "accepted")
    both.stop()  # a pause after many failures ends with the process
    both.sales.faults()
    service = both.serve()
    made = both.lead_of(second)
    both.until(lambda: "outage" in str(both.sales.shared(lead)), service.said)
    both.settle()

    assert [made] == both.sales.leads_of(both.email(second))
    assert both.shared(contact) == both.sales.shared(lead)
    both.agree()


def test_an_outage_of_hubspot_does_not_stop_amocrm(both: Pair) -> None:
    """What sales says meanwhile is known, and marketing sees it afterwards."""
    both.serve()
    contact, lead = both.handed_off()

    outage = {"kind": "status", "status": 503, "times": -1}
    both.faults(outage | {"match": {"path": "/crm/"}})
    both.sales.edit(lead, cf_NEED="said during the outage")
    both.sales.drag(lead, "backlog")
    both.until(lambda: both.kinds(contact).count("moved") == 2, "judged")
    both.faults()
    both.until(lambda: both.shared(contact)["stage"] == "backlog", "caught up")
    both.settle()

    assert "said during the outage" == both.shared(contact)["need"]
    assert both.shared(contact) == both.sales.shared(lead)
    both.agree()


# -- leads that end --------------------------------------------------------------------


def _link(both: Pair, lead: str) -> tuple[Any, ...]:
    [found] = both.ask(
        "status, merged_into FROM link WHERE connection = 'amocrm' AND external_id = ?",
        lead,
    )
    return found


def test_a_deleted_lead_ends_its_link_and_a_restored_one_goes_on(both: Pair) -> None:
    """The record goes on in HubSpot; what changed meanwhile is there afterwards."""
    both.serve()
    contact, lead = both.handed_off()

    both.sales.end("archive", lead)
    both.until(lambda: _link(both, lead)[0] == "gone", "noticed")
    both.edit(contact, need="changed meanwhile")
    both.until(
        lambda: both.ask(
            "count(*) FROM field_change WHERE new = ?", '"changed meanwhile"'
        )[0][0],
        "read",
    )
    both.settle()
    shown = both.call("record", "show", contact)
    assert f"amocrm leads {lead}: gone" in shown
    both.sales.end("restore", lead)
    both.until(lambda: _link(both, lead)[0] == "active", "is back")
    both.until(lambda: both.shared(contact) == both.sales.shared(lead), "caught up")
    both.settle()

    assert "changed meanwhile" == both.sales.shared(lead)["need"]
    assert [lead] == both.sales.leads_of(both.email(contact))
    both.agree()


def test_merged_leads_end_in_one(both: Pair) -> None:
    """The survivor goes on; the other one's link says that it has ended, and why."""
    both.serve()
    contact, lead = both.handed_off()
    other, lost = both.handed_off()

    both.sales.end("merge", lead, other=lost)
    both.until(lambda: _link(both, lost)[0] in {"gone", "merged"}, "noticed")
    both.settle()

    assert "active" == _link(both, lead)[0]
    assert [lead] == both.linked(contact)
    assert [] == both.linked(other)
    assert f"amocrm leads {lost}: gone" in both.call("record", "show", other)
    both.agree()
