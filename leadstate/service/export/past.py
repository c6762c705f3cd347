"""The tables about what happened: the history, and field values as they were."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.values import from_json, to_text
from leadstate.service.export.table import PAGE, Column, ColumnKind, ExportTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from leadstate.domain.lifecycle import Field
    from leadstate.service.export.exported import Exported
    from leadstate.service.export.table import Cell, Rows
    from leadstate.store import Portion, View

__all__ = ["field_changes", "history"]

_HISTORY = (
    Column("row", ColumnKind.WHOLE),
    Column("id"),
    Column("record"),
    Column("kind"),
    Column("cause"),
    Column("actor"),
    Column("happened_at", ColumnKind.MOMENT),
    Column("learnt_at", ColumnKind.MOMENT),
    Column("transition"),
    Column("from_stage"),
    Column("to_stage"),
    Column("answer"),
    Column("source"),
    Column("source_event"),
    Column("pass", ColumnKind.WHOLE),
    Column("workflow_version"),
    Column("qualified_at", ColumnKind.MOMENT),
    Column("reason"),
)
_DETAILS = (Column("note"), Column("receipt"))
_WORKFLOW = Column("workflow")
_CHANGES = (
    Column("change", ColumnKind.WHOLE),
    Column("record"),
    Column("field"),
    Column("old"),
    Column("new"),
    Column("withheld", ColumnKind.TRUTH),
    Column("changed_at", ColumnKind.MOMENT),
    Column("learnt_at", ColumnKind.MOMENT),
    Column("source"),
    _WORKFLOW,
)


def history(exported: Exported, *, personal: bool) -> ExportTable:
    """Return the history; notes, receipts and free-text reasons are personal."""

    def pages(view: View, portion: Portion) -> Iterator[Rows]:
        listed = exported.reasons(view)
        for page in view.extracts.history_rows(portion, PAGE):
            details = view.extracts.details(page) if personal else None
            whose = view.extracts.workflows([row.record_id or "" for row in page])
            yield [
                _entry(row, whose.get(row.record_id), listed, details) for row in page
            ]

    columns = (*_HISTORY, _WORKFLOW, *(_DETAILS if personal else ()))
    return ExportTable(name="history", columns=columns, pages=pages)


def _entry(
    row: Any,
    workflow: str | None,
    listed: Mapping[str, frozenset[str]],
    details: Mapping[str, Mapping[str, object]] | None,
) -> tuple[Cell, ...]:
    *cells, reason = row
    if details is None:
        known = reason in listed.get(workflow or "", ())
        return (*cells, reason if known else None, workflow)
    detail = details.get(row.id, {})
    receipt = detail.get("receipt")
    why = json.dumps(receipt, sort_keys=True) if receipt else None
    return (*cells, reason, workflow, str(detail.get("note") or "") or None, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Which fields' values may be shown, by a workflow of today."""

    fields: Mapping[str, Field]
    personal: bool

    def shows(self, name: str) -> bool:
        """Whether its values come along; nobody knows what a vanished field held."""
        field = self.fields.get(name)
        return self.personal or (field is not None and not field.tells_of_a_person)

    def text(self, name: str, stored: object) -> str | None:
        """Return a stored value as text, read by the field's type where it has one."""
        field = self.fields.get(name)
        if field is None:
            return None if stored is None else json.dumps(stored)
        return to_text(from_json(stored, field.type)) or None


def field_changes(exported: Exported, *, personal: bool) -> ExportTable:
    """Return the values as they were; a withheld value's row says so and stays."""
    shown = {
        name: _Shown(fields=one.fields, personal=personal)
        for name, one in exported.lifecycles.items()
    }
    unknown = _Shown(fields={}, personal=personal)

    def pages(view: View, portion: Portion) -> Iterator[Rows]:
        for page in view.extracts.field_change_rows(portion, PAGE):
            values = view.extracts.values_of(page, opened=personal)
            whose = view.extracts.workflows([row["record_id"] for row in values])
            named = [(row, whose.get(row["record_id"], "")) for row in values]
            yield [_change(row, name, shown.get(name, unknown)) for row, name in named]

    return ExportTable(name="field-changes", columns=_CHANGES, pages=pages)


def _change(row: Mapping[str, Any], workflow: str, shown: _Shown) -> tuple[Cell, ...]:
    name = row["field"]
    seen = shown.shows(name) and (shown.personal or not row["personal"])
    return (
        row["id"],
        row["record_id"],
        name,
        shown.text(name, row["old"]) if seen else None,
        shown.text(name, row["new"]) if seen else None,
        not seen,
        row["changed_at"],
        row["learnt_at"],
        row["source"],
        workflow or None,
    )
