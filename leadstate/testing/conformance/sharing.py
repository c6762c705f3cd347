"""Promises for several threads: an adapter is shared."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

from leadstate.adapters import Applied, RemoteObject, Write
from leadstate.testing.conformance.base import Promises, living, word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadstate.adapters import Adapter
    from leadstate.testing.rig import Rig

__all__ = ["Sharing"]

_THREADS = 8
_ROUNDS = 3
_Seen = TypeVar("_Seen")


class Sharing(Promises):
    """Eight threads at once, each with an object of its own and one in common."""

    def test_threads_write_and_read_without_mixing_their_objects(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Each reads what it wrote, and the CRM has changed once for each write."""
        name, ids = rig.playground.text, [living(rig) for _ in range(_THREADS)]
        before, start = rig.writes(), Barrier(_THREADS)

        def work(one: str) -> list[tuple[str, str | None]]:
            start.wait()
            seen = []
            for _ in range(_ROUNDS):
                text = word()
                (done,) = adapter.write(
                    [Write(token=text, id=one, properties={name: text})]
                )
                assert isinstance(done, Applied)
                assert text == done.token
                (found,) = adapter.read([one])
                assert isinstance(found, RemoteObject)
                assert one == found.id
                seen.append((text, found.properties[name]))
            return seen

        seen = _in_threads(work, ids)

        assert all(wrote == read for one in seen for wrote, read in one)
        assert before + _THREADS * _ROUNDS == rig.writes()

    def test_threads_read_the_same_objects(self, rig: Rig, adapter: Adapter) -> None:
        """Every thread has an answer for every id."""
        ids, start = [living(rig) for _ in range(5)], Barrier(_THREADS)

        def work(_: str) -> list[str]:
            start.wait()
            return sorted(one.id for one in adapter.read(ids))

        seen = _in_threads(work, [str(number) for number in range(_THREADS)])

        assert [sorted(ids)] * _THREADS == seen


def _in_threads(work: Callable[[str], _Seen], given: Sequence[str]) -> list[_Seen]:
    """Return what each thread returns; the first error of any is raised."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, given))
