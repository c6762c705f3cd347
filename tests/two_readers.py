"""One life for two readers of the one machine: the service with its store, timelines.

with pair(folder, world) as both:
for step in life:
both.play(step)
assert both.differences() == []
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from any_life import Act, Answer, Move, News, Pause, SetField, Sleep, Step, Wait
from any_lifecycle import BINDING, CRM, World
from held_together import Comparison
from hypothesis import reject
from office_hours import TimedDesk, open_timed
from retold_lives import Edit, Retelling

from leadstate.domain.signal import (
    FieldEdit,
    PauseClocks,
    ResumeClocks,
    TimerDue,
)
from leadstate.domain.values import Unparsable, coerce
from leadstate.errors import WorkflowError
from leadstate.service.commands.approving import answer_item
from leadstate.service.commands.editing import edit_item
from leadstate.service.commands.pausing import pause_item
from leadstate.service.inbox import InboxItem, move_item
from leadstate.service.timers.reclock import reclock
from leadstate.service.timers.sweep import sweep
from leadstate.store import TIMER, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from retold_rows import Tale

    from leadstate.domain.signal import ManualMove
    from leadstate.store import InboxRow

__all__ = ["Pair", "pair"]

_FAR: Final = timedelta(days=3650)
_NEVER_MET: Final = "LS324"
MOST_ROUNDS: Final = 40
"""Rounds of timers in one wait: SLAs may drive records round for weeks."""


@cache
def _template(folder: Path) -> Path:
    """Return an empty database, to be copied for each life."""
    path = folder / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


@contextmanager
def pair(folder: Path, world: World) -> Iterator[Pair]:
    """Open both readers of one world; what the service keeps is gone afterwards."""
    path = folder / f"{uuid4().hex}.db"
    shutil.copy(_template(folder), path)
    try:
        desk = open_timed(path, world.workflow, BINDING, world.people)
    except WorkflowError as error:
        if _NEVER_MET not in str(error):
            raise
        reject()  # guards are drawn one by one, and not to agree with each other
    try:
        reclock(desk.app)
        lifecycle, binding = desk.app.lifecycle, desk.connected.binding
        yield Pair(desk, Retelling(lifecycle, binding, world.people))
    finally:
        desk.app.close()
        for left in folder.glob(f"{path.name}*"):
            left.unlink()


@dataclass
class Pair:
    """Both readers, at the same moment of the same life."""

    desk: TimedDesk
    told: Retelling
    comparison: Comparison = field(default_factory=Comparison)

    def play(self, step: Step) -> None:
        """Let one thing happen for both, and what fired before be judged after it."""
        fired = self._rung()
        match step:
            case News():
                self._news(step)
            case Move():
                tale = self._one(step.who)
                self._move(tale, self.told.wanted(tale, step, self.desk.now))
            case Answer():
                self._answer(step)
            case SetField():
                self._set(step)
            case Pause():
                self._pause(step)
            case Wait():
                self._wait(step.span)
            case Sleep():
                self.desk.clock.advance(step.span)
                sweep(self.desk.app)
        if not isinstance(step, Wait):
            self._judged(fired)
        self._push()

    def differences(self, *, everything: bool = False) -> list[str]:
        """Return where the two disagree, one sentence each; nothing when they agree.

        Args:
            everything: Look at records, too, that nothing happened to since.
        """
        return self.comparison.differences(self.desk, self.told, everything=everything)

    def _one(self, who: int) -> Tale:
        tales = list(self.told.tales.values())
        return tales[who % len(tales)]

    # -- in the CRM --------------------------------------------------------------------

    def _news(self, news: News) -> None:
        """Let objects change, and one delivery tell of all of them."""
        crm, since = self.desk.crm, len(self.desk.crm.told)
        edits = {str(one.who): self._change(str(one.who), one) for one in news.acts}
        if len(crm.told) == since:
            return
        self.desk.tell(*crm.told[since:])
        now = self.desk.now
        self.desk.advance()
        self.told.gather()
        for id_, edit in edits.items():
            if edit is None:
                continue
            if id_ in self.told.tales:
                self.told.edited(self.told.tales[id_], edit, now)
            else:
                self.told.first_seen(id_, self.desk.record(id_).record.id, edit, now)

    def _change(self, id_: str, act: Act) -> Edit | None:
        """Change an object; return what a reading shows of it, if anything is new."""
        crm, since = self.desk.crm, len(self.desk.crm.told)
        known = id_ in crm.things
        stage = act.stage or (None if known else "lead")
        wanted = self._properties(act) | ({"stage": stage} if stage else {})
        if known:
            crm.edit(id_, actor=f"CRM_UI userId:{act.user}", **wanted)
        else:
            crm.create(id_, **{name: text for name, text in wanted.items() if text})
        events = crm.told[since:]
        if not events:
            return None
        touched = {one.property for one in events} if known else {*wanted}
        return Edit(
            properties={name: text for name, text in wanted.items() if name in touched},
            stage=stage,
            reason=crm.things[id_].properties.get("why"),
            user=act.user,
            event=f"{CRM}:{events[-1].key}",
            at=events[-1].at,
        )

    def _properties(self, act: Act) -> dict[str, str]:
        binding, now = self.told.binding, self.desk.now
        fields = {
            source.property: act.fields[name]
            for name, source in binding.fields.items()
            if name in act.fields
        }
        events = {
            binding.events[event]: (now - ago).isoformat()
            for event, ago in act.events.items()
            if event in binding.events
        }
        return fields | events

    def _push(self) -> None:
        """Carry into the CRM what is due there."""
        while self._due_out():
            assert self.desk.push().claimed

    def _due_out(self) -> bool:
        now = self.desk.now
        with self.desk.app.store.read() as view:
            due = view.outbox.next_due(now, CRM)
        return due is not None and due <= now

    # -- in Leadstate ------------------------------------------------------------------

    def _move(self, tale: Tale, asked: ManualMove) -> None:
        now = self.desk.now
        event = self._command(move_item(tale.record.id, asked, key=uuid4().hex))
        self.told.take(tale, asked, event=event, now=now)

    def _answer(self, answer: Answer) -> None:
        waiting = [
            (tale, wish)
            for tale in self.told.tales.values()
            for wish in tale.wishes
            if wish.pending
        ]
        if not waiting:
            self._wish(answer)
            return
        tale, wish = waiting[answer.which % len(waiting)]
        actor, now = answer.actor or wish.asked.actor, self.desk.now
        item = answer_item(
            self.desk.app,
            self._request(tale, wish.asked.transition),
            agreed=answer.agreed,
            actor=actor,
            roles=self.told.roles(actor),
        )
        event = self._command(item)
        self.told.answered(
            tale, wish, agreed=answer.agreed, actor=actor, event=event, now=now
        )

    def _request(self, tale: Tale, transition: str) -> int:
        """Return the number under which a wish waits."""
        id_ = tale.record.id
        with self.desk.app.store.read() as view:
            waiting = view.approvals.open_of([id_])[id_]
        return next(one.id for one in waiting if one.transition == transition)

    def _wish(self, answer: Answer) -> None:
        """Let somebody ask for a move that needs somebody else's agreement."""
        wishes = [
            (one, way)
            for one in self.told.tales.values()
            for way in self.told.ways(one)
            if way.approval
        ]
        if wishes:
            tale, way = wishes[answer.which % len(wishes)]
            actor = answer.actor or "ann"
            asked = self.told.proper(way, actor, note="please", now=self.desk.now)
            self._move(tale, asked)

    def _set(self, asked: SetField) -> None:
        tale, now = self._one(asked.who), self.desk.now
        known, added = self.told.lifecycle.fields[asked.field], asked.text[:1] == "+"
        value = coerce(asked.text.lstrip("+"), known.type, known.options)
        if isinstance(value, Unparsable):
            return  # nobody can ask for that
        if added:
            held = tale.record.values.get(known.name)
            tags = held if isinstance(held, frozenset) else frozenset()
            value = tags | {asked.text[1:]}
        roles = self.told.roles(asked.actor)
        item = edit_item(
            self.desk.app,
            tale.record.id,
            field=asked.field,
            value=asked.text,
            actor=asked.actor,
            roles=roles,
        )
        edit = FieldEdit(
            field=asked.field, value=value, actor=asked.actor, at=now, roles=roles
        )
        self.told.take(tale, edit, event=self._command(item), now=now)

    def _pause(self, pause: Pause) -> None:
        tale, now = self._one(pause.who), self.desk.now
        running = [one.sla for one in tale.line.case.clocks if one.ended_at is None]
        if not running:
            return
        sla, reason = (running[0] if pause.one else None), "a holiday"
        item = pause_item(
            self.desk.app,
            tale.record.id,
            stop=pause.stop,
            sla=sla,
            reason=reason,
            actor=pause.actor,
        )
        kind = PauseClocks if pause.stop else ResumeClocks
        signal = kind(reason=reason, actor=pause.actor, at=now, sla=sla)
        self.told.take(tale, signal, event=self._command(item), now=now)

    def _command(self, item: InboxItem) -> str:
        """Let the service judge a command; return the event that the history names."""
        with self.desk.app.store.begin() as work:
            work.inbox.add([item])
            work.commit()
        self.desk.advance()
        self.told.gather()
        return item.key

    # -- time --------------------------------------------------------------------------

    def _wait(self, span: timedelta) -> None:
        """Let time pass, timer by timer, as the running service does."""
        desk, until = self.desk, self.desk.now + span
        for _ in range(MOST_ROUNDS):
            with desk.app.store.read() as view:
                due = view.timers.next_due()
            if due is None or due > until:
                desk.clock.advance(until - desk.now)
                return
            desk.clock.advance(max(due - desk.now, timedelta()))
            self._ring()

    def _ring(self) -> None:
        """Judge what is due now, one timer a record and round."""
        for _ in range(MOST_ROUNDS):
            sweep(self.desk.app)
            rows = self._rung()
            if not rows:
                return
            self.desk.advance()
            self.told.gather()
            self._judged(rows)

    def _rung(self) -> list[InboxRow]:
        """Return the timers that fired and were not judged yet, in their order."""
        with self.desk.app.store.read() as view:
            return view.inbox.due(self.desk.now + _FAR, kinds=(TIMER,))

    def _judged(self, rows: Sequence[InboxRow]) -> None:
        """Let a timeline judge what the service judged of these."""
        waiting = {one.id for one in self._rung()}
        for row in rows:
            if row.id not in waiting:
                self._come_due(row)

    def _come_due(self, row: InboxRow) -> None:
        """Let the timer of a record come due that waited longest, if one is due."""
        tales, now = self.told.tales.values(), self.desk.now
        tale = next(one for one in tales if one.record.id == row.external_id)
        timer = tale.line.next_timer
        if timer is not None and timer.due_at <= now:
            self.told.take(tale, TimerDue.of(timer), event=row.key, now=now)
