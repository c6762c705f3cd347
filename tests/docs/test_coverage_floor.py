"""The floor under coverage says what is short of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.coverage_floor import COMPLETE, File, main, shortfalls

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def complete() -> list[File]:
    """Return a measurement in which everything ran."""
    return [
        File(name=f"{folder}/a.py", possible=10, run=10, missing="")
        for folder in COMPLETE
    ]


def test_full_coverage_is_enough() -> None:
    """Nothing is reported when everything ran."""
    assert [] == shortfalls(complete())


def test_a_line_of_a_pure_layer_that_never_ran_is_named() -> None:
    """With its file and its place, however good the whole is."""
    short = File(name="leadstate/guards/b.py", possible=1000, run=999, missing="7->9")

    [line] = shortfalls([*complete(), short])

    assert "leadstate/guards/b.py: 99.9 %, 100 % wanted; never run: 7->9" == line


def test_the_whole_may_lack_a_twentieth() -> None:
    """Other layers share a floor of 95 %."""
    rest = File(name="leadstate/cli/run.py", possible=960, run=912, missing="1")

    assert [] == shortfalls([*complete(), rest])
    assert "the whole: 94." in shortfalls([*complete(), rest._replace(run=900)])[0]


def test_a_pure_layer_that_was_not_measured_is_reported() -> None:
    """An empty measurement is no good measurement."""
    assert len(COMPLETE) == len(shortfalls([]))


def test_a_missing_measurement_is_told_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command to run first stands in the message."""
    assert 1 == main(tmp_path / "nothing")
    assert "Run first: pytest --cov" in capsys.readouterr().err
