"""What stands around the CRM of every sandbox."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from .clock import SandboxClock
    from .deliveries import Deliveries
    from .faults import Faults
    from .log import RequestLog


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """What every sandbox is started with; a CRM's own adds its keys and limits.

    Attributes:
        webhook_target: Where events are posted to from the start.
        records: Seeded records of the kind that the CRM is about.
        seed: What is drawn by chance follows from it.
        time_zone: The account's, as in the IANA database.
        started_at_ms: First reading of the sandbox clock; None takes the wall clock.
    """

    webhook_target: str | None = None
    records: int = 300
    seed: int = 1
    time_zone: str = "Europe/Berlin"
    started_at_ms: int | None = None

    @property
    def started_at(self) -> int:
        """First reading of the sandbox clock, in epoch milliseconds."""
        if self.started_at_ms is not None:
            return self.started_at_ms
        return int(time.time() * 1000)  # noqa: TID251 - where the sandbox clock begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One sandbox: a CRM's own adds the account, its tokens and its limits.

    Attributes:
        policy: The switches, changed by `PUT /_sandbox/policy`.
    """

    config: SandboxConfig
    policy: DataclassInstance
    clock: SandboxClock
    faults: Faults
    log: RequestLog
    deliveries: Deliveries
