"""Everything one sandbox consists of, put together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial

from leadstate.testing.sandbox import site
from leadstate.testing.sandbox.clock import SandboxClock
from leadstate.testing.sandbox.faults import Faults
from leadstate.testing.sandbox.log import RequestLog

from .config import Policy, SandboxConfig, starting_policy
from .crm.happenings import Event, Happening
from .crm.portal import Portal
from .push.deliveries import WebhookDeliveries
from .push.subscriptions import Subscriptions
from .seed.population import populate
from .traffic.faults import KINDS
from .traffic.limits import Limits
from .traffic.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(site.Site):
    """One sandbox: the portal and what stands around it."""

    config: SandboxConfig
    policy: Policy
    deliveries: WebhookDeliveries
    portal: Portal
    tokens: Tokens
    limits: Limits
    subscriptions: Subscriptions


def open_site(config: SandboxConfig) -> Site:
    """Open a sandbox; nobody listens until the people have moved in."""
    policy, clock = starting_policy(config), SandboxClock(config.started_at)
    portal = Portal(config, policy, clock)
    populate(portal, config.records)
    subscriptions = Subscriptions(portal)
    subscriptions.seed()
    chance = random.Random(config.seed + 1)  # noqa: S311 - repeatable on purpose
    faults, log = Faults(chance, KINDS), RequestLog()
    deliveries = WebhookDeliveries(config, policy, clock, subscriptions, faults, chance)
    portal.listen(partial(_note, log))
    portal.listen(deliveries.happened)
    return Site(
        config=config,
        policy=policy,
        clock=clock,
        portal=portal,
        tokens=Tokens(config, policy, clock),
        limits=Limits(config, policy, clock),
        faults=faults,
        log=log,
        subscriptions=subscriptions,
        deliveries=deliveries,
    )


def _note(log: RequestLog, happening: Happening) -> None:
    if happening.event is Event.PROPERTY_CHANGE:
        log.note(
            {
                "object": happening.kind.plural,
                "id": str(happening.record_id),
                "property": happening.property,
                "from": happening.before,
                "to": happening.after,
            }
        )
