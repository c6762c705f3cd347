"""What amoCRM answers about an account's own make-up: fields, stages, users, webhooks.

Own models like those of `payloads`, lenient about what they do not know.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .payloads import ListOf, MaybeText, Model, ObjectOf, Text

__all__ = [
    "AccountRow",
    "Enum",
    "FieldRow",
    "Hook",
    "LossReason",
    "PipelineRow",
    "Rights",
    "StatusRow",
    "UserRow",
]


class _Pair(Model):
    pipeline_id: Text
    status_id: Text


class Enum(Model):
    """One option of a custom field."""

    id: Text
    value: Text
    sort: int = 0
    code: str | None = None


class FieldRow(Model):
    """A custom field."""

    id: Text
    name: str = ""
    code: str | None = None
    type: str = "text"
    is_api_only: bool = False
    enums: ListOf[Enum] = Field(default_factory=list)
    required_statuses: ListOf[_Pair] = Field(default_factory=list)

    @property
    def options(self) -> tuple[str, ...]:
        """The options in the order that amoCRM shows."""
        return tuple(one.value for one in sorted(self.enums, key=lambda e: e.sort))


class StatusRow(Model):
    """A stage of a pipeline; ``type`` 1 is unsorted."""

    id: Text
    name: str = ""
    sort: int = 0
    type: int = 0


class _Statuses(Model):
    statuses: ListOf[StatusRow] = Field(default_factory=list)


class PipelineRow(Model):
    """A pipeline with its stages."""

    id: Text
    name: str = ""
    sort: int = 0
    is_main: bool = False
    is_archive: bool = False
    embedded: _Statuses = Field(default_factory=_Statuses, alias="_embedded")

    @property
    def statuses(self) -> list[StatusRow]:
        """The stages in their order."""
        return sorted(self.embedded.statuses, key=lambda status: status.sort)


class LossReason(Model):
    """Why a lead was lost."""

    id: Text
    name: str = ""


class _DateTimes(Model):
    timezone: str = "UTC"


class _AccountParts(Model):
    datetime_settings: ObjectOf[_DateTimes] = Field(default_factory=_DateTimes)


class AccountRow(Model):
    """The account behind the token."""

    id: Text
    name: str = ""
    subdomain: str = ""
    current_user_id: MaybeText = None
    has_filter: bool = Field(default=False, alias="is_api_filter_enabled")
    embedded: ObjectOf[_AccountParts] = Field(
        default_factory=_AccountParts, alias="_embedded"
    )

    @property
    def timezone(self) -> str:
        """The account's time zone."""
        return self.embedded.datetime_settings.timezone


class _StatusRight(Model):
    entity_type: str = "leads"
    pipeline_id: MaybeText = None
    status_id: MaybeText = None
    rights: ObjectOf[dict[str, Any]] = Field(default_factory=dict)


class Rights(Model):
    """What a user may do: A all, G their group's, M their own, D nothing."""

    leads: ObjectOf[dict[str, Any]] = Field(default_factory=dict)
    contacts: ObjectOf[dict[str, Any]] = Field(default_factory=dict)
    companies: ObjectOf[dict[str, Any]] = Field(default_factory=dict)
    status_rights: ListOf[_StatusRight] = Field(default_factory=list)
    is_admin: bool = False
    is_active: bool = True


class UserRow(Model):
    """A user with their rights."""

    id: Text
    name: str = ""
    rights: ObjectOf[Rights] = Field(default_factory=Rights)


class Hook(Model):
    """A registered webhook."""

    id: MaybeText = None
    destination: str = ""
    disabled: bool = False
    settings: ListOf[str] = Field(default_factory=list)
