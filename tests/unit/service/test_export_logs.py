"""Event logs: what the standards ask for, checked by rules of our own."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.service.export.exporting import ExportRequest, export
from leadstate.service.export.story import MOVES, activity

if TYPE_CHECKING:
    from pathlib import Path

    from office_hours import TimedDesk

XES = "{http://www.xes-standard.org/}"
# IEEE 1849-2016: the order of a log's children, and the types of attributes.
ORDER = ("extension", "global", "classifier", "attribute", "trace")
TYPES = {"string", "date", "int", "float", "boolean", "id", "list", "container"}
# The keys that the standard's extensions define, by level.
EXTENSIONS = {
    "concept": {"name", "instance"},
    "time": {"timestamp"},
    "lifecycle": {"model", "transition", "state"},
    "org": {"resource", "role", "group"},
}
HOSTILE = 'Zoë & <b>"x"</b>\x00\x0b\ud800\ufffe\n\t\'🙂'
OCEL = {
    "type": "object",
    "required": ["eventTypes", "objectTypes", "events", "objects"],
    "properties": {
        "eventTypes": {"type": "array", "items": {"$ref": "#/$defs/type"}},
        "objectTypes": {"type": "array", "items": {"$ref": "#/$defs/type"}},
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type", "time"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "type": {"type": "string"},
                    "time": {"type": "string"},
                    "attributes": {"type": "array", "items": {"$ref": "#/$defs/said"}},
                    "relationships": {"$ref": "#/$defs/relationships"},
                },
            },
        },
        "objects": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "type"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string"},
                    "type": {"type": "string"},
                    "attributes": {
                        "type": "array",
                        "items": {
                            "$ref": "#/$defs/said",
                            "required": ["name", "time", "value"],
                        },
                    },
                    "relationships": {"$ref": "#/$defs/relationships"},
                },
            },
        },
    },
    "$defs": {
        "type": {
            "type": "object",
            "required": ["name", "attributes"],
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "attributes": {
                    "type": "array",
                    "items": {
                        "required": ["name", "type"],
                        "properties": {
                            "type": {
                                "enum": [
                                    "string",
                                    "time",
                                    "integer",
                                    "float",
                                    "boolean",
                                ]
                            }
                        },
                    },
                },
            },
        },
        "said": {
            "type": "object",
            "required": ["name", "value"],
            "properties": {
                "name": {"type": "string"},
                "time": {"type": "string"},
                "value": {"type": ["string", "number", "boolean"]},
            },
        },
        "relationships": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["objectId", "qualifier"],
                "properties": {
                    "objectId": {"type": "string"},
                    "qualifier": {"type": "string"},
                },
            },
        },
    },
}
PYTHON = {"string": str, "integer": int, "boolean": bool}


def xes(desk: TimedDesk, folder: Path, **given: Any) -> ET.Element:
    """Export as XES and parse it."""
    path = folder / "log.xes"
    export(desk.app, ExportRequest(what="log", format="xes", **given), path)
    return ET.parse(path).getroot()


def ocel(desk: TimedDesk, folder: Path, **given: Any) -> dict[str, Any]:
    """Export as OCEL and parse it."""
    path = folder / "log.json"
    export(desk.app, ExportRequest(what="log", format="ocel", **given), path)
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def said(element: ET.Element) -> dict[str, str]:
    """Return the attributes of a trace or an event."""
    return {
        str(one.get("key")): str(one.get("value")) for one in element if one.get("key")
    }


def happened(desk: TimedDesk, **given: Any) -> None:
    """Put one more row into the history of ``fresh``."""
    columns = {
        "kind": HistoryKind.MOVED,
        "cause": Cause.MANUAL,
        "actor": "ann",
        "happened_at": desk.now,
        "learnt_at": desk.now,
        "from_stage": "lead",
        "to_stage": "mql",
    }
    record_id = desk.record("fresh").record.id
    with desk.app.store.begin() as work:
        work.history.append([HistoryEntry(record_id=record_id, **(columns | given))])
        work.commit()


# -- XES -------------------------------------------------------------------------------


def test_xes_follows_the_standard(full: TimedDesk, tmp_path: Path) -> None:
    """Order of elements, types of attributes, declared extensions, unique keys."""
    log = xes(full, tmp_path)
    tags = [one.tag.removeprefix(XES) for one in log]
    places = [ORDER.index("attribute" if one in TYPES else one) for one in tags]

    assert f"{XES}log" == log.tag
    assert ("1849-2016", "") == (log.get("xes.version"), log.get("xes.features"))
    assert sorted(places) == places
    declared = {
        one.get("prefix"): one.get("uri") for one in log.iter(f"{XES}extension")
    }
    assert EXTENSIONS.keys() == declared.keys()
    for prefix, uri in declared.items():
        assert f"http://www.xes-standard.org/{prefix}.xesext" == uri
    for parent in (log, *log.iter(f"{XES}trace"), *log.iter(f"{XES}event")):
        _assert_attributes(parent)


def _assert_attributes(parent: ET.Element) -> None:
    keys = [one.get("key") for one in parent if one.get("key") is not None]
    assert len(set(keys)) == len(keys)
    for one in parent:
        tag, key = one.tag.removeprefix(XES), one.get("key")
        if key is None:
            continue
        assert tag in TYPES
        if ":" in key:
            prefix, name = key.split(":")
            assert name in EXTENSIONS[prefix]
        match tag:
            case "date":
                assert datetime.fromisoformat(one.get("value")).tzinfo is not None
            case "int":
                int(one.get("value"))
            case "boolean":
                assert one.get("value") in ("true", "false")


def test_every_event_has_what_is_promised_of_all(
    full: TimedDesk, tmp_path: Path
) -> None:
    """The global attributes stand in every trace and event; classifiers name them."""
    log = xes(full, tmp_path)
    promised = {one.get("scope"): set(said(one)) for one in log.iter(f"{XES}global")}

    for scope in ("trace", "event"):
        for one in log.iter(f"{XES}{scope}"):
            assert promised[scope] <= said(one).keys()
    assert {"concept:name", "org:resource"} == {
        one.get("keys") for one in log.iter(f"{XES}classifier")
    }


def test_a_trace_is_one_pass_of_one_record(full: TimedDesk, tmp_path: Path) -> None:
    """Every row is in the trace of its record and pass, in the order of time."""
    happened(full, pass_number=2)
    log = xes(full, tmp_path)
    with full.app.store.read() as view:
        rows = [one for page in view.history.pages() for one in page]
    expected = Counter((row.record_id, row.pass_number) for row in rows)

    found: dict[tuple[str, int], int] = {}
    for trace in log.iter(f"{XES}trace"):
        about = said(trace)
        events = [said(one) for one in trace.iter(f"{XES}event")]
        times = [one["time:timestamp"] for one in events]
        key = about["record"], int(about["pass"])
        assert key not in found
        assert f"{key[0]}/{key[1]}" == about["concept:name"]
        assert sorted(times) == times
        found[key] = len(events)
    assert expected == found


def test_reported_rows_stand_where_they_happened(
    full: TimedDesk, tmp_path: Path
) -> None:
    """What was learnt last and happened first is the first event of its trace."""
    early = full.now.replace(year=2020)
    happened(
        full, cause=Cause.REPORTED, happened_at=early, to_stage="lead", from_stage=None
    )
    happened(full, happened_at=None, to_stage="sal")
    id_ = full.record("fresh").record.id

    events = [
        said(one)
        for trace in xes(full, tmp_path).iter(f"{XES}trace")
        for one in trace.iter(f"{XES}event")
        if said(trace)["record"] == id_
    ]
    assert ("lead", "true") == (events[0]["concept:name"], events[0]["reported"])
    assert early == datetime.fromisoformat(events[0]["time:timestamp"])
    assert ("sal", "false") == (events[-1]["concept:name"], events[-1]["time_known"])


def test_names_cannot_break_the_log(full: TimedDesk, tmp_path: Path) -> None:
    """What XML forbids is replaced, and everything else is what it was."""
    happened(
        full,
        actor=HOSTILE.replace("\ud800", ""),
        reason=HOSTILE.encode(errors="replace").decode(),
    )

    found = [
        said(one) for one in xes(full, tmp_path, personal=True).iter(f"{XES}event")
    ]
    actors = {one.get("org:resource") for one in found}
    assert 'Zoë & <b>"x"</b>\ufffd\ufffd\ufffd\n\t\'🙂' in actors


def test_moves_alone_have_the_shape_of_the_workflow(
    full: TimedDesk, tmp_path: Path
) -> None:
    """The usual log's activities are stages."""
    log = xes(full, tmp_path, kinds=MOVES)
    names = {said(one)["concept:name"] for one in log.iter(f"{XES}event")}

    assert {"lead", "mql", "sal", "nurture", "backlog"} == names


