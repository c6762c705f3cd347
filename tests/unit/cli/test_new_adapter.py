"""`leadstate new-adapter`: a complete package, and nothing overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Said


def test_every_file_that_is_written_is_named(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """The package, its tests, and what to do next."""
    folder = tmp_path / "mine"

    said = ask("new-adapter", "pipe_works", "--folder", str(folder))

    there = {str(one) for one in folder.rglob("*") if one.is_file()}
    named = {line.split(" ", 1)[1] for line in said.out.split("\n\n")[0].splitlines()}
    assert there == named
    package, tests = folder / "leadstate_pipe_works", folder / "tests"
    assert (package / "adapter.py").exists()
    assert (package / "py.typed").exists()
    assert (tests / "conformance" / "test_conformance.py").exists()
    assert "leadstate adapters check pipe_works --conformance" in said.out


def test_the_usual_folder_is_the_name_of_the_distribution(
    ask: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the current folder."""
    monkeypatch.chdir(tmp_path)

    ask("new-adapter", "pipe_works")

    assert [tmp_path / "leadstate-pipe-works"] == list(tmp_path.iterdir())


def test_existing_files_are_never_overwritten(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """Not even a file that the package does not have."""
    mine = tmp_path / "notes.txt"
    mine.write_text("mine", encoding="utf-8")

    said = ask("new-adapter", "acme", "--folder", str(tmp_path))

    assert 1 == said.code
    assert f"nothing was written, because {tmp_path} exists" in said.error
    assert [mine] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Pipe-Works", "pipe_works"),
        ("leadstate-acme", "acme"),
        ("7shifts", "shifts"),
        ("acme.crm", "acme_crm"),
        ("a__b", "a_b"),
        ("acme/../../etc", "acme_etc"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_nearest(
    ask: Callable[..., Said], tmp_path: Path, name: str, meant: str
) -> None:
    """The rule in words, and what was probably meant."""
    folder = tmp_path / "new"

    said = ask("new-adapter", name, "--folder", str(folder))

    assert 1 == said.code
    assert "2 to 30 characters" in said.error
    assert f"Did you mean {meant!r}?" in said.error
    assert not folder.exists()


@pytest.mark.parametrize("name", ["x", "_", "ü", "a" * 31, ""], ids=range(5))
def test_a_name_without_a_near_one_gets_no_guess(
    ask: Callable[..., Said], tmp_path: Path, name: str
) -> None:
    """The rule alone, or the beginning of a name that is too long."""
    said = ask("new-adapter", name, "--folder", str(tmp_path / "new"))

    assert 1 == said.code
    assert "2 to 30 characters" in said.error
    assert ("Did you mean" in said.error) is (len(name) > 30)


@pytest.mark.parametrize("name", ["hubspot", "sandbox"])
def test_a_name_that_is_taken_is_refused(
    ask: Callable[..., Said], tmp_path: Path, name: str
) -> None:
    """An installed plugin, or a word that means something else here."""
    said = ask("new-adapter", name, "--folder", str(tmp_path / "new"))

    assert 1 == said.code
    assert repr(name) in said.error
    assert not (tmp_path / "new").exists()


def test_no_word_of_the_template_is_left(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """The toy's name is gone from every file and every path."""
    folder = tmp_path / "new"
    ask("new-adapter", "pipe_works", "--folder", str(folder))

    for path in folder.rglob("*"):
        assert "tiny" not in path.as_posix().removeprefix(str(tmp_path)).lower()
        assert path.suffix != ".txt"
        if path.is_file():
            text = path.read_text(encoding="utf-8").lower()
            assert "tinycrm" not in text
            assert "tiny crm" not in text


def test_a_folder_that_cannot_be_written_is_told(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """With its reason, not with a traceback."""
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")

    said = ask("new-adapter", "acme", "--folder", str(file / "below"))

    assert 1 == said.code
    assert "cannot be written" in said.error
