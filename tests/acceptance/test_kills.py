"""kill -9 at every named commit point: nothing is lost, nothing happens twice."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING

import pytest

from leadstate.service.failpoints import POINTS

if TYPE_CHECKING:
    from conftest import Service, World

SAL = "174913201"
MQL = "marketingqualifiedlead"
KILLS = 32


class Leads:
    """Two leads, what happens to them, and what must have become of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.fresh = world.create()
        self.accepted = world.accepted()

    def campaign(self) -> None:
        """One of them qualifies."""
        self.world.qualify(self.fresh)

    def overreach(self) -> None:
        """Somebody drags the other one where it may not go."""
        self.world.drag_to_sql(self.accepted)

    def taken_in(self, service: Service) -> bool:
        """Wait until both are under care, or the service has died; say which."""
        world = self.world

        def known() -> bool:
            both = world.kinds(self.fresh) and world.kinds(self.accepted)
            return service.status is not None or bool(both)

        world.until(known, f"leads are taken in: {service.said}")
        return service.status is None

    def qualified(self, service: Service) -> bool:
        """Wait until the CRM shows the MQL, or the service has died; say which."""
        world = self.world
        world.until(
            lambda: service.status is not None or world.stage(self.fresh) == MQL,
            self.story,
        )
        return service.status is None

    @property
    def at_home(self) -> bool:
        """Whether the CRM shows both where they belong."""
        world = self.world
        return (
            world.stage(self.fresh) == MQL
            and world.stage(self.accepted) == SAL
            and world.notes(self.accepted) > 0
        )

    def story(self) -> str:
        """Tell how both stand, for a failed test."""
        world = self.world
        told = [f"left to do: {world.queued()}"]
        for one in (self.fresh, self.accepted):
            told += [
                world.stage(one),
                str(world.our_stages(one)),
                str(world.notes(one)),
            ]
            told.append(world.call("record", "history", one))
        return "\n".join([*told, *(one.said for one in world.services[-2:])])

    def check(self) -> None:
        """Assert by the CRM's own log and by the history: everything, and once."""
        world = self.world
        assert MQL == world.stage(self.fresh)
        assert [MQL] == world.our_stages(self.fresh)
        assert ["entered", "moved"] == world.kinds(self.fresh)
        assert SAL == world.stage(self.accepted)
        assert ["", SAL] == world.our_stages(self.accepted)
        assert ["entered", "reverted"] == world.kinds(self.accepted)
        assert 1 == world.notes(self.accepted)


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_a_commit_point_does_no_harm(
    shared: World, point: str, passing: int
) -> None:
    """The process dies at the point; the next one ends the work, once."""
    leads = Leads(shared)
    dying = shared.serve(kill_at=f"{point}:{passing}")

    leads.campaign()
    overreached = leads.taken_in(dying) and leads.qualified(dying)
    if overreached:
        leads.overreach()
    assert -signal.SIGKILL == dying.ended(), dying.said
    recovered = shared.serve()
    if not overreached:
        assert leads.taken_in(recovered)
        leads.overreach()
    shared.until(lambda: leads.at_home, leads.story)
    shared.settle()

    leads.check()
    shared.agree()
    recovered.kill()


def test_kills_at_random_under_load_do_no_harm(world: World) -> None:
    """Killed again and again, wherever it happens to be; then everything is there."""
    chosen = random.Random(20261122)
    flock = [Leads(world) for _ in range(KILLS // 2)]
    first = world.serve()
    for leads in flock:
        assert leads.taken_in(first)
    world.settle()
    world.stop()
    died = 0
    for number in range(KILLS):
        leads = flock[number % len(flock)]
        point, passing = chosen.choice(POINTS), chosen.randint(1, 2)
        dying = world.start(kill_at=f"{point}:{passing}")
        if number < len(flock):
            leads.campaign()
            leads.overreach()
        else:
            world.edit(leads.fresh, budget=str(number))
        world.control("POST", "webhooks", {"retry_now": True})
        world.ready(dying)
        died += not world.settle(dying)
        dying.kill()

    assert died >= KILLS // 4
    last = world.serve()
    world.until(lambda: all(one.at_home for one in flock), lambda: last.said)
    world.settle(looks=15)
    for leads in flock:
        leads.check()
    found = world.agree()
    assert 0 == found["totals"]["dead_letters"]
