"""What changes in the installation is history, too: workflow, settings, people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.history import HistoryKind
from leadstate.errors import LeadstateError
from leadstate.service.audit.installation import recorded
from leadstate.service.audit.proving import audit
from leadstate.service.bootstrap import open_app
from leadstate.settings import load_settings
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadstate.domain.history import HistoryEntry

    Restart = Callable[..., list[HistoryEntry]]

WORKFLOW = """
workflow: demo
title: Demo
fields: {city: text}
stages: {lead: {initial: true, owner: sales}, won: {kind: won}}
transitions: {win: {from: lead, to: won}}
"""
BINDING = """
binding: demo
adapter: hubspot
object: contacts
fields: {city: city}
stages: {lead: {s: lead}, won: {s: won}}
"""
SETTINGS = """
workflow: w.yaml
people: people.yaml
connections:
  hub: {adapter: hubspot, binding: b.yaml, settings: {token: {env: A_TOKEN}}}
channels:
  ops: {type: slack, url: {env: AN_URL}}
"""
TOLD = ("pat-secret-token", "https://chat.example.com/secret")


@pytest.fixture(name="restart")
def _restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Restart:
    """Start the service anew, some files changed; return all rows so far."""
    monkeypatch.setenv("A_TOKEN", TOLD[0])
    monkeypatch.setenv("AN_URL", TOLD[1])
    files = {"w.yaml": WORKFLOW, "b.yaml": BINDING, "s.yaml": SETTINGS}
    files["people.yaml"] = "people: {olena: {roles: [sales], users: {hub: '7'}}}"

    def started(
        actor: str = "ann", workflow: str | None = None, **changed: str
    ) -> list[HistoryEntry]:
        files.update({f"{name}.yaml": text for name, text in changed.items()})
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        settings = load_settings(tmp_path / "s.yaml")
        app = open_app(settings, FrozenClock(), actor=actor, workflow=workflow)
        app.enforce()
        with app.store.read() as view:
            rows = recorded(view)
        assert 0 == audit(app).total
        app.close()
        return rows

    return started


def test_the_first_start_records_what_there_is(restart: Restart) -> None:
    """The workflow in force, connections and channels, and who has which role."""
    rows = restart()

    assert [
        (HistoryKind.APPLIED, "ann"),
        (HistoryKind.CONFIGURED, "ann"),
        (HistoryKind.PEOPLE, "ann"),
        (HistoryKind.MODE, "ann"),
    ] == [(one.kind, one.actor) for one in rows]
    version = rows[0].workflow_version
    assert [
        f"Demo, version {version[:12]} is in force; before: none",
        "recorded for the first time; connection hub added; channel ops added",
        "olena got sales",
        "hub is only observed for demo",
    ] == [one.note for one in rows]
    assert {"workflow": "demo", "before": None, "after": version} == rows[0].receipt


def test_what_was_opened_and_never_worked_records_nothing(
    tmp_path: Path, restart: Restart
) -> None:
    """Another worker held the lock, or a command failed: nothing came into force."""
    rows = restart()
    files = {"w.yaml": WORKFLOW.replace("Demo", "New"), "people.yaml": "people: {}"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    app = open_app(load_settings(tmp_path / "s.yaml"), FrozenClock(), actor="eve")

    with app.store.read() as view:
        assert rows == recorded(view)
    app.close()


def test_a_start_that_changes_nothing_records_nothing(restart: Restart) -> None:
    """However often, and by whomever."""
    rows = restart()

    assert rows == restart()
    assert rows == restart("eve")


def test_another_version_names_the_one_before(restart: Restart) -> None:
    """Going back is a row of its own, too."""
    first = restart()[0].workflow_version
    other = WORKFLOW.replace("title: Demo", "title: New").replace("city", "town")
    *_, new = restart("bob", w=other, b=BINDING.replace("{city: city}", "{}"))[:5]
    rows = restart(w=WORKFLOW, b=BINDING)

    applied = [one for one in rows if one.kind is HistoryKind.APPLIED]
    assert [None, first, applied[1].workflow_version] == [
        one.receipt["before"] for one in applied
    ]
    assert f"; before: Demo, version {first[:12]}" in applied[1].note
    assert ("bob", first) == (new.actor, applied[2].workflow_version)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"b": BINDING + "# new\n"}, "connection hub: binding file changed"),
        (
            {"s": SETTINGS.replace("{env: A_TOKEN}", "{env: AN_URL}")},
            "connection hub: settings changed",
        ),
        (
            {"s": SETTINGS.replace("  hub:", "  crm:")},
            "connection crm added; connection hub removed",
        ),
        (
            {"s": SETTINGS.replace("slack, url", "slack, timeout: 5, url")},
            "channel ops: settings changed",
        ),
        ({"s": SETTINGS + "plugins: [hubspot]\n"}, "plugin hubspot added"),
        ({"s": SETTINGS + "receiver: {port: 1}\n"}, "receiver changed"),
    ],
    ids=["binding", "settings", "names", "channel", "plugin", "receiver"],
)
def test_a_change_of_the_settings_is_told_by_name(
    restart: Restart, changed: dict[str, str], note: str
) -> None:
    """What was added, removed or changed; never what it says."""
    people = "people: {olena: {roles: [sales]}}"
    before = restart(people=people)

    after = restart(people=people, **changed)

    assert [(HistoryKind.CONFIGURED, note)] == [
        (one.kind, one.note)
        for one in after[len(before) :]
        if one.kind is not HistoryKind.MODE
    ]


@pytest.mark.parametrize(
    ("people", "note"),
    [
        (
            "{olena: {roles: [control], users: {hub: '7'}}}",
            "olena got control, lost sales",
        ),
        ("{}", "olena lost sales, is no longer named"),
        ("{olena: {roles: [sales]}}", "olena is other users of the CRMs"),
        (
            "{olena: {roles: [sales], users: {hub: '7'}}, bo: {}}",
            "bo is named, without a role",
        ),
    ],
)
def test_a_change_of_people_says_who_got_or_lost_what(
    restart: Restart, people: str, note: str
) -> None:
    """By name; hours and absences are nobody's permission."""
    before = restart()
    same = "{olena: {roles: [sales], users: {hub: '7'}, absent: [2026-12-24]}}"
    assert before == restart(people=f"people: {same}")

    after = restart(people=f"people: {people}")

    assert [(HistoryKind.PEOPLE, note)] == [
        (one.kind, one.note) for one in after[len(before) :]
    ]


