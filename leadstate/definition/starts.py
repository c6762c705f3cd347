"""Hold the starts of all workflows of an installation against each other.  Pure.

A workflow file is read alone, so nobody knows there whether the workflow exists in
which it starts records, whether that has the stage, and what it does with the fields.
Who has read all the files asks here.

    for problem in check_starts({"contacts": contacts, "deals": deals}):
        print(problem)  # LS802 workflow contacts, stage sql: on entering starts …
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from leadstate.domain.action import Start
from leadstate.domain.values import FieldType

from .problems import Problems, Severity, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from leadstate.domain.lifecycle import Field, Lifecycle

__all__ = ["StartProblem", "check_starts", "started_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartProblem:
    """One mistake about a start, with the places in both workflows.

    Attributes:
        code: One of `leadstate.definition.problems.CODES`.
        workflow: The workflow whose file is to be mended.
        place: Where in it: ``stage sql, on entering``.
        what: What is wrong, as a clause.
        why: What makes it wrong, as a clause that names the other place.
        hint: What would be right, in whole sentences.
        severity: Whether the installation can work in spite of it.
    """

    code: str
    workflow: str
    place: str
    what: str
    why: str
    hint: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return the one line to print."""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        where = f"workflow {self.workflow}, {self.place}"
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.code} {where}: {warning}{self.what}, {self.why}.{hint}"


class _Place(NamedTuple):
    """A stage of a workflow."""

    workflow: str
    stage: str

    def __str__(self) -> str:
        return f"{self.workflow}: {self.stage}"


class _Entry(NamedTuple):
    """What entering a stage starts."""

    place: _Place
    start: Start


def check_starts(
    lifecycles: Mapping[str, Lifecycle], *, unread: Collection[str] = ()
) -> tuple[StartProblem, ...]:
    """Return every mistake that only all workflows together show.

    Args:
        lifecycles: Every workflow of the installation, by name.
        unread: Workflows that the installation has too, and whose files cannot be read
            now; nothing is said of what is started there.
    """
    entries = list(_entries(lifecycles))
    found: list[StartProblem] = []
    for entry in entries:
        if entry.start.workflow not in unread:
            found += _mistakes(entry, lifecycles)
    return (*found, *_circles(entries, lifecycles))


def started_in(lifecycles: Iterable[Lifecycle]) -> frozenset[str]:
    """Return the workflows in which these start records."""
    actions = (action for one in lifecycles for action in one.actions)
    return frozenset(one.workflow for one in actions if isinstance(one, Start))


def _fits(field: Field, other: Field | None) -> bool:
    """Whether another workflow's field takes the values of a field as they are."""
    if other is None or field.type is not other.type:
        return False
    return field.type is not FieldType.CHOICE or {*field.options} <= {*other.options}


def _entries(lifecycles: Mapping[str, Lifecycle]) -> Iterator[_Entry]:
    for name, lifecycle in lifecycles.items():
        for stage in lifecycle.stages.values():
            for action in stage.on_enter:
                if isinstance(action, Start):
                    yield _Entry(_Place(name, stage.name), action)


# -- one start -------------------------------------------------------------------------


def _mistakes(
    entry: _Entry, lifecycles: Mapping[str, Lifecycle]
) -> Iterator[StartProblem]:
    start = entry.start
    target = lifecycles.get(start.workflow)
    if target is None:
        yield _problem(
            "LS801",
            entry,
            f"starts a record in {shown(start.workflow)}",
            "and the installation has no workflow of that name",
            _known(start.workflow, lifecycles),
        )
        return
    if start.stage not in target.stages:
        yield _problem(
            "LS802",
            entry,
            f"starts a record in {shown(start.stage)}",
            f"and workflow {start.workflow} has no stage of that name",
            _known(start.stage, target.stages),
        )
    for name in start.copy or ():
        yield from _misfit(entry, lifecycles[entry.place.workflow], target, name)


