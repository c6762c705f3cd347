"""``leadstate erase``: forget a person."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    clean,
    json_option,
    opened,
    print_json,
    print_table,
    settings_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.service.erase import Erased, ErasureRequest

__all__ = ["command"]


@click.command(name="erase")
@settings_option
@json_option
@actor_option
@click.argument("record", required=False)
@click.option("--email", help="Whoever has this e-mail address.")
@click.option("--phone", help="Whoever has this number, with its country code.")
@click.option(
    "--object", "place", metavar="CONNECTION:ID", help="Whose object of a CRM this is."
)
@click.option("--reason", help="Why; kept for ever: name a ticket, not the person.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(  # noqa: PLR0913, PLR0917 - click's own signature
    settings_file: Path,
    actor: str,
    record: str | None,
    email: str | None,
    phone: str | None,
    place: str | None,
    reason: str | None,
    *,
    as_data: bool,
    yes: bool,
) -> None:
    """Forget a person for good: the person of a RECORD, or by an address or an object.

    Shows what will be destroyed, and asks.  The history keeps that there was somebody,
    and counts stay.  With --json and without --yes nothing is changed.
    """
    from leadstate.service.erase import erase, preview
    from leadstate.service.several import of_everybody, of_record

    whose = of_record(record) if record else of_everybody
    with opened(settings_file, whose=whose) as app:
        wanted = _wanted(app, record=record, email=email, phone=phone, place=place)
        shown = preview(app, wanted)
        if as_data and not yes:
            print_json({"erased": False} | asdict(shown))
            return
        if not as_data:
            _print_preview(shown)
        if not yes:
            click.confirm("Destroy this? It cannot be brought back", abort=True)
        done = erase(app, wanted, actor=actor, reason=reason)
    if as_data:
        print_json({"erased": True} | asdict(done))
        return
    _print_done(done)


def _wanted(
    app: App,
    *,
    record: str | None,
    email: str | None,
    phone: str | None,
    place: str | None,
) -> ErasureRequest:
    from leadstate.domain.values import FieldType
    from leadstate.service.erase import wanted_object, wanted_record, wanted_value

    given = [one for one in (record, email, phone, place) if one]
    if len(given) != 1:
        raise click.UsageError(
            "say whom to forget in one way: a RECORD, --email, --phone or --object"
        )
    if record:
        return wanted_record(app, record)
    if email:
        return wanted_value(app, FieldType.EMAIL, email)
    if phone:
        return wanted_value(app, FieldType.PHONE, phone)
    connection, _, external_id = str(place).partition(":")
    if not external_id:
        raise click.UsageError(f"write --object as CONNECTION:ID, not {place!r}")
    return wanted_object(app, connection, external_id)


def _print_preview(shown: Erased) -> None:
    several = len(set(shown.workflows.values())) > 1
    named = (
        f"{one} ({whose})" if several else one for one, whose in shown.workflows.items()
    )
    click.echo(f"To be forgotten: {clean(', '.join(named) or 'nobody under care')}")
    print_table(["table", "rows"], shown.counts.items())
    if shown.others:
        click.echo(
            "Other records have an identifying value of this person, and stay: "
            f"{', '.join(shown.others)}. To forget them too, name the person with "
            "--email or --phone."
        )


def _print_done(done: Erased) -> None:
    rows = sum(done.counts.values())
    click.echo(f"Forgotten: {rows} rows emptied or deleted; the history says so.")
    if not done.wiped:
        click.echo(
            "The database is in use: the bytes of what was deleted are overwritten "
            "within ten minutes of 'leadstate run', or by its next start."
        )
    if done.objects:
        where = ", ".join(f"{c} {kind} {id_}" for c, kind, id_ in done.objects)
        click.echo(
            f"The CRMs may still hold {clean(where)}: erase the person there too. "
            "Leadstate takes nothing of it in again."
        )
    click.echo("Backups and exports made before still hold the person.")
