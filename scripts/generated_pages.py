"""Print the pages that have generated parts, for ``make docs`` to check.

To bring them up to date:

    .venv/bin/python -m cogapp -P -r $(.venv/bin/python scripts/generated_pages.py)
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARK = "[[[cog"


def generated_pages(root: Path = ROOT) -> list[Path]:
    """Return every page below ``root`` with a generated part, relative to it."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return [
        page.relative_to(root)
        for page in pages
        if MARK in page.read_text(encoding="utf-8")
    ]


if __name__ == "__main__":
    print(*generated_pages(), sep="\n")
