"""``leadstate init``: a first settings file and workflow."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from leadstate.cli.context import clean_lines

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
    """Write a first settings file and workflow into FOLDER; overwrites nothing.

    Where FOLDER has a settings file, --workflow adds one more workflow to it.
    """
    from leadstate.service.setup.project import (
        ADDED_SETTINGS,
        settings_text,
        shipped_workflows,
        write_project,
    )

    settings_file = folder / "leadstate.yaml"
    context = click.get_current_context()
    named = context.get_parameter_source("workflow") is not ParameterSource.DEFAULT
    if settings_file.exists() and named and not beside:
        _add(settings_file, workflow)
        return
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
        + f"  {_exports(beside)}   and   leadstate run\n"
        "It only observes, and writes nothing, until 'leadstate go-live "
        f"{'hubspot' if not beside else 'NAME'}' lets it act."
    )


def _add(settings_file: Path, workflow: str) -> None:
    """Add a workflow to a project, and say what is left to do."""
    from leadstate.service.setup.adding import add_workflow

    done = add_workflow(settings_file, workflow)
    for path in done.files:
        click.echo(f"wrote {path}")
    if done.lines:
        click.echo(f"\n{settings_file} was not changed. Write into it:\n")
        click.echo("\n".join(done.lines))
        return
    click.echo(f"{settings_file} names the workflow {workflow} now.")
    if done.clash:
        click.echo(f"\nBefore it can work:\n{clean_lines(done.clash)}")
    click.echo(
        f"\nNext:\n  leadstate workflow check --workflow {workflow}\n"
        f"  leadstate setup --workflow {workflow}   and   leadstate run\n"
        "It only observes until 'leadstate go-live' lets it act on a connection."
    )


def _exports(beside: tuple[str, ...]) -> str:
    names = ("hubspot", *beside)
    return "   ".join(f"export {name.upper()}_TOKEN=..." for name in names)
