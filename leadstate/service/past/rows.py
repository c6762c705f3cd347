"""What the rows of a file say in the words of the workflow, or what is wrong there.

A row is read the same way whenever it is read: its key is what it says, so that a file
can be imported again, whole or grown.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadstate.definition.problems import listed
from leadstate.domain.values import FieldType, Unparsable, coerce, from_json, to_json
from leadstate.service.past.reported import ReportedChange
from leadstate.service.past.table import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leadstate.domain.file_mapping import FileMapping
    from leadstate.domain.lifecycle import Field, Lifecycle
    from leadstate.domain.values import Value
    from leadstate.service.past.table import MoveRow, MoveTable

__all__ = ["FileChange", "RowReader", "reported_rows"]

_AHEAD: Final = timedelta(days=1)
_LONGEST_ID: Final = 500
_MOST_MOVES: Final = 1_000  # columns of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One change that a row tells of.

    Attributes:
        record_id: The record's id as the file has it.
        key: What the whole change says, as one word.
        at: When it happened; None for values of which nobody knows when.
        body: What it says, ready to be kept until it is made history.
    """

    record_id: str
    key: str
    at: datetime | None
    body: Mapping[str, object]


class _Bad(Exception):
    """A cell that cannot be read: its column, and what is wrong."""

    def __init__(self, column: str | None, text: str) -> None:
        super().__init__(text)
        self.column = column


class RowReader:
    """Reads the rows of one file by one mapping."""

    def __init__(
        self,
        table: MoveTable,
        mapping: FileMapping,
        lifecycle: Lifecycle,
        now: datetime,
    ) -> None:
        self._table, self._mapping = table, mapping
        self._fields, self._latest = lifecycle.fields, now + _AHEAD
        self._zone = ZoneInfo(mapping.timezone) if mapping.timezone else None
        self._stages = {name.casefold(): name for name in lifecycle.stages}
        self._stages |= {
            one.label.casefold(): one.name
            for one in lifecycle.stages.values()
            if one.label.casefold() not in self._stages
        }

    def read(self, row: MoveRow) -> tuple[FileChange, ...] | BadRow:
        """Return what a row says, or what is wrong with it first."""
        try:
            return tuple(self._changes(row))
        except _Bad as bad:
            return BadRow(
                row=row.number,
                column=self._table.place(bad.column),
                name=bad.column or "",
                text=str(bad),
                cells=row.raw,
            )

    def _changes(self, row: MoveRow) -> Iterator[FileChange]:
        mapping, cells = self._mapping, row.cells
        record_id = self._record_id(row)
        at = self._moment(row, mapping.at)
        values = {
            name: self._value(row, self._fields[name], column)
            for name, column in mapping.fields.items()
            if cells[column]  # an empty cell tells nothing
        }
        moves = list(self._moves(row, at))
        if not moves and not values:
            raise _Bad(
                mapping.to_stage,
                "the row tells of no stage and of no value; delete it",
            )
        around = {
            name: cells[column]
            for name, column in (("actor", mapping.actor), ("reason", mapping.reason))
            if column
        }
        if mapping.moves or not moves:
            moves.append((None, None, at))
        for place, (from_stage, stage, when) in enumerate(moves):
            if stage is None and not values:
                continue
            mine = values if stage is None or not mapping.moves else {}
            move = _key(record_id, stage, from_stage, when, around)
            told = {name: to_json(value) for name, value in mine.items()}
            yield FileChange(
                record_id=record_id,
                key=_key(move, told),
                at=when,
                body={
                    "key": move,
                    "stage": stage,
                    "from": from_stage,
                    "place": row.number * _MOST_MOVES + place,
                    "values": told,
                    **around,
                },
            )

    def _record_id(self, row: MoveRow) -> str:
        column = self._mapping.record_id
        found = row.cells[column]
        if not found:
            raise _Bad(column, "the record's id is missing")
        if len(found) > _LONGEST_ID:
            raise _Bad(column, f"the id has {len(found)} characters; is it the id?")
        return found

    def _moves(
        self, row: MoveRow, at: datetime | None
    ) -> Iterator[tuple[str | None, str | None, datetime | None]]:
        mapping = self._mapping
        for stage, column in mapping.moves.items():
            when = self._moment(row, column)
            if when is not None:
                yield None, stage, when
        if mapping.to_stage is None or not row.cells[mapping.to_stage]:
            return
        if at is None:
            raise _Bad(mapping.at, "nobody knows when it happened; delete the row")
        before = self._stage(row, mapping.from_stage)
        # A column of its own says by an empty cell that nobody knows the stage before.
        yield before, self._stage(row, mapping.to_stage), at

    def _stage(self, row: MoveRow, column: str | None) -> str | None:
        text = row.cells[column] if column else ""
        if not text:
            return None
        found = self._mapping.stages.get(text) or self._stages.get(text.casefold())
        if found is None:
            known = listed(sorted(set(self._stages.values())))
            raise _Bad(
                column,
                f"the workflow has no stage {text!r}. Map it under 'stages' to one of: "
                f"{known}",
            )
        return found

    def _value(self, row: MoveRow, field: Field, column: str) -> Value:
        value = coerce(row.cells[column], field.type, field.options)
        if isinstance(value, Unparsable):
            wanted = str(field.type)
            if field.type is FieldType.CHOICE:
                wanted = f"one of {listed(field.options)}"
            raise _Bad(column, f"{value.raw!r} is not {wanted}")
        return value

    def _moment(self, row: MoveRow, column: str | None) -> datetime | None:
        text = row.cells[column] if column else ""
        if not text:
            return None
        try:
            found = self._parsed(text)
            if found.tzinfo is None:
                if self._zone is None:
                    raise _Bad(
                        column,
                        f"{text!r} says no time zone. Declare the file's 'timezone' in "
                        "the mapping",
                    )
                found = found.replace(tzinfo=self._zone)
            found = found.astimezone(UTC)
        except (ValueError, OverflowError):
            raise _Bad(column, self._unreadable(text)) from None
        if found > self._latest:
            raise _Bad(column, f"{text!r} lies in the future")
        return found

    def _parsed(self, text: str) -> datetime:
        if self._mapping.time_format:
            return datetime.strptime(text, self._mapping.time_format)  # noqa: DTZ007 - the mapping's zone is added
        return datetime.fromisoformat(text)

    def _unreadable(self, text: str) -> str:
        if self._mapping.time_format:
            wanted = f"a time written as {self._mapping.time_format}"
        else:
            wanted = "a time in ISO 8601, such as 2026-03-01T09:30:00+01:00; declare "
            wanted += "another 'time_format' in the mapping"
        return f"{text!r} is not {wanted}"


