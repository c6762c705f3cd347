"""Rows about the installation: what is in force, what is connected, who may do what.

What was recorded last stands in the newest row itself, so that the chain proves it too.
Secrets are in none of them: settings are compared by digests of the file's own text,
in which a secret is a reference.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.mode import ConnectionMode
from leadstate.settings import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People, Person
    from leadstate.settings import Settings
    from leadstate.store import ModeRow, Store, View, WorkflowRow

    State = Mapping[str, Any]  # JSON-ready
    Changes = Callable[[State, State], Iterator[str]]

__all__ = ["applied", "connected", "note_installation", "recorded", "told_of_mode"]

_SHOWN = 12
_STATE, _CHANGES = "state", "changes"
_PARTS = {"connections": "connection", "channels": "channel", "plugins": "plugin"}


def applied(
    lifecycle: Lifecycle, before: WorkflowRow | None, *, actor: str, now: datetime
) -> HistoryEntry:
    """Return the row that says that another version of the workflow is in force."""
    new = f"{lifecycle.title or lifecycle.name}, version {lifecycle.version[:_SHOWN]}"
    old = f"version {before.version[:_SHOWN]}" if before else "none"
    if before and before.title != lifecycle.title:
        old = f"{before.title}, {old}"
    return _entry(
        HistoryKind.APPLIED,
        note=f"{new} is in force; before: {old}",
        actor=actor,
        now=now,
        version=lifecycle.version,
        told={
            "workflow": lifecycle.name,
            "before": before.version if before else None,
            "after": lifecycle.version,
        },
    )


def note_installation(
    store: Store, settings: Settings, people: People, *, actor: str, now: datetime
) -> None:
    """Keep a row for connections and channels, and one for people, if they changed."""
    seen: dict[HistoryKind, tuple[State, Changes]] = {
        HistoryKind.CONFIGURED: (_configured(settings), _configuration_changes),
        HistoryKind.PEOPLE: (_roles(people), _people_changes),
    }
    with store.read() as view:
        if not any(_changed(view, kind, *one) for kind, one in seen.items()):
            return
    with store.begin() as work:  # compared again: another process may have been first
        entries = [
            _entry(
                kind,
                note="; ".join(changes),
                actor=actor,
                now=now,
                told={_CHANGES: changes, _STATE: one[0]},
            )
            for kind, one in seen.items()
            if (changes := _changed(work, kind, *one))
        ]
        work.history.append(entries)
        work.commit()


def connected(note: str, *, actor: str, now: datetime) -> HistoryEntry:
    """Return the row that says which account a connection belongs to."""
    return _entry(HistoryKind.CONNECTED, note=note, actor=actor, now=now, told={})


def told_of_mode(lifecycle: Lifecycle, row: ModeRow, note: str = "") -> HistoryEntry:
    """Return the row that says whether a workflow acts on a connection from now on."""
    how = "only observed" if row.mode is ConnectionMode.OBSERVE else "live"
    return _entry(
        HistoryKind.MODE,
        note=f"{row.connection} is {how} for {lifecycle.name}" + (note and f"; {note}"),
        actor=row.actor,
        now=row.since,
        version=lifecycle.version,
        told={"connection": row.connection, "mode": str(row.mode)},
    )


def recorded(view: View, limit: int | None = None) -> list[HistoryEntry]:
    """Return the rows about the installation, oldest first; the newest of them."""
    return view.history.of("", limit)


def _entry(  # noqa: PLR0913 - what the row says, keyword-only
    kind: HistoryKind,
    *,
    note: str,
    actor: str,
    now: datetime,
    told: State,
    version: str = "",
) -> HistoryEntry:
    return HistoryEntry(
        record_id="",
        kind=kind,
        cause=Cause.MANUAL,
        actor=actor,
        happened_at=now,
        learnt_at=now,
        from_stage=None,
        to_stage=None,
        note=note,
        source="settings",
        workflow_version=version,
        receipt=told,
    )


def _changed(
    view: View, kind: HistoryKind, state: State, changes: Changes
) -> list[str]:
    last = view.history.last_of_installation(kind)
    before = last.receipt.get(_STATE) if last else None
    return list(changes(before if isinstance(before, dict) else {}, state))


# -- connections and channels ----------------------------------------------------------


def _configured(settings: Settings) -> dict[str, Any]:
    connections = {
        name: {
            "adapter": one.adapter,
            **_bindings(settings, name),
            "settings": digest_of(one, without={"adapter", "binding", "mode"}),
        }
        for name, one in settings.connections.items()
    }
    return {
        "connections": connections,
        "channels": {name: digest_of(one) for name, one in settings.channels.items()},
        "plugins": dict.fromkeys(settings.plugins, ""),
        "receiver": digest_of(settings.receiver),
    }


def _bindings(settings: Settings, connection: str) -> dict[str, str]:
    """Return what tells the states of the binding files apart, one a workflow."""
    return {
        f"binding file of {name}" if name else "binding file": _digest_of_file(
            one.binding_of(connection)
        )
        for name, one in settings.each().items()
        if connection in one.connections
    }


def _digest_of_file(file: Path) -> str:
    # Of several workflows, one may be broken: then its file need not be there.
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _configuration_changes(before: State, after: State) -> Iterator[str]:
    if not before:
        yield "recorded for the first time"
    for part, what in _PARTS.items():
        then, now = before.get(part, {}), after[part]
        yield from (f"{what} {name} added" for name in sorted({*now} - {*then}))
        yield from (f"{what} {name} removed" for name in sorted({*then} - {*now}))
        for name in sorted({*then} & {*now}):
            if then[name] != now[name]:
                yield f"{what} {name}: {_difference(then[name], now[name])} changed"
    if before and before.get("receiver") != after["receiver"]:
        yield "receiver changed"


def _difference(then: object, now: object) -> str:
    """Return which parts differ, in words."""
    if not isinstance(then, dict) or not isinstance(now, dict):
        return "settings"
    names = dict.fromkeys((*now, *then))
    return " and ".join(one for one in names if then.get(one) != now.get(one))


# -- people ----------------------------------------------------------------------------


def _roles(people: People) -> dict[str, Any]:
    return {
        name: {"roles": sorted(one.roles), "users": _users(one)}
        for name, one in sorted(people.by_name.items())
    }


def _users(person: Person) -> str:
    text = json.dumps(
        {name: list(ids) for name, ids in person.users.items()}, sort_keys=True
    )
    return sha256(text.encode()).hexdigest()


def _people_changes(before: State, after: State) -> Iterator[str]:
    nobody: dict[str, Any] = {"roles": [], "users": None}
    for name in sorted({*before, *after}):
        then, now = before.get(name, nobody), after.get(name, nobody)
        got = sorted({*now["roles"]} - {*then["roles"]})
        lost = sorted({*then["roles"]} - {*now["roles"]})
        parts = [f"got {', '.join(got)}"] if got else []
        parts += [f"lost {', '.join(lost)}"] if lost else []
        if name not in after:
            parts.append("is no longer named")
        elif name not in before:
            parts = parts or ["is named, without a role"]
        elif then["users"] != now["users"]:
            parts.append("is other users of the CRMs")
        if parts:
            yield f"{name} {', '.join(parts)}"