def _misfit(
    entry: _Entry, own: Lifecycle, target: Lifecycle, name: str
) -> Iterator[StartProblem]:
    field, other = own.fields[name], target.fields.get(name)
    if _fits(field, other):
        return
    there = f"workflow {entry.start.workflow}"
    what = f"copies {shown(name)}"
    if other is None:
        hint = f"{_known(name, target.fields)} Add the field there, or leave it out."
        yield _problem("LS803", entry, what, f"and {there} has no such field", hint)
    elif field.type is not other.type:
        why = f"which is {field.type} here and {other.type} in {there}"
        hint = "Give both one type, or leave it out."
        yield _problem("LS803", entry, what, why, hint)
    else:
        rest = ", ".join(one for one in field.options if one not in other.options)
        hint = "Add the options there, or leave the field out."
        yield _problem("LS803", entry, what, f"and {there} lacks options: {rest}", hint)


def _problem(code: str, entry: _Entry, what: str, why: str, hint: str) -> StartProblem:
    return StartProblem(
        code=code,
        workflow=entry.place.workflow,
        place=f"stage {entry.place.stage}, on entering",
        what=what,
        why=why,
        hint=hint,
    )


def _known(word: str, known: Collection[str]) -> str:
    return Problems("").known(word, known)


# -- all of them -----------------------------------------------------------------------


def _circles(
    entries: Collection[_Entry], lifecycles: Mapping[str, Lifecycle]
) -> Iterator[StartProblem]:
    """Yield each circle of starts in which every record starts the next one.

    Where a start alone leads to the next it never ends; where automatic transitions
    lead there it ends as soon as one of them is not met.
    """
    starts: dict[_Place, list[_Place]] = {}
    for place, start in entries:
        starts.setdefault(place, []).append(_Place(start.workflow, start.stage))
    told: set[frozenset[_Place]] = set()
    for place in starts:
        certain = _way_round(place, starts, {})
        circle = certain or _way_round(place, starts, _automatic(lifecycles))
        if circle is None or frozenset(circle) in told:
            continue
        told.add(frozenset(circle))
        yield _circle(circle, ends=certain is None)


def _automatic(lifecycles: Mapping[str, Lifecycle]) -> dict[_Place, list[_Place]]:
    found: dict[_Place, list[_Place]] = {}
    for name, lifecycle in lifecycles.items():
        for one in lifecycle.transitions.values():
            for source in one.sources if one.automatic else ():
                found.setdefault(_Place(name, source), []).append(
                    _Place(name, one.target)
                )
    return found


def _way_round(
    first: _Place,
    starts: Mapping[_Place, list[_Place]],
    moves: Mapping[_Place, list[_Place]],
) -> list[_Place] | None:
    """Return the shortest way from a place that starts a record back to it, or None."""
    came: dict[_Place, _Place] = dict.fromkeys(starts[first], first)
    waiting = list(came)
    for place in waiting:
        if place == first:
            return _way(first, came)
        for behind in (*starts.get(place, ()), *moves.get(place, ())):
            if behind not in came:
                came[behind] = place
                waiting.append(behind)
    return None


def _way(first: _Place, came: Mapping[_Place, _Place]) -> list[_Place]:
    way = [first]
    while came[way[-1]] != first:
        way.append(came[way[-1]])
    return [first, *reversed(way)]


def _circle(circle: list[_Place], *, ends: bool) -> StartProblem:
    first, second = next(pairwise(circle))
    way = " → ".join(map(str, circle))
    return StartProblem(
        code="LS804",
        workflow=first.workflow,
        place=f"stage {first.stage}, on entering",
        what=f"starts a record in {second}",
        why=f"and that starts the next one, in a circle ({way}) that "
        + (
            "ends only where an automatic transition is not met"
            if ends
            else "never ends"
        ),
        hint="Start at one of these places after a move that somebody makes.",
        severity=Severity.WARNING if ends else Severity.ERROR,
    )
