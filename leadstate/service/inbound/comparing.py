"""Hold a CRM's objects against our records, and look again at what differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Gone, GoneReason, RemoteObject
from leadstate.service.app import feed_of
from leadstate.service.inbound.endings import is_forgotten
from leadstate.service.inbox import look_items
from leadstate.service.sync.field_sync import lacking
from leadstate.store import LinkStatus, ReadAgain, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate.domain.record import Record
    from leadstate.service.app import App, Connected, Feed
    from leadstate.store import LinkRow

__all__ = [
    "PAGE",
    "Agreement",
    "Discrepancy",
    "compare",
    "compare_all",
    "compare_known",
    "compare_listed",
    "known_after",
    "look_again",
]

PAGE: Final = 100
"""Objects that are read at once: what HubSpot takes in a call."""
PRESENCE: Final = "presence"
_LOOKED_AT = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED, LinkStatus.GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One object on which the CRM and Leadstate do not agree."""

    connection: str
    external_id: str
    record_id: str | None
    ours: str | None
    theirs: str | None
    what: str = "stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What comparing every record with a CRM showed.

    Attributes:
        compared: Objects that were read and held against their record.
        quarantined: Objects that are known, listed, and not understood.
        differences: Objects on which the two sides do not agree.
    """

    compared: int = 0
    quarantined: int = 0
    differences: tuple[Discrepancy, ...] = field(default=())

    def __add__(self, other: Agreement) -> Agreement:
        """Return both together."""
        return Agreement(
            compared=self.compared + other.compared,
            quarantined=self.quarantined + other.quarantined,
            differences=self.differences + other.differences,
        )

    @property
    def in_sync(self) -> bool:
        """Whether every record was compared and agrees."""
        return not self.differences


def compare(app: App, connected: Connected) -> Agreement:
    """Read every linked object and hold its stage against the record's.

    Objects that the CRM lists and Leadstate does not know are differences too.
    """
    return compare_all(feed_of(app, connected))[app.name]


def compare_all(feed: Feed) -> dict[str, Agreement]:
    """Compare for each workflow that looks at these objects; each is read once."""
    found = {app.name: Agreement() for app, _ in feed.readers}
    after: str | None = ""
    while after is not None:
        ids, after = known_after(feed, after)
        _add(found, compare_known(feed, ids))
    for ids in _listed(feed):
        _add(found, compare_listed(feed, ids))
    return found


def _add(found: dict[str, Agreement], more: Mapping[str, Agreement]) -> None:
    for name, one in more.items():
        found[name] += one


def known_after(feed: Feed, after: str) -> tuple[list[str], str | None]:
    """Return the next page of objects that any of the workflows knows.

    Returns:
        Ids that are to be read, maybe none; and after which id to go on, None at the
        end.
    """
    with feed.store.read() as view:
        links = view.links.all(feed.name, after=(feed.object, after), limit=PAGE)
    here = [one for one in links if one.object == feed.object]
    ids = [one.external_id for one in here if one.status in _LOOKED_AT]
    more = here[-1].external_id if len(here) == PAGE else None
    return list(dict.fromkeys(ids)), more


def compare_known(feed: Feed, ids: Sequence[str]) -> dict[str, Agreement]:
    """Read these objects once, and hold them against every workflow's records."""
    remotes = {one.id: one for one in feed.adapter.read(ids)} if ids else {}
    return {
        app.name: _compared(app, connected, ids, remotes)
        for app, connected in feed.readers
    }


def compare_listed(feed: Feed, ids: Sequence[str]) -> dict[str, Agreement]:
    """Return which of these are not known to a workflow that wants them."""
    return {
        app.name: Agreement(differences=tuple(_strangers(app, connected, ids)))
        for app, connected in feed.readers
    }


def _compared(
    app: App,
    connected: Connected,
    ids: Sequence[str],
    remotes: Mapping[str, RemoteObject | Gone],
) -> Agreement:
    with app.store.read() as view:
        links = view.links.get_many(connected.name, connected.binding.object, ids)
    known = [links[one] for one in ids if one in links]
    active = [one for one in known if one.status is LinkStatus.ACTIVE]
    vanished = [one for one in known if _vanished_for_good(one, remotes, app)]
    waiting = [one for one in known if one.status is LinkStatus.QUARANTINED]
    return Agreement(
        compared=len(active),
        quarantined=len(waiting),
        differences=(
            *_differing(app, connected, active, remotes),
            *map(_forgotten, vanished),
        ),
    )


