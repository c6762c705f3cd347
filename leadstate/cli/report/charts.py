"""The option of reports that have a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["chart_option", "draw"]


def chart_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--chart FILE``; hand it to `draw`."""
    return click.option(
        "--chart",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Draw it too: FILE.svg or FILE.png. Needs leadstate[charts].",
    )(command)


def draw(found: object, chart: Path | None) -> None:
    """Write the picture of a report, if one was asked for."""
    if chart is None:
        return
    from leadstate.service.reports.drawing import save_chart

    save_chart(found, chart)
