"""Judge a binding as a whole: can every stage be written, and read back as itself?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.sla import ASSIGNED

from .problems import listed, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle

    from .reader import Reader

__all__ = ["lint_binding"]


def lint_binding(
    binding: Binding, unmapped: set[str], lifecycle: Lifecycle, reader: Reader
) -> None:
    """Add every problem of the mapping as a whole."""
    _lint_complete(binding, unmapped, lifecycle, reader)
    stages = [name for name, wanted in binding.stages.items() if all(wanted.values())]
    for index, stage in enumerate(stages):
        _lint_stage(binding, stage, stages[:index], reader)


def _lint_complete(
    binding: Binding, unmapped: set[str], lifecycle: Lifecycle, reader: Reader
) -> None:
    lacking = [
        name
        for name in lifecycle.stages
        if name not in binding.stages and name not in unmapped
    ]
    unread = reader.problems.has("LS104") or not reader.has("stages")
    for name in () if unread else lacking:
        reader.problems.error(
            "LS403",
            reader.at("stages"),
            f"stage {shown(name)} is not mapped",
            hint=f"Map it, or write `{name}: unmapped` when the CRM must not show it.",
        )
    for section, declared, bound in (
        ("fields", lifecycle.fields, binding.fields),
        ("events", sorted(lifecycle.event_names), binding.events),
    ):
        missing = [name for name in declared if name not in bound]
        events = missing if section == "events" else []
        # What a handed-off record brings along need not come from this CRM, too.
        if missing and not binding.hand_off and not reader.problems.failed:
            reader.problems.warning(
                "LS408",
                reader.at(section),
                f"{section} of the workflow are not bound: {listed(missing)}",
                why="so that the CRM never fills them",
                hint="Bind them, or delete them from the workflow."
                + _misspelt(events, binding, lifecycle, reader),
            )


def _misspelt(
    events: list[str], binding: Binding, lifecycle: Lifecycle, reader: Reader
) -> str:
    """Return what is probably meant by events that only clocks wait for."""
    counted = {
        rule.event for score in lifecycle.scores.values() for rule in score.events
    }
    known = sorted({*counted, *binding.events, ASSIGNED})
    hints = ""
    for name in events:
        meant = reader.problems.known(name, known).split(" Known:")[0]
        if name not in counted and meant.startswith("Did you mean"):
            hints += f" {shown(name)}: {meant}"
    return hints


def _lint_stage(
    binding: Binding, stage: str, earlier: list[str], reader: Reader
) -> None:
    place = reader.node.place("stages", stage)
    written = binding.properties_of(stage)
    wanted = binding.stages[stage]
    for other in earlier:
        if binding.properties_of(other) == written:
            reader.problems.error(
                "LS404",
                place,
                f"stages {shown(other)} and {shown(stage)} write the same values",
                why="so that the CRM cannot tell them apart",
                hint="Give one of them another value, or a second property.",
            )
            return
        if _covers(binding.stages[other], wanted):
            reader.problems.error(
                "LS405",
                place,
                f"stage {shown(stage)} is never recognised",
                why=f"because stage {shown(other)} stands above it and matches all"
                " it matches",
                hint=f"Move {shown(stage)} above {shown(other)}.",
            )
            return
    _lint_written(binding, stage, reader)


def _covers(
    above: Mapping[str, tuple[str, ...]], below: Mapping[str, tuple[str, ...]]
) -> bool:
    """Whether everything that matches ``below`` matches ``above`` first."""
    return all(
        name in below and set(below[name]) <= set(values)
        for name, values in above.items()
    )


def _lint_written(binding: Binding, stage: str, reader: Reader) -> None:
    """A stage that leaves a property standing may be read back as another one."""
    written = binding.properties_of(stage)
    first = next(
        name
        for name, wanted in binding.stages.items()
        if name == stage or _may_match(wanted, written)
    )
    if first == stage:
        return
    left = [name for name in binding.stages[first] if name not in written]
    if left:
        reader.problems.error(
            "LS407",
            reader.node.place("stages", stage),
            f"stage {shown(stage)} does not write {shown(left[0])}",
            why=f"so that a record coming from {shown(first)} is still read as"
            f" {shown(first)}",
            hint=f"Add `{left[0]}: VALUE`, '' to empty it.",
        )
        return
    reader.problems.error(
        "LS409",
        reader.node.place("stages", stage),
        f"what stage {shown(stage)} writes is read back as {shown(first)}",
        hint=f"Move {shown(stage)} above {shown(first)}, or list another value first.",
    )


def _may_match(
    wanted: Mapping[str, tuple[str, ...]], written: Mapping[str, str]
) -> bool:
    """Whether a record may match once ``written`` is there, whatever else it holds."""
    return all(name not in written or written[name] in v for name, v in wanted.items())
