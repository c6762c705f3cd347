"""The record of truth, at the end of the demo: the funnel, and a history that proves
itself, also against somebody who changes one row of a copy.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from leadstate.service.audit.checkpointing import make_checkpoint
from leadstate.service.audit.proving import audit
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.scope import Scope
from leadstate.store import open_store
from leadstate.store.sqlite.forging import forge
from leadstate.store.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.cli.demo.theatre import Theatre
    from leadstate.store.verifying import Proof

__all__ = ["funnel_lines", "proof"]


def proof(theatre: Theatre) -> dict[str, object]:
    """Sign the history; return what is proven of it, and what of a forged copy."""
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
    with TemporaryDirectory(prefix="leadstate-") as folder:
        copy = Path(folder) / "copy.db"
        theatre.app.store.copy_to(copy)
        forge(copy)
        store = open_store(f"sqlite:///{copy}")
        with store.read() as view:
            found = verify(view.raw, keys=())
        store.close()
    return found


def funnel_lines(theatre: Theatre) -> Iterator[str]:
    """Yield how many leads came how far, one step a line."""
    app = theatre.app
    with app.store.read() as view:
        found = funnel(view, app.lifecycle, Scope(), app.clock.now())
    for step in found.total.steps:
        part = step.from_start.share
        told = "" if part is None else f"  {part:.0%} of those that began"
        yield f"{step.label}: {step.reached}{told}"
