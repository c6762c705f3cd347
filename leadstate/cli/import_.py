"""``leadstate import``: a file of stage moves and values becomes history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    chosen_settings,
    clean,
    json_option,
    opened,
    print_json,
    settings_option,
)
from leadstate.cli.past import print_counts

if TYPE_CHECKING:
    from leadstate.domain.file_mapping import FileMapping
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.past.importing import Imported
    from leadstate.settings import Settings

__all__ = ["command"]

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(name="import")
@settings_option
@json_option
@click.argument("file", type=_FILE)
@click.option("--mapping", type=_FILE, help="The mapping file.")
@click.option(
    "--columns", help="record_id=COLUMN,to_stage=COLUMN,at=COLUMN,... instead of one."
)
@click.option("--source", help="What the file's origin is called, with --columns.")
@click.option(
    "--keep-good", is_flag=True, help="Import the good rows of a file with bad ones."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
def command(  # noqa: PLR0913 - the options of one import
    settings_file: Path,
    file: Path,
    mapping: Path | None,
    columns: str | None,
    source: str | None,
    *,
    as_data: bool,
    keep_good: bool,
    dry_run: bool,
) -> None:
    """Import stage moves and field values from the CSV file FILE.

    All rows are checked first; nothing is imported while one of them is bad, unless
    --keep-good says so: then the bad ones are written to FILE.rejected.csv.  A file may
    be imported again: what is there already is left as it is.  Ends with 1 when a row
    was bad.
    """
    from leadstate.cli.progress import progress
    from leadstate.service.past.importing import import_file

    if (mapping is None) == (columns is None):
        text = "say what the columns mean: with --mapping FILE, or with --columns"
        raise click.UsageError(text)
    settings = chosen_settings(settings_file)
    with opened(settings_file) as app, progress(quiet=as_data) as report:
        read = _mapping(app.lifecycle, mapping, columns, source or file.stem)
        done = import_file(
            app,
            file,
            read,
            object=_object(settings, read, app.lifecycle),
            keep_good=keep_good,
            dry_run=dry_run,
            on_progress=report,
        )
    if as_data:
        print_json(_data(done))
    else:
        _print(file, done)
    raise SystemExit(1 if done.rejected else 0)


def _mapping(
    lifecycle: Lifecycle, path: Path | None, columns: str | None, source: str
) -> FileMapping:
    from leadstate.definition.file_mapping import load_mapping, mapping_of_columns

    if path is not None:
        return load_mapping(path, lifecycle)
    pairs = [one.partition("=") for one in (columns or "").split(",")]
    wrong = [key for key, equals, _ in pairs if not equals]
    if wrong:
        text = f"--columns: {wrong[0]!r} has no column; write {wrong[0]}=COLUMN"
        raise click.UsageError(text)
    named = {key.strip(): name.strip() for key, _, name in pairs}
    return mapping_of_columns(source, named, lifecycle)


def _object(settings: Settings, mapping: FileMapping, lifecycle: Lifecycle) -> str:
    """Return the kind of object whose ids the file has, or ""."""
    if mapping.connection is None:
        return ""
    from leadstate.definition.binding import load_binding
    from leadstate.service.setup.opening import connection_named

    name = connection_named(settings, mapping.connection)
    return load_binding(settings.binding_of(name), lifecycle).object


def _data(done: Imported) -> dict[str, object]:
    from dataclasses import asdict

    rejected = done.rejected_file
    return {
        "imported": done.kept,
        "rows": done.rows,
        "records": done.records,
        "rejected": done.rejected,
        "rejected_file": str(rejected) if rejected else None,
        "bad": [asdict(one) for one in done.bad],
        "counts": asdict(done.counts),
    }


def _print(file: Path, done: Imported) -> None:
    for one in done.bad:
        click.echo(clean(one.at(str(file))))
    if done.rejected > len(done.bad):
        click.echo(f"... and {done.rejected - len(done.bad)} more rows are bad")
    if done.refused:
        click.echo(
            f"{done.rejected} of {done.rows} rows are bad; nothing was imported. "
            "Correct them, or import the others with --keep-good"
        )
        return
    click.echo(
        f"{done.rows - done.rejected} rows of {done.records} records "
        + ("imported" if done.kept else "would be imported; nothing was changed")
    )
    print_counts(done.counts)
    if done.rejected_file:
        click.echo(clean(f"{done.rejected} bad rows are in {done.rejected_file}"))
