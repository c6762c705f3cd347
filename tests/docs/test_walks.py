"""The walks of the pages are run, command by command, against real sandboxes."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from leadstate.testing import PATIENCE_SECONDS
from scripts.generated_pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

WALKS = ("tutorial.md", "how-to/run-two-crms.md")
BLOCK = re.compile(r"^```(sh|console|background)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
END = "-- end of a command --"


class Command(NamedTuple):
    """One command of the page, and what the page says it prints."""

    text: str
    printed: str


def commands(page: str) -> list[Command]:
    """Return the commands in order; ``console`` blocks say what each one prints."""
    found: list[Command] = []
    for language, body in BLOCK.findall(page):
        if language == "sh":
            found.append(Command(body, "…"))
        if language == "console":
            parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
            found += [Command(*part.split("\n", maxsplit=1)) for part in parts]
    return found


def as_pattern(printed: str) -> re.Pattern[str]:
    """Return what matches ``printed``; ``…`` stands for anything, lines too."""
    text = printed.strip()
    parts = [re.escape(part.strip("\n")) for part in text.split("…")]
    return re.compile(r"\n*" + r"[\s\S]*?".join(parts) + r"\n*")


def environment() -> dict[str, str]:
    """Return an environment that finds this installation and no settings of ours."""
    programs = Path(sys.executable).parent
    return {
        **{
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("LEADSTATE_", "PYTHONDONTWRITEBYTECODE"))
        },
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }


@contextmanager
def sandbox(command: str, folder: Path) -> Iterator[None]:
    """Run the sandbox as the page says."""
    process = subprocess.Popen(
        command.split(),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert " sandbox on http" in process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def run(found: list[Command], folder: Path) -> list[str]:
    """Run the commands in one shell; return what each one printed."""
    lines = [f"{one.text}\necho '{END}'" for one in found]
    told = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return told.stdout.split(END)


def background(page: str) -> list[str]:
    """Return the commands that the page leaves running in other terminals."""
    return [body for language, body in BLOCK.findall(page) if language == "background"]


def with_free_ports(page: str) -> str:
    """Return the page with ports that nobody else uses just now."""
    for port in re.findall(r"--port (\d+)", "".join(background(page))):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            page = page.replace(port, str(free.getsockname()[1]))
    return page


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
)
@pytest.mark.parametrize("walk", WALKS)
def test_every_command_of_a_walk_prints_what_the_page_shows(
    walk: str, tmp_path: Path
) -> None:
    """A reader who types what stands there sees what stands there."""
    page = with_free_ports((ROOT / "docs" / walk).read_text(encoding="utf-8"))
    found = commands(page)

    with ExitStack() as running:
        for command in background(page):
            running.enter_context(sandbox(command, tmp_path))
        printed = run(found, tmp_path)

    assert found
    for command, text in zip(found, printed, strict=False):
        assert as_pattern(command.printed).fullmatch(text), (
            f"$ {command.text}\nprinted:\n{text}\nthe page shows:\n{command.printed}"
        )
    assert len(printed) == len(found) + 1
