"""The frame of every report: what is asked for, what is printed around the figures.

A command of a report reads and shows:

    @click.command(name="passes")
    @report_options()
    def command(request: ReportRequest) -> None:
        with reading(request) as source:
            found = source.report(passes)
        show(request, found, _print)
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import click

from leadstate.cli.context import (
    clean,
    json_option,
    opened,
    print_json,
    settings_option,
    when,
)
from leadstate.cli.times import Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from dataclasses import Field

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.app import App
    from leadstate.service.reports.scope import About, Scope
    from leadstate.store import View

__all__ = ["ReportRequest", "ReportSource", "reading", "report_options", "show"]


class _Report(Protocol):
    """What every report has."""

    @property
    def about(self) -> About: ...


_Found = TypeVar("_Found")
_Shown = TypeVar("_Shown", bound=_Report)
_More = ParamSpec("_More")

_OPTIONS = (
    click.option(
        "--since",
        type=Time(),
        metavar="DAY",
        help="From this day of the workflow's time zone on, or from a moment such as "
        "2026-01-31T09:00Z.",
    ),
    click.option(
        "--until",
        type=Time(),
        metavar="DAY",
        help="Before this day: a quarter ends with the first day of the next.",
    ),
    click.option("--team", help="Only stages that this team owns."),
    click.option(
        "--owner", metavar="PERSON", help="Only what PERSON owned when a stay began."
    ),
    click.option("--source", help="Only records whose field 'source' says so."),
    click.option("--campaign", help="Only records whose field 'campaign' says so."),
    click.option(
        "--pass",
        "pass_number",
        type=click.IntRange(min=1),
        metavar="N",
        help="Only the N-th trip of a record through the funnel.",
    ),
    click.option(
        "--workflow-version",
        "version",
        metavar="HASH",
        help="Only stays under this version (its first characters are enough).",
    ),
    settings_option,
    json_option,
)


_CHART = click.option(
    "--chart",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw it too: FILE.svg or FILE.png. Needs leadstate[charts].",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What every report is asked for.

    Attributes:
        as_data: Print JSON for programs.
        chart: Where its picture goes; None draws none.
    """

    settings_file: Path
    scope: Scope
    as_data: bool
    chart: Path | None = None


@dataclass(frozen=True, slots=True)
class ReportSource:
    """An installation that is open for a report."""

    app: App
    _view: View
    _scope: Scope

    def report(
        self,
        report: Callable[Concatenate[View, Lifecycle, Scope, datetime, _More], _Found],
        *args: _More.args,
        **options: _More.kwargs,
    ) -> _Found:
        """Compute one report as of now; ``options`` are its own."""
        lifecycle, now = self.app.lifecycle, self.app.clock.now()
        return report(self._view, lifecycle, self._scope, now, *args, **options)


def report_options(
    *, chart: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--settings``, ``--json``, the filters, and ``--chart`` where it draws.

    They come in as one `ReportRequest`.
    """
    its = ("settings_file", "as_data", *(("chart",) if chart else ()))

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def asking(**options: Any) -> object:
            from leadstate.service.reports.scope import Scope

            scope = Scope(**{one.name: options.pop(one.name) for one in fields(Scope)})
            request = ReportRequest(
                scope=scope, **{name: options.pop(name) for name in its}
            )
            return command(request, **options)

        options = (*_OPTIONS, _CHART) if chart else _OPTIONS
        return reduce(lambda found, option: option(found), reversed(options), asking)

    return decorate


@contextmanager
def reading(request: ReportRequest) -> Iterator[ReportSource]:
    """Open the installation, to compute a report from one state of its database."""
    with opened(request.settings_file) as app, app.store.read() as view:
        yield ReportSource(app, view, request.scope)


def show(
    request: ReportRequest, found: _Shown, figures: Callable[[_Shown], None]
) -> None:
    """Draw a report if a picture was asked for, and print it: as JSON, or for people.

    Args:
        figures: Prints what stands between what was looked at and what it means.
    """
    if request.chart is not None:
        from leadstate.service.reports.drawing import save_chart

        save_chart(found, request.chart)
    if request.as_data:
        print_json(_data(found))
        return
    _print_about(found.about)
    figures(found)
    _print_definitions(found.about)


def _data(value: object) -> object:
    """Return dataclasses as dictionaries; a length ``x`` becomes ``x_seconds``."""
    if is_dataclass(value):
        return dict(_named(one, getattr(value, one.name)) for one in fields(value))
    if isinstance(value, dict):
        return {str(key): _data(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_data(one) for one in value]
    return value


def _named(its: Field[Any], value: object) -> tuple[str, object]:
    # By the declared type, so that the key is the same while nobody knows the length.
    name = f"{its.name}_seconds" if "timedelta" in str(its.type) else its.name
    if isinstance(value, timedelta):
        return name, value.total_seconds()
    return name, _data(value)


def _print_about(about: About) -> None:
    """Print what was looked at, before the figures."""
    title = f"{about.report} of {about.workflow}"
    click.echo(clean(f"{title}, as of {when(about.as_of)} ({about.timezone})"))
    asked = [
        f"{one.name.replace('_', ' ')} {_filter(getattr(about.scope, one.name))}"
        for one in fields(about.scope)
        if getattr(about.scope, one.name) is not None
    ]
    if asked:
        click.echo(clean(f"only: {', '.join(asked)}"))
    click.echo()


def _print_definitions(about: About) -> None:
    """Print what the figures mean, after them."""
    click.echo()
    for one in about.definitions:
        click.echo(clean(one))


def _filter(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
