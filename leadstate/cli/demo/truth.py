"""The record of truth, at the end of the demo: the funnel, and a history that proves
itself, also against somebody who changes one row of a copy.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from leadstate.service.audit.checkpointing import make_checkpoint
from leadstate.service.audit.proving import audit
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.scope import Scope
from leadstate.store.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.cli.demo.theatre import Theatre
    from leadstate.store.verifying import Proof

__all__ = ["funnel_lines", "proof"]

_FORGERY = """
    UPDATE history SET actor = 'nobody'
    WHERE seq = (SELECT max(seq) / 2 FROM history)
    """


def proof(theatre: Theatre) -> dict[str, object]:
    """Sign the history as it stands; return what is proven of it, and of a forged copy."""
    make_checkpoint(theatre.app)
    found = audit(theatre.app)
    forged = _forged(theatre)
    where = forged.faults[0].text if forged.faults else ""
    return {
        "history_rows": found.proof.rows,
        "history_faults": found.total,
        "forgery_found": where,
    }


def _forged(theatre: Theatre) -> Proof:
    """Change one row of a copy, as somebody could who has the file; verify it."""
    database = theatre.folder / "leadstate.db"
    with (
        TemporaryDirectory(prefix="leadstate-") as folder,
        closing(sqlite3.connect(database)) as real,
        closing(sqlite3.connect(Path(folder) / "copy.db")) as copy,
    ):
        real.backup(copy)
        copy.execute("DROP TRIGGER history_refuses_update")
        copy.execute(_FORGERY)
        copy.commit()
        return verify(copy, keys=())


def funnel_lines(theatre: Theatre) -> Iterator[str]:
    """Yield how many leads came how far, one step a line."""
    app = theatre.app
    with app.store.read() as view:
        found = funnel(view, app.lifecycle, Scope(), app.clock.now())
    for step in found.total.steps:
        part = step.from_start.share
        told = "" if part is None else f"  {part:.0%} of those that began"
        yield f"{step.label}: {step.reached}{told}"
