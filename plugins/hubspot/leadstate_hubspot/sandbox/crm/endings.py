"""How records end: archived, restored, merged, forgotten for privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.config import MergeId
from leadstate_hubspot.sandbox.problems import invalid

from .happenings import Event, Happening
from .lifecycle import furthest
from .records import Author, Record, Version

if TYPE_CHECKING:
    from .object_types import ObjectType
    from .portal import Portal

MOST_MERGES = 250
_MERGE_SOURCE = "MERGE_OBJECTS"


def archive(portal: Portal, record: Record, author: Author) -> None:
    """Move a record to the recycle bin, where its e-mail is free again."""
    if record.archived_at is not None:
        return
    record.archived_at = portal.clock.now()
    portal.shelf(record.kind).release(record)
    _tell(portal, Event.DELETION, record, author)


def restore(portal: Portal, record: Record, author: Author) -> None:
    """Take a record back out of the recycle bin."""
    if record.archived_at is None:
        return
    record.archived_at = None
    record.updated_at = portal.clock.now()
    portal.shelf(record.kind).put(record)
    _tell(portal, Event.RESTORE, record, author)


def forget(portal: Portal, record: Record, author: Author) -> None:
    """Delete for privacy, beyond recovery.

    A privacy deletion also fires a deletion, in any order (webhooks guide).
    """
    portal.shelf(record.kind).remove(record)
    portal.associations.forget(record.kind.plural, record.id)
    events = [Event.PRIVACY_DELETION, Event.DELETION]
    portal.random.shuffle(events)
    for event in events:
        _tell(portal, event, record, author)


def merge(portal: Portal, primary: Record, other: Record, author: Author) -> Record:
    """Make one record of two; the survivor has a new id unless the policy says not.

    The answer's id is the survivor (merge guide); "a merged-away id disappears without
    being archived" (seen by integrators).
    """
    if primary is other:
        message = "The objects to merge are the same object"
        raise invalid(message)
    merged_ids = _merged_ids(portal, primary, other)
    if len(merged_ids) > MOST_MERGES:
        message = f"A record can take part in at most {MOST_MERGES} merges"
        raise invalid(message)
    now = portal.clock.now()
    survivor = _survivor(portal, primary, now)
    moved = _move_values(portal, survivor, other, now)
    _keep_traces(survivor, merged_ids, primary, other, now)
    _replace(portal, survivor, primary, other)
    _tell_merge(portal, survivor, (primary, other), moved, author)
    return survivor


def _merged_ids(portal: Portal, primary: Record, other: Record) -> list[str]:
    own = [] if portal.policy.merge_id is MergeId.PRIMARY else [str(primary.id)]
    found = [*own, str(other.id)]
    for record in (primary, other):
        earlier = record.values.get("hs_merged_object_ids", "")
        found.extend(item for item in earlier.split(";") if item)
    return list(dict.fromkeys(found))


def _survivor(portal: Portal, primary: Record, now: int) -> Record:
    if portal.policy.merge_id is MergeId.PRIMARY:
        primary.updated_at = now
        return primary
    history = {name: list(versions) for name, versions in primary.history.items()}
    return Record(
        primary.kind,
        portal.shelf(primary.kind).next_id(),
        primary.created_at,
        now,
        dict(primary.values),
        history,
    )


def _move_values(portal: Portal, survivor: Record, other: Record, now: int) -> int:
    author = Author(_MERGE_SOURCE, f"objectId:{other.id}")
    moved = 0
    for name, value in other.values.items():
        if name not in survivor.values and not name.startswith("hs_merged_"):
            earlier = [*survivor.history.get(name, ()), *other.history.get(name, ())]
            survivor.history[name] = sorted(earlier, key=_moment_of)
            survivor.write(name, value, now, author)
            moved += 1
    if "lifecyclestage" in survivor.values and "lifecyclestage" in other.values:
        stages = survivor.values["lifecyclestage"], other.values["lifecyclestage"]
        furthest_stage = furthest(portal.definitions[survivor.kind.plural], *stages)
        if furthest_stage != stages[0]:
            survivor.write("lifecyclestage", furthest_stage, now, author)
            moved += 1
    return moved


def _moment_of(version: Version) -> int:
    return version.at


def _keep_traces(
    survivor: Record, merged_ids: list[str], primary: Record, other: Record, now: int
) -> None:
    author = Author(_MERGE_SOURCE)
    survivor.created_at = min(primary.created_at, other.created_at)
    survivor.write("hs_merged_object_ids", ";".join(merged_ids), now, author)
    if survivor.kind.plural != "contacts":
        return
    vids = ";".join(f"{merged}:{now}" for merged in merged_ids)
    survivor.write("hs_calculated_merged_vids", vids, now, author)
    emails = primary.values.get("hs_additional_emails", "").split(";")
    emails += other.values.get("hs_additional_emails", "").split(";")
    emails.append(other.values.get("email", ""))
    own = survivor.values.get("email")
    extra = [email for email in dict.fromkeys(emails) if email and email != own]
    if extra:
        survivor.write("hs_additional_emails", ";".join(extra), now, author)


def _replace(portal: Portal, survivor: Record, primary: Record, other: Record) -> None:
    shelf = portal.shelf(survivor.kind)
    for record in (primary, other):
        shelf.remove(record)
        if record is not survivor:
            portal.associations.move(survivor.kind.plural, record.id, survivor.id)
            shelf.merged_into[record.id] = survivor.id
    shelf.put(survivor)


def _tell(portal: Portal, event: Event, record: Record, author: Author) -> None:
    portal.tell(
        Happening(
            event=event,
            kind=record.kind,
            record_id=record.id,
            at=portal.clock.now(),
            author=author,
        )
    )


def _tell_merge(
    portal: Portal,
    survivor: Record,
    merged: tuple[Record, Record],
    moved: int,
    author: Author,
) -> None:
    kind: ObjectType = survivor.kind
    extra: dict[str, object] = {
        "primaryObjectId": merged[0].id,
        "mergedObjectIds": [merged[1].id],
        "newObjectId": survivor.id,
        "numberOfPropertiesMoved": moved,
    }
    portal.tell(
        Happening(
            event=Event.MERGE,
            kind=kind,
            record_id=survivor.id,
            at=portal.clock.now(),
            author=author,
            extra=extra,
        )
    )
