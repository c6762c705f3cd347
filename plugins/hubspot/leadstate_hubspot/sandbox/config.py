"""What a sandbox is started with, and the switches that can change while it runs.

Every switch stands for behaviour of HubSpot that its documentation leaves open, or
that a test needs to force.  Defaults are the documented or observed behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from leadstate.testing.sandbox import site

PRIVATE_APP_RATE = 190
OAUTH_RATE = 110

ALL_SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.leads.read",
    "crm.objects.leads.write",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
)


class Auth(StrEnum):
    """How the app under test proves who it is."""

    SERVICE_KEY = "service-key"
    OAUTH = "oauth"
    PRIVATE_APP = "private-app"


class LifecyclePolicy(StrEnum):
    """What a backward write of `lifecyclestage` does."""

    SILENT = "silent"
    ERROR = "error"
    ALLOW = "allow"


class MergeId(StrEnum):
    """Which id the survivor of a merge carries."""

    NEW = "new"
    PRIMARY = "primary"


class MergedAway(StrEnum):
    """What reading a merged-away id answers."""

    NOT_FOUND = "not-found"
    RESOLVE = "resolve"


class SignatureClock(StrEnum):
    """Which clock dates the signature of a webhook."""

    WALL = "wall"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig(site.SandboxConfig):
    """What a sandbox is started with.

    Attributes:
        token: The access token; in `oauth` mode the refresh token of an installed app.
        rate_per_10s: Calls per rolling 10 s; None takes the usual one of the mode.
        index_lag_seconds: How much older than the portal the search index is.
    """

    token: str = "pat-na1-sandbox"  # noqa: S105 - a local stand-in
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - a local stand-in
    client_id: str = "sandbox-client-id"
    app_id: int = 50780459
    portal_id: int = 247187887
    index_lag_seconds: float = 0.0
    lifecycle_policy: LifecyclePolicy = LifecyclePolicy.SILENT
    auth: Auth = Auth.PRIVATE_APP
    rate_per_10s: int | None = None
    daily: int = 650_000

    def __post_init__(self) -> None:
        """Take the names of modes and policies as well as their members."""
        policy = LifecyclePolicy(self.lifecycle_policy)
        object.__setattr__(self, "auth", Auth(self.auth))
        object.__setattr__(self, "lifecycle_policy", policy)


@dataclass(slots=True, kw_only=True)
class Policy:
    """The switches, changed by `PUT /_sandbox/policy`; one instance a sandbox.

    Attributes:
        history_cap: Versions kept per property in answers; 0 keeps all.
        retry_after: Whether a 429 carries Retry-After (HubSpot: not reliably).
        first_attempt: attemptNumber of the first delivery of an event.
        unique_event_ids: HubSpot promises no uniqueness; False repeats ids.
        creation_fires_changes: Whether a creation also fires propertyChange events.
        deal_automation: HubSpot's default moves of the contact by its deals.
        source_id: sourceId of API writes; None is the app id.
        retry_scale: Factor on the waits between deliveries of a failing webhook.
        webhook_timeout_seconds: How long the receiver may take (wall clock).
    """

    lifecycle: LifecyclePolicy = LifecyclePolicy.SILENT
    merge_id: MergeId = MergeId.NEW
    merged_away: MergedAway = MergedAway.NOT_FOUND
    index_lag_seconds: float = 0.0
    rate_per_10s: int = PRIVATE_APP_RATE
    daily: int = 650_000
    search_per_second: int = 5
    search_window_ms: int = 1000
    history_cap: int = 0
    retry_after: bool = False
    first_attempt: int = 0
    unique_event_ids: bool = True
    creation_fires_changes: bool = True
    deal_automation: bool = False
    signature_clock: SignatureClock = SignatureClock.WALL
    source_id: str | None = None
    retry_scale: float = 1.0
    webhook_timeout_seconds: float = 5.0
    shuffle_batches: bool = True
    scopes: list[str] = field(default_factory=lambda: list(ALL_SCOPES))


def starting_policy(config: SandboxConfig) -> Policy:
    """Return the switches a sandbox starts with."""
    usual = OAUTH_RATE if config.auth is Auth.OAUTH else PRIVATE_APP_RATE
    return Policy(
        lifecycle=config.lifecycle_policy,
        index_lag_seconds=config.index_lag_seconds,
        rate_per_10s=usual if config.rate_per_10s is None else config.rate_per_10s,
        daily=config.daily,
    )
