"""``leadstate new-adapter``: the package of a new adapter."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["command"]


@click.command(name="new-adapter")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write it; by default ./leadstate-NAME.",
)
def command(name: str, folder: Path | None) -> None:
    """Write the package of a new adapter named NAME; overwrites nothing.

    It keeps the promises of the kit's core as it stands, against a toy CRM that comes
    with it; you replace the toy's API piece by piece.
    """
    from leadstate.service.setup.scaffold import read_names, write_package

    names = read_names(name)
    package = write_package(folder or Path(names.distribution), names)
    for path in package.files:
        click.echo(f"wrote {path}")
    click.echo(
        "\nNext:\n"
        f"  pip install -e {package.folder}   and   pip install pytest\n"
        f"  pytest {package.folder}\n"
        f"  leadstate adapters check {name} --conformance\n"
        f"Then read {package.folder / 'README.md'}: what to replace, step by step."
    )
