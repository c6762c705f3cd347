"""The peers: `transitions` used two ways, and python-statemachine.

Each gets the workload's structure and its three criteria as plain callables, written as
its own documentation does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from statemachine import State, StateMachine
from transitions import Machine

from benchmarks.workload import workload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate.domain.values import Value

__all__ = [
    "Lead",
    "PeerMachine",
    "fire_kept",
    "fire_machine_each",
    "fire_peer",
    "fire_shared",
    "machine_each",
    "new_leads",
]


class Lead:
    """A record as small as a model can be: its position and its values."""

    __slots__ = ("state", "values")

    def __init__(self, state: str | None, values: Mapping[str, Value]) -> None:
        self.state = state
        self.values = values


class MethodLead:
    """A record with the guards as methods, the way of `transitions`' README."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values

    def large_enough(self) -> bool:
        return _large_enough(self.values)

    def authority(self) -> bool:
        return _authority(self.values)

    def not_junk(self) -> bool:
        return _not_junk(self.values)


def _large_enough(values: Mapping[str, Value]) -> bool:
    size = values.get("company_size")
    return isinstance(size, int) and size >= 50


def _authority(values: Mapping[str, Value]) -> bool:
    return values.get("job_role") in ("owner", "director")


def _not_junk(values: Mapping[str, Value]) -> bool:
    tags = values.get("tags")
    return (
        isinstance(tags, frozenset)
        and "spam" not in tags
        and "existing_client" not in tags
    )


def new_leads(values: Sequence[Mapping[str, Value]]) -> list[Lead]:
    """Return fresh models; every one stands where the lifecycle starts."""
    return [Lead("lead", one) for one in values]


# -- transitions ------------------------------------------------------------------

_LIFECYCLE = workload(0).lifecycle
_CRITERIA = {"qualify": ("large_enough", "authority", "not_junk"), "confirm": ("rich",)}
_EDGES = [
    {"trigger": one.name, "source": list(one.sources), "dest": one.target}
    for one in _LIFECYCLE.transitions.values()
]
_CALLABLES: dict[str, Any] = {
    "large_enough": lambda event: _large_enough(event.model.values),
    "authority": lambda event: _authority(event.model.values),
    "not_junk": lambda event: _not_junk(event.model.values),
    "rich": lambda event: (event.model.values.get("budget") or 0) >= 10_000,
}


def _shared() -> Machine:
    machine = Machine(
        model=None,
        states=list(_LIFECYCLE.stages),
        initial="lead",
        auto_transitions=False,
        send_event=True,
    )
    for one in _LIFECYCLE.transitions.values():
        machine.add_transition(
            one.name,
            list(one.sources),
            one.target,
            conditions=[_CALLABLES[name] for name in _CRITERIA.get(one.name, ())],
        )
    return machine


_SHARED = _shared()


def fire_shared(leads: Sequence[Lead]) -> list[str]:
    """Fire with one machine for all: the quickest way `transitions` has."""
    trigger = _SHARED.events["qualify"].trigger
    for lead in leads:
        trigger(lead)
    return [str(lead.state) for lead in leads]


def machine_each(values: Mapping[str, Value]) -> MethodLead:
    """Return a model with a machine of its own, the README's way."""
    lead = MethodLead(values)
    edges = [
        {**edge, "conditions": _CRITERIA.get(str(edge["trigger"]), ())}
        for edge in _EDGES
        if edge["trigger"] != "confirm"
    ]
    edges.append({"trigger": "confirm", "source": "sal", "dest": "sql"})
    Machine(
        model=lead, states=list(_LIFECYCLE.stages), transitions=edges, initial="lead"
    )
    return lead


def fire_machine_each(values: Sequence[Mapping[str, Value]]) -> list[str]:
    """Make a machine for every record, and fire."""
    found: list[str] = []
    for one in values:
        lead = machine_each(one)
        lead.qualify()  # type: ignore[attr-defined] # the machine adds it
        found.append(lead.state)  # type: ignore[attr-defined] # and this
    return found


# -- python-statemachine ----------------------------------------------------------


class PeerMachine(StateMachine):
    """The workload's structure in python-statemachine's own words."""

    allow_event_without_transition = True

    lead = State(initial=True)
    mql = State()
    sal = State()
    sql = State()
    backlog = State()
    nurture = State()
    won = State(final=True)
    lost = State(final=True)

    qualify = lead.to(mql, cond=["large_enough", "authority", "not_junk"])
    accept = mql.to(sal)
    recycle = mql.to(nurture)
    confirm = sal.to(sql, cond="rich")
    reject = sal.to(nurture)
    postpone = sal.to(backlog)
    defer = sql.to(backlog)
    resume = backlog.to(sal)
    reawaken = nurture.to(lead)
    win = sql.to(won)
    lose = sql.to(lost)

    def large_enough(self) -> bool:
        """Ask for fifty people or more."""
        return _large_enough(self.model.values)

    def authority(self) -> bool:
        """Ask for somebody who may decide."""
        return _authority(self.model.values)

    def not_junk(self) -> bool:
        """Ask for tags without the two bad ones."""
        return _not_junk(self.model.values)

    def rich(self) -> bool:
        """Ask for a budget."""
        return (self.model.values.get("budget") or 0) >= 10_000


def fire_peer(leads: Sequence[Lead]) -> list[str]:
    """Make a machine for every record as it comes from a database, and fire."""
    for lead in leads:
        PeerMachine(lead).send("qualify")
    return [str(lead.state) for lead in leads]


def fire_kept(machines: Sequence[PeerMachine]) -> list[str]:
    """Fire machines that are there already."""
    for machine in machines:
        machine.send("qualify")
    return [str(machine.model.state) for machine in machines]
