"""How long people wait for `leadstate --help`, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.report import Aim, Section

__all__ = ["measure"]

_WANTED = 200.0


def measure(*, quick: bool) -> Section:
    """Return the wall time of both, in turns."""
    leadstate = str(Path(sys.executable).with_name("leadstate"))
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "leadstate --help": [leadstate, "--help"],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(5 if quick else 15):
        for name, command in commands.items():
            started = perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            spent[name].append((perf_counter() - started) * 1000)
    shown = median(spent["leadstate --help"])
    return Section(
        title="Command line, wall time of a whole process",
        columns=("command", "median ms"),
        rows=[(name, f"{median(found):.0f}") for name, found in spent.items()],
        aims=[
            Aim(
                wanted=f"leadstate --help below {_WANTED:.0f} ms",
                measured=f"{shown:.0f} ms",
                met=shown < _WANTED,
            )
        ],
    )
