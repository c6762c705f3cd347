"""How a file of stage moves and field values is read: which column says what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FileMapping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """The columns of one kind of file, by their names in its first line.

    Attributes:
        source: What the file's origin is called; with a record's id it says which
            record is meant, whenever another file of it is imported.
        record_id: The column of the record's id.
        at: The column of when it happened; None in a file with a column per stage.
        from_stage: The column of the stage before, or None.
        to_stage: The column of the stage entered, or None.
        actor: The column of who did it, or None.
        reason: The column of why, or None.
        moves: Stage -> the column of when it was entered: one row is one record.
        fields: Field -> the column of its value.
        stages: What the file calls a stage -> the workflow's stage.
        timezone: IANA name of the zone of times that say none; None accepts none.
        time_format: How times are written, as ``strptime`` reads them; None: ISO 8601.
        encoding: How the file's text is encoded.
        delimiter: What stands between two cells.
        connection: The connection of which ``record_id`` is an object's id; None makes
            records of the file's own.
    """

    source: str
    record_id: str
    at: str | None = None
    from_stage: str | None = None
    to_stage: str | None = None
    actor: str | None = None
    reason: str | None = None
    moves: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    time_format: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    connection: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        single = (
            self.record_id,
            self.at,
            self.from_stage,
            self.to_stage,
            self.actor,
            self.reason,
        )
        named = [name for name in single if name]
        return tuple(
            dict.fromkeys([*named, *self.moves.values(), *self.fields.values()])
        )
