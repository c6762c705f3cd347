"""The events of the account: who did what to which record, newest first.

Ids are ULID-like, 26 characters that sort by time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .fields import NUMBERS, shown
from .happenings import What
from .notes import Note
from .records import SINGULAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .account import Account
    from .fields import Field, Value
    from .happenings import Happening
    from .records import Record

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
Side = list[dict[str, object]]

TYPES = (
    "lead_added",
    "lead_deleted",
    "lead_restored",
    "lead_status_changed",
    "contact_added",
    "contact_deleted",
    "contact_restored",
    "company_added",
    "company_deleted",
    "company_restored",
    "entity_linked",
    "entity_unlinked",
    "entity_merged",
    "entity_responsible_changed",
    "entity_tag_added",
    "entity_tag_deleted",
    "sale_field_changed",
    "name_field_changed",
    "custom_field_value_changed",
    "common_note_added",
    "common_note_deleted",
    "service_note_added",
    "task_added",
    "task_completed",
    "task_text_changed",
    "task_deadline_changed",
    "task_type_changed",
    "task_result_added",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event."""

    id: str
    type: str
    entity_type: str
    entity_id: int
    created_by: int
    created_at: int
    before: Side
    after: Side
    field_id: int = 0


class Journal:
    """Writes events as things happen."""

    def __init__(self, account: Account) -> None:
        """Start empty."""
        self._account = account
        self._count = 0
        self.events: list[Event] = []

    def happened(self, happening: Happening) -> None:
        """Write the events of one happening."""
        for event in self._events_of(happening):
            self.events.append(event)

    def in_order(self) -> None:
        """Sort what a seeded past has left out of order."""
        self.events.sort(key=lambda event: (event.created_at, event.id))

    def _events_of(self, happening: Happening) -> Iterator[Event]:
        match happening.what:
            case What.ADDED:
                yield from self._added(happening)
            case What.UPDATED:
                yield from self._updated(happening)
            case What.DELETED | What.RESTORED:
                verb = "deleted" if happening.what is What.DELETED else "restored"
                record = happening.record
                if record is not None:
                    yield self._event(happening, f"{record.singular}_{verb}", [], [])
            case What.MERGED:
                yield self._event(happening, "entity_merged", [], [])
            case What.NOTED:
                yield from self._noted(happening)
            case What.LINKED | What.UNLINKED:
                yield from self._linked(happening)
            case What.TASK:
                yield from self._task(happening)
            case What.UNSORTED:
                return

    def _added(self, happening: Happening) -> Iterator[Event]:
        record = happening.record
        if record is None:
            return
        after: Side = [{"note": {"id": self._account.next_id("notes")}}]
        yield self._event(happening, f"{record.singular}_added", [], after)
        yield from self._tags(happening)

    def _updated(self, happening: Happening) -> Iterator[Event]:
        record, changes = happening.record, happening.changes
        if record is None:
            return
        if happening.moved:
            yield self._event(
                happening,
                "lead_status_changed",
                _stage(happening.old("pipeline_id"), happening.old("status_id")),
                _stage(record.pipeline_id, record.status_id),
            )
        for name, (event_type, key, inner) in _NATIVE.items():
            if name in changes:
                before, after = changes[name].before, changes[name].after
                yield self._event(
                    happening,
                    event_type,
                    [{key: {inner: before}}],
                    [{key: {inner: after}}],
                )
        yield from self._fields(happening, record)
        yield from self._tags(happening)

    def _fields(self, happening: Happening, record: Record) -> Iterator[Event]:
        for number, change in happening.fields.items():
            field = self._account.fields[record.kind][number]
            yield self._event(
                happening,
                "custom_field_value_changed",
                _field_side(field, change.before),
                _field_side(field, change.after),
                field_id=number,
            )

    def _tags(self, happening: Happening) -> Iterator[Event]:
        if happening.tags_added:
            after = _tag_side(happening.tags_added)
            yield self._event(happening, "entity_tag_added", [], after)
        if happening.tags_deleted:
            before = _tag_side(happening.tags_deleted)
            yield self._event(happening, "entity_tag_deleted", before, [])

    def _noted(self, happening: Happening) -> Iterator[Event]:
        note = happening.extra.get("note")
        if isinstance(note, Note):
            is_service = note.note_type.endswith("service_message")
            named = "service_note_added" if is_service else "common_note_added"
            yield self._event(happening, named, [], [{"note": {"id": note.id}}])

    def _linked(self, happening: Happening) -> Iterator[Event]:
        to = happening.extra
        entity = {"type": SINGULAR[str(to["kind"])], "id": to["id"]}
        side: Side = [{"link": {"entity": entity}}]
        if happening.what is What.LINKED:
            yield self._event(happening, "entity_linked", [], side)
        else:
            yield self._event(happening, "entity_unlinked", side, [])

    def _task(self, happening: Happening) -> Iterator[Event]:
        for event_type, (before, after) in _task_sides(happening).items():
            yield self._event(happening, event_type, before, after)

    def _event(
        self,
        happening: Happening,
        event_type: str,
        before: Side,
        after: Side,
        *,
        field_id: int = 0,
    ) -> Event:
        record, task = happening.record, happening.extra.get("task_id")
        entity_type, entity_id = "task", int(str(task or 0))
        if record is not None:
            entity_type, entity_id = record.singular, record.id
        self._count += 1
        return Event(
            id=ulid(happening.at * 1000, self._count),
            type=event_type,
            entity_type=entity_type,
            entity_id=entity_id,
            created_by=happening.author,
            created_at=happening.at,
            before=before,
            after=after,
            field_id=field_id,
        )


