"""A playground makes the binding that the promises are tried on."""

from __future__ import annotations

from leadstate.testing import Playground


def test_a_binding_of_the_playground_reads_all_that_is_played_with() -> None:
    """The text, the identity, the stages' properties, and what a test adds."""
    playground = Playground(
        object="deals",
        text="note",
        stages=({"pipeline": "1", "status": "2"}, {"pipeline": "1", "status": "3"}),
        refused={"status": "9"},
        unknown_id="0",
        page=10,
        identity="contact.email",
    )

    binding = playground.binding("acme", "more")

    wanted = ("note", "contact.email", "more", "pipeline", "status")
    assert wanted == binding.read_properties
    assert ("acme", "deals") == (binding.adapter, binding.object)
    assert "second" == binding.stage_of({"pipeline": "1", "status": "3"})
    assert {"pipeline": "1", "status": "2"} == binding.properties_of("first")
