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
@click.option(
    "--with",
    "beside",
    type=click.Choice(["amocrm"]),
    multiple=True,
    help="A CRM that carries the same leads beside HubSpot.",
)
def command(folder: Path, workflow: str, beside: tuple[str, ...]) -> None:
    """Write a first settings file and workflow into FOLDER; overwrites nothing."""
    from leadstate.service.setup.project import (
        ADDED_SETTINGS,
        settings_text,
        shipped_workflows,
        write_project,
    )

    for name in beside:
        if not shipped_workflows().joinpath(f"{workflow}.{name}.yaml").is_file():
            raise click.UsageError(
                f"the workflow {workflow!r} comes without a binding for {name}; take "
                "b2b_lifecycle, or write one (docs/how-to/map-fields-and-stages.md)"
            )
    more = {name: ADDED_SETTINGS[name] for name in beside}
    text = settings_text(workflow=workflow, beside=more)
    written = write_project(folder, workflow, text)
    for path in written.files:
        click.echo(f"wrote {path}")
    file = folder / "workflows" / f"{workflow}.yaml"
    click.echo(
        "\nNext:\n"
        f"  leadstate workflow check {file}\n"
        f"  leadstate workflow explain {file}\n"
        + "".join(f"  leadstate adapters setup {name}\n" for name in beside)
        + f"  {_exports(beside)}   and   leadstate run"
    )


def _exports(beside: tuple[str, ...]) -> str:
    names = ("hubspot", *beside)
    return "   ".join(f"export {name.upper()}_TOKEN=..." for name in names)
