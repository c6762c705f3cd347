"""The whole way, once, with real processes: webhook in, decision, write back."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import World


def test_a_lead_qualifies_by_a_webhook(world: World) -> None:
    """A contact asks for a demo in the CRM, and the CRM shows an MQL: one move."""
    contact = world.create()
    service = world.serve()
    world.settle()
    assert ["entered"] == world.kinds(contact)

    world.qualify(contact)
    world.settle()

    assert "marketingqualifiedlead" == world.stage(contact)
    assert ["marketingqualifiedlead"] == world.our_stages(contact)
    [_, moved] = world.data("record", "history", contact)
    assert ("lead", "mql", "qualify") == (
        moved["from_stage"],
        moved["to_stage"],
        moved["transition"],
    )
    world.agree()

    assert 0 == service.kill(signal.SIGTERM), service.said
