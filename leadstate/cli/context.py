"""What commands share: the settings file, an open app, and ways to print."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leadstate.service.app import App, Installation
    from leadstate.service.several import Whose
    from leadstate.settings import Settings

__all__ = [
    "actor_option",
    "as_json",
    "chosen_settings",
    "chosen_workflow",
    "clean",
    "clean_lines",
    "file_option",
    "json_option",
    "opened",
    "opened_all",
    "print_json",
    "print_table",
    "read_settings",
    "settings_option",
    "span",
    "when",
]

_SETTINGS = "leadstate.yaml"
_WORKFLOW = "leadstate.workflow"

_PIPED_WIDTH = 100
_BETWEEN = 2
_SHORT_CELL = 14
_LONG_WORD = 33  # an id and a comma


def settings_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--settings FILE`` and ``--workflow NAME``.

    The workflow is no parameter of the command: `opened` and `opened_all` know it.
    """
    workflow = click.option(
        "--workflow",
        metavar="NAME",
        envvar="LEADSTATE_WORKFLOW",
        expose_value=False,
        callback=_choose,
        help="Which workflow, where there are several.",
    )
    return file_option(workflow(command))


def _choose(context: click.Context, _: click.Parameter, name: str | None) -> None:
    context.meta[_WORKFLOW] = name


def chosen_workflow() -> str | None:
    """Return the workflow that ``--workflow`` names, or None."""
    name = click.get_current_context().meta.get(_WORKFLOW)
    return name if isinstance(name, str) and name else None


def file_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--settings FILE`` alone, where it is all the same which workflow."""
    return click.option(
        "--settings",
        "settings_file",
        type=click.Path(path_type=Path),
        default=_SETTINGS,
        envvar="LEADSTATE_SETTINGS",
        show_default=True,
        help="The settings file.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``."""
    return click.option(
        "--json", "as_data", is_flag=True, help="Print JSON for programs."
    )(command)


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


def actor_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--by NAME``: who asks."""
    return click.option(
        "--by",
        "actor",
        default=_login_name,
        show_default="the login name",
        help="Your name.",
    )(command)


def read_settings(path: Path) -> Settings:
    """Read the settings file, or say how to make one."""
    from leadstate.settings import load_settings

    if not path.exists():
        raise click.ClickException(
            f"there is no settings file {path}. Make one with 'leadstate init', or "
            "name yours with --settings FILE (or LEADSTATE_SETTINGS)"
        )
    return load_settings(path)


def chosen_settings(path: Path) -> Settings:
    """Read the settings file as the chosen workflow sees it, or the only one there is.

    Raises:
        UsageError: There are several, and none is chosen; or there is none of the name.
    """
    from leadstate.definition.workflow import load_workflow
    from leadstate.settings.several import unknown_workflow

    settings, name = read_settings(path), chosen_workflow()
    if len(settings.workflows) == 1 or (settings.workflows and name is not None):
        return settings.of(name or next(iter(settings.workflows)))
    file = settings.workflow  # says which there are, where there are several
    if name is not None and (own := load_workflow(file).name) != name:
        raise unknown_workflow(name, [own])
    return settings


@contextmanager
def opened(
    path: Path,
    *,
    connections: Sequence[str] | None = (),
    actor: str | None = None,
    whose: Whose | None = None,
) -> Iterator[App]:
    """Open one workflow: the chosen one, or the only one there is.

    Commands that only read open no connection.

    Args:
        connections: Names to open; None opens all, to work with them.
        actor: Who does it; the login name if nobody says.
        whose: What the command is about: of several workflows, where none is chosen, it
            is the one that this belongs to.
    """
    from leadstate.service.several import app_of

    with _opened(path, connections, actor) as installation:
        name = chosen_workflow()
        if name is None and whose is not None:
            yield app_of(installation, whose)
        else:
            yield installation.app(name)


@contextmanager
def opened_all(
    path: Path,
    *,
    connections: Sequence[str] | None = (),
    actor: str | None = None,
) -> Iterator[Installation]:
    """Open every workflow, or the chosen one alone; see `opened`."""
    with _opened(path, connections, actor) as installation:
        name = chosen_workflow()
        if name is not None:
            app = installation.app(name)
            yield replace(installation, apps={app.name: app}, broken={})
        else:
            yield installation


@contextmanager
def _opened(
    path: Path, connections: Sequence[str] | None, actor: str | None
) -> Iterator[Installation]:
    from leadstate.cli.logs import configure_logs
    from leadstate.clock import SystemClock
    from leadstate.service.bootstrap import open_installation

    configure_logs(verbose=bool(os.environ.get("LEADSTATE_VERBOSE")))
    installation = open_installation(
        read_settings(path),
        SystemClock(),
        connections=connections,
        actor=actor or _login_name(),
    )
    try:
        yield installation
    finally:
        installation.close()


def clean(text: object) -> str:
    """Return text as one line that is safe in a terminal.

    Names of leads are anybody's text: a line break in one forges no line of ours, and
    what a terminal obeys, or cannot write, is spelt out.
    """
    return "".join(
        one if one.isprintable() else f"\\x{ord(one):02x}" for one in str(text)
    )


def clean_lines(text: object) -> str:
    """Return a text of ours that has several lines, each of them safe."""
    return "\n".join(map(clean, str(text).split("\n")))


def when(moment: datetime | None) -> str:
    """Return a moment for people, or that nobody knows."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "unknown"


def span(length: timedelta | None) -> str:
    """Return a length of time for people, never in days: a business day has no 24 h."""
    if length is None:
        return "unknown"
    seconds = int(abs(length.total_seconds()))
    hours, minutes = divmod(seconds // 60, 60)
    parts = [f"{hours}h"] * bool(hours) + [f"{minutes}m"] * bool(minutes)
    sign = "-" if seconds and length < timedelta(0) else ""
    return sign + (" ".join(parts) or f"{seconds}s")


def as_json(value: object) -> str:
    """Return JSON, times as ISO 8601; ASCII, so that no name moves a cursor."""
    return json.dumps(value, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    return str(value)


def print_json(value: object) -> None:
    """Print JSON."""
    click.echo(as_json(value))


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table, or nothing but its head when it is empty.

    Short cells stay on one line; long texts wrap.  A pipe gets lines of 100 columns.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [
        max(_unbroken(text) for text in (name, *(row[place] for row in cells)))
        for place, name in enumerate(head)
    ]
    needed = sum(widths) + _BETWEEN * (len(widths) - 1)
    terminal = Console()
    told = terminal.is_terminal or os.environ.get("COLUMNS")
    width = terminal.width if told else max(_PIPED_WIDTH, needed)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, least in zip(head, widths, strict=True):
        # Where a terminal is too narrow, torn words are better than lost columns.
        fits = needed <= width
        table.add_column(name, overflow="fold", min_width=least if fits else None)
    for row in cells:
        table.add_row(*[Text(cell) for cell in row])
    Console(width=width).print(table)


def _unbroken(text: str) -> int:
    """Return how many columns a text needs so that no word of it is torn."""
    if len(text) <= _SHORT_CELL:
        return len(text)
    return min(_LONG_WORD, max(map(len, text.split()), default=0))
