"""The demo's own parts: its clock, its people, its chat, its workflow."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from leadstate_demo.additions import CHANNEL, add_people_and_chat
from leadstate_demo.chat import open_chat
from leadstate_demo.hours import JumpingClock, beginning
from leadstate_demo.sandboxes import AMOCRM, HUBSPOT
from leadstate_demo.staff import CONTROLLER, MARKETER, SELLER, people_text, user_of

from leadstate.definition import check_binding, load_workflow
from leadstate.definition.people import check_people
from leadstate.domain.action import Assign, Notify
from leadstate.errors import UsageError
from leadstate.testing import FrozenClock

WORKFLOWS = Path(__file__).parents[2] / "workflows"
NOW = datetime(2026, 11, 22, 12, 30, 1, 700_000, tzinfo=UTC)


# -- the clock -------------------------------------------------------------------------


@pytest.mark.parametrize("days", range(0, 400, 13))
def test_the_demo_begins_on_a_tuesday_morning_long_enough_ago(days: int) -> None:
    """A decision's ten days and a month's rest fit in, whatever day it is today."""
    now = NOW + timedelta(days=days)

    start = beginning(now)

    there = start.astimezone(ZoneInfo("Europe/Berlin"))
    assert ("Tue", 10, 0, 0) == (f"{there:%a}", there.hour, there.minute, there.second)
    assert timedelta(days=42) < now - start < timedelta(days=52)


def test_the_demos_clock_runs_and_jumps() -> None:
    """It goes with the real one, and never beyond it."""
    inner = FrozenClock(NOW)
    clock = JumpingClock(inner, NOW - timedelta(days=3))
    assert (NOW - timedelta(days=3), timedelta(days=3)) == (clock.now(), clock.behind)

    clock.sleep(2)
    clock.advance(timedelta(days=1))
    assert NOW - timedelta(days=2) + timedelta(seconds=2) == clock.now()

    clock.advance(timedelta(days=20))
    assert (inner.now(), timedelta()) == (clock.now(), clock.behind)


def test_the_demos_clock_is_whole_seconds_behind() -> None:
    """So that every clock can jump by the same."""
    clock = JumpingClock(FrozenClock(NOW), beginning(NOW))

    assert timedelta() == clock.behind % timedelta(seconds=1)


# -- people ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "crms", [(HUBSPOT,), (HUBSPOT, AMOCRM)], ids=["one CRM", "two CRMs"]
)
def test_the_demos_people_fit_its_workflow(
    crms: tuple[str, ...], tmp_path: Path
) -> None:
    """No mistake and no warning; every role that the story plays has somebody."""
    lifecycle = load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")

    file = tmp_path / "people.yaml"
    file.write_text(people_text(crms), encoding="utf-8")

    people, problems = check_people(file, lifecycle, connections=crms)

    assert () == problems
    assert people is not None
    for name, role in (
        (MARKETER, "marketing"),
        (SELLER, "sales"),
        (CONTROLLER, "quality_control"),
    ):
        assert {role} == people.by_name[name].roles
    given = [one for one in people.with_role("sales") if one.gets_leads]
    assert 2 == len(given)
    assert all(crm in one.users for one in given for crm in crms)
    known = people.of_user(HUBSPOT, user_of(SELLER, HUBSPOT))
    assert known is people.by_name[SELLER]


# -- the chat --------------------------------------------------------------------------


def test_the_chat_keeps_what_is_posted() -> None:
    """As Slack's incoming webhooks take it."""
    with open_chat() as chat, httpx.Client(trust_env=False) as http:
        answers = [
            http.post(chat.address, json={"text": text}) for text in ("one", "two")
        ]

    assert [(200, "ok")] * 2 == [(one.status_code, one.text) for one in answers]
    assert ["one", "two"] == chat.messages


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"text": 1}', b"\xff"])
def test_the_chat_refuses_what_is_no_message(body: bytes) -> None:
    """Slack says `invalid_payload`; nothing is kept."""
    with open_chat() as chat, httpx.Client(trust_env=False) as http:
        answer = http.post(chat.address, content=body)

    assert 400 == answer.status_code
    assert [] == chat.messages


# -- the workflow ----------------------------------------------------------------------


@pytest.fixture(name="files")
def _files(tmp_path: Path) -> Path:
    for file in WORKFLOWS.glob("b2b_lifecycle.*"):
        shutil.copy(file, tmp_path)
    return tmp_path


def test_the_demos_workflow_gives_leads_to_people_and_tells_the_chat(
    files: Path,
) -> None:
    """By the shipped workflow's own SLAs; both bindings fit it."""
    add_people_and_chat(files, "b2b_lifecycle")

    lifecycle = load_workflow(files / "b2b_lifecycle.yaml")
    told = [one.channel for one in lifecycle.actions if isinstance(one, Notify)]
    assert [CHANNEL] * 2 == told
    assert (Assign(team="sales"),) == lifecycle.stages["sal"].on_enter
    for name in (HUBSPOT, AMOCRM):
        binding, problems = check_binding(
            files / f"b2b_lifecycle.{name}.yaml", lifecycle
        )
        assert [] == [one for one in problems if one.severity == "error"]
        assert binding is not None
        assert "owner" in binding.fields


def test_the_demo_needs_no_second_binding(files: Path) -> None:
    """Where amoCRM's adapter is not installed there is none."""
    (files / "b2b_lifecycle.amocrm.yaml").unlink()

    add_people_and_chat(files, "b2b_lifecycle")

    assert "assign: sales" in (files / "b2b_lifecycle.yaml").read_text("utf-8")


def test_the_demo_changes_no_workflow_that_it_does_not_know(files: Path) -> None:
    """It says what it missed, and leaves the file alone."""
    file = files / "b2b_lifecycle.yaml"
    changed = file.read_text("utf-8").replace("label: SAL", "label: Accepted")
    file.write_text(changed, "utf-8")

    with pytest.raises(UsageError, match="label: SAL"):
        add_people_and_chat(files, "b2b_lifecycle")

    assert changed == file.read_text("utf-8")
