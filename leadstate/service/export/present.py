"""The tables about where records are: the records themselves, and their visits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leadstate.domain.values import FieldType, from_json, to_text
from leadstate.service.export.table import PAGE, Column, ColumnKind, ExportTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from leadstate.domain.lifecycle import Field, Lifecycle
    from leadstate.domain.values import Value
    from leadstate.service.export.table import Cell, Rows
    from leadstate.store import LinkRow, Portion, View

__all__ = ["records", "visits"]

_VISITS = (
    Column("visit", ColumnKind.WHOLE),
    Column("record"),
    Column("stage"),
    Column("pass", ColumnKind.WHOLE),
    Column("entered_at", ColumnKind.MOMENT),
    Column("left_at", ColumnKind.MOMENT),
    Column("calendar_seconds", ColumnKind.NUMBER),
    Column("open", ColumnKind.TRUTH),
    Column("owner"),
    Column("reported", ColumnKind.TRUTH),
    Column("workflow_version"),
)
_RECORDS = (
    Column("record"),
    Column("workflow"),
    Column("status"),
    Column("stage"),
    Column("entered_at", ColumnKind.MOMENT),
    Column("pass", ColumnKind.WHOLE),
    Column("owner"),
    Column("flagged", ColumnKind.TRUTH),
    Column("created_at", ColumnKind.MOMENT),
    Column("workflow_version"),
    Column("objects"),
)
_KINDS = {
    FieldType.INTEGER: ColumnKind.WHOLE,
    FieldType.NUMBER: ColumnKind.NUMBER,
    FieldType.MONEY: ColumnKind.NUMBER,
    FieldType.BOOLEAN: ColumnKind.TRUTH,
    FieldType.DATETIME: ColumnKind.MOMENT,
}


def visits(_: Lifecycle, *, personal: bool) -> ExportTable:  # noqa: ARG001 - none of it is
    """Return the visits: one row a stay of a record in a stage."""

    def pages(view: View, portion: Portion) -> Iterator[Rows]:
        for page in view.extracts.visit_rows(portion, PAGE):
            yield [_visit(row) for row in page]

    return ExportTable(name="visits", columns=_VISITS, pages=pages)


def _visit(row: Any) -> tuple[Cell, ...]:
    known = row.entered_at is not None and row.left_at is not None
    return (
        row.id,
        row.record_id,
        row.stage,
        row.pass_number,
        row.entered_at,
        row.left_at,
        (row.left_at - row.entered_at).total_seconds() if known else None,
        row.left_by is None,
        row.owner,
        row.reported,
        row.workflow_version,
    )


def records(lifecycle: Lifecycle, *, personal: bool) -> ExportTable:
    """Return the records as they are, a column a field (``field_`` and its name)."""
    fields = [
        one
        for one in lifecycle.fields.values()
        if personal or not one.tells_of_a_person
    ]

    def pages(view: View, portion: Portion) -> Iterator[Rows]:
        for page in view.extracts.record_rows(portion, PAGE):
            links = view.links.of_records([str(row.id) for row in page])
            yield [_record(row, links.get(row.id, ()), fields) for row in page]

    shown = (Column(f"field_{one.name}", _kind(one)) for one in fields)
    return ExportTable(name="records", columns=(*_RECORDS, *shown), pages=pages)


def _kind(field: Field) -> ColumnKind:
    return _KINDS.get(field.type, ColumnKind.TEXT)


def _record(
    row: Any, links: Sequence[LinkRow], fields: Sequence[Field]
) -> tuple[Cell, ...]:
    objects = (f"{one.connection}:{one.object}:{one.external_id}" for one in links)
    return (
        row.id,
        row.workflow,
        row.status,
        row.stage,
        row.entered_at,
        row.pass_number,
        row.owner,
        row.flag is not None,
        row.created_at,
        row.workflow_version,
        ";".join(objects) or None,
        *(_cell(from_json(row.data.get(one.name), one.type), one) for one in fields),
    )


def _cell(value: Value, field: Field) -> Cell:
    """Return a value as its column has it; empty where it is of another type.

    A field whose type was changed keeps what was stored until its next news.
    """
    kind = _kind(field)
    if isinstance(value, bool):
        return value if kind is ColumnKind.TRUTH else None
    if isinstance(value, (int, float)):
        whole = kind is ColumnKind.WHOLE and isinstance(value, int)
        return value if whole or kind is ColumnKind.NUMBER else None
    if isinstance(value, datetime) and kind is ColumnKind.MOMENT:
        return value
    return to_text(value) or None if kind is ColumnKind.TEXT else None
