"""Creating, finding, history, notes, tasks, diagnosis and sign-in on the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx
from leadstate_amocrm.oauth import AmoCrmOAuth

from leadstate.adapters import (
    CheckState,
    Connection,
    Create,
    Created,
    Refused,
    RemoteObject,
    Wanted,
    WantedProperty,
)
from leadstate.domain.binding import Binding
from leadstate.domain.values import FieldType
from leadstate.errors import ConfigurationError, RetryLater, SkipRecord, UsageError

OAUTH = {
    "client_id": "5a9d0b1e-1111-4c0e-8a53-6d1f6f5f0001",
    "client_secret": "amocrm-sandbox-secret",
    "redirect_uri": "http://127.0.0.1:8765/callback",
}
REDIRECT = OAUTH["redirect_uri"]


def creation(sandbox: Any, token: str, **more: str) -> Create:
    return Create(token=token, properties=more, created_at=sandbox.now())


def made(outcome: Any) -> RemoteObject:
    assert isinstance(outcome, Created), outcome
    return outcome.object


def test_a_hand_off_makes_lead_contact_and_company(sandbox: Any, dial: Any) -> None:
    """With names of their own, and what was asked for; found by e-mail and phone."""
    adapter = dial(sandbox, ("name", "status", "contact.name", "company.name"))
    given = {
        "pipeline": "Sales",
        "status": "Sales accepted",
        "tags": "vip",
        "price": "500",
        "cf.NEED": "a crm",
        "contact.first_name": "Zofia",
        "contact.last_name": "Nowak",
        "contact.email": "zofia@hand-off.example",
        "contact.phone": "+48 22 555 01 02",
        "company.name": "Nowak S.A.",
        "company.cf.INDUSTRY": "retail",
    }

    (outcome,) = adapter.create([creation(sandbox, "hand-off 1", **given)])

    found = made(outcome)
    assert given == {name: found.properties.get(name) for name in given}
    assert "Zofia Nowak" == found.properties["name"]
    assert "hand-off 1" == found.token
    for identity in (
        {"contact.email": "ZOFIA@hand-off.example"},
        {"contact.phone": "+48 22 555 01 02"},
        {"company.name": "nowak s.a."},
        {"cf.LEADSTATE_TOKEN": "hand-off 1"},
    ):
        assert [found.id] == [one.id for one in adapter.find(identity)]
    assert [] == adapter.find({"contact.email": "nobody@hand-off.example", "name": ""})


@pytest.mark.parametrize(
    ("asked", "typed"),
    [
        ("+49309018200", "0309018200"),
        ("+491711234567", "00491711234567"),
        ("+491731234568", "+49 (0)173 1234568"),
        ("+491741234569", "+49 174 123-45-69"),
        ("+33612345670", "06 12 34 56 70"),
        ("+34612345671", "612 345 671"),
        ("+4741234572", "412 34 572"),
        ("+375291234573", "80291234573"),
        ("+79991234574", "8 (999) 123-45-74"),
        ("+14155552675", "415-555-2675"),
        ("+390612345676", "06 1234 5676"),
    ],
)
def test_a_number_is_found_however_it_was_typed(
    sandbox: Any, dial: Any, asked: str, typed: str
) -> None:
    """Country, trunk prefix and brackets are the region's; the last digits are not."""
    contact = sandbox.post("create", object="contacts", properties={"phone": typed})
    lead = sandbox.post(
        "create",
        object="leads",
        properties={"name": typed},
        associations=[{"object": "contacts", "id": contact["id"]}],
    )
    adapter = dial(sandbox, ("name", "contact.phone"))

    found = [one.id for one in adapter.find({"contact.phone": asked})]

    assert [str(lead["id"])] == found


@respx.mock
def test_a_lead_that_the_crm_took_instead_was_there_already(
    sandbox: Any, dial: Any
) -> None:
    """Its duplicate control answers with a lead that nobody made for us."""
    respx.route(path__regex="^/(?!api/v4/leads/complex)").pass_through()
    lead = sandbox.post("create", object="leads", properties={"name": "A lead"})
    taken = {"id": int(lead["id"]), "request_id": ["0"], "merged": True}
    respx.post(path="/api/v4/leads/complex").respond(json=[taken])
    adapter = dial(sandbox, ("name", "status"))
    (outcome,) = adapter.create([creation(sandbox, "hand-off 8", name="Zofia Nowak")])

    assert str(lead["id"]) == made(outcome).id
    assert outcome.existed


