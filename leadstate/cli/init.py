"""``leadstate init``: a first settings file and workflow."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--workflow",
    default="b2b_lifecycle",
    show_default=True,
    help="The shipped workflow to start from.",
)
def command(folder: Path, workflow: str) -> None:
    """Write a first settings file and workflow into FOLDER; overwrites nothing."""
    from leadstate.service.project import settings_text, write_project

    written = write_project(folder, workflow, settings_text(workflow=workflow))
    for path in written.files:
        click.echo(f"wrote {path}")
    file = folder / "workflows" / f"{workflow}.yaml"
    click.echo(
        "\nNext:\n"
        f"  leadstate workflow check {file}\n"
        f"  leadstate workflow explain {file}\n"
        "  export HUBSPOT_TOKEN=...   and   leadstate run"
    )
