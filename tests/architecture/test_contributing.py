"""What CONTRIBUTING says of the code is so."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.architecture.conftest import Source

PLACE = re.compile(
    r"^\| ([^|]+\?) \| \[[^]]+\]\(([^)]+)\) \| `(\w+)` \|$", re.MULTILINE
)
SURVIVES = re.compile(r"^\| \[[^]]+\]\(([^)]+)\) \| [^|]+ \|$", re.MULTILINE)
ANY_ERROR = ("Exception", "BaseException")


def part(root: Path, heading: str) -> str:
    """Return what stands under a heading of CONTRIBUTING."""
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def names(tree: ast.Module) -> Iterator[str]:
    """Yield every name that a module defines."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def test_a_newcomer_finds_what_is_asked_for(root: Path) -> None:
    """At least twelve questions; each file is there, and what to look for is in it."""
    found = PLACE.findall(part(root, "Where is it?"))

    assert len(found) >= 12
    assert [] == [
        f"{question} {path} has no {name}"
        for question, path, name in found
        if not (root / path).is_file()
        or name not in names(ast.parse((root / path).read_text(encoding="utf-8")))
    ]


def test_any_exception_is_caught_only_where_contributing_says(
    root: Path, sources: tuple[Source, ...]
) -> None:
    """Where it is not raised again, and one bad thing must not cost the others."""
    catching = {
        source.name
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Name)
        and node.type.id in ANY_ERROR
        and not any(isinstance(one, ast.Raise) and not one.exc for one in node.body)
    }

    said = part(root, "Situation -> raise")
    assert catching == set(SURVIVES.findall(said))


def test_the_ladder_is_the_one_that_is_checked(root: Path) -> None:
    """The same layers, from the top down."""
    drawn = part(root, "The ladder").partition("```text\n")[2].partition("```")[0]
    rungs = [re.split(r" {2,}", line)[0] for line in drawn.splitlines()]
    checked = (root / ".importlinter").read_text(encoding="utf-8")
    ladder = checked.partition("layers =\n")[2].partition("\n\n")[0]

    assert rungs == [line.strip() for line in ladder.splitlines()]
