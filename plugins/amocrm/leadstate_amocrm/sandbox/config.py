"""What a sandbox is started with, and the switches that can change while it runs.

Every switch stands for behaviour of amoCRM that its documentation leaves open, or that
a test needs to force.  Defaults are the documented or observed behaviour, and where
nothing is established the most careful reading (as of 2026-11-22).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadstate.testing.sandbox import site

RPS = 7
ACCOUNT_RPS = 50


class OverLimit(StrEnum):
    """What a page size above the most does."""

    REFUSE = "refuse"
    CAP = "cap"


class EventOrder(StrEnum):
    """In which order events are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"


class Unpaid(StrEnum):
    """What an account that has not paid may still do."""

    NO = "no"
    READ = "read"
    NOTHING = "nothing"


class Survivor(StrEnum):
    """Which id a merge leaves."""

    FIRST = "first"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig(site.SandboxConfig):
    """What a sandbox is started with.

    Attributes:
        token: A long-lived token of the account's administrator.
        refresh_token: A refresh token of the same, good for one exchange.
        rps: Calls a second of one integration.
        webhook_target: Subscribed to the events of leads at the start.
    """

    token: str = "amocrm-sandbox-token"  # noqa: S105 - a local stand-in
    client_id: str = "5a9d0b1e-1111-4c0e-8a53-6d1f6f5f0001"
    client_secret: str = "amocrm-sandbox-secret"  # noqa: S105 - a local stand-in
    redirect_uri: str = "http://127.0.0.1:8765/callback"
    refresh_token: str = "amocrm-sandbox-refresh"  # noqa: S105 - a local stand-in
    subdomain: str = "sandbox"
    account_id: int = 7000001
    rps: int = RPS


@dataclass(slots=True, kw_only=True)
class Policy:
    """The switches, changed by `PUT /_sandbox/policy`; one instance a sandbox.

    Attributes:
        rps: Calls in a rolling second of one token, on the sandbox clock.
        account_rps: The same of all tokens together.
        block_after_429: Refusals within a minute after which every answer is 403 as
            an HTML page, OAuth included; 0 never blocks.
        blocked: Whether the account is blocked so; only this switch lifts it.
        throttle_json: Whether a 429 is JSON; otherwise an HTML page.
        retry_after_seconds: `retry_after` in the body of a 429.
        retry_after_header: Whether a 429 carries Retry-After (not documented).
        is_api_filter_enabled: Whether the account has bought filters; without, those
            of leads, contacts and companies are ignored (not established).
        reopen_clears_closed_at: Whether a lead that is opened again loses closed_at.
        enforce_required_statuses: Whether a move without a required field is refused.
        partial_bulk: Whether the good items of a refused bulk write are applied.
        refuse_unexpected: Whether unknown members of a write are refused.
        over_limit: What `limit` above the most does.
        events_order: In which order events are listed.
        event_retention_days: How long events are kept; 0 is for ever.
        webhooks_status: What managing webhooks answers; 402 or 403 below the plan.
        unpaid: What is left of an account that has not paid.
        deny_consent: Whether the user refuses the integration at /oauth.
        if_modified_since: Whether lists heed that header.
        duplicate_control: Whether /leads/complex finds an existing contact.
        merge_survivor: Which id a merge of leads leaves.
        merge_hooks: Whether a merge sends a delete webhook for the lost lead.
        minor_units: Whether price may have cents, and price_with_minor_units is shown.
        loss_reason_is_list: Whether `with=loss_reason` embeds a list of one (seen), or
            an object (documented).
        scalar_values: Whether dates and checkboxes in webhooks are bare scalars.
        events_per_body: Events one webhook body carries at most.
        account_first: Whether a webhook body begins with `account`.
        retry_scale: Factor on the waits between deliveries of a failing webhook.
        webhook_timeout_seconds: How long the receiver may take (wall clock).
        disable_after: Bad answers within two hours that disable a webhook.
    """

    rps: int = RPS
    account_rps: int = ACCOUNT_RPS
    block_after_429: int = 50
    blocked: bool = False
    throttle_json: bool = True
    retry_after_seconds: int = 1
    retry_after_header: bool = False
    is_api_filter_enabled: bool = True
    reopen_clears_closed_at: bool = True
    enforce_required_statuses: bool = False
    partial_bulk: bool = False
    refuse_unexpected: bool = False
    over_limit: OverLimit = OverLimit.REFUSE
    events_order: EventOrder = EventOrder.NEWEST
    event_retention_days: int = 0
    webhooks_status: int = 200
    unpaid: Unpaid = Unpaid.NO
    deny_consent: bool = False
    if_modified_since: bool = False
    duplicate_control: bool = False
    merge_survivor: Survivor = Survivor.FIRST
    merge_hooks: bool = True
    minor_units: bool = False
    loss_reason_is_list: bool = True
    scalar_values: bool = True
    events_per_body: int = 1
    account_first: bool = False
    retry_scale: float = 1.0
    webhook_timeout_seconds: float = 2.0
    disable_after: int = 100


def starting_policy(config: SandboxConfig) -> Policy:
    """Return the switches a sandbox starts with."""
    return Policy(rps=config.rps, account_rps=max(ACCOUNT_RPS, config.rps))
