"""Forget a person for good: find who it is, show what goes, destroy it at once.

What the CRMs hold is not touched: there a person erases it.  What they go on showing of
somebody who was forgotten is not taken in again (`service.inbound.forgetting`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.values import FieldType, Unparsable, coerce, to_text
from leadstate.errors import UsageError, VersionConflict
from leadstate.service.change_set import ChangeSet, Superseded
from leadstate.service.commit import commit
from leadstate.service.inbound.endings import forgetting
from leadstate.service.records import find
from leadstate.service.sync.changes import change_of
from leadstate.store import Forgetting, LinkStatus, OutboxKind, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.service.app import App
    from leadstate.service.change_set import ServiceEffect
    from leadstate.store import Place, RecordRow, View

__all__ = [
    "Erased",
    "ErasureRequest",
    "erase",
    "preview",
    "wanted_object",
    "wanted_record",
    "wanted_value",
]

_TRIES = 5
_SHORTEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """Whom to forget.

    Attributes:
        record_ids: The person's records.
        objects: Objects of the person that belong to no record.
        values: Normalised identifying values by which the person was named.
    """

    record_ids: tuple[str, ...] = ()
    objects: tuple[Place, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was destroyed, or would be.

    Attributes:
        counts: Rows that were emptied or deleted, by table.
        objects: The person's objects that the CRMs may still have.
        others: Further records with an identifying value of the person.
        wiped: Whether the bytes are overwritten already; if not, the service does it.
    """

    record_ids: tuple[str, ...]
    counts: Mapping[str, int]
    objects: tuple[Place, ...]
    others: tuple[str, ...] = ()
    wiped: bool = False


# -- whom ------------------------------------------------------------------------------


def wanted_record(app: App, text: str) -> ErasureRequest:
    """Return the person of a record, named as `leadstate.service.records.find` does.

    Raises:
        UsageError: It names no record, or more than one.
    """
    return ErasureRequest(record_ids=(find(app, text),))


def wanted_object(app: App, connection: str, external_id: str) -> ErasureRequest:
    """Return the person of a CRM's object.

    Raises:
        UsageError: Leadstate never saw the object.
    """
    with app.store.read() as view:
        links = view.links.at(connection, external_id)
    if not links:
        raise UsageError(
            f"no object {external_id!r} of {connection!r} is known here. Name the "
            "connection as in the settings and the object by the CRM's id, or look for "
            "the person with --email"
        )
    return ErasureRequest(
        record_ids=tuple(sorted({one.record_id for one in links if one.record_id})),
        objects=tuple(
            (one.connection, one.object, one.external_id)
            for one in links
            if one.record_id is None
        ),
    )


def wanted_value(app: App, kind: FieldType, text: str) -> ErasureRequest:
    """Return the person with an e-mail address or a phone number.

    Nobody may have it: then it is remembered as forgotten all the same.

    Raises:
        UsageError: It is no address, or no number with its country code.
    """
    found: dict[str, str] = {}
    for field in app.lifecycle.fields.values():
        if field.type is kind:
            value = coerce(text, kind, field.options)
            normal = "" if isinstance(value, Unparsable) else to_text(value).casefold()
            # A number without a country code is nobody's in particular.
            if normal and (kind is not FieldType.PHONE or normal.startswith("+")):
                found[field.name] = normal
    if not found:
        raise UsageError(
            f"{text!r} cannot be read as one of the workflow's fields of type {kind}; "
            "write an address whole, and a number with its country code (+49…)"
        )
    values = set(found.values())
    with app.store.read() as view:
        ids = {
            one
            for name, value in found.items()
            for one in view.records.having(name, value)
        }
        unplaced = [one for value in values for one in view.links.unplaced(value)]
    return ErasureRequest(
        record_ids=tuple(sorted(ids)),
        objects=tuple(
            sorted({(one.connection, one.object, one.external_id) for one in unplaced})
        ),
        values=tuple(sorted(values)),
    )


# -- what ------------------------------------------------------------------------------


