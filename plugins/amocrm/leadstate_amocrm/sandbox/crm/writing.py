"""Apply drafts: what a write changes besides what it names.

142 and 143 close a lead, anything else opens it; a loss reason is for 143 alone; any
update takes a lead out of unsorted ("any update of the entity" moves it, says the
vendor in an issue of its client).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.problems import Issue, not_filled

from .catalog import ROBOT
from .happenings import Change, FieldChange, Happening, What
from .pipelines import CLOSED, LOST, UNSORTED_TYPE
from .records import Record, Version, attribute, native, properties

if TYPE_CHECKING:
    from .account import Account
    from .draft import Draft


def create(
    account: Account, kind: str, draft: Draft, author: int, *, at: int | None = None
) -> Record:
    """Put a new record on its shelf."""
    now = account.now() if at is None else at
    written_by = author if draft.created_by is None else draft.created_by
    record = Record(
        kind=kind,
        id=account.next_id(kind),
        responsible=_responsible(account, author),
        created_at=now if draft.created_at is None else draft.created_at,
        updated_at=now if draft.updated_at is None else draft.updated_at,
        created_by=written_by,
        updated_by=written_by if draft.author is None else draft.author,
    )
    _set(account, record, draft, now)
    if kind == "leads" and not record.name:
        record.name = f"Lead #{record.id}"
    account.shelves[kind][record.id] = record
    _link(account, record, draft)
    _remember(account, record, {}, now, written_by)
    account.tell(
        Happening(
            what=What.ADDED,
            at=now,
            author=written_by,
            record=record,
            tags_added=_names(account, record),
        )
    )
    return record


def update(
    account: Account,
    record: Record,
    draft: Draft,
    author: int,
    *,
    at: int | None = None,
) -> Record:
    """Change a record, and tell of what is different now."""
    now = account.now() if at is None else at
    written_by = author if draft.author is None else draft.author
    before, fields_before = native(record), dict(record.fields)
    shown_before, tags_before = _shown(account, record), set(_names(account, record))
    _leave_unsorted(account, record, draft)
    _set(account, record, draft, now)
    record.updated_at = now if draft.updated_at is None else draft.updated_at
    record.updated_by = written_by
    _remember(account, record, shown_before, now, written_by)
    after, tags_after = native(record), set(_names(account, record))
    happening = Happening(
        what=What.UPDATED,
        at=now,
        author=written_by,
        record=record,
        changes={
            name: Change(before[name], after[name])
            for name in after
            if before[name] != after[name]
        },
        fields={
            number: FieldChange(fields_before.get(number, ()), values)
            for number, values in _field_values(record, fields_before).items()
            if fields_before.get(number, ()) != values
        },
        tags_added=tuple(sorted(tags_after - tags_before)),
        tags_deleted=tuple(sorted(tags_before - tags_after)),
    )
    account.tell(happening)
    return record


def lacking(account: Account, draft: Draft, record: Record | None) -> list[Issue]:
    """Return the fields that the stage a draft leads to requires and lacks."""
    if "status_id" not in draft.native:
        return []
    where = (draft.native["pipeline_id"], draft.native["status_id"])
    issues = []
    for field in account.fields["leads"].values():
        required = field.required_statuses
        if not any((r["pipeline_id"], r["status_id"]) == where for r in required):
            continue
        held = record.fields.get(field.id, ()) if record else ()
        if not draft.fields.get(field.id, held):
            issues.append(not_filled(f"custom_fields_values.{field.id}"))
    return issues


def _responsible(account: Account, author: int) -> int:
    main = next(iter(account.users))
    return author if author in account.users else main


def _set(account: Account, record: Record, draft: Draft, now: int) -> None:
    for name, value in draft.native.items():
        setattr(record, attribute(name), value)
    if not account.policy.minor_units:
        record.price = int(record.price)
    if "price" in draft.native:
        record.is_price_modified_by_robot = draft.author == ROBOT
    if record.kind == "contacts":
        _name_contact(record, draft)
    if record.kind == "leads":
        _close_or_open(account, record, draft, now)
    record.group_id = account.group_of(record.responsible)
    for number, values in draft.fields.items():
        if values:
            record.fields[number] = values
        else:
            record.fields.pop(number, None)
    _tag(account, record, draft)


def _name_contact(record: Record, draft: Draft) -> None:
    named = {"first_name", "last_name"} & set(draft.native)
    if named and "name" not in draft.native:
        record.name = f"{record.first_name} {record.last_name}".strip()
    elif "name" in draft.native and not named:
        record.first_name, _, record.last_name = record.name.partition(" ")


def _close_or_open(account: Account, record: Record, draft: Draft, now: int) -> None:
    if record.status_id in CLOSED:
        if "closed_at" not in draft.native and (
            record.closed_at is None or "status_id" in draft.native
        ):
            record.closed_at = now
    elif account.policy.reopen_clears_closed_at:
        record.closed_at = None
    if record.status_id != LOST:
        record.loss_reason_id = None


def _leave_unsorted(account: Account, record: Record, draft: Draft) -> None:
    if record.kind != "leads" or "status_id" in draft.native:
        return
    status = account.status(record.pipeline_id, record.status_id)
    if status is not None and status.type == UNSORTED_TYPE:
        first = account.pipelines[record.pipeline_id].first().id
        draft.native |= {"pipeline_id": record.pipeline_id, "status_id": first}


def _tag(account: Account, record: Record, draft: Draft) -> None:
    names = list(_names(account, record)) if draft.tags is None else list(draft.tags)
    names += draft.tags_added
    kept = [name for name in dict.fromkeys(names) if name not in draft.tags_deleted]
    record.tags = [account.tag(record.kind, name).id for name in kept]


def _names(account: Account, record: Record) -> tuple[str, ...]:
    names = account.tag_names(record.kind) if record.tags else {}
    return tuple(names[tag] for tag in record.tags)


def _link(account: Account, record: Record, draft: Draft) -> None:
    for kind, linked in draft.links.items():
        for to, main in linked:
            account.links.link(record.kind, record.id, kind, to)
            if main and record.kind == "leads" and kind == "contacts":
                account.links.make_main(record.id, to)


def _shown(account: Account, record: Record) -> dict[str, object]:
    names = account.tag_names(record.kind) if record.tags else {}
    return properties(record, account.fields[record.kind], names)


def _remember(
    account: Account, record: Record, before: dict[str, object], at: int, author: int
) -> None:
    """Keep a version of every property that changed."""
    empty: tuple[object, ...] = (None, [], "", 0)
    now = _shown(account, record)
    for name in dict.fromkeys((*now, *before)):
        value = now.get(name)
        changed = value != before.get(name) if before else value not in empty
        if changed:
            record.history.setdefault(name, []).append(Version(value, at, author))


def _field_values(
    record: Record, before: dict[int, tuple[dict[str, object], ...]]
) -> dict[int, tuple[dict[str, object], ...]]:
    return {
        n: record.fields.get(n, ()) for n in dict.fromkeys((*record.fields, *before))
    }
