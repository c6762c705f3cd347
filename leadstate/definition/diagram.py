"""Draw a lifecycle: Mermaid text for repositories, DOT for pictures.  Deterministic.

Both show the same: stages with owner, SLAs and actions, transitions with guard,
roles, approvals and reasons, wake-ups as dashed lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadstate.domain.action import (
    Assign,
    Call,
    Escalate,
    LeaveNote,
    Notify,
    SetField,
    Start,
    Task,
)
from leadstate.domain.lifecycle import StageKind
from leadstate.guards import render_condition

from .durations import duration_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.domain.action import Action
    from leadstate.domain.lifecycle import Lifecycle, Stage, Transition
    from leadstate.domain.sla import SLA, Wake

__all__ = ["dot", "mermaid"]

_LONGEST: Final = 80
_MERMAID_SHAPES: Final = {
    StageKind.OPEN: ('["', '"]'),
    StageKind.PARKED: ('(["', '"])'),
    StageKind.WON: ('[["', '"]]'),
    StageKind.LOST: ('[["', '"]]'),
}
_COLOURS: Final = {
    StageKind.OPEN: ("#e8f1fb", "#2f6fb0"),
    StageKind.PARKED: ("#fff6df", "#b07d12"),
    StageKind.WON: ("#e5f5e8", "#2c8a43"),
    StageKind.LOST: ("#f4f4f4", "#777777"),
}
_DOT_STYLES: Final = {
    StageKind.OPEN: "rounded,filled",
    StageKind.PARKED: "rounded,filled,dashed",
    StageKind.WON: "rounded,filled,bold",
    StageKind.LOST: "rounded,filled",
}


@dataclass(frozen=True, slots=True)
class _Edge:
    """One arrow: its ends, its lines of text, whether nobody has to pull it."""

    source: str
    target: str
    lines: tuple[str, ...]
    automatic: bool = False
    wake: bool = False


def mermaid(lifecycle: Lifecycle) -> str:
    """Return the lifecycle as a Mermaid flowchart."""
    lines = ["flowchart TB"]
    for stage in lifecycle.stages.values():
        start, end = _MERMAID_SHAPES[stage.kind]
        text = "<br/>".join(_mermaid_text(line) for line in _stage_lines(stage))
        lines.append(f"    s_{stage.name}{start}{text}{end}:::{stage.kind}")
    lines.append(f"    start((&nbsp;)) --> s_{lifecycle.initial.name}")
    for edge in _edges(lifecycle):
        arrow = "-.->" if edge.wake else "==>" if edge.automatic else "-->"
        text = "<br/>".join(_mermaid_text(line) for line in edge.lines)
        lines.append(f'    s_{edge.source} {arrow}|"{text}"| s_{edge.target}')
    for kind, (fill, stroke) in _COLOURS.items():
        lines.append(f"    classDef {kind} fill:{fill},stroke:{stroke},color:#1b1b1b")
    return "\n".join(lines) + "\n"


def dot(lifecycle: Lifecycle) -> str:
    """Return the lifecycle as a Graphviz digraph."""
    lines = [
        f"digraph {_dot_text(lifecycle.name)} {{",
        f"  label={_dot_text(lifecycle.title)};",
        "  graph [rankdir=TB, fontname=Helvetica];",
        "  node [shape=box, fontname=Helvetica, fontsize=11];",
        "  edge [fontname=Helvetica, fontsize=9];",
        "  start_ [shape=point, width=0.15];",
    ]
    for stage in lifecycle.stages.values():
        fill, stroke = _COLOURS[stage.kind]
        lines.append(
            f"  s_{stage.name} [label={_dot_text(*_stage_lines(stage))}, "
            f'style="{_DOT_STYLES[stage.kind]}", fillcolor="{fill}", color="{stroke}"];'
        )
    lines.append(f"  start_ -> s_{lifecycle.initial.name};")
    for edge in _edges(lifecycle):
        style = "dashed" if edge.wake else "bold" if edge.automatic else "solid"
        lines.append(
            f"  s_{edge.source} -> s_{edge.target} "
            f"[label={_dot_text(*edge.lines)}, style={style}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def _edges(lifecycle: Lifecycle) -> Iterator[_Edge]:
    for transition in lifecycle.transitions.values():
        full = _transition_lines(transition)
        for index, source in enumerate(transition.sources):
            # The same words on every arrow of one transition would hide the stages.
            lines = full if index == 0 else full[:1]
            wake = lifecycle.stages[source].wake
            wakes = wake is not None and transition.name in wake.transitions.values()
            yield _Edge(
                source,
                transition.target,
                (*lines, _wake(wake, transition.target)) if wake and wakes else lines,
                automatic=transition.automatic,
                wake=wakes,
            )


def _stage_lines(stage: Stage) -> tuple[str, ...]:
    lines = [stage.label]
    lines += [f"owner: {stage.owner}"] if stage.owner else []
    lines += [f"on entering: {_done(stage.on_enter)}"] if stage.on_enter else []
    lines += map(_sla, stage.slas)
    lines += [f"on leaving: {_done(stage.on_leave)}"] if stage.on_leave else []
    return tuple(_short(line) for line in lines)


def _sla(sla: SLA) -> str:
    then = [_done(sla.on_breach)] if sla.on_breach else []
    then += [sla.move] if sla.move else []
    consequence = f", else {' and '.join(then)}" if then else ""
    start = f" from {sla.start}" if sla.start else ""
    until = f" until {sla.until}" if sla.until else ""
    within = f"{duration_text(sla.within)} ({sla.calendar})"
    return f"{sla.name}: {within}{start}{until}{consequence}"


def _done(actions: Iterable[Action]) -> str:
    return ", ".join(map(_action, actions))


def _action(action: Action) -> str:  # noqa: PLR0911 - one return for each action
    match action:
        case Assign(team=team):
            return f"assign to {team}"
        case Task(to=to):
            return f"task for {to}" if to else "task"
        case LeaveNote():
            return "note"
        case SetField(field=name):
            return f"set {name}"
        case Notify(channel=channel):
            return f"notify {channel}"
        case Escalate(to=to):
            return f"escalate to {to}" if to else "escalate"
        case Call(name=name):
            return f"call {name}"
        case Start():  # pragma: no branch - every action is named
            return f"start {action.workflow}: {action.stage}"


def _transition_lines(transition: Transition) -> tuple[str, ...]:
    lines = [transition.label + (" (automatic)" if transition.automatic else "")]
    if transition.by_time:
        lines.append("by time alone")
    if transition.by:
        lines.append(f"by {', '.join(transition.by)}")
    if transition.approval:
        lines.append(f"approved by {', '.join(transition.approval)}")
    if transition.guard is not None:
        lines.append(f"when {render_condition(transition.guard)}")
    if transition.reasons:
        lines.append(f"reason: {', '.join(transition.reasons)}")
    return tuple(_short(line) for line in lines)


def _wake(wake: Wake, target: str) -> str:
    """Return when a wake-up leads to a stage."""
    if target == wake.otherwise:
        return f"wakes here after {wake.max_passes} passes"
    when = []
    if wake.after is not None:
        when.append(f"after {duration_text(wake.after)}")
    if wake.on is not None:
        before = f"{duration_text(wake.before)} before" if wake.before else "on"
        when.append(f"{before} {wake.on}")
    if wake.when is not None:
        when.append(f"when {wake.when_text}")
    passes = f", at most {wake.max_passes} passes" if wake.max_passes else ""
    assign = f", assign to {wake.assign.team}" if wake.assign else ""
    return f"wakes {', or '.join(when)}{passes}{assign}"


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _mermaid_text(text: str) -> str:
    """Return text that neither Mermaid nor HTML can take for anything else."""
    return "".join(
        letter if letter.isalnum() or letter in " .,:=()/-_…%+'" else f"#{ord(letter)};"
        for letter in text
    )


def _dot_text(*lines: str) -> str:
    clean = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(clean) + '"'
