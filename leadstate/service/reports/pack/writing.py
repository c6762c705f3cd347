"""Write a pack: README.md and its pictures, into one folder.

The same database and moment give the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.destination import written
from leadstate.service.reports.drawing import svg
from leadstate.service.reports.pack import handovers, sections
from leadstate.service.reports.pack.gathering import gather
from leadstate.service.reports.pack.markdown import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.service.reports.pack.gathering import PackData
    from leadstate.service.reports.pack.quarter import Quarter
    from leadstate.service.reports.spend import Spend

__all__ = ["write_pack"]


def write_pack(
    app: App,
    quarter: Quarter,
    folder: Path,
    *,
    spend: Sequence[Spend] | None = None,
) -> tuple[Path, ...]:
    """Write the pack of a quarter; return its files, the text first.

    Args:
        spend: What was spent, for the section on cost; None leaves it out.

    Raises:
        UsageError: The quarter has not begun, or the folder cannot be written.
        ConfigurationError: What draws is not installed.
    """
    with app.store.read() as view:
        found = gather(view, app.lifecycle, quarter, app.clock.now(), spend)
    files = {"README.md": _joined(_text(found))} | _pictures(found)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be made: {error.strerror}. Name another "
            "with -o DIR"
        ) from error
    for name, text in files.items():
        with written(folder / name) as out:
            out.write(text.encode())
    return tuple(folder / name for name in files)


def _pictures(found: PackData) -> dict[str, str]:
    drawn: dict[str, object] = {
        "funnel.svg": found.funnel,
        "times.svg": found.times,
        "slas.svg": found.sla,
        "responsibility.svg": found.responsibility,
    }
    if found.cost is not None:
        drawn["cost.svg"] = found.cost
    return {name: svg(report) for name, report in drawn.items()}


def _text(found: PackData) -> Iterator[str]:
    yield from _head(found)
    yield from _section("What changed in the definitions", sections.definitions(found))
    yield from _section("Funnel", sections.funnel(found), "funnel.svg")
    yield from _section("Time in stage", sections.times(found), "times.svg")
    yield from _section("Acceptance", handovers.acceptance(found))
    yield from _section("Reasons of rejection", handovers.rejections(found))
    yield from _section("SLAs", handovers.slas(found), "slas.svg")
    yield from _section(
        "Which stage sags, and whose it is",
        handovers.responsibility(found),
        "responsibility.svg",
    )
    yield from _section("Scores against wins", sections.scores(found))
    yield from _section("Missing values", sections.gaps(found))
    if found.cost is not None:
        yield from _section("Cost", sections.cost(found.cost), "cost.svg")


def _head(found: PackData) -> Iterator[str]:
    lifecycle, quarter = found.lifecycle, found.quarter
    title = lifecycle.title or lifecycle.name
    yield f"# {plain(title)}: review of {quarter}"
    yield ""
    yield (
        f"{quarter.since} until {quarter.until} (not included, "
        f"{plain(lifecycle.timezone)}), held against {quarter.before}."
    )
    at = found.as_of.strftime("%Y-%m-%d %H:%M UTC")
    if found.as_of < found.until:
        yield f"The quarter goes on; it is looked at as of {at}."
    else:
        yield f"Both quarters are looked at as of their own end; this one: {at}."
    yield "A change in bold is one that its interval leaves no doubt about."
    yield ""


def _section(
    title: str, lines: Iterable[str], picture: str | None = None
) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    if picture is not None:
        yield f"![{title}]({picture})"
        yield ""
    yield from lines


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"
