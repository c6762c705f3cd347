"""Reports, as frozen data: what `leadstate report` prints.

Each takes an open view of the store, the lifecycle, a `Scope` and the moment, and
changes nothing.

    with store.read() as view:
        found = reports.funnel(view, lifecycle, reports.Scope(team="sales"), now)
"""

from leadstate.service.reports.cost import cost
from leadstate.service.reports.doubles import doubles
from leadstate.service.reports.drawing import save_chart
from leadstate.service.reports.flow import flow
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.gaps import gaps
from leadstate.service.reports.passes import passes
from leadstate.service.reports.reasons import reasons
from leadstate.service.reports.responsibility import responsibility
from leadstate.service.reports.results import By, Counting
from leadstate.service.reports.scope import Scope
from leadstate.service.reports.shortfalls import Convention
from leadstate.service.reports.sla import sla
from leadstate.service.reports.spend import SpendForm, read_spend
from leadstate.service.reports.stage_times import stage_times
from leadstate.service.reports.velocity import velocity

__all__ = [
    "By",
    "Convention",
    "Counting",
    "Scope",
    "SpendForm",
    "cost",
    "doubles",
    "flow",
    "funnel",
    "gaps",
    "passes",
    "read_spend",
    "reasons",
    "responsibility",
    "save_chart",
    "sla",
    "stage_times",
    "velocity",
]
