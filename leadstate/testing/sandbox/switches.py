"""The control API's switches and clock: conditions a test sets while a CRM runs."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING

from .clock import LATEST_MS, iso, parse_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _typeshed import DataclassInstance

    from .clock import SandboxClock
    from .payloads import JsonReader

FASTEST = 1_000_000


def shown_policy(policy: DataclassInstance) -> dict[str, object]:
    """Return every switch with its value."""
    return {field.name: getattr(policy, field.name) for field in fields(policy)}


def change_policy(
    policy: DataclassInstance,
    wanted: Mapping[str, object],
    read: JsonReader,
    refuse: Callable[[str], Exception],
) -> None:
    """Change the switches named; all of them or, if one is wrong, none."""
    known = {field.name for field in fields(policy)}
    changes: dict[str, object] = {}
    for name, value in wanted.items():
        if name not in known:
            listed = ", ".join(sorted(known))
            raise refuse(f"policy {name[:50]!r} is unknown. Known: {listed}")
        changes[name] = _like(getattr(policy, name), value, name, read, refuse)
    for name, value in changes.items():
        setattr(policy, name, value)


def _like(
    current: object,
    value: object,
    name: str,
    read: JsonReader,
    refuse: Callable[[str], Exception],
) -> object:
    """Read a switch's value as what the switch holds now."""
    match current:
        case StrEnum():
            text, kinds = read.text(value, at=name), type(current)
            if text not in set(kinds):
                raise refuse(f"{name} must be one of {', '.join(kinds)}")
            return kinds(text)
        case bool():
            return read.flag(value, at=name)
        case int():
            return read.whole(value, at=name)
        case float():
            return read.number(value, at=name)
        case list():
            return list(read.texts(value, at=name))
        case _:
            return None if value is None else read.text(value, at=name)


def shown_clock(clock: SandboxClock) -> dict[str, object]:
    """Return what the clock shows."""
    now = clock.now()
    return {"now": iso(now), "now_ms": now, "rate": clock.rate}


def change_clock(
    clock: SandboxClock,
    wanted: Mapping[str, object],
    read: JsonReader,
    refuse: Callable[[str], Exception],
) -> None:
    """Set (`now`), advance (`advance_seconds`) or pace (`rate`, 0 freezes) a clock."""
    if "now" in wanted:
        given = read.text(wanted["now"], at="now")
        moment = parse_moment(given)
        if moment is None or moment < 0:
            kinds = "ISO 8601 or epoch milliseconds"
            raise refuse(f"now must be {kinds}, not {given[:50]}")
        clock.set(moment)
    if "advance_seconds" in wanted:
        seconds = read.number(wanted["advance_seconds"], at="advance_seconds")
        if not 0 <= clock.now() + seconds * 1000 <= LATEST_MS:
            raise refuse("advance_seconds leads out of the calendar")
        clock.advance(seconds)
    if "rate" in wanted:
        rate = read.number(wanted["rate"], at="rate")
        if not 0 <= rate <= FASTEST:
            raise refuse(f"rate must be between 0 and {FASTEST}")
        clock.run_at(rate)
