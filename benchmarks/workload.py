"""The records that every contestant moves, and the lifecycle they are moved by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from leadstate.definition.workflow import load_workflow

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value

__all__ = ["NOW", "Workload", "workload"]

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
_ROLES = ("owner", "director", "manager", "specialist")
_TAGS = ("vip", "partner", "webinar", "newsletter", "spam", "existing_client")


@dataclass(frozen=True, slots=True)
class Workload:
    """A lifecycle, and values for as many records as are asked for."""

    lifecycle: Lifecycle
    ids: list[str]
    values: list[dict[str, Value]]


def workload(size: int) -> Workload:
    """Return the same records every time; about one in four is qualified."""
    lifecycle = load_workflow(Path(__file__).with_name("workload.yaml"))
    random = Random(20260115)  # the same records every time
    ids = [f"{number:032x}" for number in range(size)]
    return Workload(lifecycle, ids, [_values(random, number) for number in range(size)])


def _values(random: Random, number: int) -> dict[str, Value]:
    return {
        "email": f"person{number}@example.com",
        "first_name": "Ada",
        "last_name": f"Person {number}",
        "job_role": random.choice(_ROLES),
        "company_size": random.randrange(1, 500) if random.random() < 0.9 else None,
        "industry": random.choice(("software", "retail", "health")),
        "country": random.choice(("DE", "FR", "US")),
        "budget": float(random.randrange(0, 50_000)),
        "technical_fit": random.random() < 0.5,
        "tags": frozenset(random.sample(_TAGS, 2)),
    }
