"""Settings become an installation: people, channels and plugins where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.definition import check_binding_text, load_workflow_text
from leadstate.domain.binding import Binding, FieldSource, Sync
from leadstate.domain.lifecycle import Field
from leadstate.domain.people import People
from leadstate.domain.values import FieldType
from leadstate.errors import ConfigurationError, WorkflowError
from leadstate.service.bootstrap import open_app, with_users
from leadstate.service.sync.field_sync import crm_text
from leadstate.settings import load_settings
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = """
workflow: demo
fields:
  owner: {type: owner}
  city: text
stages: {lead: {initial: true, owner: sales}, won: {kind: won}}
transitions: {win: {from: lead, to: won}}
"""
BINDING = """
binding: demo
adapter: hubspot
object: contacts
fields:
  owner: {property: hubspot_owner_id, values: {"1": Boss}, sync: newest}
  city: {property: city, values: {"71820": Kyiv}}
stages: {lead: {s: lead}, won: {s: won}}
"""
LIFECYCLE = load_workflow_text(WORKFLOW)
USERS = {"1": "chef", "71820": "olena", "71821": "olena"}


def bound() -> Binding:
    """Return the binding as the file has it."""
    found = check_binding_text(BINDING, LIFECYCLE)[0]
    assert found is not None
    return found


def test_owner_fields_read_and_write_people_by_their_names() -> None:
    """What the binding says itself wins; other fields are left alone."""
    fields = with_users(bound(), LIFECYCLE, USERS).fields

    assert (
        FieldSource(
            property="hubspot_owner_id",
            values={"1": "boss", "71820": "olena", "71821": "olena"},
            sync=Sync.NEWEST,
        )
        == fields["owner"]
    )
    assert "71820" == fields["owner"].crm_value("olena")
    assert {"71820": "Kyiv"} == fields["city"].values


@pytest.mark.parametrize(
    ("value", "written"),
    [("olena", "71820"), ("boss", "1"), ("stranger", None), (None, "")],
)
def test_a_crm_is_not_given_an_owner_whom_it_does_not_know(
    value: str | None, written: str | None
) -> None:
    """Somebody of the other CRM has no id here; nobody at all is written as empty."""
    binding = with_users(bound(), LIFECYCLE, USERS)

    assert written == crm_text(
        LIFECYCLE.fields["owner"], binding.fields["owner"], value
    )


def test_without_people_an_owner_is_the_id_of_the_crm() -> None:
    """And a field of another type is written whatever it maps to."""
    bare = FieldSource(property="p")
    mapped = FieldSource(property="p", values={"A": "a"})
    text = Field(name="t", type=FieldType.TEXT, label="t")

    assert "71820" == crm_text(LIFECYCLE.fields["owner"], bare, "71820")
    assert "b" == crm_text(text, mapped, "b")


def write(folder: Path, people: str, more: str = "") -> Path:
    """Write a settings file with people and a channel."""
    (folder / "w.yaml").write_text(WORKFLOW, encoding="utf-8")
    (folder / "people.yaml").write_text(people, encoding="utf-8")
    file = folder / "s.yaml"
    file.write_text(
        "workflow: w.yaml\npeople: people.yaml\n"
        "channels: {ops: {type: slack, url: {env: NO_SUCH_URL}}}\n" + more,
        encoding="utf-8",
    )
    return file


def test_a_command_that_only_looks_knows_people_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs no secret of a channel and loads no plugin."""
    monkeypatch.delenv("NO_SUCH_URL", raising=False)
    settings = load_settings(write(tmp_path, "people: {olena: {roles: sales}}"))

    app = open_app(settings, FrozenClock(), connections=[])

    assert ["olena"] == list(app.people.by_name)
    assert ({}, ()) == (app.channels, app.actions.plugins)
    app.close()


def test_a_service_opens_channels_and_plugins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plugins named for actions; without people there is nobody."""
    monkeypatch.setenv("NO_SUCH_URL", "https://chat.example.com/x")
    file = write(tmp_path, "", "plugins: [hubspot]\n")
    file.write_text(file.read_text("utf-8").replace("people: people.yaml\n", ""))

    app = open_app(load_settings(file), FrozenClock())

    assert ["ops"] == list(app.channels)
    assert ("hubspot",) == app.actions.plugins
    assert People() == app.people
    app.close()


def test_a_service_does_not_start_without_what_it_sends_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing secret is told before anything is lost for want of it."""
    monkeypatch.delenv("NO_SUCH_URL", raising=False)
    settings = load_settings(write(tmp_path, "people: {}"))

    with pytest.raises(ConfigurationError, match=r"channels\.ops\.url refers to the"):
        open_app(settings, FrozenClock())


def test_mistakes_about_people_stop_the_start(tmp_path: Path) -> None:
    """With their place; users are held against the connections of the settings."""
    people = "people: {olena: {users: {hubspott: 7}}}"
    settings = load_settings(write(tmp_path, people))

    with pytest.raises(WorkflowError, match=r"LS705 .*\.yaml:1:26 person 'olena'"):
        open_app(settings, FrozenClock(), connections=[])
