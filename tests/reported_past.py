"""A CRM in memory that remembers: its adapter tells what happened, page by page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from doubles import CrmAdapter

from leadstate.adapters import HistoryPage, PastChange

if TYPE_CHECKING:
    from datetime import datetime

    from doubles import Desk

    from leadstate.domain.history import HistoryEntry
    from leadstate.store import Visit

STAGE, STATUS = "lifecyclestage", "hs_lead_status"


@dataclass
class Remembering(CrmAdapter):
    """The adapter of the CRM in memory, with a past.

    Attributes:
        past: Every change of the past, in the order in which it is told.
        page: How many changes a page has.
        covers: The properties whose changes are told.
        dies_after: Pages after which the process dies, as far as a test can.
    """

    past: list[PastChange] = field(default_factory=list)
    page: int = 2
    covers: tuple[str, ...] = (STAGE, STATUS, "budget", "hubspot_owner_id")
    from_birth: bool = True
    dies_after: int | None = None
    pages: int = 0

    def change(self, id: str, at: datetime, **properties: str) -> None:  # noqa: A002
        """Remember that somebody changed an object."""
        key = f"past-{len(self.past)}"
        one = PastChange(key=key, id=id, properties=properties, at=at, actor="7")
        self.past.append(one)

    def history(self, cursor: str | None, *, since: datetime | None) -> HistoryPage:
        """Return the next page."""
        if self.dies_after is not None and self.pages >= self.dies_after:
            raise KeyboardInterrupt
        self.pages += 1
        first = int(cursor or 0)
        found = [one for one in self.past if since is None or one.at >= since]
        return HistoryPage(
            changes=tuple(found[first : first + self.page]),
            cursor=str(first + self.page),
            more=first + self.page < len(found),
            from_birth=self.from_birth and since is None,
            covers=self.covers,
        )


def remembering(desk: Desk) -> Remembering:
    """Let the CRM of a desk remember."""
    adapter = Remembering(desk.crm)
    connected = replace(desk.connected, adapter=adapter)
    desk.app.connections["crm"] = connected  # type: ignore[index]
    desk.adapter = adapter
    return adapter


def visits_of(desk: Desk, id: str) -> list[Visit]:  # noqa: A002
    """Return the visits of the record of an object."""
    with desk.app.store.read() as view:
        return view.visits.of(desk.record(id).record.id)


def reported(desk: Desk, id: str) -> list[HistoryEntry]:  # noqa: A002
    """Return the rows that the CRM's history told."""
    return [one for one in desk.history(id) if one.cause == "reported"]


def differences(desk: Desk) -> list[str]:
    """Return where the visits are not what the history tells."""
    with desk.app.store.read() as view:
        return view.visits.differences(resting=desk.app.lifecycle.resting_stages)
