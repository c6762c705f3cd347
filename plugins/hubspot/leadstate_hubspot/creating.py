"""Find records by identity, and create them once.

HubSpot itself keeps a value unique in two ways: a contact's e-mail address, and a
custom property with unique values (`Settings.token_property`).  A repeated creation is
looked for through them in a batch read, which answers consistently, never by search.
A conflict means that the record is there: it is read and returned.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.adapters import Created, CreateOutcome, Refused, RemoteObject
from leadstate.errors import ConfigurationError, RetryLater

from .api import BATCH
from .errors import problem_of, transient
from .finding import Finder, keyed
from .payloads import Batch, Problem, Record, read
from .payloads_account import Property
from .reading import Reader, chunks, split_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from leadstate.adapters import Create
    from leadstate.adapters.http import ApiResponse

    from .api import HubSpotApi

__all__ = ["CREATABLE", "ObjectCreator"]

CREATABLE = ("contacts", "companies", "deals")
_EMAIL = "email"
_CONFLICT = 409
_NOT_FOUND = 404


@dataclass(slots=True)
class _Order:
    """One creation on its way to an outcome."""

    creation: Create
    properties: Mapping[str, str]
    id: str | None = None
    existed: bool = False
    refused: str | None = None

    @property
    def open(self) -> bool:
        return self.id is None and self.refused is None

    def found(self, record_id: str) -> None:
        self.id, self.existed = record_id, True


@dataclass(slots=True)
class ObjectCreator:
    """Finds and creates one kind of object."""

    api: HubSpotApi
    kind: str
    names: Sequence[str]
    token_property: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _definition: Property | None = None

    def find(self, identity: Mapping[str, str]) -> list[RemoteObject]:
        """Return every living record that has one of these values."""
        ids: list[str] = []
        for name, value in identity.items():
            if not value:
                continue
            if self._is_email(name):
                ids += [one.id for one in self._finder.by(_EMAIL, [value]).values()]
            else:
                ids += self._finder.searched(name, value)
        return self._read(dict.fromkeys(ids))

    def create(self, creations: Sequence[Create]) -> list[CreateOutcome]:
        """Create records; one outcome per creation, in order."""
        if self.kind not in CREATABLE:
            raise ConfigurationError(
                f"{self.kind} cannot be created in HubSpot by Leadstate; a hand-off "
                f"goes to a binding of {', '.join(CREATABLE)}"
            )
        orders = [self._order(one) for one in creations]
        self._recover([one for one in orders if one.creation.repeated])
        for chunk in chunks([one for one in orders if one.open], BATCH):
            self._send(chunk)
        return self._outcomes(orders)

    # -- before ------------------------------------------------------------------------

    def _order(self, creation: Create) -> _Order:
        """Return what to send: the record's own values, and the token."""
        own = split_names(list(creation.properties))[0]
        values = {name: creation.properties[name] for name in own}
        values = {name: value for name, value in values.items() if value}
        if self._token() is not None:
            values[self.token_property] = creation.token
        elif not (self.kind == "contacts" and values.get(_EMAIL)):
            raise ConfigurationError(
                f"HubSpot has no {self.kind} property {self.token_property!r}, which "
                "makes sure that a record is created once; make it with: leadstate "
                "setup --apply"
            )
        return _Order(creation, values)

    def _token(self) -> Property | None:
        """Return the token property, if the account has it; a yes is remembered."""
        with self._lock:
            if self._definition is None:
                answer = self.api.get(
                    f"{self.kind}.properties",
                    self.api.paths.properties(self.kind, self.token_property),
                    expects=lambda found: found.status == _NOT_FOUND,
                )
                if answer.status != _NOT_FOUND:
                    self._definition = read(Property, answer)
            return self._definition

    def _recover(self, orders: Sequence[_Order]) -> None:
        """Find what an earlier try created, by its token, then by its address."""
        if not orders:
            return
        self._take(orders, self.token_property, self._by_token(orders))
        waiting = [one for one in orders if one.open and self._address(one)]
        found = self._finder.by(_EMAIL, [self._address(one) for one in waiting])
        self._take(waiting, _EMAIL, found)

    def _by_token(self, orders: Sequence[_Order]) -> dict[str, Record]:
        definition = self._token()
        if definition is None:
            return {}
        tokens = [one.creation.token for one in orders]
        if definition.unique:
            return self._finder.by(self.token_property, tokens)
        # Made by hand, without unique values: only the search knows it, moments late.
        ids = [
            one
            for token in tokens
            for one in self._finder.searched(definition.name, token)
        ]
        found = self.api.records(self.kind, ids, [definition.name], archived=False)
        return keyed(found.results, definition.name)

    def _take(
        self, orders: Iterable[_Order], name: str, found: Mapping[str, Record]
    ) -> None:
        for one in orders:
            record = found.get(one.properties.get(name, "").strip().lower())
            if one.open and record is not None:
                one.found(record.id)

    # -- creating ----------------------------------------------------------------------

    def _send(self, orders: Sequence[_Order]) -> None:
        """Create up to 100; an answer that names nobody is asked one by one."""
        answer = self._create(orders)
        if answer.status >= 400:  # noqa: PLR2004
            problem = problem_of(answer)
            if len(orders) == 1:
                self._refuse(orders[0], problem, answer.status == _CONFLICT)
                return
            for one in orders:
                self._send([one])
            return
        batch = read(Batch, answer, sent=True)
        by_token = {one.creation.token: one for one in orders}
        for record in batch.results:
            order = by_token.get(record.trace or "")
            if order is not None:
                order.id = record.id
        for problem in batch.errors:
            self._blame(problem, by_token)
        self._settle(orders, batch.errors)

    def _create(self, orders: Sequence[_Order]) -> ApiResponse:
        inputs = [
            {
                "properties": dict(one.properties),
                "associations": [],
                "objectWriteTraceId": one.creation.token,
            }
            for one in orders
        ]
        path = self.api.paths.batch(self.kind, "create")
        return self.api.change(f"{self.kind}.batch_create", path, {"inputs": inputs})

    def _blame(self, problem: Problem, by_token: Mapping[str, _Order]) -> None:
        if transient(problem):
            message = f"HubSpot created only a part: {problem.words()}"
            raise RetryLater(self.api.client.clean(message), sent=True)
        for token in problem.named("objectWriteTraceId"):
            order = by_token.get(token)
            if order is not None and order.open:
                self._refuse(order, problem, problem.category == "CONFLICT")

    def _refuse(self, order: _Order, problem: Problem, conflict: bool) -> None:  # noqa: FBT001
        """Take a no; a conflict is a record that is there already."""
        if conflict:
            self._recover([order])
        if order.open:
            words = problem.words() or "no reason given"
            order.refused = self.api.client.clean(f"HubSpot refused: {words}")

    def _settle(self, orders: Sequence[_Order], errors: Sequence[Problem]) -> None:
        """Ask again for what the answer said nothing about."""
        left = [one for one in orders if one.open]
        self._recover(left)
        left = [one for one in left if one.open]
        if not left:
            return
        if len(left) == len(orders) == 1:
            words = errors[0].words() if errors else "no answer for it"
            raise RetryLater(
                self.api.client.clean(
                    f"HubSpot did not say what became of a creation: {words}"
                ),
                sent=True,
            )
        for one in left:
            self._send([one])

    # -- after -------------------------------------------------------------------------

    def _outcomes(self, orders: Sequence[_Order]) -> list[CreateOutcome]:
        ids = dict.fromkeys(one.id for one in orders if one.id)
        objects = {one.id: one for one in self._read(ids)}
        return [self._outcome(one, objects) for one in orders]

    def _outcome(
        self, order: _Order, objects: Mapping[str, RemoteObject]
    ) -> CreateOutcome:
        token = order.creation.token
        if order.refused is not None:
            return Refused(token=token, message=order.refused)
        made = objects.get(order.id or "")
        if made is None:
            message = f"HubSpot created {self.kind} {order.id}, and it is gone already"
            return Refused(token=token, message=message)
        return Created(token=token, object=made, existed=order.existed)

    def _read(self, ids: Iterable[str]) -> list[RemoteObject]:
        """Read living records with the binding's properties and the token."""
        hidden = self.token_property not in self.names
        names = [*self.names, *([self.token_property] if hidden else [])]
        found = Reader(self.api, self.kind, names).read(list(ids))
        return [
            self._with_token(one, hidden=hidden)
            for one in found
            if isinstance(one, RemoteObject)
        ]

    def _with_token(self, one: RemoteObject, *, hidden: bool) -> RemoteObject:
        held = dict(one.properties)
        token = held.get(self.token_property)
        if hidden:
            held.pop(self.token_property, None)
        return replace(one, properties=held, token=token)

    @property
    def _finder(self) -> Finder:
        return Finder(self.api, self.kind)

    def _is_email(self, name: str) -> bool:
        return self.kind == "contacts" and name == _EMAIL

    def _address(self, order: _Order) -> str:
        return order.properties.get(_EMAIL, "") if self.kind == "contacts" else ""
