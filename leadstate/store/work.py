"""Every repository inside one transaction: to read from a snapshot, or to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.store.approvals import Approvals
from leadstate.store.assignments import Assignments
from leadstate.store.batches import BatchJournal
from leadstate.store.behaviour import Events, FieldChanges
from leadstate.store.checkpoints import Checkpoints
from leadstate.store.clocks import Clocks
from leadstate.store.conflicts import Conflicts
from leadstate.store.dead_letters import DeadLetters
from leadstate.store.erasure import Erasure
from leadstate.store.extracts import Extracts
from leadstate.store.forgotten import ForgottenPeople
from leadstate.store.history import Histories
from leadstate.store.identities import Identities
from leadstate.store.inbox import Inbox
from leadstate.store.ledger import Ledger
from leadstate.store.links import Links
from leadstate.store.modes import Modes
from leadstate.store.outbox import Outbox
from leadstate.store.past import PastChanges
from leadstate.store.records import Records
from leadstate.store.timers import Timers
from leadstate.store.visits import Visits
from leadstate.store.workflows import Cursors, Workflows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from leadstate.store.verifying.raw import Raw

__all__ = ["View", "Work"]


class View:
    """Every repository over one snapshot; writing through it is refused.

    Attributes:
        workflow: Whose rows they find and keep; "" for everything.
    """

    def __init__(self, connection: Connection, raw: Raw, workflow: str = "") -> None:
        self.connection = connection
        self.raw = raw
        self.workflow = workflow
        self.records = Records(connection, workflow)
        self.links = Links(connection, workflow)
        self.extracts = Extracts(connection, workflow)
        self.history = Histories(connection, workflow)
        self.visits = Visits(connection, workflow)
        self.inbox = Inbox(connection, workflow)
        self.outbox = Outbox(connection, workflow)
        self.ledger = Ledger(connection, workflow)
        self.dead_letters = DeadLetters(connection, workflow)
        self.events = Events(connection, workflow)
        self.field_changes = FieldChanges(connection, workflow)
        self.past_changes = PastChanges(connection, workflow)
        self.erasure = Erasure(connection, workflow)
        self.forgotten = ForgottenPeople(connection)
        self.identities = Identities(connection, workflow)
        self.conflicts = Conflicts(connection, workflow)
        self.cursors = Cursors(connection, workflow)
        self.workflows = Workflows(connection)
        self.timers = Timers(connection, workflow)
        self.clocks = Clocks(connection, workflow)
        self.approvals = Approvals(connection, workflow)
        self.assignments = Assignments(connection)  # people are shared
        self.checkpoints = Checkpoints(connection)
        self.modes = Modes(connection, workflow)
        self.batches = BatchJournal(connection, workflow)

    def of(self, workflow: str) -> View:
        """Return the same snapshot, narrowed to another workflow."""
        return View(self.connection, self.raw, workflow)


class Work(View):
    """Every repository inside one write transaction."""

    def of(self, workflow: str) -> Work:
        """Return the same transaction, narrowed to another workflow."""
        return Work(self.connection, self.raw, workflow)

    def commit(self) -> None:
        """Make everything that was written durable, at once; the work is over."""
        self.connection.commit()
        self.connection.close()
