"""Which record an object of another CRM belongs to: by token, by a person, by identity.

A match is never guessed: one candidate is the record, several are for a person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters import RemoteObject
from leadstate.service.change_set import Match
from leadstate.service.sync.identity import all_identities, contradicts, identities_of
from leadstate.service.sync.loaded import load_records
from leadstate.service.sync.mapping import values_of
from leadstate.store import LinkStatus, ReadAgain, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadstate.adapters import Gone
    from leadstate.service.app import App, Connected
    from leadstate.service.change_set import StoredState
    from leadstate.store import InboxRow, RecordRow, View

__all__ = [
    "NEW",
    "chosen_record",
    "identities_of_object",
    "identity_of_object",
    "others_of",
    "with_matches",
]

NEW = "new"
"""What a person chooses for an object that is nobody we know."""

_Keys = dict[tuple[str, str], tuple[str, ...]]


def chosen_record(rows: Iterable[InboxRow]) -> str | None:
    """Return the record that a person chose for the object, `NEW`, or None."""
    chosen = [
        row.payload.record
        for row in rows
        if isinstance(row.payload, ReadAgain) and row.payload.record
    ]
    return chosen[-1] if chosen else None


def identity_of_object(
    app: App, connected: Connected, properties: Mapping[str, str | None]
) -> dict[str, str]:
    """Return the identifying values that a CRM's object carries."""
    values = values_of(app.lifecycle, connected.binding, properties)
    return identities_of(app.lifecycle.fields, values)


def identities_of_object(
    app: App, connected: Connected, remote: RemoteObject
) -> dict[str, tuple[str, ...]]:
    """Return every identifying value that an object carries, its main one first."""
    found = {
        name: [value]
        for name, value in identity_of_object(app, connected, remote.properties).items()
    }
    for name, source in connected.binding.fields.items():
        for text in remote.also.get(source.property, ()):
            more = identity_of_object(app, connected, {source.property: text})
            if name in more:
                found.setdefault(name, []).append(more[name])
    known = [name for name in app.lifecycle.fields if name in found]  # by their trust
    return {name: tuple(dict.fromkeys(found[name])) for name in known}


def others_of(
    view: View, app: App, connected: Connected, remote: RemoteObject, record_id: str
) -> tuple[Match, ...]:
    """Return the records, beside this one, to whom an object may belong."""
    found = _Finder(app, connected, view).matches(None, remote)
    return tuple(one for one in found if one.record.record.id != record_id)


def with_matches(  # noqa: PLR0913, PLR0917 - what one reading brought
    view: View,
    app: App,
    connected: Connected,
    by_object: Mapping[str, Sequence[InboxRow]],
    remotes: Mapping[str, RemoteObject | Gone],
    states: Mapping[str, StoredState],
) -> dict[str, StoredState]:
    """Return what is known of objects that may belong to a record we have."""
    wanted: dict[str, RemoteObject] = {}
    for one, rows in by_object.items():
        remote = remotes.get(one)
        if not isinstance(remote, RemoteObject):
            continue
        if _is_open(app, connected, states[one], rows, remote):
            wanted[one] = remote
    if not wanted:
        return {}
    finder = _Finder(app, connected, view)
    found = {
        one: finder.matches(chosen_record(by_object[one]), remote)
        for one, remote in wanted.items()
    }
    rivals = Counter(
        match.record.record.id for matches in found.values() for match in matches
    )
    return {
        one: replace(
            states[one],
            chosen=chosen_record(by_object[one]),
            matches=tuple(
                replace(match, rivals=rivals[match.record.record.id] - 1)
                for match in matches
                if match.sure or not _is_apart(states[one], match)
            ),
        )
        for one, matches in found.items()
    }


def _is_apart(state: StoredState, match: Match) -> bool:
    """Whether both are records of one CRM, which says that they are two."""
    if state.record is None:
        return False
    mine = {link.connection for link in state.links}
    return bool(mine & {link.connection for link in match.links})


def _is_open(
    app: App,
    connected: Connected,
    state: StoredState,
    rows: Sequence[InboxRow],
    remote: RemoteObject,
) -> bool:
    """Whether it is open to whom the object belongs."""
    if chosen_record(rows):
        return True
    if len(app.connections) < 2 and remote.token is None:  # noqa: PLR2004
        return False
    if state.record is None:
        return not state.merged
    return _is_known_better(app, connected, state.record, remote)


def _is_known_better(
    app: App, connected: Connected, row: RecordRow, remote: RemoteObject
) -> bool:
    """Whether a record learns who it is: it may turn out to be another one, too."""
    before = identities_of(app.lifecycle.fields, row.record.values)
    now = identities_of_object(app, connected, remote)
    return any(before.get(name) != one for name in now for one in now[name])


class _Finder:
    """Looks up candidates inside one reading of the store."""

    def __init__(self, app: App, connected: Connected, view: View) -> None:
        self._app, self._connected, self._view = app, connected, view

    def matches(self, chosen: str | None, remote: RemoteObject) -> tuple[Match, ...]:
        """Return the candidates, most trusted way first; a sure one comes alone."""
        if chosen:
            return self._of({chosen: "choice"} if chosen != NEW else {})
        if remote.token:
            made_for = self._view.outbox.record_of(remote.token)
            if made_for:
                return self._of({made_for: "token"})
        mine = identities_of_object(self._app, self._connected, remote)
        pairs = [(name, one) for name, values in mine.items() for one in values]
        found = self._view.identities.find(pairs)
        ids = sorted({one for those in found.values() for one in those})
        further = self._view.identities.further_of(ids) if ids else {}
        for name, values in mine.items():
            ids = [one for value in values for one in found.get((name, value), ())]
            candidates = self._of(dict.fromkeys(ids, name))
            likely = [
                one
                for one in candidates
                if self._may_be(mine, one, further.get(one.record.record.id, {}), name)
            ]
            if likely:
                return tuple(likely)
        return ()

    def _may_be(
        self,
        mine: Mapping[str, tuple[str, ...]],
        match: Match,
        further: Mapping[str, tuple[str, ...]],
        by: str,
    ) -> bool:
        row = match.record
        main = identities_of(self._app.lifecycle.fields, row.record.values)
        theirs = all_identities(main, further)
        elsewhere = any(
            one.connection != self._connected.name and one.status is LinkStatus.ACTIVE
            for one in match.links
        )
        active = row.status is RecordStatus.ACTIVE
        return active and elsewhere and not contradicts(mine, theirs, by)

    def _of(self, ids: Mapping[str, str]) -> tuple[Match, ...]:
        return tuple(
            Match(
                record=one.row,
                by=ids[record_id],
                links=one.links,
                open_rows=one.open_rows,
                clocks=one.clocks,
                timers=one.timers,
                in_force=one.in_force,
            )
            for record_id, one in load_records(self._view, self._app, ids).items()
        )
