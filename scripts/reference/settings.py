"""The page of settings: every setting with its type, default and meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotated_types import Ge, Gt, Le
from leadstate_amocrm import settings as amocrm
from leadstate_hubspot import settings as hubspot
from pydantic_core import PydanticUndefined

from leadstate import settings
from scripts.reference.markdown import attributes, table

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

_TYPES = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "Identity": "digits",
    "FieldKey": "code or digits",
    "Secret": "reference",
    "tuple[str, ...]": "list of texts",
    "dict[str, str]": "reference",
    "dict[str, WorkflowSettings]": "mapping of names",
    "dict[str, object]": "mapping",
    "dict[str, ConnectionSettings]": "mapping of names",
    "dict[str, ChannelSettings]": "mapping of names",
    "bool": "true or false",
    "Reference": "reference",
    "TextOrReference": "text or reference",
    "Seconds": "seconds",
    "Address": "e-mail address",
    "Addresses": "list of e-mail addresses",
    "Tls": "`starttls`, `tls` or `none`",
    "ConnectionMode": "`observe` or `live`",
    "Literal['webhook']": "`webhook`",
    "Literal['slack']": "`slack`",
    "Literal['email']": "`email`",
    "ReceiverSettings": "mapping",
    "OAuthSettings": "mapping",
}
_NAMED = {"bindings": "mapping of connections to files"}
_UNITS = {
    "poll_every": "seconds",
    "overlap_minutes": "minutes",
    "overlap_seconds": "seconds",
}

# What the models' own docstrings do not say.
_MEANING = {
    "database": "SQLite file, or an SQLAlchemy URL such as `sqlite:////var/lib/x.db`.",
    "workflow": "The workflow file, where there is one workflow.",
    "workflows": "The [workflows](../how-to/run-several-workflows.md), by their names, "
    "where there are several; instead of `workflow`.",
    "key": "Reference to 64 hexadecimal digits that encrypt stored tokens.",
    "signing_key": "Reference to 64 hexadecimal digits that sign "
    "[checkpoints](../how-to/audit.md); without it the database holds the key.",
    "checkpoints": "File to which [checkpoints](../how-to/audit.md) are added, too.",
    "receiver": "Where webhooks come in.",
    "connections": "The CRM accounts, by names of your own.",
    "people": "The file of the [people](../how-to/keep-people.md).",
    "channels": "Where [messages](../how-to/send-messages.md) go, by your own names.",
    "plugins": "Plugins that may perform actions, besides those of the connections.",
    "type": "The kind of channel.",
    "host": "The address that the receiver listens on.",
    "mode": "How it begins: [observed](../how-to/go-live.md), or `live` at once, for "
    "sandboxes.",
    "port": "Its port; 0 picks a free one.",
    "adapter": "Name of the plugin.",
    "binding": "The binding file; where there are `workflows`, each has its own.",
    "oauth": "An OAuth app instead of `token`.",
    "base_url": "HubSpot's API, or a sandbox on `http://127.0.0.1:PORT`.",
    "searches_per_second": "The account's limit of searches.",
    "client_id": "The app's id for authorising.",
    "client_secret": "The app's secret.",
    "refresh_token": "Needed once, if ever; what the CRM hands out later is stored.",
}
_PARTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The file", "", settings._File),  # noqa: SLF001 - the model of the file
    ("workflows.NAME", "workflows.NAME.", settings.WorkflowSettings),
    ("receiver", "receiver.", settings.ReceiverSettings),
    ("connections.NAME", "connections.NAME.", settings.ConnectionSettings),
    ("channels.NAME, of type webhook", "channels.NAME.", settings.WebhookSettings),
    ("channels.NAME, of type slack", "channels.NAME.", settings.SlackSettings),
    ("channels.NAME, of type email", "channels.NAME.", settings.EmailSettings),
    (
        "connections.NAME.settings, for hubspot",
        "connections.NAME.settings.",
        hubspot.Settings,
    ),
    (
        "connections.NAME.settings.oauth, for hubspot",
        "connections.NAME.settings.oauth.",
        hubspot.OAuthSettings,
    ),
    (
        "connections.NAME.settings, for amocrm",
        "connections.NAME.settings.",
        amocrm.Settings,
    ),
    (
        "connections.NAME.settings.oauth, for amocrm",
        "connections.NAME.settings.oauth.",
        amocrm.OAuthSettings,
    ),
)


def page() -> None:
    """Print a table a mapping of the file."""
    for title, prefix, model in _PARTS:
        print(f"## {title}", "", sep="\n")
        said = attributes(model)
        rows = [
            (
                f"`{prefix}{info.alias or name}`",
                _type(name, info, model),
                _default(info),
                said.get(name) or _MEANING[name],
            )
            for name, info in model.model_fields.items()
        ]
        table(["setting", "type", "default", "meaning"], rows)


def _type(name: str, info: FieldInfo, model: type[BaseModel]) -> str:
    written = str(model.__annotations__[name]).removesuffix(" | None")
    if written.startswith("Annotated["):
        written = written.removeprefix("Annotated[").split(",")[0]
    words = [_NAMED.get(name) or _TYPES[written]]
    bounds = {type(one): one for one in info.metadata}
    low, high = bounds.get(Ge) or bounds.get(Gt), bounds.get(Le)
    if isinstance(low, Ge):
        words.append(f"from {low.ge}")
    elif isinstance(low, Gt):
        words.append(f"above {low.gt}")
    if isinstance(high, Le):
        words.append(f"to {high.le}")
    if name in _UNITS:
        words[0] = _UNITS[name]
    return " ".join(words)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    if info.default is PydanticUndefined or info.default in (None, (), ""):
        return "none"
    if hasattr(info.default, "model_fields"):
        return "see below"
    if isinstance(info.default, bool):
        return f"`{str(info.default).lower()}`"
    number = isinstance(info.default, float)
    return f"`{info.default:g}`" if number else f"`{info.default}`"
