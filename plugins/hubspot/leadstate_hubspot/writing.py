"""Put values into HubSpot, read them back, and tell the truth about each record.

A lifecycle stage goes forward only: its direction is read first, and a backward move is
two calls, clear and set ("in a separate request", HubSpot staff,
integrate.hubspot.com/t/1333, seen 2026-11-22; a batch is not processed in order).  A
crash between the two leaves the stage empty; the repetition finds it so and sets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters import Applied, Overtaken, Refused, Write, WriteOutcome
from leadstate.errors import RetryLater, UsageError

from .api import BATCH
from .batching import Batches, Sent
from .lifecycle import PROPERTY, StageOrder
from .reading import chunks, fetch
from .values import same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .api import HubSpotApi
    from .payloads import Record

__all__ = ["Writer"]


class Writer:
    """Writes one kind of object; keeps the order of its stages."""

    def __init__(self, api: HubSpotApi, kind: str) -> None:
        self._api, self._kind = api, kind
        self._order = StageOrder(api, kind)

    def write(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Return one outcome per write, in order."""
        if len({write.id for write in writes}) != len(writes):
            raise UsageError("one call may hold at most one write per object")
        batches = Batches(self._api, self._kind)
        try:
            return _Run(self._api, self._kind, self._order, batches).outcomes(writes)
        except RetryLater as error:
            if error.sent or not batches.applied:
                raise
            # An earlier batch, or the clearing half of a move, has been applied.
            after = error.after_seconds
            raise RetryLater(str(error), after_seconds=after, sent=True) from None


