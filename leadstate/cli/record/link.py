"""``leadstate record link``: say to whom an object of a CRM belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    clean,
    json_option,
    opened,
    print_json,
    settings_option,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["link"]


@click.command(name="link")
@settings_option
@json_option
@actor_option
@click.argument("record")
@click.argument("connection")
@click.argument("object_id", metavar="OBJECT")
def link(  # noqa: PLR0913
    settings_file: Path,
    record: str,
    connection: str,
    object_id: str,
    actor: str,
    *,
    as_data: bool,
) -> None:
    """Say that OBJECT of a CONNECTION is RECORD; 'new' makes it a lead of its own."""
    from leadstate.service.commands.linking import ask_to_link
    from leadstate.service.inbound.matching import NEW
    from leadstate.service.records import find
    from leadstate.service.several import of_record

    whose = None if record == NEW else of_record(record)
    with opened(settings_file, connections=None, whose=whose) as app:
        record_id = NEW if record == NEW else find(app, record)
        ask_to_link(app, record_id, connection, object_id, actor=actor)
    if as_data:
        print_json({"record": record_id, "connection": connection, "object": object_id})
        return
    who = "a lead of its own" if record_id == NEW else f"record {record_id}"
    click.echo(clean(f"{connection} {object_id} becomes {who}, once it is read again."))
