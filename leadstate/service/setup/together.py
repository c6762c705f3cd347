"""Bindings held against each other: one owner a field, one writer a property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.binding import Sync
from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.domain.binding import Binding

__all__ = ["check_together", "check_writers"]


def check_together(bindings: Mapping[str, Binding]) -> None:
    """Raise when connections contradict each other about shared fields.

    Args:
        bindings: Connection -> its binding; all of one installation.

    Raises:
        ConfigurationError: Every contradiction, a line each.
    """
    names = dict.fromkeys(name for one in bindings.values() for name in one.fields)
    found = [line for name in names for line in _contradictions(name, bindings)]
    if found:
        raise ConfigurationError("\n".join(found))


def check_writers(bindings: Mapping[str, Mapping[str, Binding]]) -> None:
    """Raise when two workflows write one property of the same objects.

    Each would take what the other writes for somebody's edit.  Reading is free.

    Args:
        bindings: Workflow -> connection -> its binding.

    Raises:
        ConfigurationError: Every such property, a line each, with both places.
    """
    writers: dict[tuple[str, str, str], tuple[str, str]] = {}
    found: list[str] = []
    for workflow, its in bindings.items():
        for connection, binding in its.items():
            for name, place in binding.written_properties.items():
                at = connection, binding.object, name
                other, there = writers.setdefault(at, (workflow, place))
                if other != workflow:
                    found.append(
                        f"two workflows write {name!r} of {binding.object} in "
                        f"{connection}: {other} ({there}) and {workflow} ({place}), "
                        "each in its binding. Let one of them write it; the other may "
                        "read it as a field without `sync`"
                    )
    if found:
        raise ConfigurationError("\n".join(found))


def _contradictions(name: str, bindings: Mapping[str, Binding]) -> Iterator[str]:
    ways: dict[Sync, list[str]] = {sync: [] for sync in Sync}
    for connection, binding in bindings.items():
        source = binding.fields.get(name)
        if source is not None and source.sync is not None:
            ways[source.sync].append(connection)
    owners, copies, newest = ways[Sync.OWNER], ways[Sync.COPY], ways[Sync.NEWEST]
    if len(owners) > 1:
        yield (
            f"field {name!r} has {len(owners)} owners: {', '.join(owners)}. Keep "
            "`sync: owner` in one binding and write `sync: copy` in the others"
        )
    if copies and not owners:
        yield (
            f"field {name!r} is a copy in {', '.join(copies)} and has no owner. Write "
            "`sync: owner` in the binding of the CRM whose value counts"
        )
    if newest and (owners or copies):
        yield (
            f"field {name!r} is `newest` in {', '.join(newest)} and has an owner or a "
            f"copy in {', '.join(owners + copies)}. Choose one way for all of them"
        )
    elif len(newest) == 1 and len(bindings) > 1:
        yield (
            f"field {name!r} is `newest` in {newest[0]} alone. Write `sync: newest` in "
            "the other bindings that carry it, or delete it here"
        )
