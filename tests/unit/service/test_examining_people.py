"""What doctor says of people, channels and hours that the workflow names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from leadstate.definition.workflow import load_workflow_text
from leadstate.service.setup.examining_people import examine_people
from leadstate.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WORKFLOW = """\
workflow: small
teams: [sales, marketing]
fields: {rep: owner}
calendars:
  office: {hours: {mon-fri: 09:00-17:00}}
stages:
  lead:
    initial: true
    owner: marketing
    on_enter:
      - assign: sales
      - task: {text: Call, to: ann}
      - notify: {channel: chat, text: new}
  won: {kind: won}
transitions:
  win: {from: lead, to: won}
"""
PEOPLE = "people:\n  ann: {roles: [sales]}\n"
CHAT = "channels:\n  chat: {type: slack, url: {env: CHAT_URL}}\n"


def said(folder: Path, extra: str = "", workflow: str = WORKFLOW) -> list[str]:
    """Return what is said, as ``state name: text``."""
    (folder / "workflow.yaml").write_text(workflow, encoding="utf-8")
    (folder / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    file = folder / "leadstate.yaml"
    file.write_text(f"workflow: workflow.yaml\n{extra}", encoding="utf-8")
    lifecycle = load_workflow_text(workflow)
    found = examine_people(load_settings(file), lifecycle, NOW)
    return [f"{one.state} {one.name}: {one.text}" for one in found]


def test_everything_that_is_named_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent for it."""
    monkeypatch.setenv("CHAT_URL", "https://chat.example.com/hook")

    found = said(tmp_path, f"people: people.yaml\n{CHAT}")

    assert [
        "good people: 1 are known",
        "good channels: chat can be opened; nothing was sent",
    ] == found


def test_names_that_nobody_has_are_said_with_their_place(tmp_path: Path) -> None:
    """Without people and channels."""
    found = said(tmp_path)

    where = "stage lead, on entering"
    why = "and nobody, because no people are kept, has that name or role"
    assert [
        f"warning people: {where} names 'sales', {why}",
        f"warning people: {where} names 'ann', {why}",
        f"bad channels: {where} sends to 'chat', which is no channel; known: none",
    ] == found


def test_files_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    """With what to correct."""
    found = said(tmp_path, f"people: nobody.yaml\n{CHAT}")

    assert ["bad people", "bad channels"] == [one.split(":")[0] for one in found]
    assert "nobody.yaml" in found[0]
    assert "CHAT_URL" in found[1]


def test_a_calendar_that_opens_is_not_mentioned(tmp_path: Path) -> None:
    """However rarely."""
    workflow = WORKFLOW.replace("mon-fri: 09:00-17:00", "mon: 09:00-09:01")

    found = said(tmp_path, workflow=workflow)

    assert not any("calendars" in one for one in found)


def test_a_calendar_that_is_closed_for_years_is_said(tmp_path: Path) -> None:
    """Its clocks never come due."""
    from datetime import timedelta

    days = ", ".join(str((NOW + timedelta(days=one)).date()) for one in range(-1, 800))
    workflow = WORKFLOW.replace(
        "mon-fri: 09:00-17:00}}", f"mon-sun: 09:00-17:00}}, closed: [{days}]}}"
    )

    found = said(tmp_path, workflow=workflow)

    assert (
        "bad calendars: calendar 'office' does not open in the next two years"
        == (found[-1])
    )
