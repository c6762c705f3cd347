"""`leadstate report pack` and `--chart`: files for a review."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pytest

from leadstate.clock import SystemClock

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Floor


def test_a_pack_names_its_files(floor: Floor) -> None:
    """The text first; each is there."""
    now = SystemClock().now().astimezone(UTC)
    quarter = f"{now.year}Q{(now.month + 2) // 3}"
    folder = floor.folder / "review"
    said = floor.ask("report", "pack", "--quarter", quarter, "-o", str(folder))

    assert 0 == said.code
    names = [line.rsplit("/", 1)[-1] for line in said.out.split()]
    assert "README.md" == names[0]
    assert set(names) == {one.name for one in folder.iterdir()}


def test_a_quarter_is_written_in_one_way(floor: Floor) -> None:
    """The message shows which."""
    said = floor.ask("report", "pack", "--quarter", "3/2026", "-o", "x")

    assert 1 == said.code
    assert "is no quarter; write it like 2026Q3" in said.error


@pytest.mark.parametrize(
    "report", ["funnel", "stages", "flow", "sla", "responsibility"]
)
def test_a_report_can_be_drawn(floor: Floor, report: str) -> None:
    """Beside what it prints."""
    path = floor.folder / "out.svg"
    said = floor.ask("report", report, "--chart", str(path))

    assert 0 == said.code
    assert said.out
    assert path.read_text(encoding="utf-8").startswith("<svg")
