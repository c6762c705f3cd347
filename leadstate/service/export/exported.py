"""The workflows of an export: what each says, and which one a row is of.

Rows of a workflow that the settings do not name, or whose file is broken, come along as
far as nobody has to know what it says.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.app import App
from leadstate.service.own_words import listed_reasons
from leadstate.service.reports.scope import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.app import Installation
    from leadstate.store import View

__all__ = ["Exported", "reading"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported: one workflow, or all of an installation.

    Attributes:
        lifecycles: By the workflow's name.
    """

    lifecycles: Mapping[str, Lifecycle]

    @property
    def title(self) -> str:
        """Return what they are called."""
        return ", ".join(one.title or one.name for one in self.lifecycles.values())

    def reasons(self, view: View) -> dict[str, frozenset[str]]:
        """Return the reasons that each lists, and no person wrote."""
        return {
            name: listed_reasons(one, view) for name, one in self.lifecycles.items()
        }

    def stages(self) -> Iterable[str]:
        """Return the stages of all of them."""
        return dict.fromkeys(
            stage for one in self.lifecycles.values() for stage in one.stages
        )

    def moment(self, day: date | None) -> datetime | None:
        """Return the moment that is meant by a day of the workflows' time zone.

        Raises:
            UsageError: They have not one time zone.
        """
        found = {moment_of(day, one) for one in self.lifecycles.values()}
        if len(found) > 1:
            zones = ", ".join(
                f"{one.name} {one.timezone}" for one in self.lifecycles.values()
            )
            raise UsageError(
                f"the workflows have days of their own ({zones}): write a moment such "
                "as 2026-01-31T09:00Z, or name one with --workflow NAME"
            )
        return found.pop()


@contextmanager
def reading(source: App | Installation) -> Iterator[tuple[Exported, View]]:
    """Open one snapshot of the database, narrowed to what is exported."""
    apps = [source] if isinstance(source, App) else list(source.apps.values())
    alone = isinstance(source, App) or not source.several
    store = apps[0].store if alone else apps[0].store.whole
    with store.read() as view:
        yield Exported({one.name: one.lifecycle for one in apps}), view
