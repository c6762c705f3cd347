"""The one property of HubSpot that only goes forward: `lifecyclestage`.

"You can only set the value forward in the stage order. To set the lifecycle stage
backward, you'll first need to clear the record's existing lifecycle stage value"
(developers.hubspot.com, 2026-09 contacts guide, seen 2026-11-22).  A backward write
succeeds without changing anything.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import HubSpotApi

__all__ = ["PROPERTY", "StageOrder"]

PROPERTY = "lifecyclestage"
_KINDS = frozenset({"contacts", "companies"})


class StageOrder:
    """The portal's own order of lifecycle stages; it is editable, so it is read."""

    def __init__(self, api: HubSpotApi, kind: str) -> None:
        self._api, self._kind = api, kind
        self._lock = threading.Lock()
        self._ranks: dict[str, int] = {}

    @property
    def matters(self) -> bool:
        """Whether this kind of object has the rule at all."""
        return self._kind in _KINDS

    def is_backward(self, held: str | None, asked: str) -> bool:
        """Return whether going from ``held`` to ``asked`` needs clearing first."""
        if not self.matters or not held or not asked or held == asked:
            return False
        ranks = self._known(held, asked)
        if asked not in ranks:
            return False  # HubSpot says best what is wrong with an unknown stage
        return held not in ranks or ranks[asked] < ranks[held]

    def refresh(self) -> None:
        """Read the order again: a person may have changed it."""
        found = self._api.property(self._kind, PROPERTY)
        self._ranks = {value: rank for rank, value in enumerate(found.values)}

    def _known(self, *stages: str) -> dict[str, int]:
        with self._lock:
            if any(stage not in self._ranks for stage in stages):
                self.refresh()
            return self._ranks
