"""Set a field of a record: tag it, value it, give it to somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.answers import print_answer, who_hint
from leadstate.cli.context import actor_option, json_option, opened, settings_option
from leadstate.cli.record.show import record_argument

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["set_field"]


@click.command(name="set", context_settings={"ignore_unknown_options": True})
@settings_option
@json_option
@record_argument
@click.argument("field")
@click.argument("value")
@click.option(
    "--as",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="A role you have; repeat for several. With a people file, the roles that it "
    "gives you count.",
)
@actor_option
@click.option("--note", default="", help="More words, for the history.")
def set_field(  # noqa: PLR0913
    settings_file: Path,
    record: str,
    field: str,
    value: str,
    *,
    as_data: bool,
    roles: tuple[str, ...],
    actor: str,
    note: str,
) -> None:
    """Set a field; every CRM that shares it is told.

    VALUE '' empties it; +spam adds a tag, and -spam takes it away.
    """
    from leadstate.service.commands.editing import edit_item
    from leadstate.service.records import ask, find
    from leadstate.service.several import of_record

    with opened(settings_file, connections=None, whose=of_record(record)) as app:
        record_id = find(app, record)
        item = edit_item(
            app,
            record_id,
            field=field,
            value=value,
            actor=actor,
            roles=roles,
            note=note,
        )
        answer = ask(app, item, record_id)
        hint = who_hint(app, actor, roles)
    print_answer(answer, as_data=as_data, hint=hint)
    raise SystemExit(1 if answer.refused else 0)
