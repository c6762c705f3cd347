"""Merging: a new id, and two that vanish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Running


@pytest.fixture(name="two")
def _two(sandbox: Running) -> tuple[str, str]:
    one = sandbox.contact(email="1@x.example", firstname="One", lifecyclestage="lead")
    two = sandbox.contact(
        email="2@x.example", lastname="Two", lifecyclestage="opportunity"
    )
    return one, two


def _merge(sandbox: Running, one: str, two: str) -> str:
    ids = {"primaryObjectId": one, "objectIdToMerge": two}
    answer = sandbox.contacts("POST", "/merge", ids)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_the_survivor_is_new_and_the_others_vanish(
    sandbox: Running, two: tuple[str, str]
) -> None:
    """Old ids are not found, not even among the archived."""
    merged = _merge(sandbox, *two)
    found = [sandbox.contacts("GET", f"/{one}").status_code for one in two]
    archived = sandbox.contacts("GET", f"/{two[0]}?archived=true").status_code
    batch = {"inputs": [{"id": one} for one in two]}

    assert merged not in two
    assert (found, archived) == ([404, 404], 404)
    assert sandbox.contacts("POST", "/batch/read", batch).json()["results"] == []
    assert sandbox.value(merged, "hs_merged_object_ids") == ";".join(two)


def test_the_survivor_keeps_the_most(sandbox: Running, two: tuple[str, str]) -> None:
    """The primary's values win, gaps are filled, the later stage stays."""
    merged = _merge(sandbox, *two)
    state = sandbox.control("GET", f"state/contacts/{merged}")["properties"]

    assert (state["firstname"], state["lastname"]) == ("One", "Two")
    assert state["lifecyclestage"] == "opportunity"
    assert state["hs_additional_emails"] == "2@x.example"


def test_both_emails_find_the_survivor(sandbox: Running, two: tuple[str, str]) -> None:
    """Additional e-mails identify the contact too, and stay taken."""
    merged = _merge(sandbox, *two)
    found = sandbox.contacts("GET", "/2@x.example?idProperty=email").json()["id"]
    taken = sandbox.contacts("POST", "", {"properties": {"email": "2@x.example"}})

    assert found == merged
    assert taken.status_code == 409


def test_the_primary_id_can_be_preserved(
    sandbox: Running, two: tuple[str, str]
) -> None:
    """With the beta's switch the survivor keeps the primary's id."""
    sandbox.control("PUT", "policy", {"merge_id": "primary"})

    assert _merge(sandbox, *two) == two[0]
    assert sandbox.contacts("GET", f"/{two[1]}").status_code == 404


def test_old_ids_can_resolve(sandbox: Running, two: tuple[str, str]) -> None:
    """With the switch, a merged-away id leads to the survivor, also in chains."""
    sandbox.control("PUT", "policy", {"merged_away": "resolve"})
    merged = _merge(sandbox, *two)
    last = _merge(sandbox, merged, sandbox.contact(email="3@x.example"))

    assert sandbox.contacts("GET", f"/{two[0]}").json()["id"] == last


def test_a_record_is_not_merged_with_itself(
    sandbox: Running, two: tuple[str, str]
) -> None:
    """The same record twice is refused, a missing one not found."""
    same = {"primaryObjectId": two[0], "objectIdToMerge": two[0]}
    missing = {"primaryObjectId": two[0], "objectIdToMerge": "1"}

    assert sandbox.contacts("POST", "/merge", same).status_code == 400
    assert sandbox.contacts("POST", "/merge", missing).status_code == 404
