"""The shipped bindings of one workflow to two CRMs say what they are meant to."""

from __future__ import annotations

from pathlib import Path

from leadstate.definition import load_binding, load_workflow
from leadstate.domain.binding import Sync

WORKFLOWS = Path(__file__).parents[3] / "workflows"
LIFECYCLE = load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")


def test_sales_get_their_leads_and_are_left_alone_with_the_others() -> None:
    """A record is handed off when sales accept it; other pipelines are none of ours."""
    binding = load_binding(WORKFLOWS / "b2b_lifecycle.amocrm.yaml", LIFECYCLE)

    assert ("sal",) == binding.hand_off
    assert binding.ignores({"pipeline": "Inbound requests", "status": "Connected"})
    assert not binding.ignores({"pipeline": "Sales", "status": "Qualified"})
    assert {"lead", "mql"} == LIFECYCLE.stages.keys() - binding.stages.keys()


def test_every_copy_has_an_owner_in_the_other_crm() -> None:
    """What marketing knows better is theirs; what sales find out is the newest.

    Whose lead it is says the people file: it makes the newest owner count in both.
    """
    hubspot = load_binding(WORKFLOWS / "b2b_lifecycle.hubspot.yaml", LIFECYCLE)
    amocrm = load_binding(WORKFLOWS / "b2b_lifecycle.amocrm.yaml", LIFECYCLE)
    expected = {Sync.COPY: Sync.OWNER, Sync.NEWEST: Sync.NEWEST}

    assert None is amocrm.fields["owner"].sync is hubspot.fields["owner"].sync
    for name, source in amocrm.fields.items():
        if name == LIFECYCLE.owner_field:
            continue
        assert source.sync in expected
        assert expected[source.sync] is hubspot.fields[name].sync
