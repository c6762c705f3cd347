"""Read scores and criteria, the two sections that hold conditions.

Criteria may use criteria, so they are read in the order in which they need each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import Criterion, EventRule, PointRule, Score
from leadstate.guards import NameScope

from .conditions import ConditionReader, names_in, text_of
from .draft import MOST_CRITERIA
from .fields import label_of
from .keys import CRITERION, EVENT, GROUP, RULE, SCORE
from .names import check_name
from .nodes import ListNode, MapNode, TextNode, wrapped
from .problems import shown
from .reader import open_mapping

if TYPE_CHECKING:
    from leadstate.domain.condition import Condition

    from .draft import LifecycleDraft
    from .nodes import Located
    from .reader import Reader

__all__ = ["condition_at", "condition_reader", "read_criteria", "read_scores"]


def condition_reader(
    draft: LifecycleDraft, *, in_score: bool = False
) -> ConditionReader:
    """Return a reader of conditions over everything read so far."""
    scope = NameScope(
        fields=draft.fields,
        scores=draft.names.scores or (),
        criteria=draft.criteria,
        timezone=draft.timezone,
        in_score=in_score,
    )
    broken = draft.broken if draft.names.complete else None
    return ConditionReader(scope, draft.problems, broken)


def condition_at(
    draft: LifecycleDraft, reader: Reader, key: str
) -> tuple[Condition | None, str]:
    """Return the condition behind a key, and how it was written."""
    node = reader.get(key)
    if node is None:
        return None, ""
    draft.used |= names_in(node)
    title = f"{reader.name}: {shown(key)}"
    return condition_reader(draft).read(node, title), text_of(node)


def read_scores(draft: LifecycleDraft) -> None:
    """Read every score; its rules may not ask about scores."""
    for name, node in draft.reader.named("scores", MOST_CRITERIA):
        if isinstance(node, ListNode):
            node = wrapped("rules", node)  # noqa: PLW2901
        title = f"score {shown(name.value)}"
        reader = open_mapping(node, SCORE, draft.problems, title)
        if reader is not None:
            draft.scores[name.value] = _score(draft, name.value, reader)


def _score(draft: LifecycleDraft, name: str, reader: Reader) -> Score:
    rules = [_rule(draft, reader, node) for node in reader.items("rules")]
    events = [_event(reader, *entry) for entry in reader.entries("events")]
    if not rules and not events:
        reader.problems.error(
            "LS103",
            reader.node.mark,
            f"{reader.name} counts nothing",
            hint="Add `rules:` or `events:`.",
        )
    return Score(
        name=name,
        label=reader.text("label") or label_of(name),
        rules=tuple(rule for rule in rules if rule),
        events=tuple(event for event in events if event),
        half_life=reader.duration("half_life"),
        at_most=reader.number("at_most", positive=True),
    )


def _rule(draft: LifecycleDraft, score: Reader, node: Located) -> PointRule | None:
    reader = open_mapping(node, RULE, score.problems, f"a rule of {score.name}")
    if reader is None:
        return None
    points, when = reader.number("points"), reader.get("when")
    if when is None:
        return None
    condition = condition_reader(draft, in_score=True).read(when, reader.name)
    draft.used |= names_in(when)
    if points is None or condition is None:
        return None
    return PointRule(points=points, condition=condition, text=text_of(when))


def _event(score: Reader, name: TextNode, node: Located) -> EventRule | None:
    if not check_name(name, "events", score.problems):
        return None
    if isinstance(node, TextNode) and not node.empty:
        node = wrapped("points", node)  # `demo_requested: 40`
    title = f"event {shown(name.value)} of {score.name}"
    reader = open_mapping(node, EVENT, score.problems, title)
    if reader is None:
        return None
    points = reader.number("points")
    cap = reader.number("at_most", positive=True)
    if points is None:
        return None
    return EventRule(event=name.value, points=points, at_most=cap)


def read_criteria(draft: LifecycleDraft) -> None:
    """Read every criterion, each after the ones it needs."""
    found = dict(_openable(draft))
    needs = {name: names_in(node) & found.keys() for name, (_, node) in found.items()}
    ready: dict[str, Criterion] = {}
    for name in _in_order(needs, draft):
        reader, when = found[name]
        condition = condition_reader(draft).read(when, reader.name)
        if condition is None:
            draft.broken.add(name)
            continue
        label = reader.text("label") or label_of(name)
        ready[name] = Criterion(name=name, label=label, condition=condition)
        draft.criteria[name] = ready[name]
        draft.used |= needs[name]
    draft.criteria = {name: ready[name] for name in found if name in ready}


def _openable(draft: LifecycleDraft) -> list[tuple[str, tuple[Reader, Located]]]:
    found = []
    for name, node in draft.reader.named("criteria", MOST_CRITERIA):
        if _is_condition(node):
            node = wrapped("when", node)  # noqa: PLW2901
        title = f"criterion {shown(name.value)}"
        reader = open_mapping(node, CRITERION, draft.problems, title)
        when = reader.get("when") if reader else None
        if reader and when:
            found.append((name.value, (reader, when)))
        else:
            draft.broken.add(name.value)
    return found


def _is_condition(node: Located) -> bool:
    """Whether the condition stands by itself, without a label."""
    if isinstance(node, MapNode):
        return bool(node.entries) and node.entries.keys() <= set(GROUP.names)
    return isinstance(node, TextNode) and not node.empty


def _in_order(needs: dict[str, frozenset[str]], draft: LifecycleDraft) -> list[str]:
    """Return the names so that each comes after what it needs; circles are reported."""
    done: dict[str, None] = {}
    waiting = dict(needs)
    while waiting:
        free = [name for name, wanted in waiting.items() if wanted <= done.keys()]
        if not free:
            _report_circle(waiting, done, draft)
            return list(done)
        done |= dict.fromkeys(free)
        waiting = {name: waiting[name] for name in waiting if name not in done}
    return list(done)


def _report_circle(
    waiting: dict[str, frozenset[str]], done: dict[str, None], draft: LifecycleDraft
) -> None:
    """Walk from any waiting criterion until one comes twice: that is a circle."""
    path = [next(iter(waiting))]
    while True:
        following = next(name for name in sorted(waiting[path[-1]]) if name not in done)
        if following in path:
            break
        path.append(following)
    circle = [*path[path.index(following) :], following]
    draft.problems.error(
        "LS212",
        draft.tree.place("criteria", following, "when"),
        f"criterion {shown(following)} asks about itself",
        why=f"by way of {' → '.join(circle)}",
        hint=_way_out(draft, following),
    )
    draft.broken |= waiting.keys()


def _way_out(draft: LifecycleDraft, name: str) -> str:
    if name in draft.fields:
        return f"If the field is meant, write '{name} is true'."
    return "Write out what one of them means."
