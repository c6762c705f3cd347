"""Commands that only read wait for no lock and need no file that can be written."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Office

READING = pytest.mark.parametrize(
    "words",
    ["status", "record list", "report funnel", "report sla", "audit verify"],
)


@READING
def test_it_answers_while_another_process_writes(office: Office, words: str) -> None:
    """The lock is never asked for."""
    before = office.ask(*words.split()).code

    with closing(sqlite3.connect(office.folder / "leadstate.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        said = office.ask(*words.split())

    assert (before, said.error) == (said.code, "")


@READING
def test_it_answers_from_a_read_only_folder(
    office: Office, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a mount that nobody can write."""
    before = office.ask(*words.split()).code
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda file, mode: mode != os.W_OK and may(file, mode)
    )

    assert before == office.ask(*words.split()).code
