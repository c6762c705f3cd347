"""Three workflows over two accounts: contacts and deals in HubSpot, leads in amoCRM.

Real processes and both sandboxes: one budget an account, no echo taken for a change,
each history and funnel its own.
"""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
from sales_crm import ACCOUNT, PIPELINE

if TYPE_CHECKING:
    from conftest import Pair

CONTACTS = """\
workflow: contacts
fields:
  email: {type: email, identity: true, personal: true}
  role:  text
stages:
  lead: {initial: true, owner: marketing}
  mql:  {owner: marketing}
  lost: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: role == 'director'}
  drop:    {from: any open, to: lost, by: [marketing]}
"""
CONTACTS_HUBSPOT = """\
binding: contacts
adapter: hubspot
object: contacts
fields: {email: email, role: job_role}
stages:
  lead: {lifecyclestage: [lead, subscriber, '']}
  mql:  {lifecyclestage: marketingqualifiedlead}
  lost: {lifecyclestage: other}
"""
DEALS = """\
workflow: deals
fields:
  name:   text
  amount: money
stages:
  new:    {initial: true, owner: sales}
  real:   {owner: sales}
  won:    {kind: won}
  lost:   {kind: lost}
transitions:
  weigh: {from: new, to: real, automatic: true, when: amount >= 5000}
  win:   {from: real, to: won, by: [sales]}
  lose:  {from: any open, to: lost, by: [sales]}
"""
DEALS_HUBSPOT = """\
binding: deals
adapter: hubspot
object: deals
fields: {name: dealname, amount: amount}
stages:
  new:  {dealstage: [appointmentscheduled, '']}
  real: {dealstage: qualifiedtobuy}
  won:  {dealstage: closedwon}
  lost: {dealstage: closedlost}
"""
LEADS = """\
workflow: leads
fields:
  name:   text
  budget: money
stages:
  sal:  {initial: true, owner: sales}
  sql:  {owner: sales}
  won:  {kind: won}
  lost: {kind: lost}
transitions:
  confirm: {from: sal, to: sql, automatic: true, when: budget >= 10000}
  win:     {from: sql, to: won, by: [sales]}
  lose:    {from: any open, to: lost, by: [sales]}
"""
LEADS_AMOCRM = f"""\
binding: leads
adapter: amocrm
object: leads
fields: {{name: name, budget: price}}
stages:
  sal:  {{pipeline_id: '{PIPELINE}', status_id: '7100103'}}
  sql:  {{pipeline_id: '{PIPELINE}', status_id: '7100104'}}
  won:  {{pipeline_id: '{PIPELINE}', status_id: '142'}}
  lost: {{pipeline_id: '{PIPELINE}', status_id: '143'}}
"""
FILES = {
    "contacts.yaml": CONTACTS,
    "contacts.hubspot.yaml": CONTACTS_HUBSPOT,
    "deals.yaml": DEALS,
    "deals.hubspot.yaml": DEALS_HUBSPOT,
    "leads.yaml": LEADS,
    "leads.amocrm.yaml": LEADS_AMOCRM,
}
SETTINGS = """\
database: leadstate.db
workflows:
{workflows}
receiver: {{host: 127.0.0.1, port: {port}, public_url: 'http://127.0.0.1:{port}'}}
connections:
  hubspot:
    adapter: hubspot
    poll_every: 0.5
    mode: live
    settings:
      token: {{env: HUBSPOT_TOKEN}}
      client_secret: {{env: HUBSPOT_CLIENT_SECRET}}
      app_id: 50780459
      base_url: {hubspot}
      calls_per_10_seconds: 10000
      searches_per_second: 100
  amocrm:
    adapter: amocrm
    poll_every: 0.5
    mode: live
    settings:
      token: {{env: AMOCRM_TOKEN}}
      webhook_secret: {{env: AMOCRM_WEBHOOK_SECRET}}
      account_id: {account}
      base_url: {amocrm}
      requests_per_second: 200
"""
BOUND = {"contacts": "hubspot", "deals": "hubspot", "leads": "amocrm"}
CHANGES = 100


