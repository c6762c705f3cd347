"""What a record passed between two looks, where the CRM keeps its history.

A poll sees where an object is.  Where no transition leads there from where its record
stands, the adapter is asked for the steps between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from leadstate.adapters import RecentHistory, RemoteObject
from leadstate.engine.compiled import compile_lifecycle
from leadstate.errors import LeadstateError, StoreUnavailable
from leadstate.service.change_set import StoredState
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from leadstate.adapters import Gone, PastChange
    from leadstate.domain.binding import Binding
    from leadstate.service.app import App, Connected

__all__ = ["read_between", "shown_between"]

log = structlog.get_logger("leadstate.between")


def read_between(
    app: App,
    connected: Connected,
    remotes: Mapping[str, RemoteObject | Gone],
    states: Mapping[str, StoredState],
) -> dict[str, tuple[PastChange, ...]]:
    """Return what happened to objects that jumped, since each was read last.

    Nothing where the adapter cannot tell, or not now: then a jump is a jump.
    """
    adapter = connected.adapter
    if not isinstance(adapter, RecentHistory):
        return {}
    since: dict[str, datetime] = {}
    for one, remote in remotes.items():
        state = states.get(one, StoredState())
        if state.link is not None and _jumped(app, connected, remote, state):
            since[one] = state.link.seen_at
    if not since:
        return {}
    try:
        told = adapter.recent(list(since), since=min(since.values()))
    except StoreUnavailable:
        raise
    except LeadstateError as error:
        log.info("steps between cannot be read", error=str(error), objects=len(since))
        return {}
    found: dict[str, tuple[PastChange, ...]] = {}
    for change in sorted(told, key=lambda one: one.at):
        if change.id in since and change.at > since[change.id]:
            found[change.id] = (*found.get(change.id, ()), change)
    return found


def _jumped(
    app: App,
    connected: Connected,
    remote: RemoteObject | Gone,
    state: StoredState,
) -> bool:
    """Whether the object shows a stage to which nothing leads from its record's."""
    row = state.record
    if not isinstance(remote, RemoteObject) or row is None:
        return False
    if row.status is not RecordStatus.ACTIVE or state.sending:
        return False
    stage = connected.binding.stage_of(remote.properties)
    if stage is None or state.expects(stage):
        return False
    leaving = compile_lifecycle(app.lifecycle).leaving.get(row.record.stage, ())
    return all(edge.target != stage for edge in leaving)


def shown_between(
    binding: Binding,
    before: Mapping[str, str | None],
    changes: tuple[PastChange, ...],
) -> Iterator[tuple[str, PastChange]]:
    """Yield each stage that was shown, one after the other, with what led there.

    Args:
        binding: Says what the properties mean.
        before: What the object showed when it was read last.
        changes: What happened since, oldest first.
    """
    shown = dict(before)
    last = binding.stage_of(shown)
    for change in changes:
        shown |= change.properties
        stage = binding.stage_of(shown)
        if stage is not None and stage != last:
            yield stage, change
            last = stage