def test_a_lost_answer_makes_one_lead(sandbox: Any, dial: Any) -> None:
    """The repetition finds it by its token, wherever it stands."""
    adapter = dial(sandbox, ("name",), page_size=10)
    wanted = creation(sandbox, "lost 1", name="Once")
    sandbox.fault(kind="timeout_after_apply", match={"method": "POST", "path": "/api"})
    with pytest.raises(RetryLater) as caught:
        adapter.create([wanted])
    for number in range(35):
        sandbox.post("create", object="leads", properties={"name": f"later {number}"})
    again = Create(
        token=wanted.token,
        properties=wanted.properties,
        created_at=wanted.created_at,
        repeated=True,
    )

    (outcome,) = adapter.create([again])

    assert caught.value.sent
    assert isinstance(outcome, Created)
    assert outcome.existed
    assert 1 == len(adapter.find({"cf.LEADSTATE_TOKEN": "lost 1"}))


def test_a_lead_is_created_as_lost_in_two_steps(sandbox: Any, dial: Any) -> None:
    """No reason is taken at the creation."""
    adapter = dial(sandbox, ("status", "loss_reason"))
    given = {"pipeline": "Sales", "status": "Lost", "loss_reason": "Price"}

    (outcome,) = adapter.create([creation(sandbox, "lost lead", **given)])

    properties = made(outcome).properties
    assert ("Lost", "Price") == (properties["status"], properties["loss_reason"])
    assert "Lead" == made(outcome).properties.get("name", "Lead")


def test_refusals_spare_the_other_creations(sandbox: Any, dial: Any) -> None:
    """Each with its words, before or by the CRM."""
    adapter = dial(sandbox, ("name",), responsible_user_id=7400002)
    outcomes = adapter.create(
        [
            creation(sandbox, "good 1", name="one"),
            creation(sandbox, "bad 1", status="Nowhere"),
            creation(sandbox, "bad 2", **{"cf.NOT_THERE": "x"}),
            creation(sandbox, "bad 3", responsible_user_id="99"),
            creation(sandbox, "good 2", name="two"),
        ]
    )

    assert [Created, Refused, Refused, Refused, Created] == [type(o) for o in outcomes]
    assert [] == adapter.create([])


def test_without_the_token_field_nothing_is_created(sandbox: Any, dial: Any) -> None:
    """The way to it is named."""
    adapter = dial(sandbox, ("name",), token_field="NO_TOKEN")

    with pytest.raises(ConfigurationError, match="leadstate setup"):
        adapter.create([creation(sandbox, "t", name="x")])


def test_the_past_is_read_from_events(sandbox: Any, dial: Any) -> None:
    """Moves, the lead's own values and custom fields, by their names of now."""
    names = ("pipeline", "status", "name", "price", "cf.JOB_ROLE", "cf.DECISION_DATE")
    adapter = dial(sandbox, (*names, "responsible_user_id", "contact.email"))
    lead = sandbox.ids(230)[229]
    sandbox.post("clock", advance_seconds=60)
    since = sandbox.now()
    first = {
        "pipeline_id": 7100001,
        "status_id": 7100103,
        "name": "Past",
        "price": 7,
        "cf.JOB_ROLE": "owner",
        "cf.DECISION_DATE": "2027-03-01",
    }
    sandbox.post("edit", object="leads", id=lead, properties=first)
    sandbox.post("clock", advance_seconds=60)
    sandbox.post("edit", object="leads", id=lead, properties={"status_id": 7100104})
    told: dict[str, Any] = {}
    cursor = None
    while True:
        page = adapter.history(cursor, since=since - timedelta(seconds=1))
        told |= {one.key: one for one in page.changes if one.id == lead}
        cursor = page.cursor
        if not page.more:
            break

    changes = sorted(told.values(), key=lambda one: one.at)
    values: dict[str, str] = {}
    for one in changes:
        values |= one.properties
    assert {"pipeline": "Sales", "status": "Qualified"} == dict(changes[-1].properties)
    assert {"name": "Past", "price": "7", "cf.JOB_ROLE": "owner"} == {
        name: values[name] for name in ("name", "price", "cf.JOB_ROLE")
    }
    assert values["cf.DECISION_DATE"] == "2027-03-01"
    assert () == adapter.history(cursor, since=None).changes


