"""Texts of actions: filled in as plain text, never run, readable whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow_text
from leadstate.domain.action import TEMPLATE_NAMES
from leadstate.domain.record import Record
from leadstate.domain.values import Unparsable
from leadstate.engine.decide import examine
from leadstate.engine.templates import LONGEST_VALUE, render, template_values

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value

NOW = datetime(2026, 7, 10, 12, 0, tzinfo=UTC)
WORKFLOW = """
workflow: demo
timezone: Europe/Berlin
fields:
  person: {type: owner, label: Owner}
  size: integer
  budget: money
  role: {type: choice, options: [owner, manager]}
  hot: boolean
  tags: tags
  due_on: date
  seen_at: datetime
criteria:
  large: {label: Large enough, when: size >= 50}
stages:
  lead: {label: New lead, initial: true}
  mql: {kind: won}
  gone: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, when: {all: [large, budget >= 10]}}
  rush: {from: lead, to: mql, when: large}
  drop: {from: lead, to: gone}
"""


@pytest.fixture(name="lifecycle", scope="module")
def _lifecycle() -> Lifecycle:
    return load_workflow_text(WORKFLOW)


def record(**values: Value) -> Record:
    """Return a new lead with these values."""
    return Record(id="r-1", stage="lead", pass_number=2, values=values)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Call {who}", "Call Ada"),
        ("{who}{who}", "AdaAda"),
        ("{{who}}", "{who}"),
        ("{{{who}}}", "{Ada}"),
        ("{whom} is unknown", "{whom} is unknown"),
        (
            "{Who} {} { {who!r} {who.x} {0} {who[0]}",
            "{Who} {} { {who!r} {who.x} {0} {who[0]}",
        ),
        ("a lone } and {", "a lone } and {"),
        ("two\nlines of {who}", "two\nlines of Ada"),
        ("{trick}", "{who}"),
        ("", ""),
    ],
)
def test_a_text_is_filled_in_and_never_run(text: str, shown: str) -> None:
    """Bare names alone; anything else stays as it stands, and values are not read."""
    assert shown == render(text, {"who": "Ada", "trick": "{who}"})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("first\r\nBcc: all@example.com", "first Bcc: all@example.com"),
        ("a\x00b\x1b[31mred", "a b [31mred"),
        ("line\u2028break", "line break"),
        ("\u202egnp.exe", "gnp.exe"),
        ("half \ud83d", "half"),
        ("a\u200db", "a\u200db"),
        ("Ольга 👩\u200d💻", "Ольга 👩\u200d💻"),
        ("x" * LONGEST_VALUE, "x" * LONGEST_VALUE),
        ("x" * 501, "x" * 499 + "…"),
        ("é\n" * 9_000, "é " * 249 + "é…"),
    ],
    ids=[
        "line break",
        "control",
        "separator",
        "turned",
        "surrogate",
        "joiner",
        "letters",
        "longest",
        "too long",
        "too long and broken",
    ],
)
def test_a_value_is_plain_text_of_one_line(value: str, shown: str) -> None:
    """What a stranger typed can neither lay out the message nor flood it."""
    assert f"<{shown}>" == render("<{it}>", {"it": value})


def test_every_value_is_readable(lifecycle: Lifecycle) -> None:
    """Numbers without tails, words for flags, moments in the time zone of the team."""
    values = template_values(
        lifecycle,
        record(
            person="olena",
            size=80,
            budget=25_000.0,
            role="owner",
            hot=True,
            tags=frozenset({"b", "a"}),
            due_on=date(2026, 12, 24),
            seen_at=NOW,
        ),
    )

    assert {
        "person": "olena",
        "size": "80",
        "budget": "25000",
        "role": "owner",
        "hot": "true",
        "tags": "a, b",
        "due_on": "2026-12-24",
        "seen_at": "2026-07-10 14:00 Europe/Berlin",
        "owner": "olena",
    } == {name: values[name] for name in (*lifecycle.fields, "owner")}


def test_a_value_that_is_missing_or_unreadable_does_no_harm(
    lifecycle: Lifecycle,
) -> None:
    """Nothing is said about what nobody knows; what cannot be read is shown."""
    values = template_values(lifecycle, record(size=Unparsable("many")))

    assert ("", "many", "") == (values["budget"], values["size"], values["owner"])


def test_a_moment_at_the_end_of_time_is_shown(lifecycle: Lifecycle) -> None:
    """The zone would lead beyond the last day that there is."""
    last = datetime.max.replace(tzinfo=UTC)

    assert (
        "9999-12-31T23:59:59.999999+00:00"
        == template_values(lifecycle, record(seen_at=last))["seen_at"]
    )


def test_the_names_are_those_that_the_workflow_check_knows(
    lifecycle: Lifecycle,
) -> None:
    """Nothing that the check lets through is left unfilled, and nothing is hidden."""
    names = set(template_values(lifecycle, record()))

    assert TEMPLATE_NAMES | set(lifecycle.fields) == names


def test_the_circumstances_have_names(lifecycle: Lifecycle) -> None:
    """What happened, to whom, by whom, and until when."""
    named = replace(lifecycle, reasons={"price": "Too expensive"})

    values = template_values(
        named,
        record(),
        sla="accept",
        due=NOW,
        actor="olena",
        reason="price",
        transition="qualify",
        from_stage="gone",
    )

    assert {
        "record": "r-1",
        "stage": "lead",
        "stage_label": "New lead",
        "pass": "2",
        "sla": "accept",
        "due": "2026-07-10 14:00 Europe/Berlin",
        "actor": "olena",
        "reason": "Too expensive",
        "transition": "qualify",
        "from_stage": "gone",
        "missing": "nothing",
        "owner": "",
    } == {name: values[name] for name in TEMPLATE_NAMES}


def test_what_the_record_remembers_fills_the_gaps(lifecycle: Lifecycle) -> None:
    """Where it came from and by what; a reason without a label stays itself."""
    came = replace(record(), came_from="gone", entered_via="drop", stage="elsewhere")

    values = template_values(lifecycle, came, reason="budget cut")

    assert ("gone", "drop", "elsewhere", "budget cut") == (
        values["from_stage"],
        values["transition"],
        values["stage_label"],
        values["reason"],
    )


def test_what_is_missing_is_told_once(lifecycle: Lifecycle) -> None:
    """Over all transitions that leave the stage, in the words of the workflow."""
    lead = record(budget=5.0)

    values = template_values(
        lifecycle, lead, receipts=examine(lifecycle, lead, now=NOW)
    )

    assert "Large enough; Budget >= 10: is 5" == values["missing"]


def test_a_field_goes_before_a_built_in_name() -> None:
    """A workflow that has a field `reason` means its own."""
    own = load_workflow_text(
        WORKFLOW.replace("size: integer", "size: integer\n  reason: text")
    )

    assert "ours" == template_values(own, record(reason="ours"), reason="x")["reason"]
