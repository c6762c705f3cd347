"""Verify a webhook and say what it reports; touches no network.

amoCRM signs nothing: what tells its calls from those of others is a secret at the end
of the address, and the account's id (facts of 2026-11-22).  So a body is only a hint;
what it says is read again.  Bodies are PHP forms: ``leads[status][0][id]=7``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from leadstate.adapters import EventKind, InboundEvent, InboundRequest
from leadstate.errors import BadBody, BadSignature

from .values import epoch_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .lifecycle import Definitions
    from .settings import Settings

__all__ = ["Receiver", "parse_form"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODY_LIMIT = 2 * 1024 * 1024
_MOST_PAIRS = 20_000
_LONGEST_KEY = 500
_DEEPEST = 12
_LONGEST_ID = 19
_KEY = re.compile(rb"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(rb"\[([^\[\]]*)\]")
_ACTIONS = {
    "add": EventKind.CREATED,
    "update": EventKind.CHANGED,
    "status": EventKind.CHANGED,
    "responsible": EventKind.CHANGED,
    "delete": EventKind.DELETED,
    "restore": EventKind.RESTORED,
}
_STATUS_NAMES = ("status_id", "status")
_SHARED = frozenset({"142", "143"})  # won and lost, in every pipeline

Form = dict[str, object]
"""A parsed body: text, or forms by key; lists are forms with the keys 0, 1, 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Reads the webhooks of one connection.

    Attributes:
        account: Returns the account's id, as far as it is known without a call.
        stage_names: The binding's properties that say the stage.
        linked: Whether the binding reads contacts, and whether companies.
    """

    settings: Settings
    definitions: Definitions
    account: Callable[[], str | None]
    stage_names: Sequence[str]
    linked: Mapping[str, bool]
    now: Callable[[], datetime]

    def receive(self, request: InboundRequest) -> list[InboundEvent]:
        """Return the events, or raise `BadSignature` or `BadBody`."""
        self._verify_address(request.url)
        form = parse_form(request.body)
        account = _form(form.get("account"))
        self._verify_account(_text(account.get("id")))
        events = [
            event
            for root, actions in form.items()
            if root != "account"
            for event in self._of_root(root, _form(actions))
        ]
        if not form:
            raise BadBody("the body is empty")
        return events

    def _verify_address(self, url: str) -> None:
        secret = self.settings.webhook_secret
        if secret is None:
            raise BadSignature("no webhook_secret is set, so no webhook is accepted")
        try:
            given = urlsplit(url).path.rpartition("/")[2]
        except ValueError:
            raise BadSignature("the request's address cannot be read") from None
        expected = secret.get_secret_value().encode()
        if not hmac.compare_digest(expected, given.encode("utf-8", "replace")):
            raise BadSignature(
                "the address does not end with the webhook_secret of the settings"
            )

    def _verify_account(self, given: str) -> None:
        expected = self.account()
        if expected is not None and given and given != expected:
            raise BadSignature(f"the webhook is of another account than {expected}")

    # -- what happened -----------------------------------------------------------------

    def _of_root(self, root: str, actions: Form) -> Iterator[InboundEvent]:
        for action, entities in actions.items():
            for entity in _entities(entities):
                self._verify_account(_text(entity.get("account_id")))
                yield from self._of_entity(root, action, entity)

    def _of_entity(self, root: str, action: str, entity: Form) -> list[InboundEvent]:
        if root == "leads":
            return [self._of_lead(action, entity)]
        if root in {"contacts", "companies"}:
            return self._of_linked(root, action, entity)
        if root == "unsorted":
            return self._of_unsorted(action, entity)
        return [self._event(root, EventKind.IGNORED, entity, action=action)]

    def _of_lead(self, action: str, entity: Form) -> InboundEvent:
        lead = _id(entity.get("id"))
        kind = _ACTIONS.get(action, EventKind.IGNORED) if lead else EventKind.IGNORED
        moved = kind is EventKind.CHANGED and self._has_moved(action, entity)
        if not moved:
            return self._event("leads", kind, entity, action=action, id=lead)
        name, value = self._stage(entity)
        return self._event(
            "leads", kind, entity, action="status", id=lead, name=name, value=value
        )

    def _has_moved(self, action: str, entity: Form) -> bool:
        """An update says so, too, when it changed the stage (recorded 2018, 2023)."""
        old, new = _text(entity.get("old_status_id")), _text(entity.get("status_id"))
        pipelines = {
            _text(entity.get(name)) for name in ("pipeline_id", "old_pipeline_id")
        }
        moved = bool(old) and (old != new or len(pipelines - {""}) > 1)
        return bool(new) and (moved or action == "status")

    def _stage(self, entity: Form) -> tuple[str | None, str | None]:
        """Return the bound stage property with its new value, if that says it all.

        A value alone can be our own write coming back; beside another pipeline it is
        not.  Where the pipeline may have changed nothing is said, and all is read.
        """
        pipeline, status = _text(entity.get("pipeline_id")), _text(entity["status_id"])
        name = next((one for one in _STATUS_NAMES if one in self.stage_names), None)
        if name == "status_id" and status not in _SHARED:
            return name, status  # there is one such stage in the whole account
        if name is None or pipeline not in self._old_pipelines(entity):
            return None, None
        if name == "status_id":
            return name, status
        stage = self.definitions.known_stage(pipeline, status)
        return (name, stage.status.name) if stage else (None, None)

    def _old_pipelines(self, entity: Form) -> list[str]:
        """Return where the lead came from; nothing where that is not certain."""
        told = _text(entity.get("old_pipeline_id"))
        if told:
            return [told]
        old = _text(entity.get("old_status_id"))
        found = self.definitions.known_pipelines_of(old)
        return found if len(found) == 1 else []

    def _of_linked(self, root: str, action: str, entity: Form) -> list[InboundEvent]:
        """Companies come under contacts, too; their leads are what we are after."""
        company = root == "companies" or _text(entity.get("type")) == "company"
        root = "companies" if company else "contacts"
        leads = [_id(key) for key in _form(entity.get("linked_leads_id"))]
        if not self.linked[root] or action not in {"add", "update"} or not any(leads):
            return [self._event(root, EventKind.IGNORED, entity, action=action)]
        return [
            self._event("leads", EventKind.CHANGED, entity, action=root, id=lead)
            for lead in leads
            if lead
        ]

    def _of_unsorted(self, action: str, entity: Form) -> list[InboundEvent]:
        """A person took an incoming lead in, or declined it."""
        results = ("accept_result", "decline_result", "data")
        ids = [
            _id(_form(lead).get("id") if isinstance(lead, dict) else lead)
            for name in results
            for lead in _form(_form(entity.get(name)).get("leads")).values()
        ]
        if not any(ids):
            return [self._event("unsorted", EventKind.IGNORED, entity, action=action)]
        return [
            self._event("leads", EventKind.CHANGED, entity, action="unsorted", id=lead)
            for lead in ids
            if lead
        ]

    def _event(  # noqa: PLR0913 - the facts of one event, keyword-only
        self,
        name_of_object: str,
        kind: EventKind,
        entity: Form,
        *,
        action: str,
        id: str = "",  # noqa: A002
        name: str | None = None,
        value: str | None = None,
    ) -> InboundEvent:
        actor = _text(entity.get("modified_user_id"))
        service = self.settings.service_user_id
        at = self._moment(entity)
        return InboundEvent(
            key=_key(name_of_object, action, id, entity, at or self.now()),
            kind=kind,
            object=name_of_object,
            id=id,
            at=at or self.now(),
            property=name,
            value=value,
            actor=actor,
            own=service is not None and actor == service,
            raw=entity,
        )

    def _moment(self, entity: Form) -> datetime | None:
        for name in ("last_modified", "updated_at", "created_at"):
            seconds = epoch_of(_text(entity.get(name)) or "-")
            if seconds is not None:
                return _EPOCH + timedelta(seconds=seconds)
        return None


def _key(
    name_of_object: str, action: str, entity_id: str, entity: Form, at: datetime
) -> str:
    """Tell events apart by what they say; there is no id of an event.

    A move comes as ``status`` and again as ``update``, with the same second in
    ``last_modified``.  What carries no time (the digital pipeline's body, deletions) is
    told apart by its arrival: two moves must not be one, and a repetition does no harm.
    """
    parts: list[object] = [name_of_object, action, entity_id]
    modified = _text(entity.get("last_modified"))
    if action == "status" and modified:
        names = ("pipeline_id", "status_id", "old_status_id")
        parts += [modified, *(_text(entity.get(name)) for name in names)]
    else:
        parts += [entity, modified or at.isoformat()]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return f"amocrm:{hashlib.sha256(text.encode()).hexdigest()}"


def _entities(value: object) -> Iterator[Form]:
    """Return the entities of an action; a deletion may be an id and nothing else."""
    if isinstance(value, str):
        yield {"id": value}
        return
    form = _form(value)
    if "id" in form and not isinstance(form["id"], dict):
        yield form
        return
    for one in form.values():
        yield {"id": one} if isinstance(one, str) else _form(one)


def _form(value: object) -> Form:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: object) -> str:
    text = _text(value)
    good = text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
    return text if good else ""


# -- forms -----------------------------------------------------------------------------


def parse_form(body: bytes) -> Form:
    """Return what a PHP form says, or raise `BadBody` with the reason.

    >>> parse_form(b"leads[status][0][id]=7&leads[status][0][name]=Anna")
    {'leads': {'status': {'0': {'id': '7', 'name': 'Anna'}}}}
    """
    if len(body) > _BODY_LIMIT:
        raise BadBody(f"the body has {len(body):,} bytes; at most {_BODY_LIMIT:,}")
    if body.count(b"&") >= _MOST_PAIRS:
        raise BadBody(f"the body has more than {_MOST_PAIRS:,} values")
    form: Form = {}
    for pair in body.split(b"&"):
        if pair:
            _put(form, pair)
    return form


def _put(form: Form, pair: bytes) -> None:
    raw, equals, value = pair.partition(b"=")
    if not equals or len(raw) > 3 * _LONGEST_KEY:
        raise BadBody("the body is not a form")
    first, *rest = _path(unquote_to_bytes(raw.replace(b"+", b" ")))
    node = form
    for part in rest:
        below = node.setdefault(first, {})
        if not isinstance(below, dict):
            raise BadBody("the body names a key both as a value and as a form")
        node, first = below, part or str(len(below))
    if first in node:
        raise BadBody("the body names a key twice")
    node[first] = _decoded(unquote_to_bytes(value.replace(b"+", b" ")))


def _path(key: bytes) -> list[str]:
    if key.count(b"[") > _DEEPEST or len(key) > _LONGEST_KEY:
        raise BadBody(f"the body is nested deeper than {_DEEPEST} levels")
    found = _KEY.fullmatch(key)
    if found is None:
        raise BadBody("the body has a key that no form has")
    return [_decoded(part) for part in (found[1], *_PART.findall(found[2]))]


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadBody("the body is not UTF-8") from None
