"""Write the history as OCEL 2.0 JSON: events over records, CRM objects and people.

The file is written as it is read: types, objects, events.  Objects are the records of
the portion, the objects of the CRMs that they are linked to, the people who own them or
did something, and the systems that did.

The standard: https://www.ocel-standard.org (read 2026-11-22).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.service.export.story import Teller, activity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from typing import Any, BinaryIO

    from leadstate.service.export.exported import Exported
    from leadstate.service.export.story import LogEvent
    from leadstate.service.export.table import OnProgress
    from leadstate.store import LinkRow, Portion, View

__all__ = ["write_ocel"]

_RECORDS = 200
_encode = json.JSONEncoder(separators=(",", ":")).encode
_RECORD, _PERSON, _SYSTEM = "record", "person", "system"
_OURSELVES = "leadstate"
_EVENT_TEXTS = (
    "kind", "cause", "transition", "from_stage", "to_stage", "reason", "answer",
    "source", "workflow_version", "team",
)  # fmt: skip
_EVENT_ATTRIBUTES = [
    *({"name": name, "type": "string"} for name in _EVENT_TEXTS),
    {"name": "pass", "type": "integer"},
    {"name": "time_known", "type": "boolean"},
    {"name": "reported", "type": "boolean"},
]
_ATTRIBUTES = [
    {"name": "workflow", "type": "string"},
    {"name": "stage", "type": "string"},
]
_ALWAYS = "1970-01-01T00:00:00.000000Z"  # how the standard dates what never changes


def write_ocel(  # noqa: PLR0913 - what is written, where, and how it is told
    exported: Exported,
    view: View,
    portion: Portion,
    out: BinaryIO,
    *,
    on_progress: OnProgress,
    personal: bool = False,
) -> None:
    """Write a log of what the workflows did.

    Args:
        on_progress: Is told how many events each part had.
        personal: Reasons that somebody wrote in own words come along.
    """
    teller = Teller(exported, view, personal=personal)
    kinds = view.extracts.object_kinds()
    systems = _Systems({_OURSELVES} | {connection for connection, _ in kinds})
    out.write(b'{"eventTypes":[')
    _items(out, _event_types(view, portion))
    out.write(b'],\n"objectTypes":[')
    _items(out, _object_types(kinds))
    out.write(b'],\n"objects":[')
    _items(out, _objects(view, portion, teller, systems))
    out.write(b'],\n"events":[')
    _items(out, _events(view, portion, teller, systems, on_progress))
    out.write(b"]}\n")


def _items(out: BinaryIO, items: Iterable[dict[str, object]]) -> None:
    """Write the items of an array, one a line."""
    between = "\n"
    for item in items:
        out.write(f"{between}{_encode(item)}".encode())
        between = ",\n"


# -- types -----------------------------------------------------------------------------


def _event_types(view: View, portion: Portion) -> Iterator[dict[str, object]]:
    rows: Sequence[Any] = view.extracts.activities(portion)
    for name in sorted({activity(*row) for row in rows}):
        yield {"name": name, "attributes": _EVENT_ATTRIBUTES}


def _object_types(kinds: Iterable[tuple[str, str]]) -> Iterator[dict[str, object]]:
    yield {"name": _RECORD, "attributes": _ATTRIBUTES}
    yield {"name": _PERSON, "attributes": []}
    yield {"name": _SYSTEM, "attributes": []}
    for connection, kind in kinds:
        yield {"name": f"{connection} {kind}", "attributes": []}


@dataclass(frozen=True, slots=True)
class _Systems:
    """The names of actors that are no people: Leadstate itself, and the CRMs."""

    names: set[str]

    def kind_of(self, actor: str) -> str:
        return _SYSTEM if actor in self.names else _PERSON

    def actor_id(self, actor: str) -> str:
        return f"{self.kind_of(actor)}:{actor}"


# -- objects ---------------------------------------------------------------------------


def _objects(
    view: View, portion: Portion, teller: Teller, systems: _Systems
) -> Iterator[dict[str, object]]:
    """Yield records with the objects of the CRMs behind them, then who acts."""
    actors: set[str] = set()
    for page in view.extracts.stories(portion, _RECORDS):
        events = teller.events(page)
        actors |= {one.resource for one in events}
        whose = {one.record_id: one.workflow for one in events}
        ids = list(whose)
        links = view.links.of_records(ids)
        stays = view.extracts.stays(ids)
        owners = view.extracts.owners(ids)
        actors |= set(owners.values())
        for id_ in ids:
            mine = links.get(id_, ())
            owner = systems.actor_id(owners[id_]) if id_ in owners else None
            yield _record(id_, whose[id_], stays.get(id_, ()), mine, owner)
            yield from (_crm_object(one) for one in mine)
    for name in sorted(actors - {""}):
        kind = systems.kind_of(name)
        yield {"id": systems.actor_id(name), "type": kind, "attributes": []}


def _record(
    id_: str,
    workflow: str,
    stays: Sequence[tuple[datetime, str]],
    links: Sequence[LinkRow],
    owner: str | None,
) -> dict[str, object]:
    related = [_related(_object_id(one), "is linked to") for one in links]
    if owner:
        related.append(_related(owner, "is owned by"))
    return {
        "id": _record_id(id_),
        "type": _RECORD,
        "attributes": [
            {"name": "workflow", "time": _ALWAYS, "value": workflow},
            *(
                {"name": "stage", "time": _moment(entered_at), "value": stage}
                for entered_at, stage in stays
            ),
        ],
        "relationships": related,
    }


def _crm_object(one: LinkRow) -> dict[str, object]:
    kind = f"{one.connection} {one.object}"
    return {"id": _object_id(one), "type": kind, "attributes": []}


# -- events ----------------------------------------------------------------------------


def _events(
    view: View,
    portion: Portion,
    teller: Teller,
    systems: _Systems,
    on_progress: OnProgress,
) -> Iterator[dict[str, object]]:
    for page in view.extracts.stories(portion, _RECORDS):
        links = view.links.of_records(sorted({str(row.record_id) for row in page}))
        for one in teller.events(page):
            yield _event(one, links.get(one.record_id, ()), systems)
        on_progress(len(page))


def _event(
    one: LogEvent, links: Sequence[LinkRow], systems: _Systems
) -> dict[str, object]:
    source = one.details.get("source")
    related = [_related(_record_id(one.record_id), "record")]
    related += [
        _related(_object_id(link), "seen in")
        for link in links
        if link.connection == source
    ]
    if one.resource:
        related.append(_related(systems.actor_id(one.resource), "done by"))
    texts = one.details | ({"team": one.team} if one.team else {})
    return {
        "id": one.id,
        "type": one.activity,
        "time": _moment(one.at),
        "attributes": [
            *({"name": name, "value": text} for name, text in texts.items()),
            {"name": "pass", "value": one.pass_number},
            {"name": "time_known", "value": one.known},
            {"name": "reported", "value": one.reported},
        ],
        "relationships": related,
    }


def _related(object_id: str, qualifier: str) -> dict[str, str]:
    return {"objectId": object_id, "qualifier": qualifier}


def _record_id(id_: str) -> str:
    return f"record:{id_}"


def _object_id(one: LinkRow) -> str:
    return f"object:{one.connection}:{one.object}:{one.external_id}"


def _moment(moment: datetime) -> str:
    naive = moment.replace(tzinfo=None)
    return f"{naive.isoformat(timespec='microseconds')}Z"
