"""The amoCRM adapter: every method handed to the part that it names."""

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
    Demand,
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

from .api import IDS, AmoCrmApi
from .batching import Rows
from .changes import Changes
from .creating import ObjectCreator
from .examining import Examiner
from .finding import Finder
from .history import HistoryReader
from .lifecycle import UNSORTED, Definitions
from .notes import NoteWriter
from .reading import BUILT_IN, READ_ONLY, TYPES, Names, Reader
from .settings import read_settings
from .setup import AccountSetup
from .tasks import TaskWriter
from .values import READ_ONLY as READ_ONLY_TYPES
from .webhooks import Receiver
from .writing import Writer
from .writing_bodies import Composer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from .payloads_account import FieldRow

__all__ = ["AmoCrmAdapter"]

_KIND = "leads"


class AmoCrmAdapter:
    """Leadstate's side of one amoCRM account, for one binding."""

    def __init__(self, connection: Connection) -> None:
        """Check the settings and the binding; makes no call."""
        settings = read_settings(connection.name, connection.settings)
        binding = connection.binding
        if binding.object != _KIND:
            raise ConfigurationError(
                f"the binding's object is {binding.object!r}; amoCRM binds leads, with "
                "contact.NAME and company.NAME beside them"
            )
        self._binding, self._settings = binding, settings
        names = Names.of(binding.read_properties)
        self._names = names
        api = AmoCrmApi(connection, settings)
        rows, definitions = Rows(api, connection.now), Definitions(api, connection.now)
        self._api, self._definitions = api, definitions
        self._reader = Reader(
            api,
            rows,
            definitions,
            names=names,
            token_field=settings.token_field,
            now=connection.now,
        )
        composer = Composer(definitions, settings.token_field)
        self._writer = Writer(api, rows, self._reader, composer)
        self._notes, self._tasks = NoteWriter(api), TaskWriter(api)
        self._finder = Finder(api, rows, self._reader)
        self._creator = ObjectCreator(
            api=api,
            rows=rows,
            reader=self._reader,
            writer=self._writer,
            composer=composer,
            names=names,
        )
        self._history = HistoryReader(api, definitions, binding.read_properties)
        self._setup = AccountSetup(api, definitions)
        self._examiner = Examiner(api, definitions, binding, connection.now)
        self._changes = Changes(
            api=api,
            rows=rows,
            kinds=(_KIND, *(kind for kind, _, _ in names.linked)),
            now=connection.now,
            overlap=timedelta(seconds=settings.overlap_seconds),
        )
        self._receiver = Receiver(
            settings=settings,
            definitions=definitions,
            account=lambda: api.known_account,
            stage_names=binding.stage_properties,
            linked={
                "contacts": bool(names.contacts),
                "companies": bool(names.companies),
            },
            now=connection.now,
        )

    def cost(self, load: Load) -> CallCost:
        """Return what a load takes; see `Priced`.

        A batch is read, written and read back; whoever is to be created is searched
        for in several spellings, and gets a contact and a lead.
        """
        calls = 3 * math.ceil(load.writes / IDS) + 6 * load.creations
        calls += load.notes + load.tasks
        rate = self._settings.requests_per_second * 0.95
        return CallCost(calls=calls, seconds=calls / rate)

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests made so far, by kind (``leads.by_id``)."""
        return self._api.client.calls

    def read(self, ids: Sequence[str]) -> Sequence[RemoteObject | Gone]:
        """Return each lead as it is now; see `Adapter.read`."""
        return self._reader.read(ids)

    def changes(self, cursor: str | None) -> ChangePage:
        """Return what may have changed since ``cursor``; see `Adapter.changes`."""
        return self._changes.after(cursor)

    def write(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Put the values into amoCRM and read them back; see `Adapter.write`."""
        return self._writer.write(writes)

    def receive(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """Verify a webhook and return its events; see `Adapter.receive`."""
        return self._receiver.receive(request)

    def describe(self) -> Account:
        """Return the account and the properties that the binding can name."""
        details = self._api.account()
        self._definitions.forget()
        properties = {one.name: one for one in self._described()}
        return Account(
            id=details.id,
            name=f"{details.name or details.subdomain} ({self._settings.host})",
            timezone=details.timezone,
            properties=properties,
            demands=tuple(self._demands()),
        )

    def add_note(self, id: str, text: str, *, token: str, repeated: bool) -> None:  # noqa: A002
        """Leave ``text`` on the lead, once per ``token``."""
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
        """Give a task about the lead, once per ``token``."""
        self._tasks.add(
            id, text, due_at=due_at, owner=owner, token=token, repeated=repeated
        )

    def find(self, identity: Mapping[str, str]) -> Sequence[RemoteObject]:
        """Return every living lead that has one of these values."""
        return self._finder.find(identity)

    def create(self, creations: Sequence[Create]) -> Sequence[CreateOutcome]:
        """Create leads, each once; see `Creator.create`."""
        return self._creator.create(creations)

    def history(self, cursor: str | None, *, since: datetime | None) -> HistoryPage:
        """Return past changes of the bound properties; see `History.history`."""
        return self._history.page(cursor, since=since)

    def recent(self, ids: Sequence[str], *, since: datetime) -> Sequence[PastChange]:
        """Return how these leads moved lately; see `RecentHistory.recent`."""
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

    # -- describing --------------------------------------------------------------------

    def _described(self) -> Iterator[PropertyInfo]:
        prefixes = {"leads": "", "contacts": "contact.", "companies": "company."}
        options = self._options()
        for kind, prefix in prefixes.items():
            for name in BUILT_IN[kind]:
                yield PropertyInfo(
                    name=prefix + name,
                    label=(prefix + name).replace("_", " ").replace(".", " "),
                    type=TYPES[name] if kind == _KIND else "text",
                    options=options.get(name, ()) if kind == _KIND else (),
                    read_only=kind == _KIND and name in READ_ONLY,
                )
            for field in self._definitions.fields(kind):
                yield from _infos(field, prefix)

    def _options(self) -> dict[str, tuple[str, ...]]:
        """Return what the stage's properties and the loss reason can hold."""
        pipelines = self._definitions.pipelines()
        stages = [s for p in pipelines for s in p.statuses if s.type != UNSORTED]
        reasons = self._definitions.loss_reasons()
        found = {
            "pipeline": [one.name for one in pipelines],
            "pipeline_id": [one.id for one in pipelines],
            "status": [one.name for one in stages],
            "status_id": [one.id for one in stages],
            "loss_reason": [one.name for one in reasons],
            "loss_reason_id": [one.id for one in reasons],
        }
        return {name: tuple(dict.fromkeys(texts)) for name, texts in found.items()}

    def _demands(self) -> Iterator[Demand]:
        """Say which fields amoCRM wants filled before a lead may enter bound stages.

        Settings of custom fields show it ("required_statuses"); whether the API refuses
        a move without them is not established (facts of 2026-11-22).
        """
        bound = self._binding.stage_properties
        for field in self._definitions.fields(_KIND):
            names = {f"cf.{key}" for key in (field.code, field.id) if key}
            named = sorted(names.intersection(self._binding.read_properties))
            for pair in field.required_statuses:
                stage = self._definitions.stage(pair.pipeline_id, pair.status_id)
                if stage is None:
                    continue
                texts = {
                    "pipeline_id": stage.pipeline.id,
                    "pipeline": stage.pipeline.name,
                    "status_id": stage.status.id,
                    "status": stage.status.name,
                }
                when = {name: texts[name] for name in bound if name in texts}
                if when:
                    name = named[0] if named else f"cf.{field.code or field.id}"
                    yield Demand(property=name, when=when)


def _infos(field: FieldRow, prefix: str) -> Iterator[PropertyInfo]:
    """Return a custom field under its code and under its id: both can be bound."""
    for key in dict.fromkeys((field.code or field.id, field.id)):
        yield PropertyInfo(
            name=f"{prefix}cf.{key}",
            label=field.name or key,
            type=field.type,
            options=field.options if field.type not in _NO_OPTIONS else (),
            read_only=field.type in READ_ONLY_TYPES,
        )


_NO_OPTIONS = frozenset({"multitext", "smart_address"})
"""Types of which the enums say the kind or part of a value, not the value."""
