"""The smaller parts: failpoints, projects, opening, mapping, loops, two CRMs."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doubles import WORKFLOWS, Crm, CrmAdapter, open_desk
from modes import acting

from leadstate.definition.scenarios import load_scenarios
from leadstate.domain.signal import ManualMove
from leadstate.errors import ConfigurationError, UsageError
from leadstate.service import failpoints
from leadstate.service.app import App, Connected
from leadstate.service.bootstrap import open_app
from leadstate.service.dead_letters import replay
from leadstate.service.failpoints import (
    BACKUP_POINTS,
    BATCH_POINTS,
    PAST_POINTS,
    POINTS,
    TIMER_POINTS,
)
from leadstate.service.outbound.push import push
from leadstate.service.records import move
from leadstate.service.scenarios import run_scenarios
from leadstate.service.setup import project
from leadstate.service.setup.project import (
    ADDED_SETTINGS,
    settings_text,
    write_project,
)
from leadstate.service.work import ADVANCE, poll_name, runner_of, work_once
from leadstate.settings import load_settings
from leadstate.testing import FrozenClock, wait_until

if TYPE_CHECKING:
    from doubles import Desk

SOURCES = Path(failpoints.__file__).parents[1]


# -- failpoints ------------------------------------------------------------------------


def test_every_point_is_passed_somewhere_and_no_other() -> None:
    """The list of commit points is the code's."""
    named = set()
    for file in SOURCES.rglob("*.py"):
        for part in file.read_text(encoding="utf-8").split('hit("')[1:]:
            named.add(part.split('"')[0])

    listed = [*POINTS, *TIMER_POINTS, *PAST_POINTS, *BATCH_POINTS, *BACKUP_POINTS]
    assert set(listed) == named
    assert len(named) == len(listed)


@pytest.mark.parametrize(
    ("kill_at", "said"),
    [("a", "a"), ("a:1", "a"), ("a:3", "ababa"), ("c", "abababab"), ("", "abababab")],
)
def test_a_process_dies_at_its_point(kill_at: str, said: str) -> None:
    """At the named passing, by SIGKILL, and nowhere else."""
    script = (
        "from leadstate.service.failpoints import hit\n"
        "for name in 'abababab':\n"
        "    print(name, end='', flush=True)\n"
        "    hit(name)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"LEADSTATE_KILL_AT": kill_at},
        capture_output=True,
        text=True,
        check=False,
        cwd=SOURCES.parent,
    )

    died = said != "abababab"
    assert (-signal.SIGKILL if died else 0, said) == (done.returncode, done.stdout)


# -- projects --------------------------------------------------------------------------


def test_a_project_can_be_loaded_as_written(tmp_path: Path) -> None:
    """What init writes is what run reads."""
    written = write_project(
        tmp_path, "b2b_lifecycle", settings_text(workflow="b2b_lifecycle")
    )

    settings = load_settings(tmp_path / "leadstate.yaml")
    assert tmp_path / "workflows" / "b2b_lifecycle.yaml" == settings.workflow
    assert {"hubspot"} == set(settings.connections)
    assert settings.receiver.public_url is None
    assert all(path.is_file() for path in written.files)


def test_a_project_of_two_crms_can_be_loaded_as_written(tmp_path: Path) -> None:
    """Each connection has its binding and its own settings."""
    text = settings_text(workflow="b2b_lifecycle", beside=ADDED_SETTINGS)
    write_project(tmp_path, "b2b_lifecycle", text)

    settings = load_settings(tmp_path / "leadstate.yaml")

    assert ["hubspot", "amocrm"] == list(settings.connections)
    assert all(settings.binding_of(name).is_file() for name in settings.connections)
    assert "token" in settings.connections["amocrm"].settings


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """One existing file is enough to write none."""
    (tmp_path / "leadstate.yaml").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match="nothing was written, because these exist"):
        write_project(tmp_path, "b2b_lifecycle", "theirs")

    assert ["leadstate.yaml"] == [one.name for one in tmp_path.iterdir()]
    assert "mine" == (tmp_path / "leadstate.yaml").read_text(encoding="utf-8")


def test_an_unknown_workflow_lists_the_known(tmp_path: Path) -> None:
    """The message names what there is."""
    with pytest.raises(UsageError, match="known: b2b_lifecycle, inbound_bant"):
        write_project(tmp_path, "c2c", "")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file where the folder should be is a mistake of the call, not a crash."""
    (tmp_path / "here").write_text("a file", encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be written"):
        write_project(tmp_path / "here", "b2b_lifecycle", "")


def test_an_installation_without_workflows_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation says what to do."""
    monkeypatch.setattr(project, "files", lambda _: tmp_path)
    with pytest.raises(UsageError, match="has no workflows; install it again"):
        project.shipped_workflows()

    (tmp_path / "_workflows").mkdir()
    assert tmp_path / "_workflows" == project.shipped_workflows()


# -- opening ---------------------------------------------------------------------------


def written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    adapter = "      token: {env: OPENING_TOKEN}\n      base_url: http://127.0.0.1:9"
    text = settings_text(workflow="b2b_lifecycle", adapter_settings=adapter)
    write_project(folder, "b2b_lifecycle", text)
    monkeypatch.setenv("OPENING_TOKEN", "a token")
    return folder / "leadstate.yaml"


