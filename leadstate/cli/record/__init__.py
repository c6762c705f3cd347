"""``leadstate record``: look at records, explain, move and edit them."""

from __future__ import annotations

import click

from leadstate.cli.record.explain import explain
from leadstate.cli.record.link import link
from leadstate.cli.record.move import move
from leadstate.cli.record.pause import pause, resume
from leadstate.cli.record.set_field import set_field
from leadstate.cli.record.show import history, list_records, show

__all__ = ["command"]


@click.group(name="record")
def command() -> None:
    """Look at records, explain them, move and edit them, stop their clocks.

    RECORD is a record's id, the first characters of it, or the CRM's id.
    """


for _one in (
    link,
    list_records,
    show,
    history,
    explain,
    move,
    set_field,
    pause,
    resume,
):
    command.add_command(_one)
