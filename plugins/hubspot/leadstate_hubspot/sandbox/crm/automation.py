"""HubSpot's default automation: deals move their contacts forward.

Recalled from the product, not documented for the API: off unless the policy
`deal_automation` switches it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lifecycle import is_backward
from .object_types import CONTACTS, DEALS
from .records import Author
from .writing import change

if TYPE_CHECKING:
    from .portal import Portal

_AUTHOR = Author("AUTOMATION_PLATFORM", label="Sync lifecycle stages")


def follow_deal(portal: Portal, deal_id: int, *, created: bool) -> None:
    """Move the deal's contacts to opportunity or, once it is won, to customer."""
    if not portal.policy.deal_automation:
        return
    deal = portal.shelf(DEALS).records[deal_id]
    won = deal.values.get("dealstage") == "closedwon"
    if not won and not created:
        return
    wanted = "customer" if won else "opportunity"
    definitions = portal.definitions["contacts"]
    for contact_id in portal.associations.of("deals", deal_id, "contacts"):
        contact = portal.shelf(CONTACTS).records[contact_id]
        current = contact.values.get("lifecyclestage", "")
        if current != wanted and not is_backward(definitions, current, wanted):
            change(portal, contact, "lifecyclestage", wanted, _AUTHOR)