def write_settings(three: Pair, *names: str) -> None:
    """Let these workflows, and no others, stand in the settings."""
    lines = [
        f"  {name}:\n    file: {name}.yaml\n"
        f"    bindings: {{{BOUND[name]}: {name}.{BOUND[name]}.yaml}}"
        for name in names
    ]
    text = SETTINGS.format(
        workflows="\n".join(lines),
        port=three.port,
        hubspot=three.url,
        account=ACCOUNT,
        amocrm=three.sales.url,
    )
    (three.folder / "leadstate.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(name="three")
def _three(own_pair: Pair) -> Pair:
    for name, text in FILES.items():
        (own_pair.folder / name).write_text(text, encoding="utf-8")
    write_settings(own_pair, *BOUND)
    return own_pair


def contact(three: Pair, **properties: str) -> str:
    """Make a contact, as a person in HubSpot."""
    three.created += 1
    email = {"email": f"several-{three.created}@example.com", "lifecyclestage": "lead"}
    body = {"object": "contacts", "properties": email | properties}
    made: str = three.control("POST", "create", body)["id"]
    return made


def deal(three: Pair, **properties: str) -> str:
    """Make a deal, as a person in HubSpot."""
    stage = {"dealstage": "appointmentscheduled", "dealname": "a deal"}
    body = {"object": "deals", "properties": stage | properties}
    made: str = three.control("POST", "create", body)["id"]
    return made


def lead(three: Pair, **properties: object) -> str:
    """Make a lead, as a person in amoCRM."""
    place = {"pipeline_id": PIPELINE, "status_id": "7100103", "name": "a lead"}
    body = {"object": "leads", "properties": place | properties}
    made: str = three.sales.control("POST", "create", body)["id"]
    return made


def stage(three: Pair, kind: str, id_: str, name: str) -> str:
    """Return what an object of HubSpot shows."""
    found: dict[str, Any] = three.control("GET", f"state/{kind}/{id_}")
    shown: str = found["properties"].get(name, "")
    return shown


def history_of(three: Pair, workflow: str, id_: str) -> list[str]:
    """Return the kinds of the history's rows of an object, in a workflow."""
    rows = three.ask(
        "kind FROM history JOIN link USING (record_id) WHERE link.workflow = ? "
        "AND link.external_id = ? ORDER BY history.seq",
        workflow,
        id_,
    )
    return [row[0] for row in rows]


def test_three_workflows_run_over_two_accounts(three: Pair) -> None:
    """Each object is judged by its own workflow, at the same time, by one process."""
    service = three.serve()
    person, bargain, prospect = contact(three), deal(three), lead(three)
    for name, id_ in zip(BOUND, (person, bargain, prospect), strict=True):
        three.until(lambda n=name, i=id_: history_of(three, n, i), lambda: service.said)

    three.edit(person, job_role="director")
    body = {"object": "deals", "id": bargain, "properties": {"amount": "9000"}}
    three.control("POST", "edit", body)
    three.sales.edit(prospect, price=20000)
    three.until(
        lambda: (
            three.stage(person) == "marketingqualifiedlead"
            and stage(three, "deals", bargain, "dealstage") == "qualifiedtobuy"
            and three.sales.stage(prospect) == "sql"
        ),
        lambda: service.said,
    )
    three.settle()

    moved = ["entered", "moved"]
    assert moved == history_of(three, "contacts", person)
    assert moved == history_of(three, "deals", bargain)
    assert moved == history_of(three, "leads", prospect)
    assert ["marketingqualifiedlead"] == three.our_stages(person)
    names = {"contacts": 1, "deals": 1, "leads": 1}
    counted = dict(three.ask("workflow, count(*) FROM record GROUP BY workflow"))
    assert names == counted
    for name in BOUND:
        funnel = three.data("report", "funnel", "--workflow", name)
        assert name == funnel["about"]["workflow"]
    proof = json.loads(three.call("audit", "verify", "--json"))
    assert proof["rows"] >= 6


def test_a_drag_that_is_put_back_stays_in_its_workflow(three: Pair) -> None:
    """A person's move is judged by the object's workflow, and an echo by nobody."""
    service = three.serve()
    bargain = deal(three, amount="100")
    three.until(lambda: history_of(three, "deals", bargain), lambda: service.said)

    body = {"object": "deals", "id": bargain, "properties": {"dealstage": "closedwon"}}
    three.control("POST", "edit", body)
    three.until(
        lambda: len(history_of(three, "deals", bargain)) > 1, lambda: service.said
    )
    three.settle()

    assert 2 == len(history_of(three, "deals", bargain))
    assert [] == history_of(three, "contacts", bargain)


def calls(three: Pair, kind: str) -> dict[str, int]:
    """Return how many calls about a kind of object HubSpot saw, by what was asked."""
    found = three.control("GET", "log/summary")["by_kind"]
    return {name: n for name, n in found.items() if name.startswith(kind)}


def test_a_second_object_costs_its_own_calls_and_no_more(three: Pair) -> None:
    """A thousand changes of contacts cost the same beside deals and leads."""
    write_settings(three, "contacts")
    first, second = ([contact(three) for _ in range(CHANGES)] for _ in range(2))
    three.call("run", "--once")
    before = calls(three, "contacts")
    for one in first:
        three.edit(one, job_role="director")
    three.call("run", "--once")
    alone = cost(before, calls(three, "contacts"))

    write_settings(three, *BOUND)
    bargains = [deal(three) for _ in range(CHANGES)]
    three.call("run", "--once")
    before = calls(three, "contacts")
    for one, bargain in zip(second, bargains, strict=True):
        three.edit(one, job_role="director")
        edited = {"object": "deals", "id": bargain, "properties": {"amount": "9000"}}
        three.control("POST", "edit", edited)
    three.call("run", "--once")

    beside = cost(before, calls(three, "contacts"))
    assert sum(beside.values()) <= sum(alone.values())
    assert (
        CHANGES
        == three.ask(
            "count(*) FROM record WHERE workflow = 'deals' AND stage = 'real'"
        )[0][0]
    )
    keys = three.ask("key FROM budget")
    assert len(keys) == len(set(keys))


def cost(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Return what came in between."""
    return {name: n - before.get(name, 0) for name, n in after.items()}


def test_a_workflow_that_is_removed_waits_and_goes_on(three: Pair) -> None:
    """Nothing of it is lost, it is listed, and it catches up when it returns."""
    bargain, person = deal(three), contact(three)
    three.call("run", "--once")
    write_settings(three, "contacts", "leads")
    edited = {"object": "deals", "id": bargain, "properties": {"amount": "9000"}}
    three.control("POST", "edit", edited)
    three.edit(person, job_role="director")

    three.call("run", "--once")
    said = three.call("status")
    assert "deals" in said
    assert "not in the settings" in said
    assert ["entered"] == history_of(three, "deals", bargain)
    write_settings(three, *BOUND)
    three.call("run", "--once")

    assert ["entered", "moved"] == history_of(three, "deals", bargain)
    assert ["entered", "moved"] == history_of(three, "contacts", person)


def test_a_broken_file_stops_its_own_workflow_only(three: Pair) -> None:
    """The others run, and the mistake is told with its place."""
    bargain, person = deal(three), contact(three, job_role="director")
    text = DEALS.replace("to: real", "to: reel")
    (three.folder / "deals.yaml").write_text(text, encoding="utf-8")

    said = three.call("run", "--once", expected=1)

    assert "deals.yaml" in said
    assert "reel" in said
    assert ["entered", "moved"] == history_of(three, "contacts", person)
    (three.folder / "deals.yaml").write_text(DEALS, encoding="utf-8")
    three.call("run", "--once")
    assert ["entered"] == history_of(three, "deals", bargain)


@pytest.mark.parametrize("point", ["advance.before_commit", "advance.after_commit"])
def test_a_kill_between_two_workflows_doubles_nothing(three: Pair, point: str) -> None:
    """Each workflow's rows are settled with its own decision."""
    person, bargain = contact(three), deal(three)
    for number in (1, 2, 3):
        dying = three.start("run", "--once", kill_at=f"{point}:{number}")
        assert dying.ended() in {0, -signal.SIGKILL}, dying.said
    three.edit(person, job_role="director")
    three.call("run", "--once")

    assert ["entered", "moved"] == history_of(three, "contacts", person)
    assert ["entered"] == history_of(three, "deals", bargain)
