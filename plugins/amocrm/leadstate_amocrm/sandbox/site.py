"""Everything one sandbox consists of, put together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leadstate.testing.sandbox import site
from leadstate.testing.sandbox.clock import SandboxClock
from leadstate.testing.sandbox.faults import Faults
from leadstate.testing.sandbox.log import RequestLog

from .config import Policy, SandboxConfig, starting_policy
from .crm.account import Account
from .crm.automation import Robots
from .crm.fields import shown
from .crm.journal import Journal
from .push.deliveries import WebhookDeliveries
from .push.hooks import OF_LEADS, Hooks
from .seed.population import populate
from .traffic.faults import KINDS
from .traffic.limits import Limits
from .traffic.tokens import Tokens

if TYPE_CHECKING:
    from .crm.happenings import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(site.Site):
    """One sandbox: the account and what stands around it."""

    config: SandboxConfig
    policy: Policy
    deliveries: WebhookDeliveries
    account: Account
    journal: Journal
    robots: Robots
    tokens: Tokens
    limits: Limits
    hooks: Hooks


def open_site(config: SandboxConfig) -> Site:
    """Open a sandbox; only the journal listens while the people move in."""
    policy, clock = starting_policy(config), SandboxClock(config.started_at)
    chance = random.Random(config.seed)  # noqa: S311 - repeatable on purpose
    account = Account(config, policy, clock, chance)
    journal = Journal(account)
    account.listen(journal.happened)
    populate(account, config.records)
    journal.in_order()
    trouble = random.Random(config.seed + 1)  # noqa: S311 - repeatable on purpose
    faults, log = Faults(trouble, KINDS), RequestLog()
    hooks, robots = Hooks(account), Robots(account)
    if config.webhook_target is not None:
        hooks.put(config.webhook_target, OF_LEADS)
    deliveries = WebhookDeliveries(account, hooks, robots, clock, faults, trouble)
    account.listen(partial(_note, account, log))
    account.listen(deliveries.happened)
    account.listen(robots.happened)
    return Site(
        config=config,
        policy=policy,
        clock=clock,
        account=account,
        journal=journal,
        robots=robots,
        tokens=Tokens(config, policy, clock),
        limits=Limits(policy, clock),
        faults=faults,
        log=log,
        hooks=hooks,
        deliveries=deliveries,
    )


def _note(account: Account, log: RequestLog, happening: Happening) -> None:
    """Remember what a request changed, under the names of the control API."""
    record = happening.record
    if record is None:
        return
    changes: dict[str, tuple[object, object]] = {
        name: (change.before, change.after)
        for name, change in happening.changes.items()
    }
    for number, field in happening.fields.items():
        name = account.fields[record.kind][number].property
        changes[name] = (shown(field.before), shown(field.after))
    for name, (before, after) in changes.items():
        log.note(
            {
                "object": record.kind,
                "id": str(record.id),
                "property": name,
                "from": before,
                "to": after,
            }
        )
