"""Lists over several workflows: a column more for people, a key more for programs.

    with opened_all(settings_file) as installation:
        found = listed(installation, letters)
    if as_data:
        found.print_json(asdict)

Where there is one workflow only, or one is chosen, nothing says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from leadstate.cli.context import clean_lines, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadstate.service.app import App, Installation

__all__ = ["Listing", "listed", "tell_broken"]

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Listing(Generic[_Item]):
    """What the workflows have, in one order.

    Attributes:
        rows: Each with the name of its workflow.
        several: Whether that is worth saying.
    """

    rows: tuple[tuple[str, _Item], ...]
    several: bool

    def __iter__(self) -> Iterator[_Item]:
        """Go through them without their workflows."""
        return (one for _, one in self.rows)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def print_json(self, data: Callable[[_Item], Mapping[str, object]]) -> None:
        """Print them as data; each names its workflow where there are several."""
        print_json(
            [
                ({"workflow": name} if self.several else {}) | dict(data(one))
                for name, one in self.rows
            ]
        )

    def print_table(
        self, head: Sequence[str], cells: Callable[[_Item], Sequence[object]]
    ) -> None:
        """Print them for people, with a column for the workflow."""
        if not self.several:
            print_table(head, [cells(one) for one in self])
            return
        rows = [(name, *cells(one)) for name, one in self.rows]
        print_table(["workflow", *head], rows)


def listed(
    installation: Installation,
    ask: Callable[[App], Sequence[_Item]],
    *,
    order: Callable[[_Item], Any] | None = None,
    limit: int | None = None,
) -> Listing[_Item]:
    """Ask every workflow, and return what all of them have; say which cannot be asked.

    Args:
        ask: What one workflow has, in its order.
        order: What is least comes first; None keeps workflow after workflow.
        limit: At most so many of all.
    """
    from leadstate.service.several import ask_each

    answers = ask_each(installation, ask)
    rows = [(name, one) for name, found in answers.items() for one in found]
    if order is not None:
        rows.sort(key=lambda row: order(row[1]))
    tell_broken(installation)
    return Listing(tuple(rows[:limit]), installation.several)


def tell_broken(installation: Installation) -> None:
    """Say on standard error which workflows cannot be used, and why."""
    for name, error in installation.broken.items():
        click.echo(
            clean_lines(
                f"workflow {name} cannot be used, the others go on; what comes in for "
                f"it waits: {error}"
            ),
            err=True,
        )
