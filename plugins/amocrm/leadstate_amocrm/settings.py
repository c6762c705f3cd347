"""The settings of one amoCRM connection; a mistake is told with its remedy."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from leadstate.adapters.settings import Identity, Secret, StrictSettings
from leadstate.adapters.settings import read_settings as read

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["OAuthSettings", "Settings", "account_host", "read_settings"]

_HOST = re.compile(r"(?!www\.)[a-z0-9][a-z0-9-]{0,62}\.(amocrm\.(ru|com)|kommo\.com)")
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")


def _text(value: object) -> object:
    """Ids are often written without quotation marks."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else value


FieldKey = Annotated[str, BeforeValidator(_text), Field(pattern=r"^\w{1,100}$")]


class OAuthSettings(StrictSettings):
    """An integration with OAuth; without ``refresh_token`` the stored one is used.

    Attributes:
        redirect_uri: As registered; amoCRM compares it at every exchange.
    """

    client_id: str = Field(min_length=1)
    client_secret: Secret
    redirect_uri: str = Field(pattern=r"^https?://\S+$")
    refresh_token: Secret | None = None


class Settings(StrictSettings):
    """Settings of a connection to amoCRM or Kommo.

    Attributes:
        base_url: ``https://SUBDOMAIN.amocrm.ru`` (``.amocrm.com``, ``.kommo.com``).
        allow_private: Whether ``base_url`` may lead into a private network.
        token: A long-lived token of a private or external integration.
        webhook_secret: The last part of the webhook's address, which only amoCRM knows.
        account_id: When given, every other account is refused.
        service_user_id: The user of the token, if nothing but Leadstate acts as it:
            changes by this user are then known as our own at once.
        requests_per_second: The integration's limit; 95 % of it is used.
        token_field: Code or id of the custom field of leads that keeps the token of a
            creation.
        page_size: Rows asked for at once.
        write_batch: Rows written at once; amoCRM takes 250 and recommends 50.
        overlap_seconds: How late a list may learn of a change.
        responsible_user_id: Who gets new leads and tasks; the token's user by default.
        task_type_id: The type of new tasks; 1 is the follow-up.
    """

    base_url: str
    allow_private: bool = False
    token: Secret | None = None
    oauth: OAuthSettings | None = None
    webhook_secret: Secret | None = None
    account_id: Identity | None = None
    service_user_id: Identity | None = None
    requests_per_second: float = Field(default=7.0, ge=1, le=200)
    token_field: FieldKey = "LEADSTATE_TOKEN"  # noqa: S105 - a field's code
    page_size: int = Field(default=250, ge=10, le=250)
    write_batch: int = Field(default=50, ge=1, le=250)
    overlap_seconds: float = Field(default=120.0, ge=2, le=24 * 3600)
    responsible_user_id: Identity | None = None
    task_type_id: int = Field(default=1, ge=1)

    @field_validator("base_url")
    @classmethod
    def _is_an_account(cls, given: str) -> str:
        parts = urlsplit(given.strip().rstrip("/"))
        host, origin = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
        loopback = parts.scheme in {"http", "https"} and _is_loopback(host)
        account = parts.scheme == "https" and _HOST.fullmatch(parts.netloc)
        if parts.path or parts.query or not (loopback or account):
            message = (
                "must be the account's own address: https://SUBDOMAIN.amocrm.ru, "
                "https://SUBDOMAIN.amocrm.com or https://SUBDOMAIN.kommo.com (a "
                "sandbox: http://127.0.0.1:PORT)"
            )
            raise ValueError(message)
        return origin

    @field_validator("webhook_secret")
    @classmethod
    def _is_hard_to_guess(cls, given: SecretStr | None) -> SecretStr | None:
        if given is not None and not _SECRET.fullmatch(given.get_secret_value()):
            message = (
                "must be 16 to 128 letters, digits, '-' or '_'; make one with: "
                'python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
            raise ValueError(message)
        return given

    @model_validator(mode="after")
    def _one_way_to_authorise(self) -> Self:
        if (self.token is None) == (self.oauth is None):
            message = (
                "give either token (a long-lived token: amoMarket > your integration > "
                "Keys and scopes) or oauth (client_id, client_secret and redirect_uri "
                "of an integration)"
            )
            raise ValueError(message)
        return self

    @property
    def host(self) -> str:
        """The account's host, which names it."""
        return urlsplit(self.base_url).netloc


def account_host(text: str) -> str | None:
    """Return ``text`` if it is the host of an account, or of a sandbox; else None."""
    host = text.strip().lower()
    if _HOST.fullmatch(host) or _is_loopback(host.rpartition(":")[0] or host):
        return host
    return None


def read_settings(name: str, given: Mapping[str, object]) -> Settings:
    """Return the settings of connection ``name``, or say everything that is wrong."""
    return read(Settings, "amocrm", name, given)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