@dataclass(slots=True)
class _Task:
    """One write on its way to an outcome.

    Attributes:
        send: What differs from what HubSpot holds, or all where that was not read.
        held: What HubSpot held before.
    """

    write: Write
    send: Mapping[str, str]
    held: Mapping[str, str | None] = field(default_factory=dict)
    backward: bool = False
    outcome: WriteOutcome | None = None

    def applied(self, at: datetime | None, *, changed: bool = True) -> None:
        self.outcome = Applied(token=self.write.token, changed=changed, updated_at=at)

    def refused(self, message: str) -> None:
        held = {
            name: self.held[name] for name in self.write.properties if name in self.held
        }
        self.outcome = Refused(token=self.write.token, message=message, properties=held)


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of `Writer.write`."""

    api: HubSpotApi
    kind: str
    order: StageOrder
    batches: Batches

    def outcomes(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        tasks = [_Task(write=write, send=write.properties) for write in writes]
        self._read_first([task for task in tasks if self._needs_reading(task)])
        straight = [task for task in _open(tasks) if not task.backward]
        self._settle(straight, self._send(straight), trust=True)
        for chunk in chunks([task for task in _open(tasks) if task.backward], BATCH):
            self._clear_and_set(chunk)
        self._confirm(_open(tasks))
        return [task.outcome for task in tasks if task.outcome is not None]

    def _needs_reading(self, task: _Task) -> bool:
        write = task.write
        moves = self.order.matters and PROPERTY in write.properties
        if moves and write.held is not None and write.fresh and not write.repeated:
            # Whoever moves it in these moments causes an event of their own, and the
            # record is read again; so what the caller has just read is good enough.
            task.held = write.held
            task.backward = self._is_backward(task)
            return False
        stale = write.held is not None and not write.fresh
        return write.repeated or moves or stale or not write.properties

    def _read_first(self, tasks: Sequence[_Task]) -> None:
        """Learn what is there already, and which way the stage would go."""
        for task, record in self._fetch(tasks):
            task.held = record.properties
            wanted = task.write.properties
            task.send = {
                n: v for n, v in wanted.items() if not same(v, task.held.get(n))
            }
            if not task.send:
                task.applied(record.updated_at, changed=False)
            elif self._is_overtaken(task):
                held = {name: task.held.get(name) for name in wanted}
                task.outcome = Overtaken(token=task.write.token, properties=held)
            elif PROPERTY in task.send:
                task.backward = self._is_backward(task)

    def _is_overtaken(self, task: _Task) -> bool:
        """Return whether somebody changed what this write would replace.

        A stage that is empty may be the clearing half of our own backward move.
        """
        before = task.write.held
        if before is None:
            return False
        return any(
            name in before and not same(before[name] or "", task.held.get(name))
            for name in task.send
            if not (
                name == PROPERTY and task.write.repeated and not task.held.get(name)
            )
        )

    def _is_backward(self, task: _Task) -> bool:
        return self.order.is_backward(task.held.get(PROPERTY), task.send[PROPERTY])

    def _send(self, tasks: Sequence[_Task]) -> Sent:
        return self.batches.send({task.write.id: task.send for task in tasks})

    def _settle(self, tasks: Sequence[_Task], sent: Sent, *, trust: bool) -> None:
        """Take refusals, and answers that show the values; the rest stays open."""
        for task in tasks:
            key = task.write.id
            if key in sent.gone:
                task.outcome = sent.gone[key]
            elif key in sent.refused:
                task.refused(sent.refused[key])
            elif trust and key in sent.records and _shows(sent.records[key], task):
                task.applied(sent.records[key].updated_at)

    def _clear_and_set(self, tasks: Sequence[_Task]) -> None:
        """Move back: empty the stage, then set it with the other properties."""
        cleared = self.batches.send({task.write.id: {PROPERTY: ""} for task in tasks})
        self._settle(tasks, cleared, trust=False)
        going_on = _open(tasks)
        self._settle(going_on, self._send(going_on), trust=False)
        lost = [task for task in going_on if isinstance(task.outcome, Refused)]
        if lost:
            self._put_back(lost)

    def _put_back(self, tasks: Sequence[_Task]) -> None:
        """Give a stage back that was cleared for a value which HubSpot then refused."""
        inputs = {
            task.write.id: {PROPERTY: task.held[PROPERTY] or ""} for task in tasks
        }
        sent = self.batches.send(inputs)
        for task in tasks:
            if task.write.id not in sent.records and isinstance(task.outcome, Refused):
                task.held = {**task.held, PROPERTY: None}
                task.refused(
                    f"{task.outcome.message}; {PROPERTY} was cleared for this write "
                    f"and could not be put back to {inputs[task.write.id][PROPERTY]!r}"
                )

    def _confirm(self, tasks: Sequence[_Task], *, again: bool = True) -> None:
        """Read what HubSpot really holds; what differs was kept without a word."""
        kept: list[_Task] = []
        for task, record in self._fetch(tasks):
            if _shows(record, task):
                task.applied(record.updated_at)
                continue
            kept.append(task)
            if not (again and self._order_was_stale(task, record)):
                task.held = record.properties
                task.refused(self._kept(task, record))
        retry = _open(kept)
        if retry:
            self._clear_and_set(retry)
            self._confirm(_open(retry), again=False)

    def _order_was_stale(self, task: _Task, record: Record) -> bool:
        """Return whether what looked forward is backward by the order of now."""
        held = record.properties.get(PROPERTY)
        if (
            task.backward
            or PROPERTY not in task.send
            or same(task.send[PROPERTY], held)
        ):
            return False
        self.order.refresh()
        task.held = {**task.held, PROPERTY: held}
        task.backward = self._is_backward(task) if self.order.matters else False
        return task.backward

    def _kept(self, task: _Task, record: Record) -> str:
        kept = [
            f"{name} {record.properties.get(name) or ''!r} instead of {value!r}"
            for name, value in task.send.items()
            if not same(value, record.properties.get(name))
        ]
        return self.api.client.clean(f"HubSpot kept {', '.join(kept)}")

    def _fetch(self, tasks: Sequence[_Task]) -> list[tuple[_Task, Record]]:
        """Read the written properties of each record; settle those that are gone."""
        names = dict.fromkeys(name for task in tasks for name in task.write.properties)
        found = fetch(
            self.api, self.kind, [task.write.id for task in tasks], list(names)
        )
        for task in tasks:
            if task.write.id in found.gone:
                task.outcome = found.gone[task.write.id]
        return [
            (task, found.records[task.write.id])
            for task in tasks
            if task.write.id in found.records
        ]


def _open(tasks: Sequence[_Task]) -> list[_Task]:
    return [task for task in tasks if task.outcome is None]


def _shows(record: Record, task: _Task) -> bool:
    """Return whether ``record`` names every written property with its value."""
    held = record.properties
    return all(
        name in held and same(value, held[name]) for name, value in task.send.items()
    )
