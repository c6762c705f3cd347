"""Sales of any kind: bounces, passes, gaps, ties, unknown times, stages of old."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from past_sales import Stay, Told, day

from leadstate.service.reports.scope import Scope

STEPS = ("lead", "mql", "sal", "sql", "won")
RESTING = ("nurture", "won", "lost")
STAGES = (*STEPS, "nurture", "lost", "demo_booked", "Old > stage")
OWNERS = (None, "ann", "bob")


@st.composite
def tellings(draw: st.DrawFn, id_: str) -> Told:
    """Return a record: bounces, passes, gaps, ties, unknown times, lost stages."""
    moment = day(draw(st.integers(0, 60)))
    stays: list[Stay] = []
    number = 1
    for stage in draw(st.lists(st.sampled_from(STAGES), min_size=1, max_size=7)):
        if stays and stays[-1].stage in RESTING and stage not in RESTING:
            number += 1
        entered = moment
        moment += draw(st.sampled_from((0, 1, 7_200, 90_000, 2_000_000))) * _SECOND
        left = moment
        moment += draw(st.sampled_from((0, 0, 0, 50_000))) * _SECOND  # a gap
        unknown = draw(st.integers(0, 9))
        stays.append(
            Stay(
                stage=stage,
                entered=None if unknown in (0, 1) else entered,
                left=None if unknown in (1, 2) else left,
                number=number,
                owner=draw(st.sampled_from(OWNERS)),
                version=draw(st.sampled_from(("aa11", "aa22", "bb33"))),
            )
        )
    status = draw(st.sampled_from(("active", "active", "active", "closed", "erased")))
    if status == "active":
        last = stays.pop()
        stays.append(
            Stay(
                stage=last.stage,
                entered=last.entered,
                number=last.number,
                owner=last.owner,
                version=last.version,
                open=True,
            )
        )
    source = draw(st.sampled_from((None, "Ads", "ads", "fair", "it's; --")))
    campaign = draw(st.sampled_from((None, "spring", "autumn")))
    budget = draw(st.sampled_from((None, 100, 2500.5)))
    values = {"source": source, "campaign": campaign, "budget": budget}
    return Told(
        id=id_,
        stays=tuple(stays),
        values={name: one for name, one in values.items() if one is not None},
        status=status,
        merged=status == "closed" and draw(st.booleans()),
    )


_SECOND = timedelta(seconds=1)
PASTS = st.integers(0, 9).flatmap(
    lambda size: st.tuples(*(tellings(f"r{number}") for number in range(size)))
)
SCOPES = st.builds(
    Scope,
    since=st.sampled_from((None, None, day(20), day(90).date())),
    until=st.sampled_from((None, None, day(150), day(120).date())),
    team=st.sampled_from((None, None, "sales", "marketing")),
    owner=st.sampled_from((None, None, "ann", "Bob")),
    source=st.sampled_from((None, None, "ADS", "it's; --")),
    campaign=st.sampled_from((None, None, "spring")),
    pass_number=st.sampled_from((None, None, 1, 2)),
    version=st.sampled_from((None, None, "aa", "bb33", "%")),
)
PLAYED = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
