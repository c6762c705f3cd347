"""Write a table as Parquet, a row group at a time.  Needs ``leadstate[parquet]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError
from leadstate.service.export.table import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    import pyarrow as pa

    from leadstate.service.export.table import Cell, ExportTable, OnProgress, Rows
    from leadstate.store import Portion, View

__all__ = ["write_parquet"]

_GROUP = 20_000


def write_parquet(
    table: ExportTable,
    view: View,
    portion: Portion,
    out: BinaryIO,
    *,
    on_progress: OnProgress,
) -> None:
    """Write every row; moments are UTC in microseconds.

    Args:
        on_progress: Is told how many rows each row group had.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ImportError as error:
        message = (
            "Parquet needs pyarrow; install it with: pip install 'leadstate[parquet]' "
            "(CSV needs nothing: --format csv)"
        )
        raise ConfigurationError(message) from error
    schema = _schema(table)
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(table.pages(view, portion)):
            writer.write_batch(_batch(group, schema))
            on_progress(len(group))


def _groups(pages: Iterator[Rows]) -> Iterator[Rows]:
    """Yield rows in larger parts than pages are: a reader likes few row groups."""
    group: list[Sequence[Cell]] = []
    for page in pages:
        group += page
        if len(group) >= _GROUP:
            yield group
            group = []
    if group:
        yield group


def _schema(table: ExportTable) -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    types = {
        ColumnKind.TEXT: pa.string(),
        ColumnKind.MOMENT: pa.timestamp("us", tz="UTC"),
        ColumnKind.WHOLE: pa.int64(),
        ColumnKind.NUMBER: pa.float64(),
        ColumnKind.TRUTH: pa.bool_(),
    }
    return pa.schema([(one.name, types[one.kind]) for one in table.columns])


def _batch(rows: Rows, schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    arrays = [
        pa.array(map(_storable, cells), type=field.type)
        for field, cells in zip(schema, zip(*rows, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _storable(cell: Cell) -> Cell:
    """Return a cell that UTF-8 can hold: half a character pair is no text."""
    if isinstance(cell, str) and not cell.isascii():
        return cell.encode(errors="replace").decode()
    return cell
