"""What is judged: one connection at one moment, and one reading of one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.frozen import replace
from leadstate.service.change_set import ChangeSet, DecisionContext, LetterResolved
from leadstate.store import EventRow, LinkRow, LinkStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from leadstate.adapters import RemoteObject
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People
    from leadstate.domain.record import Happening, Record
    from leadstate.engine.rota import Rota
    from leadstate.service.app import Connected
    from leadstate.service.change_set import InboundChange, StoredState

__all__ = ["ObjectCase", "Scene"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One connection, and the moment at which its news are judged.

    Attributes:
        connected: The connection that was read.
        connections: Every open connection; a decision may write to all of them.
        people: Everybody who works with leads.
        now: The moment of judging (aware UTC).
    """

    lifecycle: Lifecycle
    connected: Connected
    connections: Mapping[str, Connected]
    people: People
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectCase:
    """One object as the CRM shows it, with what the store knows of it.

    Attributes:
        stage: The workflow's stage that it shows; "" when none is bound to it.
        rota: Whose turn it is.
    """

    scene: Scene
    change: InboundChange
    state: StoredState
    remote: RemoteObject
    stage: str
    rota: Rota

    @property
    def happened_at(self) -> datetime:
        """When it happened, by the CRM's clock; never later than now."""
        return self.change.happened_at(self.scene.now)

    @property
    def live_since(self) -> datetime | None:
        """Since when the object is acted on; None while it is only observed.

        One into which others were merged goes on with what any of them was.
        """
        own = self.state.link.live_since if self.state.link else None
        lives = (own, *(link.live_since for link, _ in self.state.merged))
        known = [one for one in lives if one is not None]
        if not known and self.scene.connected.name in self.state.live:
            return self.scene.now
        return min(known, default=None)

    @property
    def unchanged(self) -> ChangeSet:
        """A change set that settles the news and changes nothing."""
        return ChangeSet(inbox_ids=self.change.inbox_ids)

    @property
    def answered(self) -> tuple[LetterResolved, ...]:
        """Dead letters about the object that its news answer."""
        return tuple(LetterResolved(ref) for ref in self.state.waited_as)

    @property
    def link(self) -> LinkRow:
        """The object's link as this reading leaves it."""
        scene, remote = self.scene, self.remote
        link = self.state.link or LinkRow(
            connection=scene.connected.name,
            object=scene.connected.binding.object,
            external_id=remote.id,
            seen_at=scene.now,
        )
        return replace(
            link,
            remote_properties=dict(remote.properties),
            remote_updated_at=remote.updated_at,
            seen_at=scene.now,
            status=LinkStatus.ACTIVE,
            reason="",
            merged_into=None,
            live_since=self.live_since,
        )

    def about(self, record: Record, links: Iterable[LinkRow]) -> DecisionContext:
        """Return whose the effects are, for rows and writes."""
        return DecisionContext(
            lifecycle=self.scene.lifecycle,
            record=record,
            event=self.change.key,
            now=self.scene.now,
            connections=self.scene.connections,
            links=tuple(links),
            people=self.scene.people,
            live=self.state.live,
        )

    def events(
        self, record_id: str, happenings: Iterable[Happening]
    ) -> tuple[EventRow, ...]:
        """Return behaviour that this connection told of, as rows."""
        return tuple(
            EventRow(
                record_id=record_id,
                name=one.event,
                at=one.at,
                source=self.scene.connected.name,
                learnt_at=self.scene.now,
            )
            for one in happenings
        )
