"""The front page: its explanation is the product's own, its commands are there."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from leadstate.cli.record.explain import _print_receipt
from leadstate.definition.workflow import load_workflow
from leadstate.domain.record import Record
from leadstate.engine.decide import examine
from scripts.generated_pages import ROOT

if TYPE_CHECKING:
    import pytest

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LEAD = Record(
    id="a lead",
    stage="sal",
    values={
        "budget": 8000.0,
        "job_role": "director",
        "decision_date": date(2026, 5, 4),
    },
)


def explain(transition: str) -> None:
    """Print what the command line says about a transition of the lead."""
    lifecycle = load_workflow(ROOT / "workflows" / "b2b_lifecycle.yaml")
    for receipt in examine(lifecycle, LEAD, now=NOW):
        if receipt.transition == transition:
            _print_receipt(receipt, lifecycle.transitions[transition])


def test_the_explanation_on_the_front_page_is_what_the_product_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Line by line, for the shipped workflow and a lead with half of BANT."""
    shown = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)

    explain("confirm")

    assert [capsys.readouterr().out] == shown


def test_every_make_target_that_is_shown_exists() -> None:
    """What a newcomer types first works."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pages = [TEXT, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")]
    typed = r"(?:^|`)make (\w+)"
    shown = {name for page in pages for name in re.findall(typed, page, re.MULTILINE)}

    assert {"demo", "test"} <= shown
    assert [] == [
        name for name in shown if not re.search(rf"^{name}:", makefile, re.MULTILINE)
    ]


def test_the_front_page_fits_a_screen_or_two() -> None:
    """Who wants more follows a link."""
    assert len(TEXT.splitlines()) <= 110
