"""Run the benchmark: `python -m benchmarks [--quick] [--json] [--only NAME,NAME]`."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

import structlog

from benchmarks import (
    backfill,
    calendars,
    calls,
    command_line,
    engine,
    exporting,
    next_change,
    receiving,
    report,
    reports,
    slas,
    timers,
    verifying,
    whole_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.report import Section

_PARTS = {
    "engine": engine.measure,
    "calendars": calendars.measure,
    "path": whole_path.measure,
    "receiver": receiving.measure,
    "timers": timers.measure,
    "slas": slas.measure,
    "next-change": next_change.measure,
    "verifying": verifying.measure,
    "reports": reports.measure,
    "exporting": exporting.measure,
    "hubspot": calls.measure_hubspot,
    "amocrm": calls.measure_amocrm,
    "backfill": backfill.measure,
    "cli": command_line.measure,
}


def main() -> None:
    """Measure, and print each part as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, under 40 s")
    parser.add_argument("--json", action="store_true", help="print JSON, at the end")
    parser.add_argument(
        "--only", default=",".join(_PARTS), help=f"of {', '.join(_PARTS)}"
    )
    asked = parser.parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )
    names = asked.only.split(",")
    if not set(names) <= set(_PARTS):
        parser.error(f"--only takes some of {', '.join(_PARTS)}")
    _run([_PARTS[name] for name in names], quick=asked.quick, as_json=asked.json)


def _run(parts: list[Callable[..., Section]], *, quick: bool, as_json: bool) -> None:
    if not as_json:
        for name, value in report.machine().items():
            print(f"{name:20} {value}")
    sections: list[Section] = []
    for measure in parts:
        sections.append(measure(quick=quick))
        if not as_json:
            print(report.as_text(sections[-1]), flush=True)
    aims = [aim for section in sections for aim in section.aims]
    if as_json:
        print(report.as_json(sections))
        return
    print(f"\n{sum(aim.met for aim in aims)} of {len(aims)} aims met")


if __name__ == "__main__":
    main()
