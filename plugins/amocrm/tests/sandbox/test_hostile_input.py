"""Whatever a client sends, the answer is the client's fault, never a 500."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from conftest import Running

BODIES = {
    "nothing": b"",
    "not_json": b"{nope",
    "nan": b'[{"price":NaN}]',
    "infinity": b'[{"price":1e999}]',
    "long_number": b'[{"price":' + b"9" * 5000 + b"}]",
    "big_number": b'[{"id":' + b"9" * 400 + b',"price":1}]',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep_value": b'[{"name":' + b"[" * 90 + b"]" * 90 + b"}]",
    "object": b"{}",
    "empty_array": b"[]",
    "null": b"null",
    "text": b'"x"',
    "not_utf8": b'[{"name":"\xff\xfe"}]',
    "surrogate": b'[{"name":"\\ud800"}]',
    "wrong_items": b'[1,null,"x",[]]',
    "empty_item": b"[{}]",
    "wrong_types": json.dumps(
        [
            {
                "id": {},
                "name": {},
                "price": [],
                "status_id": {},
                "pipeline_id": [],
                "created_at": {},
                "custom_fields_values": [{"field_id": [], "values": {}}, 5, {}],
                "tags_to_add": {},
                "_embedded": {"tags": 5, "contacts": [[]]},
                "request_id": {},
                "entity_id": {},
                "to_entity_type": {},
                "to_entity_id": {},
                "note_type": {},
                "params": 5,
                "text": {},
                "complete_till": {},
                "metadata": 7,
                "source_uid": [],
                "type": {},
                "code": {},
                "enums": 5,
                "is_main": {},
            }
        ]
    ).encode(),
    "wrong_object": json.dumps(
        {
            "destination": {},
            "settings": {"a": 1},
            "sort": "x",
            "user_id": {},
            "status_id": {},
            "link": [],
            "name": {},
            "color": {},
            "is_unsorted_on": 5,
            "enums": [5],
            "required_statuses": [{}],
            "params": 7,
        }
    ).encode(),
    "strange_moment": b'[{"created_at":"--5","closed_at":"\xc2\xb2"}]',
    "strange_status": b'[{"name":"x","_embedded":{"statuses":[{"id":{}}]}}]',
    "unhashable": b'[{"type":[],"entity_type":[],"id":[],"note_type":{}}]',
}
SALES = f"leads/pipelines/{catalog.SALES}"
CALLS = (
    ("POST", "leads"),
    ("PATCH", "leads"),
    ("PATCH", "leads/{lead}"),
    ("POST", "leads/complex"),
    ("POST", "contacts"),
    ("PATCH", "companies"),
    ("POST", "leads/{lead}/link"),
    ("POST", "leads/{lead}/unlink"),
    ("POST", "leads/notes"),
    ("PATCH", "leads/notes"),
    ("POST", "leads/{lead}/notes"),
    ("POST", "tasks"),
    ("PATCH", "tasks"),
    ("POST", "leads/tags"),
    ("POST", "leads/custom_fields"),
    ("PATCH", "leads/custom_fields"),
    ("PATCH", "leads/custom_fields/7300105"),
    ("POST", "leads/pipelines"),
    ("PATCH", SALES),
    ("POST", f"{SALES}/statuses"),
    ("PATCH", f"{SALES}/statuses/142"),
    ("POST", "leads/unsorted/forms"),
    ("POST", "leads/unsorted/x/accept"),
    ("POST", "webhooks"),
    ("DELETE", "webhooks"),
)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_strange_body_is_never_a_server_error(sandbox: Running, name: str) -> None:
    """Every writing call answers every strange body below 500, as a problem."""
    lead = sandbox.lead()
    for method, path in CALLS:
        answer = sandbox.api(method, path.format(lead=lead), content=BODIES[name])
        assert answer.status_code < 500, (method, path, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("name", sorted(BODIES))
def test_strange_control_and_token_bodies_are_refused(
    sandbox: Running, name: str
) -> None:
    """Also where people and the network are played."""
    for path in ("edit", "bulk-edit", "create", "merge", "clock", "webhooks", "rules"):
        answer = sandbox.http.post(f"/_sandbox/{path}", content=BODIES[name])
        assert answer.status_code < 500, (path, answer.text)
    for method, path in (("PUT", "faults"), ("PUT", "policy")):
        answer = sandbox.http.request(method, f"/_sandbox/{path}", content=BODIES[name])
        assert answer.status_code < 500, (path, answer.text)
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        answer = sandbox.http.post(
            "/oauth2/access_token",
            content=BODIES[name],
            headers={"Content-Type": kind},
        )
        assert answer.status_code in {400, 404}, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "limit=0",
        "page=0",
        "page=x",
        "limit=%00",
        "order=asc",
        "order[id][x]=asc",
        "filter[price][from]=x",
        "&".join(f"a{'[b]' * 20}=1" for _ in range(3)),
    ],
)
def test_strange_questions_are_refused(sandbox: Running, query: str) -> None:
    """Pages, orders and filters that mean nothing answer 400."""
    assert sandbox.api("GET", f"leads?{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "filter=x",
        "filter[id]",
        "filter[id][]=x",
        "filter[id][a][b]=1",
        "filter[statuses]=1",
        "filter[statuses][0]=1",
        "filter[statuses][x][status_id][]=1",
        "filter[custom_fields_values]=1",
        "filter[custom_fields_values][²][]=1",
        "filter[custom_fields_values][][][]=1",
        "filter[price]=5",
        "]filter[=1",
        "filter[id]=1&filter[id][0]=2&filter[id][0][x]=3",
        "with[]=contacts&with[]=leads",
        "query=%00",
        "page=999999999999",
    ],
)
def test_strange_filters_are_survived(peopled: Running, query: str) -> None:
    """What is no filter filters nothing, or everything."""
    assert peopled.api("GET", f"leads?{query}").status_code in {200, 204, 400}


@pytest.mark.parametrize("path", ["%ff", "..%2f..", "%F0%9F%A6%84", "9" * 5000])
def test_strange_paths_are_nothing(sandbox: Running, path: str) -> None:
    """Whatever stands for an id, it is only not there."""
    assert sandbox.api("GET", f"leads/{path}").status_code == 204
    assert sandbox.api("GET", f"leads/pipelines/{path}").status_code == 404
    assert sandbox.api("GET", path).status_code == 404


def test_too_much_is_refused(sandbox: Running) -> None:
    """Long addresses 414, large bodies 413, other methods 405."""
    long = sandbox.api("GET", "leads?filter[id]=" + "1," * 9000)
    large = sandbox.api("POST", "leads", content=b" " * 9_000_000)
    other = sandbox.api("DELETE", "leads")

    assert (long.status_code, large.status_code) == (414, 413)
    assert other.status_code == 405
    assert other.headers["allow"] == "GET, PATCH, POST"


def test_strange_headers_are_survived(sandbox: Running) -> None:
    """A context user in superscript is nobody."""
    headers = {"X-Context-User-ID": "²".encode("latin-1")}

    assert sandbox.api("GET", "account", headers=headers).status_code == 403


def test_a_strange_host_leads_nowhere_else(sandbox: Running) -> None:
    """Links are made of plain host names only."""
    headers = {"Host": "evil.example/x?"}
    answer = sandbox.api("GET", "account", headers=headers)

    assert "evil" not in answer.text


def test_hostile_text_comes_back_as_it_went_in(sandbox: Running) -> None:
    """Markup, formulas, escapes and emoji are values like any other."""
    texts = ["<script>", "=cmd|x", "\u001b[31m", "🦄", "\u202e", "a\u0000b", "'; DROP"]
    for text in texts:
        need = {"field_code": "NEED", "values": [{"value": text}]}
        lead = sandbox.read(sandbox.lead(name=text, custom_fields_values=[need]))
        assert lead["name"] == text
        assert lead["custom_fields_values"][0]["values"] == [{"value": text}]
