"""Several workflows at once: ask each of them, and find out whose something is.

A command that names no workflow asks all of them, or finds the one that a record or a
row belongs to:

    lists = ask_each(installation, lambda app: open_slas(app, team="sales"))
    app = app_of(installation, of_record("hs-77"))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from leadstate.service.app import App, Installation
    from leadstate.store import View

    Whose: TypeAlias = Callable[[View], Mapping[str, str]]

__all__ = [
    "Absent",
    "absent",
    "app_of",
    "ask_each",
    "of_approval",
    "of_conflict",
    "of_everybody",
    "of_letter",
    "of_record",
    "one_of",
    "with_connection",
]

_Found = TypeVar("_Found")
_MOST_NAMED = 5


def ask_each(
    installation: Installation, ask: Callable[[App], _Found]
) -> dict[str, _Found]:
    """Ask every workflow; return the answers by its name.

    One that does not know what was named (a stage, a team, a record) has no answer.

    Raises:
        UsageError: None of them knows it.
    """
    found: dict[str, _Found] = {}
    unknown: UsageError | None = None
    for name, app in installation.apps.items():
        try:
            found[name] = ask(app)
        except UsageError as error:
            unknown = unknown or error
    if not found and unknown is not None:
        raise unknown
    return found


def with_connection(installation: Installation, name: str) -> dict[str, App]:
    """Return the workflows that use a connection, by name.

    Raises:
        UsageError: None does.
    """
    found = {
        workflow: app
        for workflow, app in installation.apps.items()
        if name in app.connections
    }
    if not found:
        apps = installation.apps.values()
        known = sorted({one for app in apps for one in app.connections})
        raise UsageError(
            f"there is no connection {name!r}; known: {', '.join(known) or 'none'}"
        )
    return found


# -- whose something is ----------------------------------------------------------------


def app_of(installation: Installation, whose: Whose) -> App:
    """Return the workflow that a record or a row belongs to.

    Where nothing is found it is any of them: each says what is not there.

    Args:
        whose: What is meant -> the workflow that it belongs to.

    Raises:
        UsageError: Several workflows have such a thing, or the workflow is not in the
            settings.
    """
    if not installation.several:
        return installation.app(None)
    with installation.store.read() as view:
        found = whose(view)
    return one_of(installation, found) if found else installation.first


def one_of(installation: Installation, found: Mapping[str, str]) -> App:
    """Return the one workflow of everything that was found.

    Args:
        found: What was found, in words -> its workflow.

    Raises:
        UsageError: They are of several, or of one that is not in the settings.
    """
    names = list(dict.fromkeys(found.values()))
    if len(names) > 1:
        listed = ", ".join(f"{one} ({name})" for one, name in found.items())
        raise UsageError(
            f"several workflows have it: {listed}. Say which one with --workflow NAME"
        )
    name = names[0]
    if name not in installation.apps and name not in installation.broken:
        raise UsageError(
            f"{next(iter(found))} belongs to the workflow {name!r}, which is not in "
            "the settings. Nothing of it is lost; name it there again to go on"
        )
    return installation.app(name)


def of_everybody(_: View) -> Mapping[str, str]:
    """Return nobody in particular: what is asked for is the same for every workflow."""
    return {}


def of_record(text: str) -> Whose:
    """Return whose record it is that `leadstate.service.records.find` finds."""

    def whose(view: View) -> Mapping[str, str]:
        ids = view.records.find(text)
        ids = [text] if text in ids else ids[:_MOST_NAMED]
        return {one: view.records.workflow_of(one) or "" for one in ids}

    return whose


def of_approval(approval_id: int) -> Whose:
    """Return whose move waits for this approval."""

    def whose(view: View) -> Mapping[str, str]:
        found = view.approvals.get(approval_id)
        return {} if found is None else _of(view, "request", found.id, found.record_id)

    return whose


def of_conflict(conflict_id: int) -> Whose:
    """Return whose conflict it is."""

    def whose(view: View) -> Mapping[str, str]:
        found = view.conflicts.get(conflict_id)
        return {} if found is None else _of(view, "conflict", found.id, found.record_id)

    return whose


def of_letter(letter_id: int) -> Whose:
    """Return whose dead letter it is."""

    def whose(view: View) -> Mapping[str, str]:
        workflow = view.dead_letters.workflow_of(letter_id)
        return {f"dead letter {letter_id}": workflow} if workflow else {}

    return whose


def _of(view: View, what: str, number: int, record_id: str) -> dict[str, str]:
    workflow = view.records.workflow_of(record_id)
    return {f"{what} {number}": workflow} if workflow else {}


# -- what is not in the settings -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Absent:
    """What the database holds of a workflow that the settings do not name.

    Attributes:
        records: Its active records.
        waiting: What came in for it and waits.
    """

    records: int
    waiting: int


def absent(installation: Installation) -> dict[str, Absent]:
    """Return the workflows that have records or wait, and are not in the settings."""
    with installation.store.read() as view:
        records = view.records.by_workflow()
        waiting = view.inbox.waiting_by_workflow()
    known = {*installation.apps, *installation.broken}
    return {
        name: Absent(records=records.get(name, 0), waiting=waiting.get(name, 0))
        for name in sorted({*records, *waiting} - known)
    }
