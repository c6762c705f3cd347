"""Forget a person for good: find who it is, show what goes, destroy it at once.

What the CRMs hold is not touched: there a person erases it.  What they go on showing of
somebody who was forgotten is not taken in again (`service.inbound.forgetting`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.values import FieldType, Unparsable, coerce, to_text
from leadstate.errors import UsageError, VersionConflict
from leadstate.service.change_set import ChangeSet, Superseded
from leadstate.service.commit import commit
from leadstate.service.inbound.endings import forgetting
from leadstate.service.records import find
from leadstate.service.sync.changes import change_of
from leadstate.service.sync.entries import entry_of
from leadstate.store import Forgetting, LinkStatus, OutboxKind, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
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
        workflows: Whose every record is that is emptied: other workflows may have the
            same objects.
        others: Further records with an identifying value of the person.
        wiped: Whether the bytes are overwritten already; if not, the service does it.
    """

    record_ids: tuple[str, ...]
    counts: Mapping[str, int]
    objects: tuple[Place, ...]
    workflows: Mapping[str, str] = field(default_factory=dict)
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
    with app.store.whole.read() as view:
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
    """Return the person with an e-mail address or a phone number, in every workflow.

    Nobody may have it: then it is remembered as forgotten all the same.

    Raises:
        UsageError: It is no address, or no number with its country code.
    """
    found = set(_read_as(app, kind, text))
    if not found:
        raise UsageError(
            f"{text!r} cannot be read as one of the workflow's fields of type {kind}; "
            "write an address whole, and a number with its country code (+49…)"
        )
    values = {value for _, _, value in found}
    with app.store.whole.read() as view:
        ids = {
            one
            for workflow, name, value in found
            for one in view.of(workflow).records.having(name, value)
        }
        unplaced = [one for value in values for one in view.links.unplaced(value)]
    return ErasureRequest(
        record_ids=tuple(sorted(ids)),
        objects=tuple(
            sorted({(one.connection, one.object, one.external_id) for one in unplaced})
        ),
        values=tuple(sorted(values)),
    )


def _read_as(app: App, kind: FieldType, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what a text says as a value: workflow, field and normalised value."""
    for lifecycle in app.lifecycles.values():
        for one in lifecycle.fields.values():
            if one.type is kind:
                value = coerce(text, kind, one.options)
                is_value = not isinstance(value, Unparsable)
                normal = to_text(value).casefold() if is_value else ""
                # A number without a country code is nobody's in particular.
                if normal and (kind is not FieldType.PHONE or normal.startswith("+")):
                    yield lifecycle.name, one.name, normal


# -- what ------------------------------------------------------------------------------


def preview(app: App, wanted: ErasureRequest) -> Erased:
    """Return what an erasure would destroy; nothing is changed."""
    now = app.clock.now()
    with app.store.begin() as work:  # never committed
        ids = {*wanted.record_ids, *work.erasure.kin(wanted.record_ids, wanted.objects)}
        workflows = {one: work.records.workflow_of(one) or "" for one in sorted(ids)}
        objects, others = _around(work.of(""), wanted)
        counts: Counter[str] = Counter()
        for who in _forgettings(app, wanted):
            counts += work.erasure.forget(who, now)
    return Erased(
        record_ids=wanted.record_ids,
        counts=dict(sorted(counts.items())),
        objects=objects,
        workflows=workflows,
        others=tuple(one for one in others if one not in workflows),
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
    ended = {
        row.record.id: _ended(row, lifecycle, actor, reason, now)
        for row, lifecycle in _records(app, wanted)
        if row.status is not RecordStatus.ERASED
    }
    changes = [
        ChangeSet(
            inbox_ids=(),
            commanded=True,
            effects=(*ended.get(who.record_id or "", ()), who),
        )
        for who in _forgettings(app, wanted)
    ]
    commit(app.store, changes, now)


def _ended(
    row: RecordRow,
    lifecycle: Lifecycle,
    actor: str,
    reason: str | None,
    now: datetime,
) -> tuple[ServiceEffect, ...]:
    told = entry_of(
        lifecycle,
        row.record,
        HistoryKind.ERASED,
        source="leadstate",
        cause=Cause.MANUAL,
        actor=actor,
        now=now,
        happened_at=now,
        from_stage=row.record.stage,
        note="",
    )
    return (
        change_of(row, row.record, lifecycle, RecordStatus.ERASED),
        replace(told, reason=reason),
        Superseded(row.record.id, OutboxKind.STAGE),
    )


def _forgettings(app: App, wanted: ErasureRequest) -> list[Forgetting]:
    found = [
        forgetting(lifecycle, row.record.id) for row, lifecycle in _records(app, wanted)
    ]
    if wanted.objects or wanted.values:
        found.append(Forgetting(objects=wanted.objects, values=wanted.values))
    return found


def _records(app: App, wanted: ErasureRequest) -> list[tuple[RecordRow, Lifecycle]]:
    """Return the person's records as their workflows read them.

    Those of a workflow that is not at work are read by the fields of this one.
    """
    found: list[tuple[RecordRow, Lifecycle]] = []
    with app.store.read() as view:
        for one in wanted.record_ids:
            whose = view.records.workflow_of(one) or ""
            lifecycle = app.lifecycles.get(whose, app.lifecycle)
            row = view.records.get(one, lifecycle.fields)
            found += [] if row is None else [(row, lifecycle)]
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
    for row, lifecycle in _records(app, wanted):
        for name, value in row.record.values.items():
            personal = lifecycle.fields[name].tells_of_a_person
            text = to_text(value) if personal else ""
            if len(text) >= _SHORTEST and text.casefold() in reason.casefold():
                raise UsageError(
                    f"the reason names the person ({name}), and reasons are kept for "
                    "ever; name a ticket instead"
                )
