"""The first steps to a connection, from what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.service.setup.first_steps import first_steps

if TYPE_CHECKING:
    from pathlib import Path


def test_steps_begin_with_the_page_and_end_with_going_live(tmp_path: Path) -> None:
    """In the order in which an admin takes them."""
    steps = first_steps("hubspot", tmp_path / "leadstate.yaml")

    assert steps[0].text.startswith("Read how HubSpot is connected: ")
    assert steps[-1].command.startswith("leadstate go-live hubspot ")
    assert all(one.text for one in steps)


def test_a_settings_file_without_the_adapter_is_to_be_extended(tmp_path: Path) -> None:
    """The keys that are needed are named."""
    file = tmp_path / "leadstate.yaml"
    file.write_text("workflow: w.yaml\n", encoding="utf-8")

    steps = first_steps("amocrm", file)

    [added] = [one for one in steps if "'connections:'" in one.text]
    assert "'adapter: amocrm'" in added.text
    assert not any(one.command == "leadstate init" for one in steps)
