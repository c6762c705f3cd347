"""What HubSpot answers about an account's own make-up: properties, pipelines, webhooks.

Own models like those of `payloads`, lenient about what they do not know.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic needs it at run time
from typing import Annotated

from pydantic import BeforeValidator, Field

from .payloads import MaybeText, Model, Text

__all__ = [
    "Option",
    "Pipeline",
    "PipelineStage",
    "Pipelines",
    "Properties",
    "Property",
    "Subscription",
    "Subscriptions",
    "TokenInfo",
    "Usage",
    "Usages",
    "WebhookSettings",
]


def _order(value: object) -> object:
    """An option may come without an order, or with null."""
    return 0 if value is None else value


class Option(Model):
    """One value of an enumeration."""

    value: Text
    label: MaybeText = ""
    description: MaybeText = ""
    hidden: bool = False
    order: Annotated[int, BeforeValidator(_order)] = Field(
        default=0, alias="displayOrder"
    )


class _Modification(Model):
    read_only_value: bool = Field(default=False, alias="readOnlyValue")
    read_only_options: bool | None = Field(default=None, alias="readOnlyOptions")


class Property(Model):
    """A property's definition."""

    name: str
    label: str = ""
    type: str = ""
    field_type: str = Field(default="", alias="fieldType")
    group: MaybeText = Field(default="", alias="groupName")
    calculated: bool = False
    archived: bool = False
    unique: bool = Field(default=False, alias="hasUniqueValue")
    options: list[Option] = Field(default_factory=list)
    modification: _Modification | None = Field(
        default=None, alias="modificationMetadata"
    )

    @property
    def read_only(self) -> bool:
        """Whether HubSpot refuses to have it written."""
        fixed = self.modification is not None and self.modification.read_only_value
        return self.calculated or fixed

    @property
    def fixed_options(self) -> bool:
        """Whether HubSpot says that its options cannot be changed."""
        return self.modification is not None and bool(
            self.modification.read_only_options
        )

    @property
    def ordered(self) -> tuple[Option, ...]:
        """Options in the order that HubSpot shows; undated ones (-1) last."""
        return tuple(sorted(self.options, key=lambda o: (o.order < 0, o.order)))

    @property
    def values(self) -> tuple[str, ...]:
        """Option values in the order that HubSpot shows."""
        return tuple(option.value for option in self.ordered)


class Properties(Model):
    """Every property of a kind of object."""

    results: list[Property] = Field(default_factory=list)


class PipelineStage(Model):
    """One stage of a pipeline."""

    id: Text
    label: str = ""
    archived: bool = False


class Pipeline(Model):
    """A pipeline with its stages."""

    id: Text
    label: str = ""
    archived: bool = False
    stages: list[PipelineStage] = Field(default_factory=list)


class Pipelines(Model):
    """Every pipeline of a kind of object."""

    results: list[Pipeline] = Field(default_factory=list)


class Usage(Model):
    """How many calls of a limit are used."""

    used: int = Field(default=0, alias="currentUsage")
    limit: int = Field(default=0, alias="usageLimit")
    resets_at: datetime | None = Field(default=None, alias="resetsAt")


class Usages(Model):
    """The limits that HubSpot counts by day."""

    results: list[Usage] = Field(default_factory=list)


class TokenInfo(Model):
    """What a token is and may do."""

    active: bool = False
    scopes: list[str] = Field(default_factory=list)


class WebhookSettings(Model):
    """Where an app's events are sent."""

    target: str = Field(default="", alias="targetUrl")


class Subscription(Model):
    """One kind of event that an app is told of."""

    id: Text
    event: MaybeText = Field(default="", alias="eventType")
    of_property: MaybeText = Field(default=None, alias="propertyName")
    object_type: MaybeText = Field(default=None, alias="objectTypeId")
    active: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about, to compare it with what is wanted."""
        return (self.event or "", self.of_property or "", self.object_type or "")


class Subscriptions(Model):
    """Every subscription of an app."""

    results: list[Subscription] = Field(default_factory=list)
