"""Read people.yaml: who may take which role, who they are in the CRMs, when away.

    people = load_people("people.yaml", lifecycle)
    people.of_user("hubspot", "71820").name

The file alone says who people are; whether the workflow knows their roles and
calendars, and the settings their connections, is checked as far as those are given.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadstate.domain.action import Assign, Escalate, Task
from leadstate.domain.people import Absence, People, Person
from leadstate.domain.values import FieldType, coerce
from leadstate.errors import WorkflowError

from .keys import ABSENCE, PEOPLE, PERSON
from .names import check_name
from .nodes import ListNode, TextNode
from .problems import Problems, shown
from .reader import open_mapping
from .yaml import read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leadstate.domain.action import Action
    from leadstate.domain.lifecycle import Lifecycle

    from .nodes import Located
    from .problems import Problem
    from .reader import Reader

__all__ = ["check_people", "load_people", "roles_of"]

MOST_PEOPLE: Final = 1_000


def load_people(
    path: Path | str,
    *lifecycles: Lifecycle,
    connections: Collection[str] | None = None,
) -> People:
    """Return everybody whom a file names.

    Args:
        path: The file.
        lifecycles: Whose calendars the people's own hours must be; none checks none.
        connections: The names that ``users`` may have; None takes any.

    Raises:
        WorkflowError: Every mistake in the file, one printable line each.
    """
    people, problems = check_people(path, *lifecycles, connections=connections)
    if people is None:
        errors = [str(one) for one in problems if one.severity == "error"]
        raise WorkflowError(errors)
    return people


def check_people(
    path: Path | str,
    *lifecycles: Lifecycle,
    connections: Collection[str] | None = None,
) -> tuple[People | None, tuple[Problem, ...]]:
    """Return the people, if the file has them, and all errors and warnings."""
    problems = Problems(str(path))
    tree = read_file(Path(path), problems)
    return _build(tree, lifecycles, connections, problems), problems.all()


def roles_of(lifecycle: Lifecycle) -> frozenset[str]:
    """Return every team and role that a workflow names anywhere."""
    found = set(lifecycle.teams)
    found |= {one.owner for one in lifecycle.stages.values() if one.owner}
    for transition in lifecycle.transitions.values():
        found |= {*transition.by, *transition.approval}
    for action in _actions(lifecycle):
        match action:
            case Assign(team=team):
                found.add(team)
            case Escalate(to=str(to)) | Task(to=str(to)):
                found.add(to)
            case _:
                pass
    return frozenset(found)


def _actions(lifecycle: Lifecycle) -> Iterator[Action]:
    for stage in lifecycle.stages.values():
        yield from (*stage.on_enter, *stage.on_leave)
        for sla in stage.slas:
            yield from (*sla.on_warning, *sla.on_breach)
        if stage.wake is not None and stage.wake.assign is not None:
            yield stage.wake.assign


def _build(
    tree: Located | None,
    lifecycles: Sequence[Lifecycle],
    connections: Collection[str] | None,
    problems: Problems,
) -> People | None:
    roles = {role for one in lifecycles for role in roles_of(one)}
    calendars = {name for one in lifecycles for name in one.calendars}
    reader = open_mapping(tree, PEOPLE, problems, "the file") if tree else None
    if reader is None:
        return None
    found: dict[str, Person] = {}
    taken: dict[tuple[str, str], tuple[str, TextNode]] = {}
    for key, node in reader.named("people", MOST_PEOPLE):
        one = open_mapping(node, PERSON, problems, f"person {shown(key.value)}")
        if one is None:
            continue
        users = _users(one, connections)
        _refuse_doubles(key.value, users, taken, problems)
        found[key.value] = _person(key.value, one, users)
        if lifecycles:
            _check_fit(one, calendars, roles)
    return None if problems.failed else People(found)


def _person(name: str, reader: Reader, users: dict[str, list[TextNode]]) -> Person:
    return Person(
        name=name,
        label=reader.text("label") or name,
        email=_email(reader),
        roles=frozenset(node.value for node in _roles(reader)),
        users={
            connection: tuple(node.value for node in nodes)
            for connection, nodes in users.items()
        },
        calendar=reader.text("calendar"),
        absences=_absences(reader),
        gets_leads=not reader.has("gets_leads") or reader.flag("gets_leads"),
    )


def _email(reader: Reader) -> str:
    node = reader.text_node("email")
    if node is None:
        return ""
    found = coerce(node.value, FieldType.EMAIL)
    if isinstance(found, str):
        return found
    reader.problems.error(
        "LS701",
        node.mark,
        f"{reader.name} has the e-mail address {shown(node.value)}",
        hint="Write it as olena@example.com.",
    )
    return ""


def _roles(reader: Reader) -> list[TextNode]:
    nodes = reader.words("roles")
    return [node for node in nodes if check_name(node, "roles", reader.problems)]


# -- users of the CRMs -----------------------------------------------------------------


def _users(
    reader: Reader, connections: Collection[str] | None
) -> dict[str, list[TextNode]]:
    found: dict[str, list[TextNode]] = {}
    for key, node in reader.entries("users"):
        ids = node.items if isinstance(node, ListNode) else [node]
        texts = [one for one in ids if isinstance(one, TextNode) and one.value]
        if len(texts) < len(ids) or not ids:
            reader.wrong(node, key.value, "an id or a list of ids")
        if connections is not None and key.value not in connections:
            reader.problems.error(
                "LS705",
                key.mark,
                f"{reader.name} is a user of {shown(key.value)}",
                why="and the settings have no such connection",
                hint=reader.problems.known(key.value, connections),
            )
        found[key.value] = texts
    return found


def _refuse_doubles(
    name: str,
    users: dict[str, list[TextNode]],
    taken: dict[tuple[str, str], tuple[str, TextNode]],
    problems: Problems,
) -> None:
    """One user of a CRM is one person: what that user does is theirs."""
    for connection, nodes in users.items():
        for node in nodes:
            other, first = taken.setdefault((connection, node.value), (name, node))
            if first is not node:
                problems.error(
                    "LS702",
                    node.mark,
                    f"person {shown(name)} is user {shown(node.value)} of {connection}",
                    why=f"and so is {shown(other)}, at {first.mark.line}:"
                    f"{first.mark.column}",
                    hint="Keep one of them.",
                )


# -- absences --------------------------------------------------------------------------


def _absences(reader: Reader) -> tuple[Absence, ...]:
    found = [_absence(reader, node) for node in reader.items("absent")]
    return tuple(one for one in found if one is not None)


def _absence(reader: Reader, node: Located) -> Absence | None:
    """Return one absence; a day alone is one that begins and ends on it."""
    if isinstance(node, TextNode):
        day = _day(reader, node)
        return Absence(day, day) if day else None
    inside = open_mapping(node, ABSENCE, reader.problems, f"{reader.name}: an absence")
    if inside is None:
        return None
    nodes = [inside.text_node(key) for key in ("from", "to")]
    first, last = [_day(inside, one) if one else None for one in nodes]
    if first is None or last is None:
        return None
    if last < first:
        reader.problems.error(
            "LS703",
            inside.at("to"),
            f"{reader.name} is absent from {first} to {last}",
            why="which ends before it begins",
            hint="Write the earlier day first.",
        )
        return None
    return Absence(first, last, inside.text("why") or "")


def _day(reader: Reader, node: TextNode) -> date | None:
    try:
        return date.fromisoformat(node.value)
    except ValueError:
        reader.problems.error(
            "LS116",
            node.mark,
            f"{reader.name} has the date {shown(node.value)}",
            why="which is not a day of the calendar",
            hint="Write it as 2026-12-24.",
        )
        return None


# -- what the workflow knows -----------------------------------------------------------


def _check_fit(
    reader: Reader, calendars: Collection[str], roles: Collection[str]
) -> None:
    """Hold a person against the workflows: the hours must be there, a role should."""
    reader.reference("calendar", "calendar", calendars, "has the hours of")
    for node in _roles(reader):
        if node.value not in roles:
            reader.problems.warning(
                "LS704",
                node.mark,
                f"{reader.name} has the role {shown(node.value)}",
                why="and the workflow names no such team or role",
                hint=reader.problems.known(node.value, sorted(roles)),
            )
