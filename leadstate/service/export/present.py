"""The tables about where records are: the records themselves, and their visits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leadstate.domain.values import FieldType, from_json, to_text
from leadstate.service.export.table import PAGE, Column, ColumnKind, ExportTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.values import Value
    from leadstate.service.export.exported import Exported
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
    Column("workflow"),
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


def visits(_: Exported, *, personal: bool) -> ExportTable:  # noqa: ARG001 - none of it is
    """Return the visits: one row a stay of a record in a stage."""

    def pages(view: View, portion: Portion) -> Iterator[Rows]:
        for page in view.extracts.visit_rows(portion, PAGE):
            whose = view.extracts.workflows([str(row.record_id) for row in page])
            yield [_visit(row, whose.get(str(row.record_id))) for row in page]

    return ExportTable(name="visits", columns=_VISITS, pages=pages)


def _visit(row: Any, workflow: str | None) -> tuple[Cell, ...]:
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
        workflow,
    )


def records(exported: Exported, *, personal: bool) -> ExportTable:
    """Return the records as they are, a column a field (``field_`` and its name).

    A field that several workflows have is one column: of text, where they do not mean
    the same by it.
    """
    fields = {
        name: {
            field.name: field
            for field in one.fields.values()
            if personal or not field.tells_of_a_person
        }
        for name, one in exported.lifecycles.items()
    }
    kinds = _kinds(fields.values())

    def pages(view: View, portion: Portion) -> Iterator[Rows]:
        for page in view.extracts.record_rows(portion, PAGE):
            links = view.links.of_records([str(row.id) for row in page])
            yield [
                (
                    *_record(row, links.get(row.id, ())),
                    *_values(row.data, fields.get(row.workflow, {}), kinds),
                )
                for row in page
            ]

    shown = (Column(f"field_{name}", kind) for name, kind in kinds.items())
    return ExportTable(name="records", columns=(*_RECORDS, *shown), pages=pages)


def _kinds(fields: Iterable[Mapping[str, Field]]) -> dict[str, ColumnKind]:
    """Return what the column of each field holds."""
    found: dict[str, ColumnKind] = {}
    for name, field in ((name, one) for its in fields for name, one in its.items()):
        kind = _kind(field)
        found[name] = kind if found.get(name, kind) is kind else ColumnKind.TEXT
    return found


def _values(
    data: Mapping[str, object],
    fields: Mapping[str, Field],
    kinds: Mapping[str, ColumnKind],
) -> Iterator[Cell]:
    for name, kind in kinds.items():
        field = fields.get(name)
        if field is None:
            yield None
            continue
        value = from_json(data.get(name), field.type)
        cell = _cell(value, field)
        # Where workflows do not mean the same by a field, it is the text for all.
        yield cell if cell is None or kind is _kind(field) else to_text(value)


def _kind(field: Field) -> ColumnKind:
    return _KINDS.get(field.type, ColumnKind.TEXT)


def _record(row: Any, links: Sequence[LinkRow]) -> tuple[Cell, ...]:
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
