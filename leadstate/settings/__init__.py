"""The settings file: which database, which workflow, which CRM connections.

    database: leadstate.db
    workflow: workflows/b2b_lifecycle.yaml
    connections:
      hubspot:
        adapter: hubspot
        binding: workflows/b2b_lifecycle.hubspot.yaml
        poll_every: 60
        settings:
          token: {env: HUBSPOT_TOKEN}
    people: people.yaml
    channels:
      ops: {type: slack, url: {env: SLACK_URL}}

Several workflows share the connections, each with bindings of its own:

    workflows:
      contacts:
        file: workflows/contacts.yaml
        bindings: {hubspot: workflows/contacts.hubspot.yaml}
      deals:
        file: workflows/deals.yaml
        bindings: {hubspot: workflows/deals.hubspot.yaml}
    connections:
      hubspot: {adapter: hubspot, settings: {token: {env: HUBSPOT_TOKEN}}}

Secrets are references, ``{env: NAME}`` or ``{file: PATH}``, never the text itself; they
are resolved when a connection opens and are never written anywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, ValidationError

from leadstate.definition.nodes import ListNode, MapNode, TextNode
from leadstate.definition.problems import Problems
from leadstate.definition.yaml import read_file
from leadstate.domain.mode import ConnectionMode
from leadstate.errors import UsageError, WorkflowError
from leadstate.settings.channels import (
    ChannelSettings,
    EmailSettings,
    SlackSettings,
    Tls,
    WebhookSettings,
)
from leadstate.settings.keys import secret_key, signing_key
from leadstate.settings.mistakes import (
    check_channel_names,
    check_keys,
    report_mistake,
)
from leadstate.settings.parts import PLUGIN, Strict
from leadstate.settings.secrets import (
    refuse_plain_secrets,
    resolved,
    secret,
)
from leadstate.settings.several import (
    WorkflowSettings,
    check_workflows,
    unknown_workflow,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from leadstate.definition.nodes import Located

__all__ = [
    "PLUGIN",
    "ChannelSettings",
    "ConnectionSettings",
    "EmailSettings",
    "ReceiverSettings",
    "Settings",
    "SlackSettings",
    "Tls",
    "WebhookSettings",
    "WorkflowSettings",
    "digest_of",
    "load_settings",
    "secret_key",
    "signing_key",
]

_CHANNELS: dict[str, type[BaseModel]] = {
    "webhook": WebhookSettings,
    "email": EmailSettings,
    "slack": SlackSettings,
}


class ReceiverSettings(Strict):
    """Where webhooks come in.

    Attributes:
        public_url: The address that the CRM calls, without a path; the signature is
            over this address, so it must be the one the CRM sees (behind a proxy, the
            proxy's).
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8800
    public_url: str | None = None


class ConnectionSettings(Strict):
    """One connection to one CRM account.

    Attributes:
        binding: The binding file of the installation's one workflow; where there are
            several, each names its own.
        poll_every: Seconds between two looks for changes that no webhook told of.
        mode: How it begins: observed, until ``leadstate go-live``; or live at once, for
            sandboxes and tests.
        settings: The adapter's own settings; validated by the adapter.
    """

    adapter: str
    binding: str = ""
    mode: ConnectionMode = ConnectionMode.OBSERVE
    poll_every: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    settings: dict[str, object] = Field(default_factory=dict)


class _File(Strict):
    database: str = "leadstate.db"
    workflow: str | None = None
    workflows: dict[str, WorkflowSettings] = Field(default_factory=dict)
    key: dict[str, str] | None = None
    signing_key: dict[str, str] | None = None
    checkpoints: str | None = None
    receiver: ReceiverSettings = ReceiverSettings()
    connections: dict[str, ConnectionSettings] = Field(default_factory=dict)
    people: str | None = None
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    plugins: tuple[str, ...] = ()


_MODELS: dict[str, type[BaseModel]] = {
    "receiver": ReceiverSettings,
    "connections": ConnectionSettings,
    "workflows": WorkflowSettings,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation; relative paths start at the file's folder.

    Attributes:
        database: SQLAlchemy URL.
        name: The name under which the workflow stands in the file; "" where the file
            names one workflow only, or these are the settings of several.
        workflow_file: The workflow's file; None where these are those of several.
        workflows: Every workflow of several, by name.
        key: Reference to the key that encrypts stored tokens, or None.
        signing_key: Reference to the key that signs checkpoints, or None.
        checkpoints: The file to which checkpoints are added, too, or None.
        people: The file that says who works with leads, or None.
        channels: Where messages go, by the names that workflows use.
        plugins: Plugins that may perform actions, besides those of the connections.
    """

    file: Path
    database: str
    workflow_file: Path | None
    receiver: ReceiverSettings
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    key: Mapping[str, str] | None = None
    signing_key: Mapping[str, str] | None = None
    checkpoints: Path | None = None
    people: Path | None = None
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    name: str = ""
    workflows: Mapping[str, WorkflowSettings] = field(default_factory=dict)

    @property
    def workflow(self) -> Path:
        """The workflow's file.

        Raises:
            UsageError: There are several; `of` narrows the settings to one.
        """
        if self.workflow_file is None:
            raise UsageError(
                f"{self.file} has several workflows: {', '.join(self.workflows)}. Say "
                "which one with --workflow NAME"
            )
        return self.workflow_file

    def each(self) -> dict[str, Settings]:
        """Return the settings of each workflow, by the name that the file gives it.

        The one workflow of a file that names one only stands under "".
        """
        if not self.workflows:
            return {"": self}
        return {name: self.of(name) for name in self.workflows}

    def of(self, name: str) -> Settings:
        """Return the settings as one workflow of several sees them.

        Its connections are those that it has a binding for.

        Raises:
            UsageError: There is no workflow of that name.
        """
        wanted = self.workflows.get(name)
        if wanted is None:
            raise unknown_workflow(name, self.workflows)
        return replace(
            self,
            name=name,
            workflow_file=self.file.parent / wanted.file,
            workflows={},
            connections={
                connection: self.connections[connection].model_copy(
                    update={"binding": binding}
                )
                for connection, binding in wanted.bindings.items()
            },
        )

    def scenarios_of(self, name: str) -> Path | None:
        """Return where the scenarios of one workflow of several stand, or None."""
        stated = self.workflows[name].scenarios
        return self.file.parent / stated if stated else None

    def binding_of(self, connection: str) -> Path:
        """Return the path of a connection's binding file."""
        return self.file.parent / self.connections[connection].binding

    def adapter_settings(self, connection: str) -> dict[str, object]:
        """Return an adapter's own settings with every secret reference resolved."""
        where = f"{self.file}: connections.{connection}.settings"
        raw = self.connections[connection].settings
        return {
            name: resolved(value, self.file.parent, f"{where}.{name}")
            for name, value in raw.items()
        }

    def channel_text(self, channel: str, name: str) -> str | None:
        """Return one setting of a channel as text, its reference resolved."""
        value = getattr(self.channels[channel], name)
        if value is None or isinstance(value, str):
            return value
        where = f"{self.file}: channels.{channel}.{name}"
        return secret(value, self.file.parent, where)


def digest_of(part: BaseModel, *, without: Collection[str] = ()) -> str:
    """Return what tells one state of a part of the file from another.

    A secret stands in the file as a reference, and that is what is digested.

    Args:
        part: A connection, a channel, the receiver.
        without: Keys that do not count.
    """
    plain = part.model_dump(mode="json", exclude=set(without))
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def load_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises:
        WorkflowError: With every mistake of the file, each with its place.
    """
    problems = Problems(str(path))
    tree = read_file(path, problems)
    if tree is None or problems.lines():
        raise WorkflowError(problems.lines())
    refuse_plain_secrets(tree, problems)
    check_keys(tree, problems)
    check_channel_names(tree, problems)
    check_workflows(tree, problems)
    try:
        parsed = _File.model_validate(_plain(tree))
    except ValidationError as error:
        for detail in error.errors():
            report_mistake(detail, *_place(detail["loc"]), tree, problems)
        raise WorkflowError(problems.lines()) from None
    if problems.lines():
        raise WorkflowError(problems.lines())
    return _settings(path, parsed)


def _settings(path: Path, parsed: _File) -> Settings:
    folder = path.parent
    database = parsed.database
    if "://" not in database:
        database = f"sqlite:///{folder / database}"
    return Settings(
        file=path,
        database=database,
        workflow_file=folder / parsed.workflow if parsed.workflow else None,
        workflows=parsed.workflows,
        receiver=parsed.receiver,
        connections=parsed.connections,
        key=parsed.key,
        signing_key=parsed.signing_key,
        checkpoints=folder / parsed.checkpoints if parsed.checkpoints else None,
        people=folder / parsed.people if parsed.people else None,
        channels=parsed.channels,
        plugins=parsed.plugins,
    )


def _plain(node: Located) -> object:
    """Return a tree as plain data; every scalar stays text for pydantic to read."""
    match node:
        case TextNode():
            return None if node.empty else node.value
        case ListNode():
            return [_plain(item) for item in node.items]
        case MapNode():  # pragma: no branch - every kind of node is named
            return {key.value: _plain(value) for key, value in node.items()}


def _place(loc: tuple[str | int, ...]) -> tuple[list[str | int], list[str]]:
    """Return the path of a mistake in the file, and the settings possible there.

    For a channel, pydantic names the type between the channel and the setting.
    """
    path = list(loc)
    if path[:1] == ["channels"] and len(path) > 2 and path[2] in _CHANNELS:  # noqa: PLR2004
        fields = _CHANNELS[str(path.pop(2))].model_fields
        return path, [field.alias or name for name, field in fields.items()]
    model = _MODELS.get(str(path[0]) if path else "", _File)
    return path, list(model.model_fields)
