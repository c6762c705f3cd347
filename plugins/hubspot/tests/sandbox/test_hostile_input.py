"""Whatever a client sends, the answer is the client's fault, never a 500."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Running

BODIES = {
    "nothing": b"",
    "not_json": b"{nope",
    "nan": b'{"properties":{"budget":NaN}}',
    "infinity": b'{"properties":{"budget":1e999}}',
    "long_number": b'{"properties":{"budget":' + b"9" * 5000 + b"}}",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep_value": json.dumps(
        {"properties": {"a": json.loads("[" * 90 + "]" * 90)}}
    ).encode(),
    "array": b"[]",
    "null": b"null",
    "text": b'"x"',
    "not_utf8": b'{"properties":{"email":"\xff\xfe"}}',
    "surrogate": b'{"properties":{"firstname":"\\ud800"}}',
    "object_value": b'{"properties":{"firstname":{"a":1}}}',
    "list_properties": b'{"properties":[1]}',
    "wrong_inputs": b'{"inputs":{"a":1},"filterGroups":7}',
    "wrong_entry": b'{"inputs":[1,null,"x"],"filterGroups":[3]}',
    "wrong_types": b'{"inputs":[{"id":{},"properties":7}],"sorts":[[]]}',
    "wrong_links": b'{"associations":[{"to":5,"types":{}}]}',
    "wrong_merge": b'{"primaryObjectId":[],"objectIdToMerge":{}}',
}
PATHS = (
    "",
    "/search",
    "/merge",
    "/gdpr-delete",
    "/batch/read",
    "/batch/create",
    "/batch/update",
    "/batch/upsert",
    "/batch/archive",
)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_strange_body_is_never_a_server_error(sandbox: Running, name: str) -> None:
    """Every writing path answers every strange body below 500, in HubSpot's shape."""
    for path in PATHS:
        target = f"/crm/objects/2026-09/contacts{path}"
        answer = sandbox.api("POST", target, content=BODIES[name])
        if answer.status_code >= 400 and answer.status_code != 429:
            assert answer.status_code < 500, (path, answer.text)
            assert answer.json()["status"] == "error"
        else:
            assert answer.status_code in {200, 201, 204, 207, 429}, path


def test_a_body_too_large_is_refused(sandbox: Running) -> None:
    """More than a few megabytes answer 413."""
    answer = sandbox.api("POST", "/crm/v3/objects/contacts", content=b" " * 9_000_000)

    assert answer.status_code == 413


def test_a_url_too_long_is_refused(sandbox: Running) -> None:
    """Beyond some 16,300 characters the answer is 414."""
    answer = sandbox.contacts("GET", "?properties=" + "a," * 9000)

    assert answer.status_code == 414


@pytest.mark.parametrize(
    "query", ["limit=x", "limit=0", "limit=101", "after=x", "after=-1", "limit=%00"]
)
def test_strange_paging_is_refused(sandbox: Running, query: str) -> None:
    """Limits and cursors that mean nothing answer 400."""
    assert sandbox.contacts("GET", f"?{query}").status_code == 400


@pytest.mark.parametrize("path", ["%ff", "..%2f..", "%F0%9F%A6%84", "a" * 5000])
def test_strange_paths_are_not_found(sandbox: Running, path: str) -> None:
    """Whatever stands for an id, it is only not found."""
    assert sandbox.contacts("GET", f"/{path}").status_code == 404


def test_hostile_text_comes_back_as_it_went_in(sandbox: Running) -> None:
    """Markup, formulas, escapes and emoji are values like any other."""
    texts = ["<script>", "=cmd|x", "\u001b[31m", "🦄", "\u202e", "a\u0000b", "'; DROP"]
    for text in texts:
        contact = sandbox.contact(firstname=text)
        assert sandbox.value(contact, "firstname") == text