def test_no_secret_is_in_any_row(restart: Restart) -> None:
    """What the settings refer to is never looked at."""
    restart()
    rows = restart(s=SETTINGS.replace("type: slack", "type: slack, timeout: 5"))

    text = json.dumps([[one.note, one.receipt] for one in rows])
    assert [] == [one for one in TOLD if one in text]


def test_what_does_not_start_is_not_recorded(restart: Restart) -> None:
    """Settings that cannot be used were never in force."""
    before = restart()
    broken = SETTINGS.replace("b.yaml", "none.yaml")

    with pytest.raises(LeadstateError):
        restart(s=broken)

    assert before == restart(s=SETTINGS)


def test_binding_of_each_workflow_is_watched(restart: Restart) -> None:
    """Of several workflows, the row says whose binding changed, came or went."""
    several = SETTINGS.replace(
        "workflow: w.yaml",
        "workflows:\n  demo: {file: w.yaml, bindings: {hub: b.yaml}}\n"
        "  more: {file: m.yaml, bindings: {hub: mb.yaml}}",
    ).replace("binding: b.yaml, ", "")
    more = {
        "m": WORKFLOW.replace("demo", "more"),
        "mb": BINDING.replace("demo", "more"),
    }
    more["mb"] = more["mb"].replace("{s: ", "{more: ")
    restart(s=several, **more, workflow="demo")

    changed = restart(mb=more["mb"] + "# new\n", workflow="demo")[-1]
    rows = restart(s=several.replace("  more: {", "  # more: {"), workflow="demo")

    assert "connection hub: binding file of more changed" == changed.note
    assert "connection hub: binding file of more changed" == rows[-1].note