def reported_rows(
    bodies: Iterable[tuple[datetime | None, Mapping[str, object]]],
    fields: Mapping[str, Field],
    *,
    says_before: bool,
) -> list[ReportedChange]:
    """Return the changes of one record, oldest first, the stage before filled in.

    A row may contradict the others: it says that the record left a stage which it came
    to later only, as others say.  It is kept as it is, for a person to look at.

    Args:
        bodies: When each happened, and what it says.
        fields: Declares the types of the values.
        says_before: Whether the file has a column of the stage before.
    """
    told = sorted(
        (_reported_change(at, body, fields) for at, body in bodies), key=_order
    )
    found: list[ReportedChange] = []
    last: str | None = None
    for number, one in enumerate(told):
        if one.stage is None:
            found.append(one)
            continue
        later = {other.stage for other in told[number + 1 :]}
        if not says_before:
            found.append(replace(one, from_stage=last))
        elif one.from_stage not in (None, last) and one.from_stage in later:
            found.append(replace(one, doubtful=True, note=_out_of_order(one)))
        else:
            found.append(one)
        last = one.stage
    return found


def _order(change: ReportedChange) -> tuple[bool, datetime, int, str]:
    at = change.at or datetime.min.replace(tzinfo=UTC)
    return change.at is None, at, change.place, change.key


def _out_of_order(change: ReportedChange) -> str:
    return (
        f"out of order: it left {change.from_stage!r} before anything says that it "
        "came there"
    )


def _reported_change(
    at: datetime | None, body: Mapping[str, object], fields: Mapping[str, Field]
) -> ReportedChange:
    values = body["values"]
    assert isinstance(values, dict)  # noqa: S101 - as `RowReader` wrote it
    place = body["place"]
    return ReportedChange(
        key=str(body["key"]),
        at=at,
        actor=str(body.get("actor") or ""),
        stage=_text(body["stage"]),
        from_stage=_text(body["from"]),
        reason=_text(body.get("reason")),
        values={
            name: from_json(value, fields[name].type)
            for name, value in values.items()
            if name in fields
        },
        place=place if isinstance(place, int) else 0,
    )


def _text(value: object) -> str | None:
    return str(value) if value else None


def _key(*parts: object) -> str:
    """Return the parts as one word, the same whenever they are the same."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