@pytest.mark.parametrize(
    ("kind", "to_stage", "transition", "expected"),
    [
        (HistoryKind.ENTERED, "lead", None, "lead"),
        (HistoryKind.MOVED, "mql", "qualify", "mql"),
        (HistoryKind.REOPENED, "mql", None, "mql"),
        (HistoryKind.CLOSED, None, None, "closed"),
        (HistoryKind.REFUSED, "sql", "confirm", "refused: confirm"),
        (HistoryKind.WARNED, None, None, "warned"),
    ],
    ids=str,
)
def test_activities_are_named_by_stage_or_kind(
    kind: HistoryKind, to_stage: str | None, transition: str | None, expected: str
) -> None:
    """A stage that is entered, or else what happened."""
    assert expected == activity(kind, to_stage, transition)


def test_an_empty_log_is_a_log(floor: TimedDesk, tmp_path: Path) -> None:
    """No trace, and still well-formed in both formats."""
    assert [] == list(xes(floor, tmp_path).iter(f"{XES}trace"))
    assert [] == ocel(floor, tmp_path)["events"]


# -- OCEL ------------------------------------------------------------------------------


def test_ocel_follows_the_standard(full: TimedDesk, tmp_path: Path) -> None:
    """Shape, declared types and attributes, ids once, relations to what is there."""
    happened(full, actor=HOSTILE.replace("\ud800", ""))
    found = ocel(full, tmp_path)
    Draft202012Validator(OCEL).validate(found)
    objects = {one["id"] for one in found["objects"]}

    assert len(objects) == len(found["objects"])
    assert len({one["id"] for one in found["events"]}) == len(found["events"])
    for kind, things in (("eventTypes", "events"), ("objectTypes", "objects")):
        types = {
            one["name"]: {each["name"]: each["type"] for each in one["attributes"]}
            for one in found[kind]
        }
        assert len(types) == len(found[kind])
        for one in found[things]:
            for each in one["attributes"]:
                assert type(each["value"]) is PYTHON[types[one["type"]][each["name"]]]
                assert each.get("time", "Z").endswith("Z")
            related = {each["objectId"] for each in one.get("relationships", ())}
            assert related <= objects


