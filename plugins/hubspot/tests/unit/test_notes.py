"""Notes: once per token, safe as HTML, never too long."""

from __future__ import annotations

import html
from typing import Any

import pytest

from leadstate.errors import ConfigurationError, RetryLater, SkipRecord

NOTES = "/crm/objects/2026-09/notes"
LIST = "/crm/objects/2026-09/contacts/7/associations/notes"
READ = "/crm/objects/2026-09/notes/batch/read"


@pytest.mark.parametrize(
    ("kind", "type_id"), [("contacts", 202), ("deals", 214), ("leads", 855)]
)
def test_a_note_is_associated_as_it_is_made(
    connect: Any, hubspot: Any, kind: str, type_id: int
) -> None:
    """One call; a type that is not documented is asked for once."""
    labels = hubspot.always(
        "/crm/associations/2026-09/notes/leads/labels",
        {
            "results": [
                {"category": "USER_DEFINED", "typeId": 1, "label": None},
                {"category": "HUBSPOT_DEFINED", "typeId": 2, "label": "Special"},
                {"category": "HUBSPOT_DEFINED", "typeId": 855, "label": None},
            ]
        },
    )
    route = hubspot.always(NOTES, (201, {"id": "1"}))
    adapter = connect(kind, ())

    for _ in range(2):
        adapter.add_note("7", "Budget missing", token="t", repeated=False)

    body = hubspot.bodies(route)[0]
    (association,) = body["associations"]
    assert association["to"] == {"id": "7"}
    assert association["types"][0]["associationTypeId"] == type_id
    assert body["properties"]["hs_timestamp"] == "2026-11-22T04:00:00.000+00:00"
    assert labels.call_count == (1 if kind == "leads" else 0)


def test_an_account_without_notes_on_leads_is_told(connect: Any, hubspot: Any) -> None:
    """Nothing is guessed."""
    hubspot.on("/crm/associations/2026-09/notes/leads/labels", {"results": []})

    with pytest.raises(ConfigurationError, match="notes on leads"):
        connect("leads", ()).add_note("7", "x", token="t", repeated=False)


@pytest.mark.parametrize(
    "text", ["<script>alert('x')</script> & \"more\"", "&" * 70_000, "x\ny" * 40_000]
)
def test_text_is_escaped_and_fits(connect: Any, hubspot: Any, text: str) -> None:
    """65,536 characters as HTML; cut between characters, the reference stays."""
    route = hubspot.always(NOTES, (201, {"id": "1"}))

    connect().add_note("7", text, token="t", repeated=False)

    body = hubspot.bodies(route)[0]["properties"]["hs_note_body"]
    shown, _, reference = body.partition("<br><br><small>")
    assert len(body) <= 65_536
    assert "<script" not in body
    assert html.unescape(shown.replace("<br>", "\n")).rstrip("…") in text
    assert reference.startswith("Leadstate ref. ")


def test_a_repetition_looks_for_its_reference(connect: Any, hubspot: Any) -> None:
    """Through every page of the record's notes; other tokens do not count."""
    route = hubspot.always(NOTES, (201, {"id": "1"}))
    adapter = connect()
    adapter.add_note("7", "text", token="t", repeated=False)
    body = hubspot.bodies(route)[0]["properties"]["hs_note_body"]
    paging = {"next": {"after": "p"}}
    hubspot.on(
        LIST,
        *[
            {"results": [{"toObjectId": 1}], "paging": paging},
            {"results": [{"toObjectId": "2"}]},
        ]
        * 2,
    )
    empty = {"id": "1", "properties": {"hs_note_body": None}}
    mine = {"id": "2", "properties": {"hs_note_body": body}}
    hubspot.always(READ, {"results": [empty, mine]})

    adapter.add_note("7", "text", token="t", repeated=True)
    assert route.call_count == 1

    adapter.add_note("7", "text", token="other", repeated=True)
    assert route.call_count == 2


@pytest.mark.parametrize("status", [400, 404])
def test_a_note_that_hubspot_refuses_skips_the_record(
    connect: Any, hubspot: Any, problem: Any, status: int
) -> None:
    """The record is put aside; the others go on."""
    hubspot.on(NOTES, (status, problem("no such contact", "OBJECT_NOT_FOUND")))

    with pytest.raises(SkipRecord, match="no such contact"):
        connect().add_note("7", "x", token="t", repeated=False)


def test_a_malformed_id_skips_the_record(connect: Any) -> None:
    """It never becomes part of a path."""
    with pytest.raises(SkipRecord):
        connect().add_note("../7", "x", token="t", repeated=True)


def test_a_lost_answer_is_told_as_sent(connect: Any, hubspot: Any) -> None:
    """The caller repeats with ``repeated``."""
    hubspot.on(NOTES, (503, {}), (201, {"nothing": 1}))
    adapter = connect()

    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            adapter.add_note("7", "x", token="t", repeated=False)
        assert caught.value.sent
