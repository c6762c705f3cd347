"""Make what an account lacks for a binding: look, make, look again.

A dry run is the first look.  What is missing is worked out from the live account each
time, so that a crash in the middle, or a second run, goes on where things stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.adapters import Setup
from leadstate.errors import LeadstateError, UsageError
from leadstate.service.setup.wanting import wanted_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.adapters import SetupStep, Wanted
    from leadstate.service.app import App

__all__ = ["Made", "SetUp", "set_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A step that was tried.

    Attributes:
        note: What a person should know about what was made.
        error: Why it could not be made, or "".
    """

    step: SetupStep
    note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """How an account stands.

    Attributes:
        made: What was tried, in order; empty in a dry run.
        missing: What is missing now; a dry run's plan.
    """

    connection: str
    made: tuple[Made, ...] = ()
    missing: tuple[SetupStep, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def failed(self) -> bool:
        """Whether something could not be made."""
        return any(one.error for one in self.made)


def set_up(app: App, name: str, *, webhook_url: str | None, apply: bool) -> SetUp:
    """Return what is missing in a connection's account, after making it if asked to.

    Args:
        webhook_url: Where the CRM shall send webhooks, or None for polling alone.
        apply: Make what can be made; else change nothing.
    """
    connected = app.connection(name)
    adapter = connected.adapter
    if not isinstance(adapter, Setup):
        raise UsageError(
            f"the adapter of {name!r} cannot set an account up; make what the binding "
            "names by hand, then run: leadstate doctor"
        )
    wanted = wanted_of(app.lifecycle, connected.binding, webhook_url)
    missing = tuple(adapter.missing(wanted))
    if not apply:
        return SetUp(connection=name, missing=missing)
    made = tuple(_make(adapter, wanted, missing))
    return SetUp(connection=name, made=made, missing=tuple(adapter.missing(wanted)))


def _make(setup: Setup, wanted: Wanted, missing: Sequence[SetupStep]) -> list[Made]:
    """Make each step that needs no person; one that fails does not stop the others."""
    tried: list[Made] = []
    for step in missing:
        if step.by_hand:
            continue
        try:
            tried.append(Made(step=step, note=setup.make(wanted, step)))
        except LeadstateError as error:
            tried.append(Made(step=step, error=str(error)))
    return tried
