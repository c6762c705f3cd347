"""The HubSpot adapter: each method handed to the part that it names."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import (
    Account,
    CallCost,
    ChangePage,
    Check,
    Connection,
    Create,
    CreateOutcome,
    Gone,
    HistoryPage,
    InboundEvent,
    InboundRequest,
    Load,
    PastChange,
    PropertyInfo,
    RemoteObject,
    SetupStep,
    Wanted,
    Write,
    WriteOutcome,
)
from leadstate.errors import ConfigurationError

from .api import BATCH, HubSpotApi
from .changes import Changes
from .creating import ObjectCreator
from .examining import Examiner
from .history import HistoryReader
from .notes import NoteWriter
from .reading import Reader, split_names
from .settings import read_settings
from .setup import AccountSetup
from .tasks import TaskWriter
from .webhooks import Receiver
from .writing import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .payloads import AccountDetails
    from .payloads_account import Property

__all__ = ["HubSpotAdapter"]

KINDS = ("contacts", "leads", "deals", "companies")


class HubSpotAdapter:
    """Leadstate's side of one HubSpot account, for one binding."""

    def __init__(self, connection: Connection) -> None:
        """Check the settings and the binding; makes no call."""
        settings = read_settings(connection.name, connection.settings)
        binding = connection.binding
        kind, names = _bound(binding.object, binding.read_properties)
        self._kind, self._settings = kind, settings
        self._company_names = split_names(names)[1]
        self._api = HubSpotApi(connection, settings)
        self._reader = Reader(self._api, kind, names)
        self._writer = Writer(self._api, kind)
        self._notes = NoteWriter(self._api, kind, connection.now)
        self._tasks = TaskWriter(self._api, kind)
        self._creator = ObjectCreator(self._api, kind, names, settings.token_property)
        self._history = HistoryReader(self._api, kind, names)
        self._setup = AccountSetup(self._api, settings, binding)
        self._examiner = Examiner(self._api, settings, binding, connection.now)
        self._changes = Changes(
            self._api,
            kind,
            names,
            connection.now,
            timedelta(minutes=settings.overlap_minutes),
        )
        self._receiver = Receiver(
            settings, kind, bool(self._company_names), connection.now
        )

    def cost(self, load: Load) -> CallCost:
        """Return what a load takes; see `Priced`.

        A hundred writes are read, written and, where a lifecycle stage goes backward,
        cleared before; whoever is to be created is searched for twice.
        """
        searches = 2 * load.creations
        calls = 3 * math.ceil(load.writes / BATCH)
        calls += 2 * load.creations + load.notes + load.tasks
        allowed = self._settings.calls_allowed * 0.095
        seconds = max(calls / allowed, searches / self._settings.searches_per_second)
        return CallCost(calls=calls + searches, seconds=seconds)

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests made so far, by kind (``contacts.batch_read``)."""
        return self._api.client.calls

    def read(self, ids: Sequence[str]) -> Sequence[RemoteObject | Gone]:
        """Return each object as it is now; see `Adapter.read`."""
        return self._reader.read(ids)

    def changes(self, cursor: str | None) -> ChangePage:
        """Return what may have changed since ``cursor``; see `Adapter.changes`."""
        return self._changes.after(cursor)

    def write(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Put the values into HubSpot and read them back; see `Adapter.write`."""
        return self._writer.write(writes)

    def receive(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """Verify a webhook and return its events; see `Adapter.receive`."""
        return self._receiver.receive(request)

    def describe(self) -> Account:
        """Return the account and the properties that the binding can name."""
        details = self._api.account()
        self._check_portal(details)
        properties = self._described(self._kind, "")
        if self._kind != "companies":
            properties |= self._described_companies()
        return Account(
            id=details.portal_id,
            name=f"HubSpot {details.portal_id} {details.account_type}".strip(),
            timezone=details.time_zone,
            properties=properties,
        )

    def add_note(self, id: str, text: str, *, token: str, repeated: bool) -> None:  # noqa: A002
        """Leave ``text`` on the object, once per ``token``."""
        self._notes.add(id, text, token=token, repeated=repeated)

    def add_task(  # noqa: PLR0913 - the facts of one task, keyword-only
        self,
        id: str,  # noqa: A002
        text: str,
        *,
        due_at: datetime,
        owner: str | None,
        token: str,
        repeated: bool,
    ) -> None:
        """Give a task about the object, once per ``token``."""
        self._tasks.add(
            id, text, due_at=due_at, owner=owner, token=token, repeated=repeated
        )

    def find(self, identity: Mapping[str, str]) -> Sequence[RemoteObject]:
        """Return every living object that has one of these values."""
        return self._creator.find(identity)

    def create(self, creations: Sequence[Create]) -> Sequence[CreateOutcome]:
        """Create objects, each once; see `Creator.create`."""
        return self._creator.create(creations)

    def history(self, cursor: str | None, *, since: datetime | None) -> HistoryPage:
        """Return past changes of the bound properties; see `History.history`."""
        return self._history.page(cursor, since=since)

    def recent(self, ids: Sequence[str], *, since: datetime) -> Sequence[PastChange]:
        """Return what happened to these objects lately; see `RecentHistory.recent`."""
        return self._history.recent(ids, since=since)

    def missing(self, wanted: Wanted) -> Sequence[SetupStep]:
        """Return what the account lacks; changes nothing."""
        return self._setup.missing(wanted)

    def make(self, wanted: Wanted, step: SetupStep) -> str:
        """Make one missing thing; see `Setup.make`."""
        return self._setup.make(wanted, step)

    def examine(self, wanted: Wanted) -> Sequence[Check]:
        """Examine the account; changes nothing."""
        return self._examiner.examine(wanted)

    def close(self) -> None:
        """Let go of connections."""
        self._api.client.close()

    def _check_portal(self, details: AccountDetails) -> None:
        expected = self._settings.portal_id
        if expected is not None and details.portal_id != expected:
            raise ConfigurationError(
                f"the token is of portal {details.portal_id}, setting 'portal_id' says "
                f"{expected}: correct one of them"
            )

    def _described(self, kind: str, prefix: str) -> dict[str, PropertyInfo]:
        found = self._api.properties(kind).results
        return {
            prefix + one.name: _info(one, prefix) for one in found if not one.archived
        }

    def _described_companies(self) -> dict[str, PropertyInfo]:
        """Return company properties; without their scope only if none is bound."""
        try:
            return self._described("companies", "company.")
        except ConfigurationError:
            if self._company_names:
                raise
            return {}


def _info(one: Property, prefix: str) -> PropertyInfo:
    return PropertyInfo(
        name=prefix + one.name,
        label=one.label or one.name,
        type=one.type,
        options=one.values,
        # A company is read through its record and never written.
        read_only=one.read_only or bool(prefix),
    )


def _bound(kind: str, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the binding's kind of object and its properties, if HubSpot has them."""
    if kind not in KINDS:
        raise ConfigurationError(
            f"the binding's object is {kind!r}; HubSpot has: {', '.join(KINDS)}"
        )
    company = split_names(names)[1]
    if kind == "companies" and company:
        raise ConfigurationError(
            "a binding of companies names its own properties without 'company.': "
            f"{', '.join(company)}"
        )
    return kind, names
