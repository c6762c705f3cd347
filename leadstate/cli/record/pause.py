"""``leadstate record pause`` and ``resume``: let the clocks of a record stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.answers import print_answer
from leadstate.cli.context import actor_option, json_option, opened, settings_option
from leadstate.cli.record.show import record_argument

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.records import CommandResult

__all__ = ["pause", "resume"]

_sla = click.option("--sla", metavar="NAME", help="Only this one of its open clocks.")


@click.command()
@settings_option
@json_option
@record_argument
@click.option("--reason", required=True, help="Why the time shall not count.")
@_sla
@actor_option
def pause(  # noqa: PLR0913
    settings_file: Path,
    record: str,
    *,
    as_data: bool,
    reason: str,
    sla: str | None,
    actor: str,
) -> None:
    """Let the open clocks of a record stand still, until somebody resumes them."""
    moved = _stop_or_go(
        settings_file, record, stop=True, sla=sla, reason=reason, actor=actor
    )
    hint = (
        f"Nothing changed: a person paused it already. See: leadstate sla show {record}"
    )
    print_answer(moved, as_data=as_data, hint=hint)
    raise SystemExit(1 if moved.refused else 0)


@click.command()
@settings_option
@json_option
@record_argument
@click.option("--reason", default="", help="Why it goes on.")
@_sla
@actor_option
def resume(  # noqa: PLR0913
    settings_file: Path,
    record: str,
    *,
    as_data: bool,
    reason: str,
    sla: str | None,
    actor: str,
) -> None:
    """Let clocks go on that a person paused."""
    moved = _stop_or_go(
        settings_file, record, stop=False, sla=sla, reason=reason, actor=actor
    )
    hint = (
        "Nothing changed: no person paused it. A clock that the workflow's own "
        "condition pauses goes on when that no longer holds. "
        f"See: leadstate sla show {record}"
    )
    print_answer(moved, as_data=as_data, hint=hint)
    raise SystemExit(1 if moved.refused else 0)


def _stop_or_go(  # noqa: PLR0913 - the options of both, keyword-only
    settings_file: Path,
    record: str,
    *,
    stop: bool,
    sla: str | None,
    reason: str,
    actor: str,
) -> CommandResult:
    from leadstate.service.commands.pausing import pause_item
    from leadstate.service.records import ask, find
    from leadstate.service.several import of_record

    with opened(settings_file, connections=None, whose=of_record(record)) as app:
        record_id = find(app, record)
        item = pause_item(
            app, record_id, stop=stop, sla=sla, reason=reason, actor=actor
        )
        return ask(app, item, record_id)
