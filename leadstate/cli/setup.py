"""``leadstate setup``: make what a CRM account lacks for the binding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    chosen_settings,
    chosen_workflow,
    clean,
    clean_lines,
    json_option,
    opened,
    print_json,
    settings_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.adapters import SetupStep
    from leadstate.service.setup.setting_up import Made, SetUp

__all__ = ["command"]


@click.command(name="setup")
@settings_option
@json_option
@click.argument("connection", required=False)
@click.option("--apply", is_flag=True, help="Make it; without this nothing is changed.")
def command(
    settings_file: Path, connection: str | None, *, as_data: bool, apply: bool
) -> None:
    """Show what the account of CONNECTION, or of every one, lacks; make it if asked.

    Safe to repeat: what is there is left alone, and nothing is ever removed.
    """
    from leadstate.errors import LeadstateError
    from leadstate.service.setup.opening import connection_named, webhook_url
    from leadstate.service.setup.setting_up import set_up

    settings = chosen_settings(settings_file)
    names = (
        list(settings.connections)
        if connection is None
        else [connection_named(settings, connection)]
    )
    found: list[SetUp] = []
    errors: dict[str, str] = {}
    for name in names:  # one that cannot be opened does not stop the others
        url = webhook_url(settings, name)
        try:
            with opened(settings_file, connections=[name]) as app:
                found.append(set_up(app, name, webhook_url=url, apply=apply))
        except LeadstateError as error:
            errors[name] = str(error)
    if as_data:
        failed = [{"connection": name, "error": why} for name, why in errors.items()]
        print_json([*[_data(one) for one in found], *failed])
    else:
        for one in found:
            _print(one, apply=apply)
        for name, why in errors.items():
            click.echo(f"{clean(name)}\n  FAIL {clean_lines(why)}")
    raise SystemExit(1 if errors or any(one.failed for one in found) else 0)


def _data(one: SetUp) -> dict[str, object]:
    return {
        "connection": one.connection,
        "complete": one.complete,
        "made": [
            {**_step(made.step), "note": made.note, "error": made.error}
            for made in one.made
        ],
        "missing": [_step(step) for step in one.missing],
    }


def _step(step: SetupStep) -> dict[str, str]:
    return {"key": step.key, "text": step.text, "by_hand": step.by_hand}


def _print(one: SetUp, *, apply: bool) -> None:
    click.echo(clean(one.connection))
    for made in one.made:
        _print_made(made)
    for step in one.missing:
        how = f"by hand: {step.by_hand}" if step.by_hand else ""
        mark = "todo" if how or apply else "make"
        click.echo(clean(f"  {mark} {step.text}"))
        if how:
            click.echo(clean(f"       -> {how}"))
    if one.complete:
        click.echo("  nothing is missing")
    elif not apply and any(not step.by_hand for step in one.missing):
        chosen = chosen_workflow()
        which = f" --workflow {chosen}" if chosen else ""
        said = f"Make it with: leadstate setup {one.connection}{which} --apply"
        click.echo(clean(said))


def _print_made(made: Made) -> None:
    mark = "FAIL" if made.error else "done"
    click.echo(clean(f"  {mark} {made.step.text}"))
    for text in filter(None, (made.error, made.note)):
        click.echo(clean(f"       -> {text}"))
