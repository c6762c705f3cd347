"""What all reports share on the command line: the filters, and the frame they print."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from leadstate.cli.context import (
    clean,
    json_option,
    print_json,
    settings_option,
    when,
)
from leadstate.cli.times import Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field

    from leadstate.service.reports.figures import Share
    from leadstate.service.reports.scope import About

__all__ = [
    "count_text",
    "length_text",
    "print_about",
    "print_definitions",
    "print_report",
    "report_options",
    "share_text",
    "stage_text",
]

_HOURS_A_DAY = 24
_DAY = timedelta(days=1)
_SHOWN_VERSION = 12


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


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--settings``, ``--json`` and the filters; they come in as one ``scope``."""
    from leadstate.service.reports.scope import Scope

    names = [one.name for one in fields(Scope)]

    @wraps(command)
    def scoped(*args: object, **options: object) -> object:
        scope = Scope(**{name: options.pop(name) for name in names})  # type: ignore[arg-type]
        return command(*args, scope=scope, **options)

    for option in reversed(_OPTIONS):
        scoped = option(scoped)
    return scoped


def print_report(found: Any) -> None:
    """Print a report as JSON: its fields by name, lengths as ``name_seconds``."""
    print_json(_data(found))


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


def print_about(about: About) -> None:
    """Print what was looked at, before the figures."""
    title = f"{about.report} of {about.workflow}"
    click.echo(clean(f"{title}, as of {when(about.as_of)} ({about.timezone})"))
    asked = [
        f"{one.name.replace('_', ' ')} {_asked(getattr(about.scope, one.name))}"
        for one in fields(about.scope)
        if getattr(about.scope, one.name) is not None
    ]
    if asked:
        click.echo(clean(f"only: {', '.join(asked)}"))
    click.echo()


def print_definitions(about: About) -> None:
    """Print what the figures mean, after them."""
    click.echo()
    for one in about.definitions:
        click.echo(clean(one))


def _asked(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def count_text(number: int) -> str:
    """Return a number for people."""
    return f"{number:,}"


def share_text(found: Share | None) -> str:
    """Return a share for people, or a dash when there is none."""
    if found is None or found.share is None:
        return "-"
    return f"{found.share:.1%}"


def length_text(length: timedelta | None, *, business: bool = False) -> str:
    """Return a length of time for people; business time is never told in days."""
    if length is None:
        return "-"
    if not business and abs(length) >= _DAY:
        return f"{length / _DAY:,.1f} d"
    hours = length / timedelta(hours=1)
    return f"{hours:,.1f} h" if abs(hours) >= 1 else f"{hours * 60:,.0f} min"


def stage_text(label: str, *, known: bool) -> str:
    """Return a stage for people; one that no longer exists is marked."""
    return label if known else f"{label} (not in the workflow)"
