"""kill -9 again and again, at commit points and anywhere, under load and trouble.

Two CRMs, people at work in both, webhooks that are lost, doubled and shuffled, and an
API that stumbles.  The sandboxes are the judges: their states and their logs.  Every
run is another one but for its seed, which is printed; `make campaign` plays 200 kills.

    LEADSTATE_KILLS=200 LEADSTATE_SEED=7 pytest -s tests/acceptance/test_campaign.py
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from bustle import LOSSY, Bustle, handed_off

from leadstate.service.failpoints import POINTS
from leadstate.testing import wait_until

if TYPE_CHECKING:
    from conftest import Pair, Service

KILLS = int(os.environ.get("LEADSTATE_KILLS", "12"))
SEED = int(os.environ.get("LEADSTATE_SEED", "20261130"))
PEOPLE = 8
STUMBLES = (
    {"kind": "status", "status": 502, "probability": 0.05},
    {"kind": "timeout_after_apply", "probability": 0.03},
)


def test_kills_lose_nothing_and_double_nothing(both: Pair) -> None:
    """Whatever a person did in one CRM is in both in the end, and happened once."""
    print(f"\nseed {SEED}, {KILLS} kills")  # noqa: T201 - to play it again
    chance = random.Random(SEED)
    both.serve()
    people = handed_off(both, PEOPLE)
    both.stop()
    bustle = Bustle(both, people, chance)
    both.faults(*LOSSY, *STUMBLES)
    both.sales.faults(*LOSSY, *STUMBLES)

    died = sum(_killed(both, bustle, chance) for _ in range(KILLS))

    both.faults()
    both.sales.faults()
    both.serve()
    both.until(lambda: not _unequal(both, people), lambda: str(_unequal(both, people)))
    both.settle(looks=15)
    assert KILLS == died
    assert [] == _unequal(both, people)
    for contact, lead in people:
        assert [lead] == both.sales.leads_of(both.email(contact)), SEED
        assert _reverts(both, contact, "hubspot") == both.notes(contact), SEED
        assert _reverts(both, contact, "amocrm") == len(both.sales.notes(lead)), SEED
    found = both.agree()
    assert 0 == found["totals"]["dead_letters"], SEED
    assert "Proven." in both.call("audit", "verify")


def _killed(both: Pair, bustle: Bustle, chance: random.Random) -> bool:
    """Let the service work and die while people go on; say whether it was killed."""
    at_point = chance.random() < 0.5
    point = f"{chance.choice(POINTS)}:{chance.randint(1, 3)}" if at_point else ""
    service = both.start(kill_at=point)
    both.ready(service)
    for _ in range(chance.randint(1, 6)):
        bustle.edit()
    _some_work(both, service, chance)
    return service.kill() < 0


def _some_work(both: Pair, service: Service, chance: random.Random) -> None:
    """Wait until it took in some news, or died on the way."""
    settled = "count(*) FROM inbox WHERE state <> 'pending'"
    wanted = both.ask(settled)[0][0] + chance.randint(0, 5)

    def worked() -> bool:
        both.undelivered()
        return service.status is not None or both.ask(settled)[0][0] >= wanted

    wait_until(worked, lambda: service.said)


def _unequal(both: Pair, people: list[tuple[str, str]]) -> list[object]:
    pairs = [(both.shared(one), both.sales.shared(lead)) for one, lead in people]
    return [one for one in pairs if one[0] != one[1]]


def _reverts(both: Pair, contact: str, source: str) -> int:
    """Return how often a move made in a CRM was put back there."""
    rows = both.ask(
        "count(*) FROM history JOIN link USING (record_id) WHERE link.external_id = ? "
        "AND history.kind = 'reverted' AND history.source = ?",
        contact,
        source,
    )
    return int(rows[0][0])
