"""How far a long command is: a bar in a terminal, plain lines elsewhere, on stderr."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import TaskID

    Report = Callable[[str, int, int | None], None]

__all__ = ["progress"]

_PARTS = 10


@contextmanager
def progress(*, quiet: bool = False, lines: bool = True) -> Iterator[Report]:
    """Give a function that is told of a part's name, what is done, and of how much.

    Args:
        quiet: Show nothing: a program reads.
        lines: Print lines where there is no terminal; else only a person is told.
    """
    if quiet:
        yield _silent
        return
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines().report if lines else _silent
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def report(part: str, done: int, total: int | None) -> None:
            text = f"{part}: {done:,}" + ("" if total is None else f" of {total:,}")
            if part not in tasks:
                tasks[part] = bar.add_task(text, total=total)
            bar.update(tasks[part], description=text, completed=done, total=total)

        yield report


def _silent(_part: str, _done: int, _total: int | None) -> None:
    pass


class _Lines:
    """Prints a line now and then: at every tenth, or each time it has doubled."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def report(self, part: str, done: int, total: int | None) -> None:
        if done < self._next.get(part, 1) and done != total:
            return
        text = f"{part}: {done}" + ("" if total is None else f" of {total}")
        click.echo(text, err=True)
        step = done if total is None else max(1, total // _PARTS)
        self._next[part] = done + max(step, 1)