def _vanished_for_good(
    link: LinkRow, remotes: Mapping[str, RemoteObject | Gone], app: App
) -> bool:
    """Whether an object that vanished a while ago is still nowhere."""
    found = remotes.get(link.external_id)
    nowhere = isinstance(found, Gone) and found.reason is GoneReason.VANISHED
    return nowhere and is_forgotten(link, app.clock.now())


def _forgotten(link: LinkRow) -> Discrepancy:
    return Discrepancy(
        connection=link.connection,
        external_id=link.external_id,
        record_id=link.record_id,
        ours="kept",
        theirs="forgotten",
        what=PRESENCE,
    )


def _differing(
    app: App,
    connected: Connected,
    links: Sequence[LinkRow],
    remotes: Mapping[str, RemoteObject | Gone],
) -> Iterator[Discrepancy]:
    with app.store.read() as view:
        ids = [link.record_id for link in links if link.record_id]
        records = view.records.get_many(ids, app.lifecycle.fields)
    for link in links:
        row = records.get(link.record_id or "")
        ours = row.record.stage if row and row.status is RecordStatus.ACTIVE else None
        remote = remotes.get(link.external_id)
        theirs = _stage_of(connected, remote)
        if row and isinstance(remote, RemoteObject):
            yield from _differing_fields(app, connected, link, row.record, remote)
        unplaced = ours is not None and ours not in connected.binding.stages
        if ours != theirs and not (unplaced and theirs is not None):
            yield Discrepancy(
                connection=link.connection,
                external_id=link.external_id,
                record_id=link.record_id,
                ours=ours,
                theirs=theirs,
            )


def _differing_fields(
    app: App, connected: Connected, link: LinkRow, record: Record, remote: RemoteObject
) -> Iterator[Discrepancy]:
    """Compare the fields that this CRM is given a copy of."""
    ours = lacking(app.lifecycle, connected, record, remote.properties)
    for name, value in ours.items():
        yield Discrepancy(
            connection=link.connection,
            external_id=link.external_id,
            record_id=link.record_id,
            ours=value,
            theirs=remote.properties.get(name),
            what=name,
        )


def _listed(feed: Feed) -> Iterator[list[str]]:
    """Yield the ids of every object that the CRM lists."""
    cursor: str | None = None
    while True:
        page = feed.adapter.changes(cursor)
        yield list(dict.fromkeys(hint.id for hint in page.hints))
        if not page.more:
            return
        cursor = page.cursor


def _strangers(
    app: App, connected: Connected, ids: Sequence[str]
) -> Iterator[Discrepancy]:
    with app.store.read() as view:
        known = view.links.get_many(connected.name, connected.binding.object, ids)
    for external_id in _ours(connected, [one for one in ids if one not in known]):
        yield Discrepancy(
            connection=connected.name,
            external_id=external_id,
            record_id=None,
            ours=None,
            theirs="not taken in yet",
        )


def _ours(connected: Connected, ids: Sequence[str]) -> Sequence[str]:
    """Return those objects that the binding does not leave to others."""
    if not ids or not connected.binding.ignore:
        return ids
    return [
        one.id
        for one in connected.adapter.read(ids)
        if not isinstance(one, RemoteObject)
        or not connected.binding.ignores(one.properties)
    ]


def _stage_of(connected: Connected, remote: RemoteObject | Gone | None) -> str | None:
    if not isinstance(remote, RemoteObject):
        return None
    return connected.binding.stage_of(remote.properties)


def look_again(app: App, connected: Connected, agreement: Agreement) -> int:
    """Let every differing object be read and judged again; return how many."""
    now = app.clock.now()
    differing = {one.external_id: one.what for one in agreement.differences}
    looked = {"stage", PRESENCE}
    stages = [one for one, what in differing.items() if what in looked]
    fields = [one for one, what in differing.items() if what not in looked]
    with app.store.begin() as work:
        new = work.inbox.add(look_items(connected, stages, now))
        # A copy that got lost is written again; nobody has to have edited anything.
        new += work.inbox.add(look_items(connected, fields, now, ReadAgain(again=True)))
        work.commit()
    return new
