"""Claims against a model: nobody ever holds what somebody else holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leadstate.domain.record import Record
from leadstate.store import (
    NewRecord,
    OutboxItem,
    OutboxKind,
    OutboxState,
    Settlement,
)

if TYPE_CHECKING:
    from leadstate.store import OutboxRow
    from tests.property.store.conftest import Fresh

START = datetime(2026, 3, 1, tzinfo=UTC)
RECORDS = ("r1", "r2", "r3")
IN_ORDER = {OutboxKind.STAGE, OutboxKind.FIELDS, OutboxKind.CREATE}
KINDS = (OutboxKind.STAGE, *OutboxKind)


@dataclass
class Kept:
    """What the model knows of one row."""

    record_id: str
    due_at: datetime
    kind: OutboxKind
    token: str | None = None
    until: datetime = START
    sent: bool = False
    open: bool = True


@dataclass
class Claim:
    """What one claimer believes to hold."""

    rows: list[OutboxRow] = field(default_factory=list)

    @property
    def token(self) -> str:
        return str(self.rows[0].claim_token)

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.rows]


class Claims(RuleBasedStateMachine):
    """Adding, claiming, reporting late, releasing, superseding, as time goes by."""

    fresh: Fresh

    @initialize()
    def start(self) -> None:
        self.opened = self.fresh()
        self.store = self.opened.__enter__()
        self.now = START
        self.model: dict[int, Kept] = {}
        self.claims: list[Claim] = []
        with self.store.begin() as work:
            work.records.add(
                [
                    NewRecord(
                        record=Record(id=id_, stage="lead"),
                        workflow="b2b",
                        created_at=START,
                    )
                    for id_ in RECORDS
                ]
            )
            work.commit()

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(
        record_id=st.sampled_from(RECORDS),
        later=st.sampled_from([0, 0, 20]),
        kind=st.sampled_from(KINDS),
    )
    def add(self, record_id: str, later: int, kind: OutboxKind) -> None:
        token = f"t{len(self.model)}"
        due_at = self.now + timedelta(seconds=later)
        item = OutboxItem(
            token=token,
            record_id=record_id,
            connection="hub",
            object="contacts",
            external_id="1",
            kind=kind,
            created_at=self.now,
            due_at=due_at,
        )
        with self.store.begin() as work:
            assert work.outbox.add([item, item]) == 1
            row = work.outbox.open_for([record_id])[record_id][-1]
            work.commit()
        assert row.token == token
        self.model[row.id] = Kept(record_id=record_id, due_at=due_at, kind=kind)

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        eligible = self._eligible()
        until = self.now + timedelta(seconds=30)
        with self.store.begin() as work:
            rows = work.outbox.claim("hub", self.now, until, limit)
            work.commit()

        assert len(rows) == min(limit, len(eligible))
        assert {row.id for row in rows} <= eligible
        for row in rows:
            kept = self.model[row.id]
            assert row.sent == kept.sent
            kept.token, kept.until = row.claim_token, until
        if rows:
            self.claims.append(Claim(rows))

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        with self.store.begin() as work:
            held = work.outbox.mark_sent(claim.ids, claim.token)
            work.commit()

        assert held == self._held(claim)
        for id_ in held:
            self.model[id_].sent = True

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        ended = [Settlement(id=id_, state=OutboxState.DONE) for id_ in claim.ids]
        with self.store.begin() as work:
            settled = work.outbox.settle(ended, claim.token, self.now)
            work.commit()

        assert sorted(settled) == self._held(claim)
        for id_ in settled:
            self.model[id_].open = False

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        due_at = self.now + timedelta(seconds=5)
        with self.store.begin() as work:
            held = work.outbox.release(
                claim.ids, claim.token, due_at, outcome="busy", sent=True
            )
            work.commit()

        assert held == self._held(claim)
        for id_ in held:
            kept = self.model[id_]
            kept.token, kept.due_at, kept.sent = None, due_at, True

    @rule(record_id=st.sampled_from(RECORDS), kind=st.sampled_from(KINDS))
    def supersede(self, record_id: str, kind: OutboxKind) -> None:
        free = [
            kept
            for kept in self.model.values()
            if kept.open and kept.token is None and kept.record_id == record_id
            if kept.kind is kind
        ]
        with self.store.begin() as work:
            dropped = work.outbox.supersede([record_id], "hub", kind)
            work.commit()

        assert dropped == len(free)
        for kept in free:
            kept.open = False

    @rule()
    def ask_when(self) -> None:
        oldest = [self.model[id_] for id_ in self._oldest()]
        free_at = [
            max(kept.due_at, kept.until) if kept.token else kept.due_at
            for kept in oldest
        ]
        with self.store.read() as view:
            found = view.outbox.next_due(self.now)

        assert found == (max(self.now, min(free_at)) if free_at else None)

    def _oldest(self) -> set[int]:
        """Return what waits for no other row: no note, task, message or call does."""
        oldest: dict[str | int, int] = {}
        for id_, kept in sorted(self.model.items()):
            if kept.open:
                oldest.setdefault(kept.record_id if kept.kind in IN_ORDER else id_, id_)
        return set(oldest.values())

    def _eligible(self) -> set[int]:
        return {
            id_
            for id_ in self._oldest()
            if self.model[id_].due_at <= self.now
            and (self.model[id_].token is None or self.model[id_].until <= self.now)
        }

    def _held(self, claim: Claim) -> list[int]:
        return sorted(
            id_
            for id_ in claim.ids
            if self.model[id_].open and self.model[id_].token == claim.token
        )


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_a_claim_is_exclusive_and_fenced(fresh: Fresh) -> None:
    """In every order of events, the store does what the model does."""

    class Bound(Claims):
        pass

    Bound.fresh = staticmethod(fresh)
    run_state_machine_as_test(
        Bound, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )
