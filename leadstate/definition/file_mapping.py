"""Load a mapping file: which column of a file of stage moves says what.

mapping = load_mapping("olist.import.yaml", lifecycle)
mapping.moves["won"]
"""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from leadstate.domain.file_mapping import FileMapping
from leadstate.errors import WorkflowError

from .keys import COLUMNS, IMPORT
from .nodes import TextNode
from .problems import Problems, shown
from .reader import open_mapping
from .yaml import read_file, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.lifecycle import Lifecycle

    from .nodes import Located
    from .problems import Problem
    from .reader import Reader

__all__ = ["check_mapping_text", "load_mapping", "mapping_of_columns"]

_FIELDS: Final = "fields."
_TAB: Final = "tab"


def load_mapping(path: Path | str, lifecycle: Lifecycle) -> FileMapping:
    """Return the mapping that a file defines for this lifecycle.

    Raises:
        WorkflowError: Every mistake in the file, one printable line each.
    """
    problems = Problems(str(path))
    mapping = _build(read_file(Path(path), problems), lifecycle, problems)
    if mapping is None:
        raise WorkflowError(problems.lines())
    return mapping


def check_mapping_text(
    text: str | bytes, lifecycle: Lifecycle, *, file: str = "mapping.yaml"
) -> tuple[FileMapping | None, tuple[Problem, ...]]:
    """Return the mapping, if the text has one, and all errors and warnings."""
    problems = Problems(file)
    return _build(read_yaml(text, problems), lifecycle, problems), problems.all()


def mapping_of_columns(
    source: str, columns: Mapping[str, str], lifecycle: Lifecycle
) -> FileMapping:
    """Return the mapping that the command line says.

    Args:
        source: What the file's origin is called.
        columns: ``record_id``, ``to_stage``, ``fields.NAME``, … -> column.
        lifecycle: Whose stages and fields they are.

    Raises:
        WorkflowError: Every mistake, one printable line each.
    """
    named = {
        key.removeprefix(_FIELDS): column
        for key, column in columns.items()
        if key.startswith(_FIELDS)
    }
    rest = {key: one for key, one in columns.items() if not key.startswith(_FIELDS)}
    parts: dict[str, object] = {"import": source, "columns": rest}
    parts |= {"fields": named} if named else {}
    # JSON is YAML: the same reader finds the same mistakes.
    mapping, problems = check_mapping_text(
        json.dumps(parts, ensure_ascii=False), lifecycle, file="--columns"
    )
    if mapping is None:
        raise WorkflowError([str(one) for one in problems])
    return mapping


def _build(
    tree: Located | None, lifecycle: Lifecycle, problems: Problems
) -> FileMapping | None:
    reader = open_mapping(tree, IMPORT, problems, "the file") if tree else None
    if reader is None:
        return None
    node = reader.get("columns")
    columns = open_mapping(node, COLUMNS, problems, "columns") if node else None
    moves = _named(reader, "moves", "stage", lifecycle.stages)
    fields = _named(reader, "fields", "field", lifecycle.fields)
    if columns is not None:
        _check_shape(reader, columns)
    mapping = FileMapping(
        source=reader.text("import") or "",
        record_id=_column(columns, "record_id") or "",
        at=_column(columns, "at"),
        from_stage=_column(columns, "from_stage"),
        to_stage=_column(columns, "to_stage"),
        actor=_column(columns, "actor"),
        reason=_column(columns, "reason"),
        moves=moves,
        fields=fields,
        stages=_stages(reader, lifecycle),
        timezone=_timezone(reader),
        time_format=reader.text("time_format"),
        encoding=_encoding(reader),
        delimiter=_delimiter(reader),
        connection=reader.text("connection"),
    )
    return None if problems.failed else mapping


def _column(columns: Reader | None, key: str) -> str | None:
    return None if columns is None else columns.text(key)


def _check_shape(
    reader: Reader,
    columns: Reader,
) -> None:
    """One row is one move, or one record with a column per stage, or values alone."""
    if reader.has("moves") and columns.has("to_stage"):
        reader.problems.error(
            "LS118",
            columns.at("to_stage"),
            "the file has a column 'to_stage' and a column for each of its 'moves'",
            hint="Keep the one by which the file says when a stage was entered.",
        )
    if columns.has("to_stage") and not columns.has("at"):
        reader.problems.error(
            "LS118",
            columns.at("to_stage"),
            "columns: 'to_stage' needs 'at'",
            why="because a move of which nobody knows when cannot be placed",
            hint="Name the column of the time under 'at'.",
        )
    if columns.has("from_stage") and not columns.has("to_stage"):
        reader.problems.error(
            "LS118",
            columns.at("from_stage"),
            "columns: 'from_stage' needs 'to_stage'",
            hint="Name the column of the stage entered.",
        )
    if not (reader.has("moves") or reader.has("fields") or columns.has("to_stage")):
        reader.problems.error(
            "LS118",
            columns.node.mark,
            "the mapping reads neither moves nor values",
            hint="Name 'to_stage' and 'at', or 'moves', or 'fields'.",
        )


def _named(
    reader: Reader, key: str, kind: str, known: Mapping[str, object]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, node in reader.entries(key):
        declared = reader.refer(name, kind, known, f"has under {shown(key)} the {kind}")
        if not isinstance(node, TextNode) or node.empty:
            reader.wrong(node, name.value, "the name of a column")
        elif declared:
            found[declared] = node.value
    return found


def _stages(reader: Reader, lifecycle: Lifecycle) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, node in reader.entries("stages"):
        if not isinstance(node, TextNode):
            reader.wrong(node, name.value, "the name of a stage")
        elif reader.refer(node, "stage", lifecycle.stages, "maps to stage"):
            found[name.value] = node.value
    return found


def _timezone(reader: Reader) -> str | None:
    node = reader.text_node("timezone")
    if node is None or node.value in available_timezones():
        return node.value if node else None
    reader.problems.error(
        "LS114",
        node.mark,
        f"the time zone {shown(node.value)} is unknown",
        hint="Write it as Europe/Berlin or UTC.",
    )
    return None


def _encoding(reader: Reader) -> str:
    node = reader.text_node("encoding")
    if node is None:
        return "utf-8"
    try:
        return codecs.lookup(node.value).name
    except LookupError:
        reader.problems.error(
            "LS110",
            node.mark,
            f"the encoding {shown(node.value)} is unknown",
            hint="Write utf-8, utf-16, cp1252, cp1251 or iso8859-15, for instance.",
        )
        return "utf-8"


def _delimiter(reader: Reader) -> str:
    node = reader.text_node("delimiter")
    if node is None:
        return ","
    if node.value == _TAB:
        return "\t"
    if len(node.value) == 1 and node.value not in '"\r\n':
        return node.value
    reader.problems.error(
        "LS110",
        node.mark,
        f"the delimiter is {shown(node.value)}",
        hint='Write one character such as ";", or tab.',
    )
    return ","
