"""Webhooks: who may call, what a body says, and what no body can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadstate_amocrm.adapter import AmoCrmAdapter
from leadstate_amocrm.webhooks import parse_form

from leadstate.adapters import EventKind, InboundRequest
from leadstate.domain.binding import Binding, FieldSource
from leadstate.errors import BadBody, BadSignature
from leadstate.testing import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "canary-webhook-secret"
URL = f"https://leads.example.com/webhooks/acme/{SECRET}"


def request(body: bytes | dict[str, str], url: str = URL) -> InboundRequest:
    raw = urlencode(body).encode() if isinstance(body, dict) else body
    return InboundRequest(method="POST", url=url, headers={}, body=raw)


def stages(*names: str, **more: str) -> Binding:
    return Binding(
        workflow="w",
        adapter="amocrm",
        object="leads",
        fields={name: FieldSource(property=text) for name, text in more.items()},
        stages={"one": dict.fromkeys(names, ("x",))},
    )


def lead_body(action: str, **more: str) -> dict[str, str]:
    values = {"id": "7", "last_modified": "1700000000", "pipeline_id": "1"} | more
    body = {f"leads[{action}][0][{name}]": value for name, value in values.items()}
    return body | {"account[id]": "77", "account[subdomain]": "acme"}


@pytest.fixture(name="adapter")
def _adapter(connect: Any, amocrm: Any) -> Any:
    """An adapter that knows its account and the stages, bound by id."""
    amocrm.account()
    adapter = connect(
        binding=stages("pipeline_id", "status_id", who="contact.email"),
        webhook_secret=SECRET,
    )
    adapter.describe()
    return adapter


@pytest.mark.parametrize(
    "url",
    [
        "https://leads.example.com/webhooks/acme",
        "https://leads.example.com/webhooks/acme/",
        URL[:-1],
        URL + "x",
        URL.upper(),
        f"https://leads.example.com/webhooks/acme?{SECRET}",
        "http://[bad",
        "/ünïcode/☃",
    ],
)
def test_only_the_secret_address_is_believed(adapter: Any, url: str) -> None:
    """Nothing else amoCRM has to tell its calls from those of others."""
    with pytest.raises(BadSignature):
        adapter.receive(request(lead_body("add"), url))


def test_without_a_secret_nothing_is_believed(connect: Any) -> None:
    """The message names the setting."""
    with pytest.raises(BadSignature, match="webhook_secret"):
        connect().receive(request(lead_body("add")))


@pytest.mark.parametrize("where", ["account[id]", "leads[add][0][account_id]"])
def test_another_account_is_refused(adapter: Any, where: str) -> None:
    """By the body's own word, or by the lead's."""
    with pytest.raises(BadSignature, match="another account than 77"):
        adapter.receive(request(lead_body("add") | {where: "78"}))


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("add", EventKind.CREATED),
        ("update", EventKind.CHANGED),
        ("responsible", EventKind.CHANGED),
        ("delete", EventKind.DELETED),
        ("restore", EventKind.RESTORED),
        ("note", EventKind.IGNORED),
        ("brand_new", EventKind.IGNORED),
    ],
)
def test_actions_have_their_meaning(adapter: Any, action: str, kind: EventKind) -> None:
    """What Leadstate does not act on is ignored, and kept."""
    (event,) = adapter.receive(request(lead_body(action)))

    assert (kind, "leads", "7", None) == (
        event.kind,
        event.object,
        event.id,
        event.property,
    )


def test_one_move_comes_as_status_and_as_update_and_is_one_event(adapter: Any) -> None:
    """With the second of its change; a repetition is the same event, too."""
    moved = {"status_id": "12", "old_status_id": "11"}

    events = [
        *adapter.receive(request(lead_body("status", **moved))),
        *adapter.receive(request(lead_body("update", **moved, price="5"))),
        *adapter.receive(request(lead_body("status", **moved))),
    ]

    assert 1 == len({event.key for event in events})
    assert {("status_id", "12")} == {(event.property, event.value) for event in events}


def test_different_moves_are_different_events(adapter: Any) -> None:
    """There and back, or the same move later, or into another pipeline."""
    bodies = [
        lead_body("status", status_id="12", old_status_id="11"),
        lead_body("status", status_id="11", old_status_id="12"),
        lead_body(
            "status", status_id="12", old_status_id="11", last_modified="1700000009"
        ),
        lead_body("status", status_id="12", old_status_id="11", pipeline_id="2"),
        lead_body("update", status_id="12"),
        lead_body("update", status_id="12", price="6"),
    ]

    keys = [event.key for body in bodies for event in adapter.receive(request(body))]

    assert len(bodies) == len(set(keys))


def test_moves_without_a_time_are_never_one(adapter: Any, clock: Any) -> None:
    """The digital pipeline says neither when nor who: each arrival is its own."""
    body = {
        "leads[status][0][id]": "7",
        "leads[status][0][status_id]": "12",
        "leads[status][0][pipeline_id]": "1",
        "leads[status][0][old_status_id]": "11",
        "leads[status][0][old_pipeline_id]": "1",
        "account[id]": "77",
    }
    (first,) = adapter.receive(request(body))
    clock.sleep(1)

    (second,) = adapter.receive(request(body))

    assert first.key != second.key
    assert ("status_id", "12") == (first.property, first.value)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"status_id": "143", "old_status_id": "11"}, ("status_id", "143")),
        ({"status_id": "143", "old_status_id": "21"}, (None, None)),
        ({"status_id": "143", "old_status_id": "142"}, (None, None)),
        (
            {"status_id": "143", "old_status_id": "142", "old_pipeline_id": "1"},
            ("status_id", "143"),
        ),
        (
            {"status_id": "143", "old_status_id": "143", "old_pipeline_id": "2"},
            (None, None),
        ),
    ],
)
def test_a_shared_stage_is_told_only_within_its_pipeline(
    adapter: Any, body: dict[str, str], told: object
) -> None:
    """Won and lost are in every pipeline: a value alone would hide a move."""
    (event,) = adapter.receive(request(lead_body("status", **body)))

    assert told == (event.property, event.value)


def test_a_stage_bound_by_name_is_told_by_name(connect: Any, amocrm: Any) -> None:
    """As far as the names are known without a call; else it is read again."""
    amocrm.account()
    body = lead_body("status", status_id="12", old_status_id="11")
    adapter = connect(binding=stages("pipeline", "status"), webhook_secret=SECRET)
    (unknown,) = adapter.receive(request(body))
    adapter.describe()

    (known,) = adapter.receive(request(body))

    assert (None, None) == (unknown.property, unknown.value)
    assert ("status", "Qualified") == (known.property, known.value)


def test_several_leads_and_actions_come_in_one_body(adapter: Any) -> None:
    """Deletions in both shapes, dates and flags as bare values."""
    body = {
        "leads[update][0][id]": "1",
        "leads[update][0][custom_fields][0][values][0]": "1615845600",
        "leads[update][1][id]": "2",
        "leads[delete][0][id]": "3",
        "leads[restore]": "4",
        "contacts[delete][]": "5",
        "task[update][0][id]": "6",
        "account[id]": "77",
    }

    events = adapter.receive(request(body))

    told = [(event.kind, event.object, event.id) for event in events]
    assert [
        (EventKind.CHANGED, "leads", "1"),
        (EventKind.CHANGED, "leads", "2"),
        (EventKind.DELETED, "leads", "3"),
        (EventKind.RESTORED, "leads", "4"),
        (EventKind.IGNORED, "contacts", ""),
        (EventKind.IGNORED, "task", ""),
    ] == told


def test_contacts_name_their_leads_and_companies_only_if_bound(adapter: Any) -> None:
    """Companies come under contacts, too."""
    person = {
        "contacts[update][0][id]": "9",
        "contacts[update][0][type]": "contact",
        "contacts[update][0][linked_leads_id][7][ID]": "7",
        "contacts[update][0][linked_leads_id][8][ID]": "8",
    }
    company = {
        name: "company" if "type" in name else text for name, text in person.items()
    }

    events = adapter.receive(request(person))
    ignored = adapter.receive(request(company))

    assert [("leads", "7"), ("leads", "8")] == [(one.object, one.id) for one in events]
    assert [(EventKind.IGNORED, "companies")] == [(o.kind, o.object) for o in ignored]


@pytest.mark.parametrize("action", ["accept", "decline"])
def test_what_becomes_of_an_incoming_lead_is_read_again(
    adapter: Any, action: str
) -> None:
    """Accepted or declined, it is not what it was."""
    body = {
        "unsorted[delete][0][action]": action,
        "unsorted[delete][0][uid]": "u",
        f"unsorted[delete][0][{action}_result][leads][0]": "7",
        "unsorted[add][0][uid]": "v",
    }

    events = adapter.receive(request(body))

    assert [(EventKind.CHANGED, "7"), (EventKind.IGNORED, "")] == [
        (one.kind, one.id) for one in events
    ]


def test_our_own_user_is_known_where_it_is_set(connect: Any, amocrm: Any) -> None:
    """Only a user that nobody else acts as."""
    amocrm.account()
    body = request(lead_body("update", modified_user_id="5"))
    ours = connect(webhook_secret=SECRET, service_user_id=5).receive(body)
    anybody = connect(webhook_secret=SECRET).receive(body)

    assert [True, False] == [ours[0].own, anybody[0].own]
    assert anybody[0].actor == "5"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&&&",
        b'{"leads": {"add": []}}',
        b"leads[add][0][id]=7&leads[add][0][id]=8",
        b"leads[add]=7&leads[add][0][id]=8",
        b"leads[add][0]=7&leads[add][0][id]=8",
        b"leads[add][0][name]=" + quote("Привет".encode("cp1251")).encode(),
        b"\xff\xfe=1",
        b"leads" + b"[" * 10_000 + b"]" * 10_000 + b"=1",
        b"leads" + b"[a]" * 10_000 + b"=1",
        b"leads[add[0]=1",
        b"[0]=1",
        b"leads]=1",
        b"&".join(b"a[%d]=1" % number for number in range(30_000)),
        b"x=" + b"1" * (2 * 1024 * 1024),
        b"a" * 2000 + b"=1",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_body_that_is_none_is_refused_quickly(adapter: Any, body: bytes) -> None:
    """`BadBody`, whatever it is: another encoding, brackets, too much of anything."""
    with pytest.raises(BadBody):
        adapter.receive(request(body))


@given(body=st.binary(max_size=300))
def test_no_bytes_make_the_parser_stumble(body: bytes) -> None:
    """A form, or `BadBody`."""
    try:
        form = parse_form(body)
    except BadBody:
        return

    assert isinstance(form, dict)


@pytest.fixture(name="receiver", scope="module")
def _receiver() -> Iterator[AmoCrmAdapter]:
    settings = {
        "base_url": "https://acme.amocrm.ru",
        "token": "t",
        "webhook_secret": SECRET,
    }
    adapter = AmoCrmAdapter(Bench().connection(stages(), settings))
    yield adapter
    adapter.close()


KEYS = st.text("abc[]0123=&%+é ", max_size=20)


@given(pairs=st.lists(st.tuples(KEYS, st.text(max_size=10)), max_size=12))
def test_no_form_makes_the_receiver_stumble(
    receiver: AmoCrmAdapter, pairs: list[tuple[str, str]]
) -> None:
    """Events, or a refusal; never another exception."""
    body = urlencode([(f"leads[{k}", v) for k, v in pairs]).encode()
    try:
        events = receiver.receive(request(body))
    except (BadBody, BadSignature):
        return

    assert all(event.key for event in events)


NAMES = st.text(min_size=1, max_size=8).filter(lambda t: "[" not in t and "]" not in t)
TREES = st.recursive(
    st.text(max_size=8),
    lambda below: st.dictionaries(NAMES, below, min_size=1, max_size=3),
    max_leaves=8,
)


def flat(name: str, tree: Any) -> list[tuple[str, str]]:
    if isinstance(tree, str):
        return [(name, tree)]
    return [
        pair for key, below in tree.items() for pair in flat(f"{name}[{key}]", below)
    ]


@given(tree=st.dictionaries(NAMES, TREES, max_size=3))
def test_a_form_is_read_as_php_writes_it(tree: dict[str, Any]) -> None:
    """Any tree of texts comes back."""
    pairs = [pair for name, below in tree.items() for pair in flat(name, below)]

    assert tree == parse_form(urlencode(pairs).encode())
