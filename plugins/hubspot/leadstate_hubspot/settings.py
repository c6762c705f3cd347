"""The settings of one HubSpot connection; a mistake is told with its remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import (
    Field,
    SecretStr,
    model_validator,
)

from leadstate.adapters.settings import Identity, Secret, StrictSettings
from leadstate.adapters.settings import read_settings as read

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["OAuthSettings", "Settings", "read_settings"]

# OAuth apps: 110 calls per 10 s and installing account; recalled, not confirmed by
# HubSpot's page in force (facts of 2026-11-22), and the lower of the two.
_OAUTH_CALLS = 110


class OAuthSettings(StrictSettings):
    """An OAuth app.

    Attributes:
        refresh_token: Without it, the one that `leadstate connect` stored is used.
        redirect_uri: Where the browser returns to; as the app's settings name it.
        scopes: What the app asks for; by default what the binding needs.
    """

    client_id: str = Field(min_length=1)
    client_secret: Secret
    refresh_token: Secret | None = None
    redirect_uri: str | None = Field(default=None, pattern=r"^https?://[^\s#]+$")
    scopes: tuple[str, ...] = ()


class Settings(StrictSettings):
    """Settings of a connection to HubSpot.

    Attributes:
        token: A service key or the token of a private app.
        client_secret: What HubSpot signs webhooks with; by default that of ``oauth``.
        app_id: Tells our own changes from those of others in webhooks.
        portal_id: When given, every other account is refused.
        allow_private: Whether ``base_url`` may lead into a private network.
        api_version: ``2026-09`` and the like; ``v3`` (also ``v4``) for the old paths.
        public_url: Where HubSpot sends webhooks: an origin, or the whole target URL.
        calls_per_10_seconds: The account's limit; 110 by default with ``oauth``.
        daily_calls: The part of the account's daily limit that Leadstate may use.
        overlap_minutes: How late HubSpot's search index may learn of a change.
        token_property: The property that keeps the token of what Leadstate creates.
    """

    token: Secret | None = None
    oauth: OAuthSettings | None = None
    client_secret: Secret | None = None
    app_id: Identity | None = None
    portal_id: Identity | None = None
    base_url: str = "https://api.hubapi.com"
    allow_private: bool = False
    api_version: str = Field(default="2026-09", pattern=r"^(20\d\d-(03|09)|v3|v4)$")
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$")
    calls_per_10_seconds: int = Field(default=190, ge=10, le=10_000)
    searches_per_second: float = Field(default=5.0, gt=0, le=100)
    daily_calls: int | None = Field(default=None, ge=100)
    overlap_minutes: float = Field(default=10.0, gt=0, le=24 * 60)
    token_property: str = Field(
        default="leadstate_token", pattern=r"^[a-z][a-z0-9_]{0,99}$"
    )

    @model_validator(mode="after")
    def _one_way_to_authorise(self) -> Self:
        if (self.token is None) == (self.oauth is None):
            message = (
                "give either token (a service key: HubSpot > Development > Keys > "
                "Service keys) or oauth (client_id and client_secret of an app), or "
                "run `leadstate connect` to keep a token outside this file"
            )
            raise ValueError(message)
        return self

    @property
    def calls_allowed(self) -> int:
        """Calls per 10 seconds that HubSpot allows this connection."""
        chosen = "calls_per_10_seconds" in self.model_fields_set
        if self.oauth is not None and not chosen:
            return _OAUTH_CALLS
        return self.calls_per_10_seconds

    @property
    def webhook_secret(self) -> SecretStr | None:
        """What HubSpot signs webhooks with."""
        if self.client_secret is None and self.oauth is not None:
            return self.oauth.client_secret
        return self.client_secret


def read_settings(name: str, given: Mapping[str, object]) -> Settings:
    """Return the settings of connection ``name``, or say everything that is wrong."""
    return read(Settings, "hubspot", name, given)