def test_ocel_tells_of_records_objects_people_and_systems(
    full: TimedDesk, tmp_path: Path
) -> None:
    """Who did it and where it was seen are objects, and a CRM is no person."""
    found = ocel(full, tmp_path)
    kinds = Counter(one["type"] for one in found["objects"])
    of = {one["id"]: one["type"] for one in found["objects"]}

    assert {"record": 8, "crm contacts": 8, "person": 1, "system": 2} == kinds
    assert {"person:ann", "system:crm", "system:leadstate"} < of.keys()
    for event in found["events"]:
        about = [each["qualifier"] for each in event["relationships"]]
        assert 1 == about.count("record")
        assert "done by" in about


def test_ocel_records_carry_the_stages_they_had(
    full: TimedDesk, tmp_path: Path
) -> None:
    """An attribute that changes over time, as the visits have it."""
    found = ocel(full, tmp_path)
    id_ = full.record("pending").record.id
    [one] = [one for one in found["objects"] if one["id"] == f"record:{id_}"]

    workflow, *stages = (each["value"] for each in one["attributes"])
    assert ("floor", ["lead", "mql", "sal"]) == (workflow, stages)
    assert {"is linked to", "is owned by"} == {
        each["qualifier"] for each in one["relationships"]
    }


def test_both_logs_have_the_same_events(full: TimedDesk, tmp_path: Path) -> None:
    """One history, told in two formats."""
    of_xes = Counter(
        (said(one)["concept:name"], said(one)["time:timestamp"][:26])
        for one in xes(full, tmp_path).iter(f"{XES}event")
    )
    of_ocel = Counter(
        (one["type"], one["time"][:26]) for one in ocel(full, tmp_path)["events"]
    )

    assert of_xes == of_ocel


def test_a_stage_narrows_objects_with_the_events(
    full: TimedDesk, tmp_path: Path
) -> None:
    """Only records that have an event in the log are in it."""
    found = ocel(full, tmp_path, stages=("nurture",))

    assert 1 == len(found["events"])
    records = [one for one in found["objects"] if one["type"] == "record"]
    assert [f"record:{full.record('parked').record.id}"] == [
        one["id"] for one in records
    ]
