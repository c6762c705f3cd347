"""Read what happened before Leadstate came: the account's log of events.

Events are lists without a documented order, newest first as recalled, 100 a page; how
long they are kept is not documented (facts of 2026-11-22).  New ones push the others to
later pages, so that a page may be told twice and none is missed; an event keeps its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from leadstate.adapters import HistoryPage, PastChange
from leadstate.errors import ConfigurationError

from .values import number_text, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .api import AmoCrmApi
    from .lifecycle import Definitions
    from .paths import Pair
    from .payloads import Event
    from .payloads_account import FieldRow

__all__ = ["HistoryReader"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_STAGE = ("pipeline_id", "status_id", "pipeline", "status")
_MOVED = "lead_status_changed"
_ASKED = 10
"""Leads a call: `filter[entity_id]` takes no more (facts of 2026-11-22)."""
# Property -> type of event, and where its value stands.
_SIMPLE = {
    "name": ("name_field_changed", "name_field_value", "name"),
    "price": ("sale_field_changed", "sale_field_value", "sale"),
    "responsible_user_id": (
        "entity_responsible_changed",
        "responsible_user",
        "id",
    ),
}


class _Cursor(BaseModel):
    """Which list is read, and which of its pages comes next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    list: int = 0
    page: int = 1


@dataclass(frozen=True, slots=True)
class HistoryReader:
    """The past of the bound properties of leads."""

    api: AmoCrmApi
    definitions: Definitions
    names: Sequence[str]

    def page(self, cursor: str | None, *, since: datetime | None) -> HistoryPage:
        """Return one page of past changes; each list in turn."""
        place = _opened(cursor)
        lists = self._lists()
        if place.list >= len(lists):
            return HistoryPage(changes=(), cursor=place.model_dump_json(), more=False)
        field, types = lists[place.list]
        filters: list[Pair] = [("filter[entity][]", "lead")]
        filters += [("filter[type][]", name) for name in types]
        if since is not None:
            seconds = (since - _EPOCH) // _SECOND
            filters.append(("filter[created_at][from]", str(seconds)))
        part = self.api.events(filters, place.page)
        changes = [self._change(event, field) for event in part.rows]
        fresh = [one for one in changes if one and (since is None or one.at >= since)]
        after = (
            _Cursor(list=place.list, page=place.page + 1)
            if part.more
            else _Cursor(list=place.list + 1)
        )
        return HistoryPage(
            changes=tuple(sorted(fresh, key=lambda one: one.at)),
            cursor=after.model_dump_json(),
            more=after.list < len(lists),
            covers=self._covered(),
        )

    def recent(self, ids: Sequence[str], *, since: datetime) -> list[PastChange]:
        """Return how these leads moved since a moment, oldest first."""
        if not any(name in _STAGE for name in self.names):
            return []
        seconds = str((since - _EPOCH) // _SECOND)
        found: list[PastChange] = []
        for start in range(0, len(ids), _ASKED):
            filters: list[Pair] = [("filter[entity][]", "lead")]
            filters += [
                ("filter[entity_id][]", one) for one in ids[start : start + _ASKED]
            ]
            filters.append(("filter[type][]", _MOVED))
            filters.append(("filter[created_at][from]", seconds))
            number, more = 1, True
            while more:
                part = self.api.events(filters, number)
                changes = (self._change(event, None) for event in part.rows)
                found += [one for one in changes if one and one.at >= since]
                number, more = number + 1, part.more
        found.reverse()  # of one second the newest was listed first
        return sorted(found, key=lambda one: one.at)

    def _covered(self) -> tuple[str, ...]:
        """Return the bound properties of which there are events."""
        fields = [name for name in self.names if name.startswith("cf.")]
        built_in = [one for one in self.names if one in _STAGE or one in _SIMPLE]
        return (
            *built_in,
            *(
                name
                for name in fields
                if self.definitions.field("leads", name.removeprefix("cf."))
            ),
        )

    def _lists(self) -> list[tuple[FieldRow | None, tuple[str, ...]]]:
        """Return what to list: built-in properties together, each field alone.

        "custom_field_{ID}_value_changed" does not go with other types (vendor's
        documentation of events, seen 2026-11-22).
        """
        built_in = [_MOVED] if any(name in _STAGE for name in self.names) else []
        built_in += [_SIMPLE[name][0] for name in self.names if name in _SIMPLE]
        lists: list[tuple[FieldRow | None, tuple[str, ...]]] = []
        if built_in:
            lists.append((None, tuple(built_in)))
        for name in self.names:
            if name.startswith("cf."):
                field = self.definitions.field("leads", name.removeprefix("cf."))
                if field is not None:
                    types = (f"custom_field_{field.id}_value_changed",)
                    lists.append((field, types))
        return lists

    def _change(self, event: Event, field: FieldRow | None) -> PastChange | None:
        properties = self._properties(event, field)
        if not properties:
            return None
        return PastChange(
            key=f"amocrm:{event.id}",
            id=event.entity_id,
            properties=properties,
            at=_EPOCH + event.created_at * _SECOND,
            actor="robot" if event.created_by == "0" else event.created_by or "",
        )

    def _properties(self, event: Event, field: FieldRow | None) -> Mapping[str, str]:
        if field is not None:
            text = self._field_text(event, field)
            keys = {f"cf.{field.id}", f"cf.{field.code}"}
            return {name: text for name in self.names if name in keys}
        if event.type == _MOVED:
            return self._stage(event)
        for name, (kind, part, key) in _SIMPLE.items():
            if event.type == kind and name in self.names:
                value = _part(event.after, part).get(key)
                text = "" if value is None else str(value)
                return {name: number_text(text) if name == "price" else text}
        return {}

    def _stage(self, event: Event) -> Mapping[str, str]:
        status = _part(event.after, "lead_status")
        pipeline_id, status_id = (
            str(status.get("pipeline_id")),
            str(status.get("id")),
        )
        texts = {"pipeline_id": pipeline_id, "status_id": status_id}
        stage = self.definitions.stage(pipeline_id, status_id)
        if stage is not None:
            texts["pipeline"] = stage.pipeline.name
            texts["status"] = stage.status.name
        return {name: texts[name] for name in self.names if name in texts}

    def _field_text(self, event: Event, field: FieldRow) -> str:
        """Return the new values of a field; options by the name they have now."""
        options = {one.id: one.value for one in field.enums}
        values: list[dict[str, object]] = []
        for entry in event.after:
            one = _part([entry], "custom_field_value")
            option = options.get(str(one.get("enum_id")))
            text = one.get("text")
            if field.type in _OPTIONS and option is not None:
                text = option
            values.append({"value": text, "enum_id": one.get("enum_id")})
        return text_of(field.type, values, self.definitions.zone) or ""


_OPTIONS = frozenset({"select", "multiselect", "radiobutton", "category"})


def _opened(cursor: str | None) -> _Cursor:
    if cursor is None:
        return _Cursor()
    try:
        return _Cursor.model_validate_json(cursor)
    except ValidationError:
        raise ConfigurationError(
            "the stored place in amoCRM's history cannot be read; it was made by "
            "another version of the adapter: begin again"
        ) from None


def _part(values: Sequence[Mapping[str, object]], name: str) -> Mapping[str, object]:
    found = values[0].get(name) if values else None
    return found if isinstance(found, dict) else {}
