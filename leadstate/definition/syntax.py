"""What is wrong with a text that is not YAML, in words for the person who wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .problems import Mark

if TYPE_CHECKING:
    import yaml

    from .problems import Problems

__all__ = ["report_syntax"]

_WORDS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "expected node content",
        "a value is missing here",
        "Write the value, or delete a comma too many.",
    ),
    (
        "mapping values are not allowed",
        "a colon stands where no key can be",
        "Indent keys of one mapping alike, and quote a text that holds ': '.",
    ),
    (
        "expected ',' or ']'",
        "a list is not closed",
        "Close it with ], and separate its values by commas.",
    ),
    (
        "expected ',' or '}'",
        "a mapping is not closed",
        "Close it with }, and separate its entries by commas.",
    ),
    (
        "could not find expected ':'",
        "a key has no colon",
        "Write `key: value`, or indent a text that goes on.",
    ),
    (
        "did not find expected key",
        "a line is not indented like its neighbours",
        "Indent keys of one mapping alike; quote all of a text that holds quotes.",
    ),
    (
        "expected '-' indicator",
        "a line stands among the values of a list",
        "Start each value with '- ', or indent the line less.",
    ),
    ("unexpected end of stream", "a quoted text is not closed", "Close the quotes."),
    ("document indicator", "a quoted text is not closed", "Close the quotes."),
    (
        "unknown escape character",
        "a backslash in double quotes is not understood",
        "Use single quotes, or write \\\\ for a backslash.",
    ),
    ("tab character", "a tab stands here", "Indent with spaces."),
    (
        "expected comment or line break",
        "a text stands behind > or |",
        "Quote a text that starts with > or |.",
    ),
    (
        "undefined tag handle",
        "a text starts with !",
        "Quote a text that starts with !.",
    ),
    (
        "expected alphabetic or numeric",
        "a text starts with & or *",
        "Quote a text that starts with & or *.",
    ),
    (
        "expected <document start>",
        "the definition has already ended here",
        "Look for a bracket too many, and indent keys of one mapping alike.",
    ),
    ("directive", "a line starts with %", "Quote a text that starts with %."),
)


_OPENED: Final = ("quoted", "flow sequence", "flow mapping")


def report_syntax(error: yaml.YAMLError, text: str, problems: Problems) -> None:
    """Add the one mistake at which the parser gave up."""
    found = str(getattr(error, "problem", None) or "")
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    what, hint = _explain(found, _character(text, line, column))
    problems.error(
        "LS004", Mark(line + 1, column + 1), what, why=_opened(error), hint=hint
    )


def _character(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    here = lines[line] if line < len(lines) else ""
    return here[column : column + 1]


def _explain(found: str, character: str) -> tuple[str, str]:
    if "cannot start any token" in found:
        if character == "\t":
            return "a tab stands here", "Indent with spaces."
        return (
            f"a text starts with {character}",
            f"Quote a text that starts with {character}.",
        )
    for part, what, hint in _WORDS:
        if part in found:
            return what, hint
    return (
        "the text is not YAML from here on",
        "Check indentation, quotes and brackets.",
    )


def _opened(error: yaml.YAMLError) -> str:
    mark = getattr(error, "context_mark", None)
    context = str(getattr(error, "context", None) or "")
    if mark is None or not any(part in context for part in _OPENED):
        return ""
    return f"which was opened at {mark.line + 1}:{mark.column + 1}"
