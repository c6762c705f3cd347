"""Several workflows in the settings file: what each sees, and every mistake's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.errors import UsageError, WorkflowError
from leadstate.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadstate.settings import Settings

    Load = Callable[[str], Settings]

SEVERAL = """\
workflows:
  contacts:
    file: flows/contacts.yaml
    bindings: {hub: flows/contacts.hub.yaml, amo: flows/contacts.amo.yaml}
    scenarios: flows/contacts.scenarios.yaml
  deals:
    file: flows/deals.yaml
    bindings: {hub: flows/deals.hub.yaml}
connections:
  hub: {adapter: hubspot, poll_every: 30}
  amo: {adapter: amocrm}
people: people.yaml
"""


@pytest.fixture(name="load")
def _load(tmp_path: Path) -> Load:
    def load(text: str) -> Settings:
        file = tmp_path / "leadstate.yaml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return load


def test_each_workflow_sees_its_own_part(load: Load, tmp_path: Path) -> None:
    """Its file, the connections that it has a binding for; the rest is shared."""
    each = load(SEVERAL).each()

    contacts, deals = each["contacts"], each["deals"]
    assert tmp_path / "flows/contacts.yaml" == contacts.workflow
    assert (["hub", "amo"], ["hub"]) == (
        list(contacts.connections),
        list(deals.connections),
    )
    assert tmp_path / "flows/deals.hub.yaml" == deals.binding_of("hub")
    assert [30.0, 30.0] == [
        one.connections["hub"].poll_every for one in (contacts, deals)
    ]
    assert contacts.people == deals.people == tmp_path / "people.yaml"


def test_scenarios_belong_to_a_workflow(load: Load, tmp_path: Path) -> None:
    """Where they are stated; nowhere else."""
    settings = load(SEVERAL)

    assert tmp_path / "flows/contacts.scenarios.yaml" == settings.scenarios_of(
        "contacts"
    )
    assert settings.scenarios_of("deals") is None


def test_old_form_is_one_workflow_without_a_name(load: Load) -> None:
    """What one file says of one workflow means what it did."""
    settings = load("workflow: w.yaml\n")

    assert {"": settings} == settings.each()


def test_several_are_none_in_particular(load: Load) -> None:
    """Whoever wants one is told which there are."""
    settings = load(SEVERAL)

    with pytest.raises(UsageError, match="has several workflows: contacts, deals"):
        _ = settings.workflow
    with pytest.raises(UsageError) as caught:
        settings.of("deal")
    assert (
        "there is no workflow 'deal'. Did you mean 'deals'? The settings have: "
        "contacts, deals"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "workflows:\n  a: {file: a.yaml}\n  a: {file: b.yaml}\n",
            "LS005 3:3 the key 'a' stands twice, first at 2:3. Keep one of them.",
        ),
        (
            "workflow: a.yaml\nworkflows:\n  a: {file: a.yaml}\n",
            (
                "LS603 1:11 'workflow' and 'workflows' stand side by side. Move the "
                "one workflow under 'workflows', with its bindings."
            ),
        ),
        (
            "workflows: {}\n",
            (
                "LS601 1:12 'workflows' names none. Write a name, and under it: file: "
                "FILE."
            ),
        ),
        (
            "workflows: [a, b]\n",
            "LS603 1:12 'workflows' must be a mapping of names to values.",
        ),
        ("workflows:\n  a: {}\n", "LS601 2:3 'workflows.a.file' is missing."),
        (
            "workflows:\n  a: {file: a.yaml, binding: {}}\n",
            (
                "LS602 2:21 the setting 'workflows.a.binding' is unknown. Did you mean "
                "'bindings'? Known: file, bindings, scenarios."
            ),
        ),
        (
            (
                "workflows:\n  a: {file: a.yaml, bindings: {hubspt: b.yaml}}\n"
                "connections:\n  hubspot: {adapter: hubspot}\n"
            ),
            (
                "LS603 2:32 'workflows.a.bindings' names the connection 'hubspt', "
                "which is not there. Did you mean 'hubspot'? Known: hubspot."
            ),
        ),
        (
            (
                "workflows:\n  a: {file: a.yaml}\n"
                "connections:\n  hubspot: {adapter: hubspot, binding: b.yaml}\n"
            ),
            (
                "LS603 4:40 'connections.hubspot.binding' is none of the connection's "
                "here. Where there are several workflows, each names its own: write it "
                "under workflows.NAME.bindings.hubspot."
            ),
        ),
        (
            "workflow: a.yaml\nconnections:\n  hubspot: {adapter: hubspot}\n",
            "LS601 3:12 'connections.hubspot.binding' is missing.",
        ),
    ],
    ids=[
        "one name twice",
        "both forms",
        "none",
        "a list",
        "no file",
        "unknown key",
        "unknown connection",
        "binding of the connection",
        "no binding",
    ],
)
def test_mistake_is_told_with_its_place(
    load: Load, tmp_path: Path, text: str, line: str
) -> None:
    """And with what would be right."""
    with pytest.raises(WorkflowError) as caught:
        load(text)

    file = str(tmp_path / "leadstate.yaml")
    assert (line,) == tuple(
        one.replace(f"{file}:", "") for one in caught.value.problems
    )