def test_notes_and_tasks_are_left_once(sandbox: Any, dial: Any) -> None:
    """The owner of the lead gets the task."""
    adapter = dial(sandbox, ("name",))
    lead = sandbox.ids(240)[239]
    due = sandbox.now() + timedelta(days=1)
    for repeated in (False, True):
        adapter.add_note(lead, "note\n" + "x" * 30_000, token="n", repeated=repeated)
        adapter.add_task(
            lead, "call", due_at=due, owner=None, token="k", repeated=repeated
        )
    adapter.add_task(
        lead, "call", due_at=due, owner="7400002", token="k2", repeated=False
    )

    headers = {"authorization": "Bearer amocrm-integration-token"}
    tasks = sandbox.control.get(
        f"/api/v4/tasks?filter[entity_type]=leads&filter[entity_id]={lead}",
        headers=headers,
    ).json()["_embedded"]["tasks"]
    owners = [task["responsible_user_id"] for task in tasks]
    notes = sandbox.lead(lead)["notes"]
    assert 1 == len(notes)
    assert "…\n\nLeadstate ref. " in notes[0]["params"]["text"]
    owner = sandbox.lead(lead)["properties"]["responsible_user_id"]
    assert sorted([owner, 7400002]) == sorted(owners)


@pytest.mark.parametrize("lead", ["x", "39999999"])
def test_a_note_or_a_task_on_nothing_is_put_aside(
    sandbox: Any, dial: Any, lead: str
) -> None:
    """One record waits, not the connection."""
    adapter = dial(sandbox, ("name",))
    with pytest.raises(SkipRecord):
        adapter.add_note(lead, "t", token="t", repeated=False)
    with pytest.raises(SkipRecord):
        adapter.add_task(
            lead, "t", due_at=sandbox.now(), owner=None, token="t", repeated=True
        )
    with pytest.raises(SkipRecord):
        adapter.add_task(
            lead, "t", due_at=sandbox.now(), owner="Eva", token="t", repeated=True
        )


def wanted(*names: str, **more: Any) -> Wanted:
    kinds = {"cf.KIND": (FieldType.CHOICE, ("a", "b")), "cf.NONE": (FieldType.TAGS, ())}
    kinds["cf.TEMPERATURE"] = (FieldType.CHOICE, ("hot", "icy"))
    kinds["loss_reason"] = (FieldType.CHOICE, ("Price", "Bad luck"))
    properties = tuple(
        WantedProperty(name=name, label="", type=kind, options=options)
        for name in names
        for kind, options in (kinds.get(name, (FieldType.TEXT, ())),)
    )
    return Wanted(properties=properties, **more)


def test_setup_makes_fields_options_and_stages(start_sandbox: Any, dial: Any) -> None:
    """What only a person can make is told as such."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    stages = {
        "SQL": {"pipeline": "Sales", "status": "New one"},
        "again": {"pipeline": "Sales", "status": "New one"},
        "lost": {"pipeline_id": "7100001", "status_id": "1"},
        "else": {"pipeline": "Nowhere", "status": "x"},
        "main": {"status": "Another"},
    }
    names = ("cf.KIND", "cf.NONE", "cf.TEMPERATURE", "cf.99", "loss_reason")
    asked = wanted(*names, "contact.cf.HOBBY", "nonsense", stages=stages)
    adapter = dial(sandbox, ("name",), token_field="NEW_TOKEN")

    steps = adapter.missing(asked)
    for step in steps:
        if step.by_hand:
            with pytest.raises(UsageError):
                adapter.make(asked, step)
        else:
            adapter.make(asked, step)

    left = adapter.missing(asked)
    found = adapter.describe().properties
    assert (
        {
            "field cf.99",
            "property nonsense",
            "loss reason Bad luck",
            "stage 7100001 1",
            "pipeline Nowhere",
        }
        == {one.key for one in left}
        == {one.key for one in steps if one.by_hand}
    )
    assert ("a", "b") == found["cf.KIND"].options
    assert ("hot", "warm", "cold", "icy") == found["cf.TEMPERATURE"].options
    assert "text" == found["cf.NONE"].type
    assert {"New one", "Another"} <= set(found["status"].options)
    assert "contact.cf.HOBBY" in found
    assert "" == adapter.make(asked, steps[0])


def test_setup_without_rights_or_secret_says_what_it_needs(
    start_sandbox: Any, dial: Any
) -> None:
    """An administrator, and a webhook_secret."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    adapter = dial(sandbox, ("name",), webhook_secret=None)
    asked = wanted("cf.KIND", webhook_url="https://leads.example.com/webhooks/x")
    steps = {one.key: one for one in adapter.missing(asked)}
    bad = {one.name for one in adapter.examine(asked) if one.state is CheckState.BAD}
    sandbox.fault(kind="status", status=504, match={"method": "POST", "path": "/api"})

    with pytest.raises(RetryLater):
        adapter.make(asked, steps["field cf.KIND"])

    assert "webhook_secret" in steps["webhook"].by_hand
    assert {"fields", "webhooks"} == bad


