"""Read SLAs: how long a record may stay in a stage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadstate.domain.sla import ASSIGNED, OWN_HOURS, SLA, TEAM_HOURS, Reentry, Warn

from .actions import read_actions, read_consequences
from .durations import duration_text, read_duration
from .fields import check_owner
from .keys import SLA as SLA_KEYS
from .names import check_name
from .problems import shown
from .reader import open_mapping
from .scores import condition_at
from .teams import read_hours

if TYPE_CHECKING:
    from datetime import timedelta

    from .draft import LifecycleDraft
    from .nodes import Located, TextNode
    from .reader import Reader

__all__ = ["read_slas"]

_PERCENT: Final = re.compile(r"([1-9][0-9]?)%")


def read_slas(draft: LifecycleDraft, holder: Reader) -> tuple[SLA, ...]:
    """Return the SLAs of a stage, or of a wake-up."""
    found = [_sla(draft, holder, *entry) for entry in holder.entries("sla")]
    return tuple(sla for sla in found if sla)


def _sla(
    draft: LifecycleDraft, holder: Reader, name: TextNode, node: Located
) -> SLA | None:
    title = f"SLA {shown(name.value)} of {holder.name}"
    reader = open_mapping(node, SLA_KEYS, draft.problems, title)
    if reader is None or not check_name(name, "sla", draft.problems):
        return None
    within, calendar = reader.duration("within"), _hours(draft, reader)
    start, until = (_event(draft, reader, key) for key in ("start", "until"))
    pause, pause_text = condition_at(draft, reader, "pause")
    warnings = _warnings(reader, within)
    _check_keys(reader, start, until)
    actions, move, reason = read_consequences(draft, reader, "then")
    on_warning = read_actions(draft, reader, "on_warning")
    on_reentry = reader.word("on_reentry", Reentry)
    if within is None or calendar is None:
        return None
    return SLA(
        name=name.value,
        within=within,
        calendar=calendar,
        start=start,
        until=until,
        warnings=warnings,
        on_reentry=on_reentry or Reentry.RESET,
        pause=pause,
        pause_text=pause_text,
        on_warning=on_warning,
        on_breach=actions,
        move=move,
        reason=reason,
    )


def _hours(draft: LifecycleDraft, reader: Reader) -> str | None:
    calendar = read_hours(draft, reader, OWN_HOURS, TEAM_HOURS)
    if calendar == OWN_HOURS:
        what = f"{reader.name} counts in the owner's hours"
        check_owner(draft, reader.at("calendar"), what)
    return calendar


def _event(draft: LifecycleDraft, reader: Reader, key: str) -> str | None:
    node = reader.text_node(key)
    if node is None or not check_name(node, key, draft.problems):
        return None
    if node.value == ASSIGNED:
        check_owner(draft, node.mark, f"{reader.name} waits until it has an owner")
    return node.value


def _check_keys(reader: Reader, start: str | None, until: str | None) -> None:
    if start and start == until:
        reader.problems.error(
            "LS323",
            reader.at("until"),
            f"{reader.name} starts and ends with {shown(start)}",
            why="so that its clock never runs",
            hint="Name another event, or delete `until`: leaving the stage ends it.",
        )
    if reader.has("on_warning") and not reader.has("warn_at"):
        reader.problems.error(
            "LS118",
            reader.at("on_warning"),
            f"{reader.name} has 'on_warning' without 'warn_at'",
            hint="Say when to warn, such as `warn_at: 80%`.",
        )


def _warnings(reader: Reader, within: timedelta | None) -> tuple[Warn, ...]:
    """Return the warnings, earliest first."""
    found: dict[timedelta, Warn] = {}
    for node in reader.words("warn_at"):
        after = _after(reader, node, within)
        if after in found:
            reader.problems.error(
                "LS117",
                node.mark,
                f"{reader.name} warns at {shown(node.value)}",
                why=f"which is the same moment as {shown(found[after].text)}",
                hint="Keep one of them.",
            )
        elif after is not None:
            found[after] = Warn(" ".join(node.value.split()), after)
    return tuple(found[after] for after in sorted(found))


def _after(
    reader: Reader, node: TextNode, within: timedelta | None
) -> timedelta | None:
    """Return the business time after which a warning is due."""
    percent = _PERCENT.fullmatch(node.value)
    left = None if percent else read_duration(node.value)
    if within and percent:
        return within * int(percent[1]) / 100
    if within and left and left < within:
        return within - left
    if (percent or left) and not within:
        return None  # its own mistake is reported
    reader.problems.error(
        "LS112",
        node.mark,
        f"{reader.name} warns at {shown(node.value)}",
        why=f"and it is due after {duration_text(within)}"
        if left and within
        else "which is neither a share of the time nor a time before it is due",
        hint="Write whole percents from 1% to 99%, such as 80%, or how long before it"
        " is due, such as 1 hour.",
    )
    return None
