"""Checkpoints are made in time, and copies of them are kept elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.errors import UsageError
from leadstate.service.audit.checkpointing import (
    CHECKPOINT_EVERY,
    CHECKPOINT_ROWS,
    append_line,
    checkpoint_when_due,
    make_checkpoint,
    signing_key_of,
)
from leadstate.service.audit.kept import kept_in
from leadstate.service.audit.proving import audit
from leadstate.service.audit.standing import standing
from leadstate.store.checkpoints import line_of, public_key

if TYPE_CHECKING:
    from pathlib import Path

    from doubles import Desk

    from leadstate.service.app import App


def grow(desk: Desk, rows: int = 1) -> None:
    """Let the history get longer."""
    now = desk.clock.now()
    one = HistoryEntry(
        record_id="",
        kind=HistoryKind.CONFIGURED,
        cause=Cause.MANUAL,
        actor="ann",
        happened_at=now,
        learnt_at=now,
        from_stage=None,
        to_stage=None,
    )
    with desk.app.store.begin() as work:
        work.history.append([one] * rows)
        work.commit()


def numbers(app: App) -> list[int]:
    """Return the numbers of the checkpoints that were made."""
    with app.store.read() as view:
        return [one.number for one in view.checkpoints.after(0)]


def test_a_checkpoint_is_due_after_an_hour_or_many_rows(desk: Desk) -> None:
    """The first row is enough for the first; nothing new is enough for none."""
    assert not checkpoint_when_due(desk.app)
    grow(desk)
    assert checkpoint_when_due(desk.app)
    desk.clock.advance(CHECKPOINT_EVERY)
    assert not checkpoint_when_due(desk.app)

    grow(desk)
    assert checkpoint_when_due(desk.app)
    grow(desk, CHECKPOINT_ROWS - 1)
    assert not checkpoint_when_due(desk.app)
    grow(desk)
    assert checkpoint_when_due(desk.app)
    assert [1, 2, 3] == numbers(desk.app)


def test_the_history_stands_late_when_no_checkpoint_comes(desk: Desk) -> None:
    """What `status` and `doctor` say: rows that nothing covers, for too long."""
    grow(desk, 2)
    make_checkpoint(desk.app)
    grow(desk)

    def now() -> tuple[int, int, bool]:
        with desk.app.store.read() as view:
            found = standing(view, desk.clock.now())
        return found.rows, found.younger, found.late

    assert (3, 1, False) == now()
    desk.clock.advance(CHECKPOINT_EVERY + timedelta(hours=2))
    assert (3, 1, True) == now()


def test_copies_are_added_to_a_file_elsewhere(desk: Desk, tmp_path: Path) -> None:
    """Also those from before the file was named; each once, one a line."""
    grow(desk)
    first = make_checkpoint(desk.app)
    app = replace(desk.app, checkpoints=tmp_path / "kept.jsonl")

    checkpoint_when_due(app)
    second = make_checkpoint(app)
    checkpoint_when_due(app)

    lines = (tmp_path / "kept.jsonl").read_text("ascii").splitlines()
    assert [line_of(first), line_of(second)] == lines


@pytest.mark.parametrize("there", ["", "half", "all but the end", "else"])
def test_a_line_that_was_written_half_is_completed(
    desk: Desk, tmp_path: Path, there: str
) -> None:
    """A crash or a full disk leaves no line that nobody can read."""
    file = tmp_path / "kept.jsonl"
    grow(desk)
    line = line_of(make_checkpoint(desk.app))
    begun = {"": "", "half": line[:100], "all but the end": line, "else": "else"}
    file.write_text(f"{line}\n{begun[there]}", "ascii")

    checkpoint_when_due(replace(desk.app, checkpoints=file))

    more = ["else"] if there == "else" else []
    assert [line, *more, line] == file.read_text("ascii").splitlines()


def test_what_cannot_be_kept_elsewhere_is_logged_and_tried_again(
    desk: Desk, tmp_path: Path
) -> None:
    """The checkpoint is made all the same; work does not stop for it."""
    folder = tmp_path / "usb"
    app = replace(desk.app, checkpoints=folder / "kept.jsonl")
    grow(desk)

    with capture_logs() as logs:
        assert checkpoint_when_due(app)
    folder.mkdir()
    checkpoint_when_due(app)

    assert [("checkpoints.not_kept", 1)] == [
        (one["event"], one["waiting"]) for one in logs
    ]
    assert 1 == len(list(kept_in(folder / "kept.jsonl")))
    with pytest.raises(UsageError, match="cannot be written"):
        append_line(tmp_path / "none" / "kept.jsonl", "{}")


def test_the_key_of_the_settings_signs_before_that_of_the_database(
    desk: Desk,
) -> None:
    """Who changes the key names the old one to verify what it signed."""
    grow(desk)
    old = signing_key_of(desk.app)
    make_checkpoint(desk.app)
    app = replace(desk.app, signing_key=b"k" * 32)
    make_checkpoint(app)

    assert old == signing_key_of(desk.app)
    assert public_key(b"k" * 32) == signing_key_of(app)
    assert [f"it is signed with {old[:16]}..., no key that is known here"] == [
        one.text for one in audit(app).faults
    ]
    assert 0 == audit(app, keys=[old]).total


def test_kept_checkpoints_are_read_from_a_folder_too(
    desk: Desk, tmp_path: Path
) -> None:
    """Every file of lines; what is no checkpoint is named with its line."""
    grow(desk)
    line = line_of(make_checkpoint(desk.app))
    said = json.loads(line)
    (tmp_path / "a.jsonl").write_text(f"{line}\n\n", "ascii")
    wrong = ["nonsense", "[]", "{}", json.dumps(said | {"number": "1"})]
    wrong += [json.dumps(said | {"more": 1}), json.dumps(said | {"key": None})]
    (tmp_path / "b.json").write_text("\n".join(wrong), "ascii")
    (tmp_path / "c.pdf").write_text("not looked at", "ascii")

    found = audit(desk.app, kept=tmp_path)

    assert 1 + len(wrong) == found.proof.kept
    assert [f"b.json:{n} holds no checkpoint" for n in range(1, 7)] == [
        one.text for one in found.faults
    ]


def test_a_folder_without_checkpoints_is_told(tmp_path: Path) -> None:
    """And a file that cannot be read."""
    with pytest.raises(UsageError, match="has no file of checkpoints"):
        list(kept_in(tmp_path))
    with pytest.raises(UsageError, match="cannot be read"):
        list(kept_in(tmp_path / "none"))


def test_what_is_derived_from_the_history_is_compared_with_it(desk: Desk) -> None:
    """Stages and visits that somebody changed; with `chain_only` they are left out."""
    desk.take_in("1")
    desk.settle()
    assert 0 == audit(desk.app).total
    with desk.app.store.begin() as work:
        run = work.connection.exec_driver_sql
        run("UPDATE record SET stage = 'won'")
        run("UPDATE visit SET stage = 'won', entered_at = 7")
        work.commit()

    found = audit(desk.app)

    assert {"database", "visit"} == {one.part for one in found.faults}
    assert 0 == audit(desk.app, chain_only=True).total
    assert audit(desk.app, chain_only=True).derived is None


def test_refused_moves_are_in_the_chain(desk: Desk) -> None:
    """A refusal that somebody takes out of the history is missed."""
    desk.take_in("1")
    desk.settle()
    desk.move("1", "accept", "sales")
    desk.settle()
    assert "refused" in desk.kinds("1")

    with desk.app.store.begin() as work:
        run = work.connection.exec_driver_sql
        run("DROP TRIGGER history_refuses_delete")
        run("PRAGMA foreign_keys = OFF")
        run(
            "DELETE FROM detail WHERE history_id IN "
            "(SELECT id FROM history WHERE kind = 'refused')"
        )
        run("DELETE FROM history WHERE kind = 'refused'")
        work.commit()

    assert {"place", "head"} & {one.part for one in audit(desk.app).proof.faults}
