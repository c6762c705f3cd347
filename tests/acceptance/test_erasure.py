"""A person passes through real processes and two CRMs, and is forgotten everywhere."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from traces import traces

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Pair

EMAIL = "planted.address@secret-4711.example"
PLANTED = (
    EMAIL,
    "planted-need-telescopes",
    "planted-later-need-microscopes",
    "planted-need-of-sales-periscopes",
    "planted-note-of-a-person",
)


def left(world: Pair, *more: Path) -> dict[str, list[str]]:
    """Return what is left of the person, in the database and in what was printed."""
    files = [*world.folder.glob("leadstate.db*"), *world.folder.glob("*.log"), *more]
    return traces(PLANTED, files)


def test_a_person_is_forgotten_while_the_service_runs(both: Pair) -> None:
    """Neither the database, its log, a later backup, exports nor logs hold a value."""
    contact = both.qualified()
    both.edit(contact, email=EMAIL, need=PLANTED[1])
    service = both.serve(LEADSTATE_VERBOSE="1")
    both.until(lambda: both.kinds(contact), "taken in")
    both.drag(contact, "sal")
    lead = both.lead_of(contact)
    both.edit(contact, need=PLANTED[2])
    both.settle()
    both.sales.edit(lead, cf_NEED=PLANTED[3])
    both.settle()
    words = ["record", "set", contact, "need", PLANTED[2], "--note", PLANTED[4]]
    both.call(*words)
    both.settle()
    early = both.folder / "early-backup.db"
    both.call("backup", str(early))
    sealed = {PLANTED[4]}  # a note lies as noise from the beginning
    assert set(PLANTED) - sealed <= set(left(both))
    for number, one in enumerate(both.services):
        if one is not service:  # what people asked a command to print is theirs
            (both.folder / f"process-{number}.log").unlink(missing_ok=True)

    both.call("erase", "--object", f"hubspot:{contact}", "--yes")
    both.edit(contact, need=PLANTED[1] + " again")
    both.sales.edit(lead, cf_NEED=PLANTED[3] + " again")
    both.settle()
    assert 0 == service.kill(signal.SIGTERM), service.said
    both.call("run", "--once")
    late, out = both.folder / "late-backup.db", both.folder / "export"
    both.call("backup", str(late))
    out.mkdir()
    for what in ("history", "records", "field-changes"):
        file = out / f"{what}.csv"
        both.call("export", what, "--personal", "--output", str(file))

    assert {} == left(both, late, *out.iterdir())
    assert "erased" == both.kinds(contact)[-1]
    assert "proven" in both.call("restore", str(early), "--yes")
    assert {} == left(both)
    assert [] == both.data("status", "--check")["faults"]
