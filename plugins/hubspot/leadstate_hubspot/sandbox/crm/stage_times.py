"""The hs_v2_date_entered_* family, reckoned from the history of the stage property.

Names carry a suffix for stages that are not HubSpot's own, and dashes become
underscores: clients must resolve them from the properties list, never build them
(seen in live portals as `hs_v2_date_entered_unqualified_stage_id_1675714327`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso

from .definitions import Definition, Kind, Option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .records import Record


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay in a stage; `left` is None while it lasts."""

    stage: str
    entered: int
    left: int | None


def visits(record: Record, prop: str) -> list[Visit]:
    """Return the stays in stages, oldest first, from the property's history."""
    versions = record.history.get(prop, [])
    ends: list[int | None] = [*(version.at for version in versions[1:]), None]
    return [
        Visit(version.value, version.at, left)
        for version, left in zip(versions, ends, strict=True)
        if version.value
    ]


def name_part(stage: str, suffix: str | None) -> str:
    """Return the part of the property name that stands for a stage."""
    plain = stage.replace("-", "_").lower()
    return plain if suffix is None else f"{plain}_{suffix}"


def definitions(
    prop: str,
    stages: Iterable[tuple[Option, str | None]],
    now: Callable[[], int],
) -> Iterator[Definition]:
    """Yield the read-only properties that date the stages of `prop`."""
    for option, suffix in stages:
        part = name_part(option.value, suffix)
        for family, label, kind, reckon in _FAMILIES:
            yield _reckoned(
                f"{family}_{part}",
                f"{label} '{option.label}'",
                kind,
                _bound(reckon, prop, option.value, now),
            )
    for name, label, kind, reckon in _CURRENT:
        yield _reckoned(name, label, kind, _bound(reckon, prop, "", now))


def _bound(
    reckon: Callable[[list[Visit], int], int | None],
    prop: str,
    stage: str,
    now: Callable[[], int],
) -> Callable[[Record], str | None]:
    def value(record: Record) -> str | None:
        stays = [v for v in visits(record, prop) if not stage or v.stage == stage]
        found = reckon(stays, now()) if stays else None
        if found is None:
            return None
        return iso(found) if reckon in _DATES else str(found)

    return value


def _entered(stays: list[Visit], _now: int) -> int | None:
    return stays[-1].entered


def _exited(stays: list[Visit], _now: int) -> int | None:
    return stays[-1].left


def _latest(stays: list[Visit], now: int) -> int | None:
    return (stays[-1].left or now) - stays[-1].entered


def _cumulative(stays: list[Visit], now: int) -> int | None:
    return sum((stay.left or now) - stay.entered for stay in stays)


_DATES = (_entered, _exited)
_FAMILIES = (
    ("hs_v2_date_entered", "Date entered", Kind.DATETIME, _entered),
    ("hs_v2_date_exited", "Date exited", Kind.DATETIME, _exited),
    ("hs_v2_latest_time_in", "Latest time in", Kind.NUMBER, _latest),
    ("hs_v2_cumulative_time_in", "Cumulative time in", Kind.NUMBER, _cumulative),
)
_CURRENT = (
    (
        "hs_v2_date_entered_current_stage",
        "Date entered current stage",
        Kind.DATETIME,
        _entered,
    ),
    (
        "hs_v2_time_in_current_stage",
        "Time in current stage",
        Kind.NUMBER,
        _latest,
    ),
)


def _reckoned(
    name: str, label: str, kind: Kind, reckon: Callable[[Record], str | None]
) -> Definition:
    return Definition(
        name=name,
        label=label,
        kind=kind,
        field_type="calculation_read_time" if kind is Kind.NUMBER else "date",
        group="stage_times",
        read_only=True,
        reckoned=reckon,
    )