def test_a_diagnosis_names_what_an_admin_has_to_do(
    start_sandbox: Any, dial: Any
) -> None:
    """Filters, clock, stages with the nearest word, fields, webhooks."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    sandbox.policy(is_api_filter_enabled=False)
    binding = Binding(
        workflow="w",
        adapter="amocrm",
        object="leads",
        stages={"sql": {"pipeline": ("Sales",), "status": ("Qualifed",)}},
    )
    adapter = dial(
        sandbox,
        binding=binding,
        token_field="NO_TOKEN",
        now=lambda: sandbox.now() + timedelta(minutes=5),
    )
    asked = wanted(
        "cf.NED",
        stages={"SQL": {"pipeline": "Sales", "status": "Qualifed"}},
        webhook_url="https://leads.example.com/webhooks/x",
    )

    checks = {(one.name, one.state): one for one in adapter.examine(asked)}

    bad, warning, good = CheckState.BAD, CheckState.WARNING, CheckState.GOOD
    assert "did you mean 'Qualified'" in checks["stages", bad].text
    assert "did you mean 'NEED'" in checks["fields", bad].text
    assert "NO_TOKEN" in checks["fields", warning].text
    assert " s ahead of" in checks["clock", warning].text
    assert "no filters" in checks["filters", warning].text
    assert checks["rights", good]
    assert "leadstate setup" in checks["webhooks", bad].remedy


@pytest.mark.parametrize(
    ("rights", "state", "words"),
    [
        ({"is_active": False}, CheckState.BAD, "deactivated"),
        ({"leads": {"view": "A", "edit": "D"}}, CheckState.BAD, "edit leads: none"),
        ({"leads": {"edit": "M"}}, CheckState.WARNING, "its own only"),
        (
            {
                "status_rights": [
                    {
                        "entity_type": "leads",
                        "pipeline_id": 7100001,
                        "status_id": 7100104,
                        "rights": {"view": "A", "edit": "D"},
                    }
                ]
            },
            CheckState.BAD,
            "in sql",
        ),
        (None, CheckState.WARNING, "no administrator"),
    ],
    ids=["inactive", "denied", "own", "stage", "not shown"],
)
def test_rights_of_the_token_are_examined(
    sandbox: Any, dial: Any, rights: Any, state: CheckState, words: str
) -> None:
    """They may differ from stage to stage."""
    user = {"id": 1, "name": "Eva", "rights": rights}

    def answer(request: httpx.Request) -> httpx.Response:
        if "/users/" in request.url.path:
            if rights is None:
                return httpx.Response(403, json={"title": "Forbidden"})
            return httpx.Response(200, json=user)
        return real.handle_request(request)

    real = httpx.HTTPTransport()
    binding = Binding(
        workflow="w",
        adapter="amocrm",
        object="leads",
        stages={"sql": {"pipeline_id": ("7100001",), "status_id": ("7100104",)}},
    )
    adapter = dial(sandbox, binding=binding, transport=httpx.MockTransport(answer))

    checks = [one for one in adapter.examine(wanted()) if one.name == "rights"]
    real.close()

    assert [state] == [one.state for one in checks if words in one.text]


def flow(sandbox: Any, credentials: Any, **settings: Any) -> AmoCrmOAuth:
    given = {"base_url": sandbox.url, "oauth": OAUTH} | settings
    plenty = type("Plenty", (), {"take": lambda *_, **__: 0.0})()
    return AmoCrmOAuth(
        Connection(
            name="acme",
            binding=Binding(workflow="w", adapter="amocrm", object="leads"),
            settings=given,
            now=sandbox.now,
            sleep=lambda _: None,
            budget=plenty,
            credentials=credentials,
        )
    )


def consent(sandbox: Any, url: str) -> dict[str, str]:
    answer = sandbox.control.get(url)
    return dict(httpx.URL(answer.headers["location"]).params)


def test_an_account_is_connected_in_the_browser(
    start_sandbox: Any, dial: Any, credentials: Any
) -> None:
    """The tokens are kept, and the adapter works with them."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    opened = flow(sandbox, credentials)

    name = opened.finish(
        REDIRECT, consent(sandbox, opened.authorise_url(REDIRECT, "s"))
    )

    assert "Sandbox" in name
    assert 1 == len(dial(sandbox, ("name",), oauth=OAUTH).read(["30000001"]))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "not granted"),
        ({"error": "server_error\x1b[0m"}, "refused the sign-in"),
        ({}, "no code"),
        ({"code": "x", "referer": "other.amocrm.ru"}, "you chose other.amocrm.ru"),
        ({"code": "x", "referer": "evil.example"}, "no account"),
        ({"code": "x"}, "gives no tokens"),
    ],
)
def test_a_sign_in_that_fails_keeps_nothing(
    sandbox: Any, credentials: Any, answer: dict[str, str], words: str
) -> None:
    """A code goes to no other host than the settings name."""
    with pytest.raises(ConfigurationError, match=words):
        flow(sandbox, credentials).finish(REDIRECT, answer)

    assert {} == credentials.saved


