"""The portal a seed names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Running, Start

START = 1_790_000_000_000


def _everyone(sandbox: Running) -> list[dict[str, Any]]:
    state = sandbox.control("GET", "state/contacts?limit=1000&history=true")
    found: list[dict[str, Any]] = state["results"]
    return found


def test_a_seed_names_one_portal(start: Start) -> None:
    """The same seed and clock bring the same records, another seed others."""
    same = [_everyone(start(seed=7, started_at_ms=START)) for _ in range(2)]
    other = _everyone(start(seed=8, started_at_ms=START))

    assert same[0] == same[1]
    assert same[0] != other


def test_the_people_are_plausible(start: Start) -> None:
    """Most are leads and subscribers; some are further on; companies are shared."""
    people = _everyone(start(records=300, started_at_ms=START))
    stages = Counter(p["properties"]["lifecyclestage"] for p in people)
    companies = [c for p in people for c in p["associations"].get("companies", [])]
    days = {(START / 1000 - _seconds(p["createdAt"])) / 86_400 for p in people}

    assert stages["lead"] + stages["subscriber"] > 200
    assert {"customer", "174913201", "174913202"} <= set(stages)
    assert len(set(companies)) < len(companies)
    assert max(days) < 91
    assert min(days) > 0


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def test_every_stored_value_obeys_its_type(start: Start) -> None:
    """What the portal holds, the portal would also accept."""
    sandbox = start(records=300)
    people = _everyone(sandbox)
    listed = sandbox.api("GET", "/crm/properties/2026-09/contacts").json()["results"]
    locked = {p["name"] for p in listed if p["modificationMetadata"]["readOnlyValue"]}
    inputs = [
        {"properties": {k: v for k, v in p["properties"].items() if k not in locked}}
        for p in people
    ]
    for i, entry in enumerate(inputs):
        entry["properties"]["email"] = f"copy{i}@x.example"
    answers = [
        sandbox.contacts("POST", "/batch/create", {"inputs": inputs[at : at + 100]})
        for at in range(0, 300, 100)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201]


def test_custom_properties_are_there(sandbox: Running) -> None:
    """The portal has the fields a qualification process reads."""
    listed = sandbox.api("GET", "/crm/properties/2026-09/0-1").json()["results"]
    types = {p["name"]: (p["type"], p["fieldType"]) for p in listed}

    assert types["lead_tags"] == ("enumeration", "checkbox")
    assert types["qualified_by_qc"] == ("bool", "booleancheckbox")
    assert types["decision_date"] == ("date", "date")
    assert types["budget"] == ("number", "number")