# Member -> event type, and how its sides are written.
_NATIVE = {
    "responsible_user_id": ("entity_responsible_changed", "responsible_user", "id"),
    "price": ("sale_field_changed", "sale_field_value", "sale"),
    "name": ("name_field_changed", "name_field_value", "name"),
}


def ulid(at_ms: int, count: int) -> str:
    """Return 26 characters: ten of the moment, sixteen of what was counted."""
    return _base32(at_ms, 10) + _base32(count * 0x9E3779B1 % 2**20 + (count << 20), 16)


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


def _stage(pipeline_id: object, status_id: object) -> Side:
    return [{"lead_status": {"id": status_id, "pipeline_id": pipeline_id}}]


def _field_side(field: Field, values: Iterable[Value]) -> Side:
    return [
        {
            "custom_field_value": {
                "field_id": field.id,
                "field_type": NUMBERS[field.type],
                "enum_id": one.get("enum_id"),
                "text": _event_text(shown([one])),
            }
        }
        for one in values
    ]


def _event_text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _tag_side(names: Iterable[str]) -> Side:
    return [{"tag": {"name": name}} for name in names]


def _task_sides(happening: Happening) -> dict[str, tuple[Side, Side]]:
    """Return the events of a task by type, with both sides."""
    extra = happening.extra
    if extra.get("added"):
        return {"task_added": ([], [{"note": {"id": extra["task_id"]}}])}
    found: dict[str, tuple[Side, Side]] = {}
    for name, (event_type, key, inner) in _TASK_MEMBERS.items():
        change = happening.changes.get(name)
        if change is not None:
            before: Side = [{key: {inner: change.before}}]
            found[event_type] = (before, [{key: {inner: change.after}}])
    if "is_completed" in happening.changes:
        found["task_completed"] = ([], [])
    if "result" in happening.changes:
        found["task_result_added"] = ([], [])
    return found


_TASK_MEMBERS = {
    "text": ("task_text_changed", "task", "text"),
    "complete_till": ("task_deadline_changed", "task_deadline", "timestamp"),
    "task_type_id": ("task_type_changed", "task_type", "id"),
}
