"""Print the pages that have generated parts, for ``make docs`` to check.

To bring them up to date:

    .venv/bin/python -m cogapp -P -r $(.venv/bin/python scripts/generated_pages.py)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
MARK = "[[[cog"


def every_page(root: Path = ROOT) -> list[Path]:
    """Return every page of the documentation."""
    single = ("README.md", "CONTRIBUTING.md", "changelog.d/README.md", "demo/README.md")
    plugins = sorted(root.glob("plugins/*/README.md"))
    return [*(root / name for name in single), *plugins, *sorted(_docs(root))]


def _docs(root: Path) -> Iterable[Path]:
    return (root / "docs").rglob("*.md")


def generated_pages(root: Path = ROOT) -> list[Path]:
    """Return every page below ``root`` with a generated part, relative to it."""
    return [
        page.relative_to(root)
        for page in every_page(root)
        if MARK in page.read_text(encoding="utf-8")
    ]


if __name__ == "__main__":
    print(*generated_pages(), sep="\n")
