"""Pages hang together: links lead somewhere, commands exist, the style is kept."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from leadstate.cli import _root
from scripts.generated_pages import ROOT, every_page

if TYPE_CHECKING:
    from pathlib import Path

PAGES = every_page()
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


def name_of(page: Path) -> str:
    """Return how a page is called in a report."""
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return a page without its code and its comments."""
    text = COMMENT.sub("", page.read_text(encoding="utf-8"))
    return FENCED.sub("", text)


def anchors(page: Path) -> set[str]:
    """Return what a link may point at within a page."""
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in found)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """Files are there, and headings are where a link points."""
    broken = []
    for link in LINK.findall(prose(page)):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert [] == broken


def test_every_page_is_reached_from_the_readme() -> None:
    """Nothing is written that nobody finds."""
    waiting, seen = [ROOT / "README.md"], {ROOT / "README.md"}
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(prose(page)):
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in seen:
                seen.add(target)
                waiting.append(target)

    assert [] == [name_of(page) for page in PAGES if page not in seen]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    """Its name and every option of it."""
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"^(?:\$ |  )?(leadstate [a-z][^\n]*)$", text, re.MULTILINE)
    shown += re.findall(r"`(leadstate [a-z][^`\n]*)`", text)
    wrong = [line for line in shown if (line[:3] != "...") and not understood(line)]

    assert [] == wrong


def understood(line: str) -> bool:
    """Return whether every word that is a command or an option is known."""
    words = line.partition(" && ")[0].partition(" #")[0].split()[1:]
    command: click.Command = _root
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words.pop(0))
        if found is None:
            return line.rsplit(maxsplit=1)[-1].isupper()  # `leadstate sandbox NAME`
        command = found
    known = {text for one in command.params for text in one.opts}
    options = [word for word in words if re.match(r"--[a-z]", word)]
    return set(options) <= {*known, "--help", "--version"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_prose_stands_one_sentence_a_line(page: Path) -> None:
    """A change of one sentence is then a change of one line."""
    crowded = []
    for line in prose(page).splitlines():
        flowing = line[:1].isalpha() and not line.startswith(("Apache-2.0", "Kind of"))
        if flowing and re.search(r"[a-z)`][.!?] +[A-Z]", line):
            crowded.append(line)

    assert [] == crowded or "reference" in page.parts


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_every_decision_has_its_three_parts_and_is_listed(page: Path) -> None:
    """Context, decision, consequence; a number; a line in the list."""
    text = page.read_text(encoding="utf-8")
    listed = (page.parent / "README.md").read_text(encoding="utf-8")

    assert text.startswith(f"# {page.name[:4]}: ")
    assert ["Context", "Decision", "Consequence"] == re.findall(
        r"^## (\w+)$", text, re.MULTILINE
    )
    assert f"({page.name})" in listed


def test_decisions_are_numbered_without_a_gap() -> None:
    """So that nobody looks for a page that never was."""
    numbers = [int(page.name[:4]) for page in DECISIONS]

    assert list(range(1, len(numbers) + 1)) == numbers


def test_changelog_fragments_can_be_put_together() -> None:
    """Every fragment is of a known type, and each one is printed."""
    fragments = [
        one for one in (ROOT / "changelog.d").glob("*.md") if one.stem != "README"
    ]
    told = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "next"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == told.returncode, told.stderr
    for fragment in fragments:
        first = fragment.read_text(encoding="utf-8").strip().split("\n")[0]
        assert first[:60] in told.stdout
