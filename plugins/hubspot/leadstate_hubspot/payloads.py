"""What HubSpot answers and sends, as far as the adapter reads it.

Own models, lenient about what they do not know: HubSpot adds fields without notice, and
"all fields are optional in any error parsing" (developers.hubspot.com, error handling,
seen 2026-03-30).
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic needs it at run time
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leadstate.errors import RetryLater

if TYPE_CHECKING:
    from leadstate.adapters.http import ApiResponse

__all__ = [
    "AccountDetails",
    "AssociationList",
    "Associations",
    "Batch",
    "HookEvent",
    "Labels",
    "MaybeText",
    "Model",
    "Page",
    "Problem",
    "Record",
    "TokenGrant",
    "Version",
    "read",
]


def _as_text(value: Any) -> Any:
    """Ids and values come as text or as numbers, by endpoint and roll-out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_mapping(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_as_text)]
MaybeText = Annotated[str | None, BeforeValidator(_as_text)]


class Model(BaseModel):
    """What HubSpot sent; never changed, and never shown in an error."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Version(Model):
    """One value that a property had; HubSpot lists the newest first."""

    value: MaybeText = ""
    at: datetime = Field(alias="timestamp")
    source: MaybeText = Field(default="", alias="sourceType")
    source_id: MaybeText = Field(default="", alias="sourceId")


class Record(Model):
    """One CRM record."""

    id: Text
    properties: dict[str, MaybeText] = Field(default_factory=dict)
    created_at: datetime | None = Field(default=None, alias="createdAt")
    updated_at: datetime | None = Field(default=None, alias="updatedAt")
    trace: MaybeText = Field(default=None, alias="objectWriteTraceId")
    history: dict[str, list[Version]] = Field(
        default_factory=dict, alias="propertiesWithHistory"
    )


class Next(Model):
    """Where the next page starts."""

    after: Text


class Paging(Model):
    """The pages that follow."""

    next: Next | None = None


class Page(Model):
    """One page of a list or a search."""

    results: list[Record] = Field(default_factory=list)
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """Where the next page starts, if there is one."""
        return _after(self.paging)


def _after(paging: Paging | None) -> str | None:
    return paging.next.after if paging and paging.next else None


class Problem(Model):
    """An error answer, or one entry of its ``errors``; any field may be missing.

    Attributes:
        error, error_description: What the token endpoint says instead.
    """

    status: MaybeText = ""
    message: MaybeText = ""
    category: MaybeText = ""
    code: MaybeText = ""
    policy: MaybeText = Field(default="", alias="policyName")
    error: MaybeText = ""
    error_description: MaybeText = ""
    context: Annotated[dict[str, Any], BeforeValidator(_as_mapping)] = Field(
        default_factory=dict
    )
    errors: Annotated[list[Problem], BeforeValidator(_as_list)] = Field(
        default_factory=list
    )

    def named(self, key: str) -> tuple[str, ...]:
        """Return the texts under ``key`` of this context and of those below."""
        value = self.context.get(key)
        values = value if isinstance(value, list) else [value]
        here = [str(item) for item in values if isinstance(item, str | int)]
        below = [text for inner in self.errors for text in inner.named(key)]
        return tuple(dict.fromkeys([*here, *below]))

    def words(self) -> str:
        """Return the message with what the entries below add to it."""
        said = [self.message or self.error_description or self.error or self.category]
        said += [inner.words() for inner in self.errors[:5]]
        return "; ".join(dict.fromkeys(text for text in said if text))


class Batch(Model):
    """The answer of a batch call, whole (200) or in part (207)."""

    results: list[Record] = Field(default_factory=list)
    errors: Annotated[list[Problem], BeforeValidator(_as_list)] = Field(
        default_factory=list
    )


class AssociationType(Model):
    """One way in which two records are associated."""

    category: str = ""
    type_id: int = Field(default=0, alias="typeId")
    label: str | None = None


class Associated(Model):
    """One record at the other end."""

    id: Text = Field(alias="toObjectId")
    types: list[AssociationType] = Field(default_factory=list, alias="associationTypes")


class _Start(Model):
    id: Text


class AssociationsOf(Model):
    """What one record is associated with."""

    start: _Start = Field(alias="from")
    to: list[Associated] = Field(default_factory=list)
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """Where the next page starts, if there is one."""
        return _after(self.paging)


class Associations(Model):
    """What many records are associated with."""

    results: list[AssociationsOf] = Field(default_factory=list)
    errors: Annotated[list[Problem], BeforeValidator(_as_list)] = Field(
        default_factory=list
    )


class AssociationList(Model):
    """One page of what one record is associated with."""

    results: list[Associated] = Field(default_factory=list)
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """Where the next page starts, if there is one."""
        return _after(self.paging)


class Labels(Model):
    """The ways in which two kinds of records can be associated."""

    results: list[AssociationType] = Field(default_factory=list)


class AccountDetails(Model):
    """The account behind the token."""

    portal_id: Text = Field(alias="portalId")
    account_type: str = Field(default="", alias="accountType")
    time_zone: str = Field(default="UTC", alias="timeZone")


class TokenGrant(Model):
    """A fresh access token."""

    access_token: str = Field(min_length=1, repr=False)
    refresh_token: str | None = Field(default=None, repr=False)
    expires_in: int = 1800
    hub_id: MaybeText = None


class HookEvent(Model):
    """One event of a webhook, classic or ``object.*``."""

    subscription: str = Field(alias="subscriptionType")
    portal_id: MaybeText = Field(default=None, alias="portalId")
    occurred_at: int = Field(alias="occurredAt", ge=0, lt=253_402_300_800_000)
    object_id: MaybeText = Field(default=None, alias="objectId")
    object_type: MaybeText = Field(default=None, alias="objectTypeId")
    property: MaybeText = Field(default=None, alias="propertyName")
    value: MaybeText = Field(default=None, alias="propertyValue")
    sensitive: bool = Field(default=False, alias="isSensitive")
    source: MaybeText = Field(default=None, alias="changeSource")
    source_id: MaybeText = Field(default=None, alias="sourceId")
    primary_id: MaybeText = Field(default=None, alias="primaryObjectId")
    merged_ids: list[Text] = Field(default_factory=list, alias="mergedObjectIds")
    new_id: MaybeText = Field(default=None, alias="newObjectId")
    association: MaybeText = Field(default=None, alias="associationType")
    from_id: MaybeText = Field(default=None, alias="fromObjectId")
    to_id: MaybeText = Field(default=None, alias="toObjectId")
    removed: bool | None = Field(default=None, alias="associationRemoved")


ModelT = TypeVar("ModelT", bound=BaseModel)


def read(model: type[ModelT], answer: ApiResponse, *, sent: bool = False) -> ModelT:
    """Return a good answer as ``model``; ``sent`` when it answers a write.

    Raises `RetryLater` when it is not one: a proxy's page, or half an answer.
    """
    try:
        return model.model_validate(answer.body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
    message = f"HubSpot's answer cannot be read: {where or 'body'}: {first['msg']}"
    raise RetryLater(message, sent=sent)
