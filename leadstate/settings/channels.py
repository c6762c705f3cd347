"""Channels: where messages go, as the settings file says; nothing is sent here.

channels:
ops:   {type: slack, url: {env: SLACK_URL}}
heads: {type: email, host: smtp.example.com, from: leads@example.com,
to: [heads@example.com]}
hub:   {type: webhook, url: "https://hooks.example.com/leads",
secret: {env: HUB_SECRET}}
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from leadstate.domain.values import FieldType, coerce
from leadstate.settings.secrets import (  # noqa: TC001 - pydantic reads them
    Reference,
    TextOrReference,
)

__all__ = [
    "ChannelSettings",
    "EmailSettings",
    "SlackSettings",
    "Tls",
    "WebhookSettings",
]

MOST_ADDRESSES = 50


def _address(text: str) -> str:
    found = coerce(text, FieldType.EMAIL)
    if not isinstance(found, str):
        raise ValueError("must be an e-mail address, such as leads@example.com")  # noqa: TRY004 - pydantic's word for a wrong value
    return found


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _some(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(addresses) <= MOST_ADDRESSES:
        raise ValueError(f"must be 1 to {MOST_ADDRESSES} addresses")
    return addresses


Address = Annotated[str, AfterValidator(_address)]
Addresses = Annotated[
    tuple[Address, ...], BeforeValidator(_several), AfterValidator(_some)
]
Seconds = Annotated[float, Field(gt=0, le=30)]


class Tls(StrEnum):
    """How the way to a mail server is kept private."""

    STARTTLS = "starttls"  # asked for on the open connection; refused without it
    TLS = "tls"  # from the first byte
    NONE = "none"  # not at all: for a server on this machine


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class WebhookSettings(_Strict):
    """An HTTP endpoint of your own; requests are signed (Standard Webhooks).

    Attributes:
        url: Where to post; a text, or a reference when the address is a secret.
        secret: What requests are signed with: `whsec_` and base64, or 24 characters
            and more.
        timeout: How long the endpoint may be silent.
        allow_http: Whether the address may be `http:`.
        allow_private: Whether it may lead into a private network or to this machine.
    """

    type: Literal["webhook"]
    url: TextOrReference
    secret: Reference | None = None
    timeout: Seconds = 10.0
    allow_http: bool = False
    allow_private: bool = False


class SlackSettings(_Strict):
    """An incoming webhook of Slack, or of a service that takes the same messages.

    Attributes:
        url: The webhook's address; who knows it can post, so it is a reference.
        timeout: How long the service may be silent.
        allow_http: Whether the address may be `http:`.
        allow_private: Whether it may lead into a private network or to this machine.
    """

    type: Literal["slack"]
    url: Reference
    timeout: Seconds = 10.0
    allow_http: bool = False
    allow_private: bool = False


class EmailSettings(_Strict):
    """A mail server that takes our messages.

    Attributes:
        host: Its name.
        port: Its port; by default 587, 465 with `tls: tls` and 25 with `tls: none`.
        tls: How the connection is encrypted; without it no password is sent.
        username: Who we are to the server.
        password: Goes with `username`.
        sender: The address that messages come from.
        to: Who gets them.
        timeout: How long the server may be silent.
    """

    type: Literal["email"]
    host: Annotated[str, Field(min_length=1, pattern=r"^[^\s/@]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: Tls = Tls.STARTTLS
    username: str | None = None
    password: Reference | None = None
    sender: Annotated[Address, Field(alias="from")]
    to: Addresses
    timeout: Seconds = 10.0

    @model_validator(mode="after")
    def _whole(self) -> EmailSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password stand together or not at all")
        if self.tls is Tls.NONE and self.password is not None:
            raise ValueError("with tls: none no password is sent; leave it out")
        return self


ChannelSettings: TypeAlias = Annotated[
    WebhookSettings | EmailSettings | SlackSettings, Field(discriminator="type")
]
"""One channel; its ``type`` says which."""