@pytest.mark.parametrize(
    ("base", "page"),
    [
        ("https://acme.amocrm.ru", "https://www.amocrm.ru/oauth?"),
        ("https://acme.amocrm.com", "https://www.amocrm.ru/oauth?"),
        ("https://acme.kommo.com", "https://www.kommo.com/oauth?"),
    ],
)
def test_consent_is_given_on_the_accounts_own_platform(
    sandbox: Any, credentials: Any, base: str, page: str
) -> None:
    """The two know nothing of each other's integrations."""
    opened = flow(sandbox, credentials, base_url=base)

    assert opened.authorise_url(REDIRECT, "state").startswith(page)
    with pytest.raises(ConfigurationError, match="registered"):
        opened.authorise_url("http://127.0.0.1:1/else", "state")
    with pytest.raises(ConfigurationError, match="no integration"):
        flow(sandbox, credentials, oauth=None, token="t")


def test_how_some_leads_moved_lately_is_what_the_whole_past_tells(
    sandbox: Any, dial: Any
) -> None:
    """Under the same keys, in their order within a second, ten leads a call."""
    adapter = dial(sandbox, ("name", "pipeline_id", "status_id"))
    ids = sandbox.ids(112)[100:]
    sandbox.post("clock", advance_seconds=60)
    since = sandbox.now() - timedelta(seconds=1)  # events tell whole seconds
    for one in ids:
        for status in (7100104, 7100103, 7100105):
            moved = {"pipeline_id": 7100001, "status_id": status}
            sandbox.post("edit", object="leads", id=one, properties=moved)
    sandbox.clear_log()

    lately = adapter.recent(ids, since=since)

    assert 2 <= sandbox.kinds["events.list"]
    for one in ids:
        way = [it.properties["status_id"] for it in lately if it.id == one]
        assert ["7100104", "7100103", "7100105"] == way[-3:]
    told: dict[str, Any] = {}
    page = adapter.history(None, since=since)
    while page.more:
        told |= {it.key: it for it in page.changes}
        page = adapter.history(page.cursor, since=since)
    told |= {it.key: it for it in page.changes}
    assert all(told[it.key] == it for it in lately)
