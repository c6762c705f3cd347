"""Forget what is no longer needed: settled inbox rows, and the ledger of old writes.

An inbox key is kept much longer than a CRM may deliver the same event again: HubSpot
tries for 24 hours, amoCRM for 95 minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leadstate.service.app import App

__all__ = ["tidy"]

_INBOX_KEPT: Final = timedelta(days=30)
_LEDGER_KEPT: Final = timedelta(days=2)


def tidy(app: App) -> bool:
    """Forget one portion; return True when there may be more."""
    now = app.clock.now()
    with app.store.begin() as work:
        forgotten = work.inbox.purge(now - _INBOX_KEPT)
        work.ledger.purge(now - _LEDGER_KEPT)
        work.commit()
    return forgotten > 0