def preview(app: App, wanted: ErasureRequest) -> Erased:
    """Return what an erasure would destroy; nothing is changed."""
    now = app.clock.now()
    with app.store.begin() as work:  # never committed
        objects, others = _around(work, wanted)
        counts: Counter[str] = Counter()
        for who in _forgettings(app, wanted):
            counts += work.erasure.forget(who, now)
    return Erased(
        record_ids=wanted.record_ids,
        counts=dict(sorted(counts.items())),
        objects=objects,
        others=others,
    )


def erase(
    app: App, wanted: ErasureRequest, *, actor: str, reason: str | None = None
) -> Erased:
    """Destroy everything that tells of a person, in one transaction.

    Args:
        wanted: Whom to forget.
        actor: Who does it.
        reason: Why; it stays in the history, and must not name the person.

    Raises:
        UsageError: The reason names the person.
        VersionConflict: A record was moved again and again meanwhile.
    """
    shown = preview(app, wanted)
    _check_reason(app, wanted, reason)
    for left in reversed(range(_TRIES)):
        try:
            _destroy(app, wanted, actor, reason)
            break
        except VersionConflict:
            if not left:
                raise
    return replace(shown, wiped=app.store.wipe())


def _destroy(app: App, wanted: ErasureRequest, actor: str, reason: str | None) -> None:
    now = app.clock.now()
    with app.store.read() as view:
        rows = view.records.get_many(wanted.record_ids, app.lifecycle.fields)
    changes: list[ChangeSet] = []
    for who in _forgettings(app, wanted):
        row = rows.get(who.record_id or "")
        ended: tuple[ServiceEffect, ...] = ()
        if row is not None and row.status is not RecordStatus.ERASED:
            ended = _ended(app, row, actor, reason)
        changes.append(ChangeSet(inbox_ids=(), commanded=True, effects=(*ended, who)))
    commit(app.store, changes, now)


def _ended(
    app: App, row: RecordRow, actor: str, reason: str | None
) -> tuple[ServiceEffect, ...]:
    return (
        change_of(row, row.record, app.lifecycle, RecordStatus.ERASED),
        _history_entry(app, row, actor, reason),
        Superseded(row.record.id, OutboxKind.STAGE),
    )


def _history_entry(
    app: App, row: RecordRow, actor: str, reason: str | None
) -> HistoryEntry:
    now = app.clock.now()
    return HistoryEntry(
        record_id=row.record.id,
        kind=HistoryKind.ERASED,
        cause=Cause.MANUAL,
        actor=actor,
        happened_at=now,
        learnt_at=now,
        from_stage=row.record.stage,
        to_stage=None,
        reason=reason,
        source="leadstate",
        pass_number=row.record.pass_number,
        workflow_version=app.lifecycle.version,
    )


def _forgettings(app: App, wanted: ErasureRequest) -> list[Forgetting]:
    found = [forgetting(app.lifecycle, one) for one in wanted.record_ids]
    if wanted.objects or wanted.values:
        found.append(Forgetting(objects=wanted.objects, values=wanted.values))
    return found


def _around(
    view: View, wanted: ErasureRequest
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Return the objects that CRMs still have, and other records of maybe the same."""
    links = view.links.of_records(wanted.record_ids)
    objects = {
        (one.connection, one.object, one.external_id)
        for ones in links.values()
        for one in ones
        if one.status in (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)
    }
    pairs = [
        pair
        for one in view.identities.of(wanted.record_ids).values()
        for pair in one.items()
    ]
    found = {one for ids in view.identities.find(pairs).values() for one in ids}
    others = found - set(wanted.record_ids)
    return tuple(sorted({*objects, *wanted.objects})), tuple(sorted(others))


def _check_reason(app: App, wanted: ErasureRequest, reason: str | None) -> None:
    """Refuse a reason that would keep for ever what is to be forgotten."""
    if not reason:
        return
    with app.store.read() as view:
        rows = view.records.get_many(wanted.record_ids, app.lifecycle.fields)
    for row in rows.values():
        for name, value in row.record.values.items():
            personal = app.lifecycle.fields[name].tells_of_a_person
            text = to_text(value) if personal else ""
            if len(text) >= _SHORTEST and text.casefold() in reason.casefold():
                raise UsageError(
                    f"the reason names the person ({name}), and reasons are kept for "
                    "ever; name a ticket instead"
                )
