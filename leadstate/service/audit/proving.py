"""Prove the history: its chain, its checkpoints, and what is derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leadstate.service.audit.checkpointing import known_key
from leadstate.service.audit.kept import kept_in
from leadstate.store.nonsense import NONSENSE, why
from leadstate.store.verifying import ChainFault, Part, verify
from leadstate.store.verifying.raw import UnreadableDatabase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.store import View
    from leadstate.store.verifying import Proof

__all__ = ["Audit", "audit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was proven, and what was not.

    Attributes:
        proof: What following the chain found.
        derived: What the records, visits and tables say otherwise than the history;
            None when it was not looked at.
        keys: The public keys that checkpoints may be signed with.
        new_rows: Rows that no true checkpoint covers yet.
    """

    proof: Proof
    derived: tuple[ChainFault, ...] | None
    keys: tuple[str, ...]

    @property
    def faults(self) -> tuple[ChainFault, ...]:
        """Everything that was found, the chain's faults first."""
        return (*self.proof.faults, *(self.derived or ()))

    @property
    def total(self) -> int:
        """How many faults there are, those that are not listed too."""
        return self.proof.total + len(self.derived or ())

    @property
    def new_rows(self) -> int:
        """How many rows are younger than the last true checkpoint."""
        covered = self.proof.last.rows if self.proof.last else 0
        return max(0, self.proof.rows - covered)


def audit(
    *apps: App,
    kept: Path | None = None,
    keys: Collection[str] = (),
    chain_only: bool = False,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> Audit:
    """Prove everything in one snapshot of the database; change nothing.

    The history is one chain, whose ever its rows are.

    Args:
        apps: The workflows at work in the installation, one at least.  The visits of
            other workflows' records are not compared: nobody knows their stages.
        kept: A file or folder of checkpoints that were kept elsewhere.
        keys: Public keys to trust besides the installation's own: older ones.
        chain_only: Leave out what is derived from the history.
        on_progress: Is told now and then how many rows were followed.
    """
    lines = () if kept is None else tuple(kept_in(kept))
    with apps[0].store.whole.read() as view:
        own = known_key(apps[0], view)
        trusted = tuple(dict.fromkeys([*([own] if own else []), *keys]))
        proof = verify(view.raw, keys=trusted, kept=lines, on_progress=on_progress)
        derived = None if chain_only else tuple(_derived(apps, view))
    return Audit(proof=proof, derived=derived, keys=trusted)


def _derived(apps: Sequence[App], view: View) -> Iterator[ChainFault]:
    yield from _unless_unreadable(Part.DATABASE, apps[0].store.integrity)
    for app in apps:
        comparing = partial(
            view.of(app.name).visits.differences, resting=app.lifecycle.resting_stages
        )
        yield from _unless_unreadable(Part.VISIT, comparing)


def _unless_unreadable(
    part: Part, look: Callable[[], Sequence[str]]
) -> Iterator[ChainFault]:
    """Yield what is found; what somebody wrote into a key may end the looking."""
    try:
        found = look()
    except (*NONSENSE, UnreadableDatabase) as error:
        found = [f"the tables cannot be read further: {why(error)}"]
    for sentence in found:
        yield ChainFault(part=part, text=sentence)
