"""The end of the demo: what happened in figures, and why in examples."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, clean_lines
from leadstate.domain.history import HistoryKind
from leadstate.service.inbound.comparing import compare
from leadstate.service.status import totals
from leadstate.store import ApprovalState, LinkStatus
from leadstate_demo.sandboxes import AMOCRM
from leadstate_demo.truth import funnel_lines, proof
from leadstate_demo.why import is_waking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate_demo.story import Story
    from leadstate_demo.theatre import Theatre

__all__ = ["figures", "print_report"]

_PAGE = 500
_ALL = 1_000_000
_TOLD = (
    HistoryKind.WARNED,
    HistoryKind.BREACHED,
    HistoryKind.ESCALATED,
    HistoryKind.ASSIGNED,
)
_MARK = "cf.LEADSTATE_TOKEN"


def figures(theatre: Theatre) -> dict[str, object]:
    """Return machine-readable totals; every record is compared with every CRM."""
    crms = {name: _of_crm(theatre, name) for name in theatre.controls}
    counted = totals(theatre.app)
    with theatre.app.store.read() as view:
        conflicts = len(view.conflicts.list())
    every = _carried(theatre) == counted.records
    return (
        asdict(counted)
        | {"conflicts": conflicts}
        | _over_time(theatre)
        | _handed_off(theatre)
        | proof(theatre)
        | {"crms": crms}
        | {"in_sync": every and all(one["in_sync"] for one in crms.values())}
    )


def _of_crm(theatre: Theatre, name: str) -> dict[str, object]:
    """Return what one CRM was asked, by its own log, and whether it agrees."""
    traffic = theatre.controls[name].traffic()
    agreement = compare(theatre.app, theatre.connected(name))
    return traffic | {
        "compared": agreement.compared,
        "differences": [asdict(one) for one in agreement.differences],
        "in_sync": agreement.in_sync,
    }


def _carried(theatre: Theatre) -> int:
    """Return how many records have an object in some CRM."""
    found: set[str | None] = set()
    for name in theatre.controls:
        after = ("", "")
        while True:
            with theatre.app.store.read() as view:
                links = view.links.all(name, after=after, limit=_PAGE)
            if not links:
                break
            after = (links[-1].object, links[-1].external_id)
            found |= {
                link.record_id for link in links if link.status is LinkStatus.ACTIVE
            }
    return len(found)


def _over_time(theatre: Theatre) -> dict[str, object]:
    """Count what time, people and messages did, by history, approvals and chat."""
    with theatre.app.store.read() as view:
        counts = view.history.counts()
        entries = view.history.recent(_ALL)
        asked = view.approvals.listing(pending_only=False, limit=_ALL)
    told: dict[str, object] = {
        str(kind): sum(number for (_, one, _), number in counts.items() if one == kind)
        for kind in _TOLD
    }
    return told | {
        "woken": sum(is_waking(theatre.app.lifecycle, one) for one in entries),
        "approvals": sum(one.state is ApprovalState.APPROVED for one in asked),
        "messages": len(theatre.chat.messages),
    }


def _handed_off(theatre: Theatre) -> dict[str, object]:
    """Count the leads that carry the mark of a creation of ours."""
    sales = theatre.controls.get(AMOCRM)
    if sales is None:
        return {}
    marks = sales.values_of(_MARK)
    return {"handed_off": len(set(marks)), "made_twice": len(marks) - len(set(marks))}


def print_report(story: Story) -> None:
    """Print the figures, some real explanations, and how to look further."""
    data = figures(story.theatre)
    click.echo("\nWhat happened")
    crms = data.pop("crms")
    for name, value in data.items():
        click.echo(f"  {name.replace('_', ' ')}: {_shown(value)}")
    if isinstance(crms, dict):
        for name, crm in crms.items():
            _print_crm(name, crm)
    click.echo("\nHow far leads came")
    for line in funnel_lines(story.theatre):
        click.echo(f"  {clean(line)}")
    _print_chat(story.theatre.chat.messages)
    click.echo("\nWhy (+ met, - not met, ? nothing known, ! cannot be read)")
    for told in story.told:
        click.echo(f"\nA lead that {told.title} ({told.record_id[:12]})")
        for line in told.lines:
            click.echo(f"  {clean(line)}")
    _print_commands(story)


def _print_chat(messages: Sequence[str]) -> None:
    for text in messages[-1:]:
        click.echo("\nThe last message in the chat")
        click.echo(f"  {clean_lines(text)}")


def _print_crm(name: str, figures: Mapping[str, object]) -> None:
    click.echo(f"\nWhat {name} saw, by its own log")
    for what, value in figures.items():
        if not isinstance(value, list):
            click.echo(f"  {what.replace('_', ' ')}: {_shown(value)}")
    differing = figures["differences"]
    for difference in differing if isinstance(differing, list) else []:
        click.echo(f"  differs: {clean(difference)}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    return str(value)


def _print_commands(story: Story) -> None:
    settings, crms = story.theatre.settings_file, story.theatre.controls
    some = story.told[0].record_id[:12]
    both = story.told[-1].record_id[:12]
    click.echo(f"\nLook further, after: export LEADSTATE_SETTINGS={settings}")
    for command in (
        "status",
        "sla",
        "people",
        "approvals list --all",
        "record list --stage sql",
        "record list --when 'score.fit >= 40 and budget is unknown'",
        f"record explain {some}",
        f"record history {some}",
        *([f"record history {both}", "conflicts list"] if AMOCRM in crms else []),
        "dead-letters list --all",
        "report responsibility",
        "report reasons",
        "audit verify",
        f"workflow explain {settings.parent}/workflows/b2b_lifecycle.yaml",
    ):
        click.echo(f"  {_program()} {command}")


def _program() -> str:
    """Return how a person calls leadstate here; a virtual environment may be hidden."""
    if shutil.which("leadstate"):
        return "leadstate"
    own = Path(sys.executable).parent / "leadstate"
    here = Path.cwd()
    return str(own.relative_to(here) if own.is_relative_to(here) else own)
