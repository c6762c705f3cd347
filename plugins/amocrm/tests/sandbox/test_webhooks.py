"""Webhooks pushed to a real receiver: bodies, subscriptions, retries, trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from leadstate_amocrm.sandbox.crm import catalog

from leadstate.testing import wait_until

if TYPE_CHECKING:
    from conftest import Receiver, Running, Start


def subscribe(sandbox: Running, receiver: Receiver, *settings: str) -> Any:
    """Subscribe the receiver."""
    hook = {"destination": receiver.url, "settings": list(settings)}
    return sandbox.api("POST", "webhooks", hook)


def test_a_subscription_is_added_changed_and_ended(
    sandbox: Running, receiver: Receiver
) -> None:
    """201 both times, one webhook; 204 for its end, 404 for the second end."""
    first = subscribe(sandbox, receiver, "add_lead")
    again = subscribe(sandbox, receiver, "add_lead", "status_lead")
    body = {"destination": receiver.url}
    query = "webhooks?filter[destination]="
    one = sandbox.api("GET", "webhooks").json()
    none = sandbox.api("GET", f"{query}http://other.example").status_code
    ends = [sandbox.api("DELETE", "webhooks", body).status_code for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert one["_total_items"] == 1
    assert "_page" not in one
    assert again.json()["settings"] == ["add_lead", "status_lead"]
    assert (none, ends) == (204, [204, 404])


@pytest.mark.parametrize(
    ("hook", "path"),
    [
        ({"destination": "ftp://x", "settings": []}, "destination.destination"),
        ({"destination": "http://[", "settings": []}, "destination.destination"),
        (
            {"destination": "http://пример.рф", "settings": []},
            "destination.destination",
        ),
        ({"destination": "http://x.example", "settings": ["dance"]}, "settings.0"),
    ],
    ids=["scheme", "broken", "cyrillic", "setting"],
)
def test_a_wrong_subscription_is_refused(
    sandbox: Running, hook: dict[str, Any], path: str
) -> None:
    """The path tells what is wrong."""
    answer = sandbox.api("POST", "webhooks", hook)

    assert answer.status_code == 400
    assert answer.json()["validation-errors"][0]["errors"][0]["path"] == path


def test_webhooks_need_a_plan_and_an_administrator(sandbox: Running) -> None:
    """402 or 403 by the policy, 403 for others."""
    sandbox.policy(webhooks_status=402)
    below = sandbox.api("GET", "webhooks").status_code
    sandbox.policy(webhooks_status=200)
    context = {"X-Context-User-ID": str(catalog.SALES_USER)}
    other = sandbox.api("GET", "webhooks", headers=context).status_code

    assert (below, other) == (402, 403)


def test_at_most_a_hundred_webhooks(sandbox: Running) -> None:
    """The next one is 422."""
    statuses = [
        sandbox.api(
            "POST", "webhooks", {"destination": f"http://h{n}.example", "settings": []}
        ).status_code
        for n in range(101)
    ]

    assert statuses == [201] * 100 + [422]


def test_the_accounts_body_is_a_form_of_texts(
    pushing: Running, receiver: Receiver
) -> None:
    """The whole lead, its old stage, no old pipeline, no signature, the account."""
    lead = pushing.lead(name="Zoë", price=10, tags_to_add=[{"name": "partner"}])
    pushing.patch(
        lead,
        status_id=catalog.MQL,
        custom_fields_values=[
            {"field_code": "DECISION_DATE", "values": [{"value": 1_800_000_000}]},
            {"field_code": "TECHNICAL_FIT", "values": [{"value": True}]},
            {"field_code": "NEED", "values": [{"value": "more"}]},
        ],
    )
    pushing.drained()
    headers = receiver.posts[0][0]
    [form] = receiver.with_key("leads[status][0][id]")
    start = "leads[status][0]"

    assert headers["User-Agent"] == "amoCRM-WebHook-client/1.0"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not [name for name in headers if "signature" in name.lower()]
    assert form[f"{start}[id]"] == str(lead)
    assert form[f"{start}[name]"] == "Zoë"
    assert form[f"{start}[status_id]"] == str(catalog.MQL)
    assert form[f"{start}[old_status_id]"] == str(catalog.NEW)
    assert form[f"{start}[pipeline_id]"] == str(catalog.SALES)
    assert f"{start}[old_pipeline_id]" not in form
    assert form[f"{start}[modified_user_id]"] == str(catalog.ADMIN)
    assert form[f"{start}[tags][0][name]"] == "partner"
    assert form[f"{start}[custom_fields][0][values][0]"] == "1800000000"
    assert form[f"{start}[custom_fields][1][values][0]"] == "1"
    assert form[f"{start}[custom_fields][2][values][0][value]"] == "more"
    assert form["account[id]"] == str(pushing.config.account_id)
    assert form["account[subdomain]"] == pushing.config.subdomain
    assert form["account[_links][self]"].startswith("https://")


def test_one_change_comes_as_status_and_as_update(
    pushing: Running, receiver: Receiver
) -> None:
    """Both carry the old stage and the same moment: receivers must see one."""
    lead = pushing.lead()
    pushing.patch(lead, status_id=catalog.MQL)
    pushing.drained()
    [status] = receiver.with_key("leads[status][0][id]")
    [update] = receiver.with_key("leads[update][0][id]")

    for name in ("old_status_id", "status_id", "last_modified"):
        assert (
            status[f"leads[status][0][{name}]"] == update[f"leads[update][0][{name}]"]
        )


def test_only_what_is_subscribed_is_told(sandbox: Running, receiver: Receiver) -> None:
    """Other changes are counted and not sent."""
    subscribe(sandbox, receiver, "status_lead")
    lead = sandbox.lead()
    sandbox.patch(lead, price=5)
    sandbox.patch(lead, status_id=catalog.MQL)
    stats = sandbox.drained()

    assert len(receiver.posts) == stats["delivered"] == 1
    assert "leads[status][0][id]" in receiver.forms()[0]


def test_every_happening_of_a_lead_has_its_action(
    pushing: Running, receiver: Receiver
) -> None:
    """Add, responsible, note, delete, restore, and a merge."""
    lead, other = pushing.lead(), pushing.lead()
    pushing.patch(lead, responsible_user_id=catalog.SALES_USER)
    note = {"entity_id": lead, "note_type": "common", "params": {"text": "hello"}}
    pushing.api("POST", "leads/notes", [note])
    who = {"object": "leads", "id": str(lead)}
    pushing.control("POST", "archive", who)
    pushing.control("POST", "restore", who)
    pushing.drained()
    receiver_forms = receiver.forms()
    receiver.posts.clear()
    pushing.control("POST", "merge", who | {"other": str(other)})
    pushing.drained()

    told = {key for form in receiver_forms for key in form}
    assert "leads[add][0][id]" in told
    assert "leads[responsible][0][old_responsible_user_id]" in told
    assert "leads[note][0][note][text]" in told
    assert "leads[delete][0][id]" in told
    assert "leads[restore][0][id]" in told
    assert receiver.with_key("leads[delete][0][id]") == [
        {"leads[delete][0][id]": str(other)} | _account(pushing)
    ]


def _account(sandbox: Running) -> dict[str, str]:
    config = sandbox.config
    return {
        "account[subdomain]": config.subdomain,
        "account[id]": str(config.account_id),
        "account[_links][self]": f"https://{config.subdomain}.amocrm.ru",
    }


def test_companies_come_under_contacts(sandbox: Running, receiver: Receiver) -> None:
    """`type` tells a company from a contact; linked leads are named."""
    subscribe(sandbox, receiver, "add_contact", "update_contact", "add_company")
    company = sandbox.add("companies", name="Engines")
    contact = sandbox.add("contacts", name="Ada")
    sandbox.lead(_embedded={"contacts": [{"id": contact}]})
    sandbox.api("PATCH", f"contacts/{contact}", {"name": "Ada L"})
    sandbox.drained()
    first, _ = receiver.with_key("contacts[add][0][id]")
    [update] = receiver.with_key("contacts[update][0][id]")

    kinds = {form.get("contacts[add][0][type]") for form in receiver.forms()}
    assert kinds == {"company", "contact", None}
    assert first["contacts[add][0][id]"] in {str(company), str(contact)}
    assert [key for key in update if "linked_leads_id" in key]


def test_tasks_and_unsorted_are_told(sandbox: Running, receiver: Receiver) -> None:
    """Under `task` and `unsorted`; an accepted request says so."""
    subscribe(
        sandbox,
        receiver,
        "add_task",
        "update_task",
        "responsible_task",
        "add_unsorted",
        "delete_unsorted",
    )
    lead = sandbox.lead()
    task = {
        "text": "a",
        "complete_till": 1,
        "entity_id": lead,
        "entity_type": "leads",
    }
    made = sandbox.api("POST", "tasks", [task]).json()["_embedded"]["tasks"][0]["id"]
    change = {"responsible_user_id": catalog.SALES_USER, "result": {"text": "x"}}
    sandbox.api("PATCH", f"tasks/{made}", change)
    metadata = {"form_id": 1, "form_name": "f", "form_page": "p", "form_sent_at": 1}
    form = {"source_uid": "s", "source_name": "n", "metadata": metadata}
    added = sandbox.api("POST", "leads/unsorted/forms", [form]).json()
    uid = added["_embedded"]["unsorted"][0]["uid"]
    sandbox.api("POST", f"leads/unsorted/{uid}/accept", {})
    sandbox.drained()
    told = {key for one in receiver.forms() for key in one}

    assert {
        "task[add][0][id]",
        "task[update][0][result][text]",
        "task[responsible][0][id]",
        "unsorted[add][0][uid]",
        "unsorted[delete][0][accept_result][leads][0]",
    } < told


def test_several_events_can_share_a_body(pushing: Running, receiver: Receiver) -> None:
    """How many is not documented: a switch; the account may come first."""
    pushing.policy(events_per_body=10, account_first=True, scalar_values=False)
    pushing.control("POST", "webhooks", {"paused": True})
    pushing.api("POST", "leads", [{"name": "a"}, {"name": "b"}])
    pushing.control("POST", "webhooks", {"paused": False})
    pushing.drained()
    [form] = receiver.forms()

    assert form["leads[add][1][name]"] == "b"
    assert next(iter(form)) == "account[subdomain]"


@pytest.mark.parametrize(
    ("status", "waits"),
    [(404, [300, 900]), (500, [300, 900, 900, 3600])],
    ids=["not-found", "server-error"],
)
def test_a_failing_receiver_is_tried_on_a_ladder(
    pushing: Running, receiver: Receiver, status: int, waits: list[int]
) -> None:
    """Five and fifteen minutes; then fifteen and an hour, for 499 and 5xx alone."""
    pushing.control("POST", "clock", {"rate": 0})
    receiver.statuses = [status] * 5
    pushing.lead()
    _posts(pushing, 1)
    for number, wait in enumerate(waits, start=2):
        pushing.control("POST", "clock", {"advance_seconds": wait - 1})
        early = len(receiver.posts)
        pushing.control("POST", "clock", {"advance_seconds": 1})
        _posts(pushing, number)
        assert early == number - 1
    stats = pushing.drained()

    assert len(receiver.posts) == len(waits) + 1
    assert (stats["failed"], stats["delivered"]) == (1, 0)
    assert len({body for _, body in receiver.posts}) == 1


def _posts(sandbox: Running, number: int) -> None:
    def arrived() -> bool:
        stats = sandbox.control("GET", "webhooks")
        return bool(stats["posts"] == number and not stats["in_flight"])

    wait_until(arrived, "it has arrived")


def test_silence_counts_as_499_and_is_tried_again(
    pushing: Running, receiver: Receiver
) -> None:
    """A receiver has two seconds; later it is told again."""
    pushing.policy(webhook_timeout_seconds=0.05)
    receiver.delay = 0.15
    pushing.lead()
    _posts(pushing, 1)
    recent = pushing.control("GET", "webhooks")["recent"]
    receiver.delay = 0.0
    pushing.control("POST", "webhooks", {"retry_now": True})

    assert recent[0]["status"] == 499
    assert pushing.drained()["delivered"] == 1


def test_redirects_are_failures_and_1xx_to_299_are_not(
    pushing: Running, receiver: Receiver
) -> None:
    """The documentation names 100 to 299."""
    receiver.statuses = [204, 302]
    pushing.lead()
    pushing.drained()
    pushing.lead()
    _posts(pushing, 2)
    stats = pushing.control("GET", "webhooks")

    assert (stats["delivered"], stats["queued"]) == (1, 1)


def test_too_many_failures_disable_a_webhook(
    pushing: Running, receiver: Receiver
) -> None:
    """More than so many within two hours; subscribing again enables it."""
    pushing.policy(disable_after=2)
    receiver.statuses = [500] * 3
    for _ in range(3):
        pushing.lead()
    _posts(pushing, 3)
    [hook] = pushing.get("webhooks", "webhooks")
    pushing.lead()
    sent = len(receiver.posts)
    again = subscribe(pushing, receiver, "add_lead").json()

    assert (hook["disabled"], again["disabled"]) == (True, False)
    assert sent == 3


def test_old_failures_are_forgotten(pushing: Running, receiver: Receiver) -> None:
    """Two hours later the count begins anew."""
    pushing.policy(disable_after=1)
    pushing.control("POST", "clock", {"rate": 0})
    receiver.statuses = [404, 404]
    for number in (1, 2):
        pushing.lead()
        _posts(pushing, number)
        pushing.control("POST", "webhooks", {"discard": True})
        pushing.control("POST", "clock", {"advance_seconds": 7201})
    [hook] = pushing.get("webhooks", "webhooks")

    assert hook["disabled"] is False


def test_a_robot_moves_leads_and_the_digital_pipeline_tells(
    sandbox: Running, receiver: Receiver
) -> None:
    """The other body: five ids with the old pipeline; tried once, authored by 0."""
    then = {"status_id": catalog.SAL}
    sandbox.control("POST", "rules", {"status_id": catalog.MQL, "then": then})
    told = {"webhook": receiver.url}
    sandbox.control("POST", "rules", {"status_id": catalog.SAL, "then": told})
    receiver.statuses = [500]
    lead = sandbox.lead()
    sandbox.patch(lead, status_id=catalog.MQL)
    stats = sandbox.drained()
    moved = sandbox.events("filter[type]=lead_status_changed")
    rules = sandbox.control("GET", "rules")["rules"]
    sandbox.control("DELETE", "rules")

    assert sandbox.read(lead)["status_id"] == catalog.SAL
    assert sandbox.read(lead)["updated_by"] == 0
    assert [event["created_by"] for event in moved] == [0, catalog.ADMIN]
    start = "leads[status][0]"
    assert receiver.forms() == [
        {
            f"{start}[id]": str(lead),
            f"{start}[status_id]": str(catalog.SAL),
            f"{start}[pipeline_id]": str(catalog.SALES),
            f"{start}[old_status_id]": str(catalog.MQL),
            f"{start}[old_pipeline_id]": str(catalog.SALES),
        }
        | _account(sandbox)
    ]
    assert stats["failed"] == 1
    assert [rule["then"] for rule in rules] == [
        {"pipeline_id": catalog.SALES, "status_id": catalog.SAL},
        told,
    ]


def test_rules_in_a_circle_come_to_an_end(sandbox: Running) -> None:
    """Two robots that undo each other do not hang the account."""
    pairs = ((catalog.MQL, catalog.SAL), (catalog.SAL, catalog.MQL))
    for one, other in pairs:
        rule = {"status_id": one, "then": {"status_id": other}}
        sandbox.control("POST", "rules", rule)
    lead = sandbox.lead()

    assert sandbox.patch(lead, status_id=catalog.MQL).status_code == 200


@pytest.mark.parametrize("kind", ["drop", "duplicate", "reorder", "delay"])
def test_deliveries_meet_trouble(
    pushing: Running, receiver: Receiver, kind: str
) -> None:
    """Dropped, doubled, shuffled and late, as told."""
    fault = {"kind": kind, "seconds": 0.05}
    pushing.control("PUT", "faults", [fault])
    pushing.control("POST", "webhooks", {"paused": True})
    leads = [pushing.lead() for _ in range(3)]
    pushing.control("POST", "webhooks", {"paused": False, "flush": True})
    stats = pushing.drained()
    told = [form["leads[add][0][id]"] for form in receiver.forms()]

    expected = {"drop": 0, "duplicate": 6, "reorder": 3, "delay": 3}[kind]
    assert len(told) == expected
    assert set(told) <= {str(lead) for lead in leads}
    names = {"drop": "dropped", "duplicate": "duplicated", "delay": "delayed"}
    assert stats[names.get(kind, "reordered")] == 3


def test_a_webhook_can_say_nothing_of_its_author(
    pushing: Running, receiver: Receiver
) -> None:
    """`modified_user_id` 0 was seen wrongly on live accounts."""
    pushing.control("PUT", "faults", [{"kind": "unattributed"}])
    lead = pushing.lead()
    pushing.drained()
    [form] = receiver.forms()

    assert form["leads[add][0][modified_user_id]"] == "0"
    assert pushing.read(lead)["updated_by"] == catalog.ADMIN


def test_the_target_can_be_set_while_it_runs(start: Start, receiver: Receiver) -> None:
    """As for any sandbox: a target, a secret nobody needs, discarding, no target."""
    sandbox = start()
    target = {"target": receiver.url, "secret": "x", "paused": True}
    sandbox.control("POST", "webhooks", target)
    sandbox.lead()
    queued = sandbox.control("GET", "webhooks")["queued"]
    left = sandbox.control("POST", "webhooks", {"discard": True, "paused": False})
    none = sandbox.control("POST", "webhooks", {"target": None})

    assert (queued, left["queued"]) == (1, 0)
    assert [hook["destination"] for hook in left["hooks"]] == [receiver.url]
    assert none["hooks"] == []