def test_working_makes_the_workflow_the_active_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed file is a new version once the service works by it, not before."""
    file = written(tmp_path, monkeypatch)
    app = open_app(load_settings(file), FrozenClock())
    app.enforce()
    version = app.lifecycle.version
    app.close()
    workflow = tmp_path / "workflows" / "b2b_lifecycle.yaml"
    text = workflow.read_text(encoding="utf-8").replace(
        "score.fit >= 40", "score.fit >= 41"
    )
    workflow.write_text(text, encoding="utf-8")

    found = []
    for connections in ([], None, None, []):
        app = open_app(load_settings(file), FrozenClock(), connections=connections)
        app.enforce()
        with app.store.read() as view:
            active = view.workflows.active("b2b_lifecycle")
        app.close()
        assert active is not None
        found.append(active.version)

    assert [version, app.lifecycle.version] == list(dict.fromkeys(found))
    assert [True, False, False, False] == [one == version for one in found]
    assert text == active.source


def test_a_binding_of_another_adapter_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings and the binding must mean the same CRM."""
    file = written(tmp_path, monkeypatch)
    text = file.read_text(encoding="utf-8").replace(
        "adapter: hubspot", "adapter: amocrm"
    )
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match="is written for 'hubspot'"):
        open_app(load_settings(file), FrozenClock())


def test_only_the_named_connections_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that only reads needs no secret."""
    file = written(tmp_path, monkeypatch)
    monkeypatch.delenv("OPENING_TOKEN")

    open_app(load_settings(file), FrozenClock(), connections=[]).close()
    with pytest.raises(ConfigurationError, match="OPENING_TOKEN"):
        open_app(load_settings(file), FrozenClock())


def test_closing_lets_go_of_every_connection(desk: Desk) -> None:
    """Adapters are closed once, with the store."""
    desk.app.close()

    assert 1 == desk.crm.closed


# -- scenarios -------------------------------------------------------------------------


def test_the_shipped_scenarios_hold() -> None:
    """The agreement by example is the agreement."""
    for file in WORKFLOWS.glob("*.scenarios.yaml"):
        outcomes = run_scenarios(load_scenarios(file), FrozenClock().now())

        assert outcomes
        assert [] == [one.scenario.name for one in outcomes if not one.holds]


# -- loops -----------------------------------------------------------------------------


def test_one_pass_ends_with_nothing_left(desk: Desk) -> None:
    """Poll, decide and write until nothing moves."""
    for one in ("1", "2"):
        desk.crm.create(one)
        desk.qualify(one)

    work_once(desk.app)

    assert desk.waiting() == {}
    assert "marketingqualifiedlead" == desk.crm.stage("2")


def test_one_pass_is_bounded(desk: Desk) -> None:
    """Work that never ends does not keep a cron job for ever."""
    desk.crm.create("1")

    work_once(desk.app, rounds=1)

    assert desk.kinds("1") == ["entered"]


def test_the_loops_of_an_installation(desk: Desk) -> None:
    """They wake each other: what is told is written without waiting for a poll."""
    desk.take_in("1")
    runner = runner_of(desk.app)
    runner.start()
    try:
        desk.tell(*desk.qualify("1"))
        runner.wake(ADVANCE)
        runner.wake(poll_name("crm"))
        wait_until(
            lambda: desk.crm.stage("1") == "marketingqualifiedlead",
            lambda: f"it is an MQL: {desk.crm.stage('1')} {runner.failures()}",
        )
        assert {} == dict(runner.failures())
    finally:
        runner.stop()


# -- two CRMs --------------------------------------------------------------------------


def test_a_newer_decision_takes_back_what_waits_for_another_crm(
    tmp_path: Path,
) -> None:
    """A record in two CRMs: no old stage leaves for the one that shows the new."""
    desk = open_desk(tmp_path / "two.db")
    other = Crm(desk.clock)
    second = Connected(
        name="other", adapter=CrmAdapter(other), binding=desk.connected.binding
    )
    both = {"crm": desk.connected, "other": second}
    desk.app = App(
        lifecycle=desk.app.lifecycle,
        store=desk.app.store,
        clock=desk.clock,
        connections=both,
    )
    acting(desk.app)
    desk.take_in("1", "sal")
    other.create("9", **second.binding.properties_of("sal"))
    with desk.app.store.begin() as work:
        [link] = work.links.get_many("crm", "contacts", ["1"]).values()
        work.links.save([replace(link, connection="other", external_id="9")])
        work.commit()
    asked = ManualMove(
        transition="postpone",
        actor="olena",
        at=desk.clock.now(),
        roles=frozenset({"sales"}),
        reason="timing",
    )
    move(desk.app, desk.record("1").record.id, asked)
    desk.push()
    desk.tell(*desk.drag("1", "sal"))
    desk.advance()

    with desk.app.store.read() as view:
        waiting = view.outbox.open_for([desk.record("1").record.id])
    assert {} == waiting
    push(desk.app, second)
    assert "sal" == desk.stage("1")
    assert "IN_PROGRESS" == other.things["9"].properties["hs_lead_status"]
    desk.app.close()


def test_replaying_what_is_no_letter_says_where_they_are(desk: Desk) -> None:
    """An unknown or an answered letter is told."""
    with pytest.raises(UsageError, match="leadstate dead-letters list"):
        replay(desk.app, 5)
