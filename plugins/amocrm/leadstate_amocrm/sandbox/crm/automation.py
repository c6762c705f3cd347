"""The account's own robots: when a lead enters a stage, it is moved on, or told of.

Rules are set by the control API.  Robots write as user 0, as the vendor's do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .catalog import ROBOT
from .draft import Draft
from .happenings import What
from .writing import update

if TYPE_CHECKING:
    from .account import Account
    from .happenings import Happening

MOST_MOVES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a robot does with a lead that enters a stage.

    Attributes:
        to: Where the lead is moved, as (pipeline id, status id).
        webhook: Where a Digital Pipeline webhook goes.
    """

    pipeline_id: int
    status_id: int
    to: tuple[int, int] | None = None
    webhook: str | None = None

    def body(self) -> dict[str, object]:
        """Return the rule as the control API shows it."""
        then: dict[str, object] = {}
        if self.to is not None:
            then = {"pipeline_id": self.to[0], "status_id": self.to[1]}
        if self.webhook is not None:
            then["webhook"] = self.webhook
        stage = {"pipeline_id": self.pipeline_id, "status_id": self.status_id}
        return {"object": "leads", **stage, "then": then}


class Robots:
    """The rules, and who follows them."""

    def __init__(self, account: Account) -> None:
        """Start without rules."""
        self._account = account
        self._deep = 0
        self.rules: list[Rule] = []

    def happened(self, happening: Happening) -> None:
        """Move a lead on, if a rule says so; rules in a circle end at some point."""
        for rule in self.meant(happening):
            if rule.to is None or self._deep >= MOST_MOVES:
                continue
            lead = happening.record
            if lead is None or (lead.pipeline_id, lead.status_id) == rule.to:
                continue
            draft = Draft(
                native={"pipeline_id": rule.to[0], "status_id": rule.to[1]},
            )
            self._deep += 1
            update(self._account, lead, draft, ROBOT, at=happening.at)
            self._deep -= 1

    def meant(self, happening: Happening) -> list[Rule]:
        """Return the rules of the stage that a lead has entered."""
        lead = happening.record
        entered = happening.moved or happening.what is What.ADDED
        if lead is None or lead.kind != "leads" or not entered:
            return []
        stage = (lead.pipeline_id, lead.status_id)
        return [r for r in self.rules if (r.pipeline_id, r.status_id) == stage]
