"""``leadstate record``: look at records, explain, move and edit them."""

from __future__ import annotations

import click

from leadstate.cli import linking
from leadstate.cli.record import asking, editing, explaining, looking

__all__ = ["command"]


@click.group(name="record")
def command() -> None:
    """Look at records, explain them, move and edit them, stop their clocks.

    RECORD is a record's id, the first characters of it, or the CRM's id.
    """


for _one in (
    linking.link,
    looking.list_records,
    looking.show,
    looking.history,
    explaining.explain,
    asking.move,
    editing.set_field,
    asking.pause,
    asking.resume,
):
    command.add_command(_one)
