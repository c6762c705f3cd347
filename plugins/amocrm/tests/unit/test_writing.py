"""Writing: what is compared, sent and believed."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import httpx
import pytest

from leadstate.adapters import Applied, Gone, Overtaken, Refused, Write
from leadstate.errors import ConfigurationError, RetryLater, UsageError

LEADS = "/api/v4/leads"


def write(properties: dict[str, str], number: int = 1, **more: Any) -> Write:
    return Write(token=f"t{number}", id=str(number), properties=properties, **more)


class Held:
    """Leads that take what is written, but for what a test keeps."""

    def __init__(self, amocrm: Any, shapes: Any, *rows: dict[str, Any]) -> None:
        self.rows = {row["id"]: row for row in rows}
        self.kept: set[str] = set()
        self.sent: list[list[dict[str, Any]]] = []
        amocrm.account()
        amocrm.always(LEADS, self.show)
        amocrm.always(LEADS, self.take, method="PATCH")
        amocrm.always("/api/v4/events", lambda _: httpx.Response(204))
        amocrm.always("/api/v4/leads/.*", lambda _: httpx.Response(204))
        self.listed = partial(shapes, "listed", "leads")

    def show(self, request: httpx.Request) -> Any:
        asked = request.url.params.get_list("filter[id][]")
        found = [row for key, row in self.rows.items() if str(key) in asked]
        return self.listed(found) if found else httpx.Response(204)

    def take(self, request: httpx.Request) -> Any:
        body = json.loads(request.content)
        self.sent.append(body)
        for item in body:
            row = self.rows[item["id"]]
            for name, value in item.items():
                if name in self.kept or name == "request_id":
                    continue
                if name == "custom_fields_values":
                    row[name] = [
                        {**one, "field_type": "text", "values": one["values"] or []}
                        for one in value
                    ]
                elif name == "tags_to_add":
                    row["_embedded"]["tags"] += value
                elif name == "tags_to_delete":
                    tags = row["_embedded"]["tags"]
                    row["_embedded"]["tags"] = [t for t in tags if t not in value]
                elif name == "loss_reason_id":
                    row[name] = value
                    row["_embedded"]["loss_reason"] = [{"id": value, "name": "Price"}]
                else:
                    row[name] = value
        return self.listed([{"id": item["id"], "updated_at": 1} for item in body])


@pytest.fixture(name="held")
def _held(amocrm: Any, shapes: Any) -> Held:
    return Held(amocrm, shapes, shapes("lead", 1), shapes("lead", 2))


@pytest.mark.parametrize(
    ("properties", "sent"),
    [
        ({"name": "New name"}, {"name": "New name"}),
        ({"price": "12.50"}, {"price": 12.5}),
        ({"price": "12"}, {"price": 12}),
        ({"responsible_user_id": "9"}, {"responsible_user_id": 9}),
        ({"status": "Qualified"}, {"status_id": 12}),
        ({"status_id": "12", "name": "Lead 1"}, {"status_id": 12}),
        (
            {"pipeline": "partners", "status": "new"},
            {"pipeline_id": 2, "status_id": 21},
        ),
        (
            {"pipeline": "Sales", "status": "Won"},
            {"pipeline_id": 1, "status_id": 142},
        ),
        (
            {"status": "Lost", "loss_reason": "Price"},
            {"status_id": 143, "loss_reason_id": 31},
        ),
        ({"closed_at": "2026-11-22T00:00:00Z"}, {"closed_at": 1795305600}),
        (
            {"cf.NEED": "much"},
            {
                "custom_fields_values": [
                    {"field_id": 101, "values": [{"value": "much"}]}
                ]
            },
        ),
        ({"tags": "vip;new"}, {"tags_to_add": [{"name": "vip"}, {"name": "new"}]}),
    ],
    ids=json.dumps,
)
def test_only_what_differs_is_sent_in_amocrms_own_form(
    connect: Any, held: Held, properties: dict[str, str], sent: dict[str, Any]
) -> None:
    """Names of stages become ids, texts become what the field takes."""
    (outcome,) = connect().write([write(properties)])

    assert isinstance(outcome, Applied)
    assert [[{"id": 1, **sent, "request_id": "1"}]] == held.sent


def test_tags_are_changed_by_their_difference(connect: Any, held: Held) -> None:
    """Tags that come meanwhile stay."""
    held.rows[1]["_embedded"]["tags"] = [{"name": "Old"}, {"name": "Same"}]

    connect().write([write({"tags": "same;New"})])

    (((item,),),) = (held.sent,)
    assert [{"name": "New"}] == item["tags_to_add"]
    assert [{"name": "Old"}] == item["tags_to_delete"]


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"status": "Qualifed"}, "did you mean 'Qualified'"),
        ({"status": "Unsorted"}, "unsorted"),
        ({"pipeline": "Sale"}, "did you mean 'Sales'"),
        ({"pipeline": "Sales", "pipeline_id": "2"}, "is not pipeline_id 2"),
        ({"status": "New", "status_id": "12"}, "is not"),
        ({"loss_reason": "Prize"}, "did you mean 'Price'"),
        ({"cf.NEDD": "x"}, "did you mean 'NEED'"),
        ({"cf.ROLE": "ownr"}, "did you mean 'owner'"),
        ({"cf.CONTRACT": "x"}, "can be read and not written"),
        ({"nam": "x"}, "did you mean 'name'"),
        ({"score": "7"}, "by itself"),
        ({"price": "much"}, "no number"),
        ({"responsible_user_id": "Eva"}, "no id"),
        ({"contact.email": "a@b.c"}, "has no contact"),
    ],
    ids=lambda one: json.dumps(one) if isinstance(one, dict) else "",
)
def test_what_cannot_be_written_is_refused_before_anything_is_sent(
    connect: Any, held: Held, properties: dict[str, str], words: str
) -> None:
    """With the nearest word, and the other lead is written."""
    first, second = connect().write([write(properties), write({"name": "x"}, 2)])

    assert isinstance(first, Refused)
    assert words in first.message
    assert isinstance(second, Applied)
    assert [2] == [item["id"] for batch in held.sent for item in batch]


def test_what_is_kept_without_a_word_is_a_refusal(connect: Any, held: Held) -> None:
    """Read back, with what amoCRM holds."""
    held.kept = {"status_id"}

    (outcome,) = connect().write([write({"status": "Qualified"})])

    assert isinstance(outcome, Refused)
    assert "kept status 'New' instead of 'Qualified'" in outcome.message
    assert {"status": "New"} == outcome.properties


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        (None, Applied),
        ({"status": "New"}, Applied),
        ({"name": "else"}, Applied),
        ({"status": "Won"}, Overtaken),
        ({"status": None}, Overtaken),
    ],
)
def test_a_write_is_held_against_what_was_known(
    connect: Any, held: Held, known: Any, kind: type
) -> None:
    """Of the written properties alone."""
    (outcome,) = connect().write([write({"status": "Qualified"}, held=known)])

    assert kind is type(outcome)
    assert (kind is Applied) == bool(held.sent)


@pytest.mark.parametrize("name", ["_502", "_1"], ids=["request", "index"])
def test_refused_rows_are_named_by_request_or_by_index(
    connect: Any, amocrm: Any, problem: Any, shapes: Any, name: str
) -> None:
    """The others go again without them."""
    held = Held(amocrm, shapes, shapes("lead", 501), shapes("lead", 502))
    bad = problem(400, "Request validation failed", **{name: "bad name"})
    answers = [lambda _: (400, bad), held.take]

    def reply(request: httpx.Request) -> Any:
        return answers.pop(0)(request)

    amocrm.always(LEADS, reply, method="PATCH")
    amocrm.always("/api/v4/leads/.*", shapes("lead", 502))

    first, second = connect().write(
        [write({"name": "a"}, 501), write({"name": "b"}, 502)]
    )

    assert isinstance(first, Applied)
    assert isinstance(second, Refused)
    assert "name: bad name" in second.message
    assert [[501]] == [[item["id"] for item in batch] for batch in held.sent]


def test_a_refusal_that_names_nobody_is_halved(
    connect: Any, held: Held, amocrm: Any, problem: Any, shapes: Any
) -> None:
    """Until the bad row is alone."""
    bad = problem(422, "something is wrong")

    def reply(request: httpx.Request) -> Any:
        body = json.loads(request.content)
        if any(item["id"] == 2 for item in body):
            return (422, bad)
        return held.take(request)

    amocrm.always(LEADS, reply, method="PATCH")

    first, second = connect().write([write({"name": "a"}), write({"name": "b"}, 2)])

    assert isinstance(first, Applied)
    assert isinstance(second, Gone | Refused)


def test_504_to_a_single_row_is_unknown(connect: Any, held: Held, amocrm: Any) -> None:
    """`RetryLater`: it may have been written."""
    amocrm.always(LEADS, httpx.Response(504, html="<p>"), method="PATCH")

    with pytest.raises(RetryLater) as caught:
        connect().write([write({"name": "a"})])

    assert caught.value.sent


def test_after_an_applied_batch_a_later_failure_is_unknown(
    connect: Any, held: Held, amocrm: Any
) -> None:
    """So that the repetition reads first."""
    answers = [held.take, lambda _: httpx.Response(429, json={})]

    def reply(request: httpx.Request) -> Any:
        return answers.pop(0)(request)

    amocrm.always(LEADS, reply, method="PATCH")

    with pytest.raises(RetryLater) as caught:
        connect(write_batch=1).write([write({"name": "a"}), write({"name": "b"}, 2)])

    assert caught.value.sent


def test_two_writes_of_one_lead_are_a_mistake(connect: Any) -> None:
    """Which came first would be a guess."""
    with pytest.raises(UsageError):
        connect().write([write({"name": "a"}), write({"name": "b"})])


def test_a_lead_that_is_not_there_is_gone(connect: Any, held: Held) -> None:
    """An answer among the others, in order."""
    outcomes = connect().write([write({"name": "a"}, 3), write({"name": "b"}, 2)])

    assert [Gone, Applied] == [type(one) for one in outcomes]


def test_two_leads_of_one_contact_must_agree(
    connect: Any, held: Held, amocrm: Any, shapes: Any
) -> None:
    """The contact is written once, or the second lead is refused."""
    for row in held.rows.values():
        row["_embedded"]["contacts"] = [{"id": 50, "is_main": True}]
    contact = {"id": 50, "name": "Eva", "custom_fields_values": None}

    def show(_: httpx.Request) -> Any:
        return shapes("listed", "contacts", [contact])

    def take(request: httpx.Request) -> Any:
        contact["name"] = json.loads(request.content)[0].get("name", contact["name"])
        return show(request)

    amocrm.always("/api/v4/contacts", show)
    route = amocrm.always("/api/v4/contacts", take, method="PATCH")
    adapter = connect(("name", "contact.name"))

    outcomes = adapter.write(
        [write({"contact.name": "Eve"}), write({"contact.name": "Ada"}, 2)]
    )

    assert [Applied, Refused] == [type(one) for one in outcomes]
    assert [[{"id": 50, "name": "Eve", "request_id": "50"}]] == shapes("bodies", route)


def test_an_object_that_amocrm_does_not_bind_is_told(connect: Any) -> None:
    """On opening, with what it binds."""
    from leadstate.domain.binding import Binding

    wrong = Binding(workflow="w", adapter="amocrm", object="contacts")
    with pytest.raises(ConfigurationError, match="amoCRM binds leads"):
        connect(binding=wrong)
    with pytest.raises(ConfigurationError, match="did you mean 'email'"):
        connect(("contact.emial",))
