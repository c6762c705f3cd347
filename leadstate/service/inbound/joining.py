"""One candidate is the record, several are for a person: nothing is guessed.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.store import LinkStatus, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.service.change_set import Match

__all__ = ["ambiguity", "being_created", "the_one"]


def the_one(matches: Iterable[Match], connection: str) -> Match | None:
    """Return the only record that the object can belong to, or None."""
    found = list(matches)
    if len(found) != 1:
        return None
    [match] = found
    return (
        match if match.sure or (not match.rivals and _free(match, connection)) else None
    )


def being_created(match: Match, connection: str) -> bool:
    """Whether our own creation of the record's object has not been settled yet."""
    return any(
        row.kind is OutboxKind.CREATE and row.connection == connection
        for row in match.open_rows
    )


def ambiguity(matches: Iterable[Match], connection: str, external_id: str) -> str:
    """Say why nobody can tell to whom an object belongs, and how a person can."""
    found = list(matches)
    by = found[0].by
    names = ", ".join(match.record.record.id for match in found)
    if len(found) > 1:
        why = f"its {by} is that of {len(found)} records: {names}"
    elif found[0].rivals:
        why = f"its {by} is that of record {names}, and of other objects that are new"
    else:
        why = f"its {by} is that of record {names}, which has an object here already"
    return (
        f"{why}. Say who it is with 'leadstate record link RECORD {connection} "
        f"{external_id}', or with 'new' as RECORD for somebody else"
    )


def _free(match: Match, connection: str) -> bool:
    taken = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)
    return not any(
        link.connection == connection and link.status in taken for link in match.links
    )
