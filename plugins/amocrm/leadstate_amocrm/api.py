"""amoCRM's endpoints as methods: one call each, answers as models, nothing decided.

Sizes are amoCRM's: 250 rows a page and ids a filter, 100 events a page, at most 50
rows recommended a write ("Limits", amocrm.ru/developers, seen 2026-11-22).
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from leadstate.adapters.http import ApiCall, ApiClient, ApiResponse, Limit
from leadstate.errors import ConfigurationError

from . import paths
from .auth import authoriser
from .errors import Classifier, is_refusal, is_timeout
from .payloads import Event, Listed, Note, Row, Task, UnsortedRow, listed, read
from .payloads_account import (
    AccountRow,
    FieldRow,
    Hook,
    LossReason,
    PipelineRow,
    UserRow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leadstate.adapters import Connection

    from .paths import Pair
    from .settings import Settings

__all__ = ["EVENTS_PAGE", "IDS", "AmoCrmApi"]

IDS = 250
EVENTS_PAGE = 100
_WITH = {"leads": "contacts,loss_reason", "contacts": "leads", "companies": "leads"}
_ACCOUNT_WITH = "datetime_settings,is_api_filter_enabled,task_types"

ModelT = TypeVar("ModelT", bound=BaseModel)


class AmoCrmApi:
    """The calls of one connection."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.settings = settings
        self._classifier = Classifier(connection.now)
        self.client = ApiClient(
            connection,
            base_url=settings.base_url,
            authorise=authoriser(connection, settings),
            limits=_limits(settings, self._classifier),
            classify=self._classifier,
            account=lambda: self.account().id,
            allow_private=settings.allow_private,
            loopback=True,  # for the sandbox: only who writes its address gets there
        )
        self._lock = threading.Lock()
        self._details: AccountRow | None = None
        self._filters: bool | None = None

    # -- the account -------------------------------------------------------------------

    def account_answer(self) -> ApiResponse:
        """Show the account, as amoCRM answers."""
        return self._get("account", paths.ACCOUNT, [("with", _ACCOUNT_WITH)])

    def account(self, answer: ApiResponse | None = None) -> AccountRow:
        """Show the account, and keep what does not change."""
        details = read(AccountRow, answer or self.account_answer())
        expected = self.settings.account_id
        if expected is not None and details.id != expected:
            raise ConfigurationError(
                f"the token is of account {details.id}, setting 'account_id' says "
                f"{expected}: correct one of them"
            )
        self._details = details
        return details

    @property
    def details(self) -> AccountRow:
        """The account as it was when it was first asked for."""
        with self._lock:
            return self._details or self.account()

    @property
    def known_account(self) -> str | None:
        """The account's id as far as it is known without a call."""
        known = self._details.id if self._details else None
        return self.settings.account_id or known

    @property
    def filters(self) -> bool:
        """Whether lists obey filters: a paid addition (facts of 2026-11-22)."""
        return self.details.has_filter if self._filters is None else self._filters

    def distrust_filters(self) -> None:
        """Remember that amoCRM ignored a filter."""
        self._filters = False

    def user(self, user_id: str) -> UserRow:
        """Show a user with their rights; for admins only."""
        return read(UserRow, self._get("users.show", paths.user(user_id), []))

    # -- leads, contacts, companies ----------------------------------------------------

    def by_id(
        self, kind: str, ids: Sequence[str], more: Sequence[Pair] = ()
    ) -> ApiResponse:
        """Ask for up to 250 rows by id; needs filters."""
        query = [("filter[id][]", one) for one in ids]
        query += [("limit", str(IDS)), ("with", _WITH[kind]), *more]
        return self._get(f"{kind}.by_id", paths.entities(kind), query)

    def rows(self, kind: str, ids: Sequence[str]) -> Listed[Row]:
        """Read up to 250 rows by id; needs filters."""
        return listed(Row, self.by_id(kind, ids), kind)

    def one(self, kind: str, entity_id: str) -> Row | None:
        """Read one row; None when there is none of this id (amoCRM answers 204)."""
        query = [("with", _WITH[kind])]
        answer = self._get(f"{kind}.show", paths.entities(kind, entity_id), query)
        return None if answer.body is None else read(Row, answer)

    def page(
        self,
        kind: str,
        order: Pair,
        *,
        page: int = 1,
        limit: int = IDS,
        more: Iterable[Pair] = (),
    ) -> Listed[Row]:
        """List rows; ``order`` is a property and a direction."""
        query = [(f"order[{order[0]}]", order[1]), ("page", str(page))]
        query += [("limit", str(limit)), *more]
        if not any(name == "with" for name, _ in query):
            query.append(("with", _WITH[kind]))
        answer = self._get(f"{kind}.list", paths.entities(kind), query)
        return listed(Row, answer, kind)

    def deleted(self, page: int, more: Iterable[Pair] = ()) -> Listed[Row]:
        """List the recycle bin, newest first."""
        query = [("with", "only_deleted"), *more]
        return self.page("leads", ("updated_at", "desc"), page=page, more=query)

    def search(self, kind: str, text: str, page: int = 1) -> Listed[Row]:
        """List rows that have ``text`` in any of their fields."""
        query = [("query", text)]
        return self.page(kind, ("updated_at", "desc"), page=page, more=query)

    def update(self, kind: str, rows: Sequence[Mapping[str, object]]) -> ApiResponse:
        """Write rows; a refusal and a timeout are answers."""
        return self._write(f"{kind}.update", "PATCH", paths.entities(kind), list(rows))

    def create_complex(self, body: Sequence[Mapping[str, object]]) -> ApiResponse:
        """Create leads with contact and company; a refusal is an answer."""
        return self._write("leads.complex", "POST", paths.COMPLEX, list(body))

    def unsorted(self, page: int) -> Listed[UnsortedRow]:
        """List incoming leads that nobody has accepted yet."""
        query = [("page", str(page)), ("limit", str(IDS))]
        answer = self._get("unsorted.list", paths.UNSORTED, query)
        return listed(UnsortedRow, answer, "unsorted")

    def accept(self, uid: str, body: Mapping[str, object]) -> ApiResponse:
        """Accept an incoming lead; a refusal is an answer."""
        return self._write("unsorted.accept", "POST", paths.accept(uid), dict(body))

    # -- what the account defines ------------------------------------------------------

    def pipelines(self) -> list[PipelineRow]:
        """List pipelines with their stages."""
        answer = self._get("pipelines.list", paths.PIPELINES, [])
        return listed(PipelineRow, answer, "pipelines").rows

    def loss_reasons(self) -> list[LossReason]:
        """List why leads may be lost."""
        return self._all(LossReason, "loss_reasons", paths.LOSS_REASONS)

    def fields(self, kind: str) -> list[FieldRow]:
        """List the custom fields of a kind."""
        return self._all(FieldRow, "custom_fields", paths.fields(kind))

    def create_field(self, kind: str, body: Mapping[str, object]) -> ApiResponse:
        """Create a custom field."""
        return self._write("custom_fields.create", "POST", paths.fields(kind), [body])

    def update_field(self, kind: str, body: Mapping[str, object]) -> ApiResponse:
        """Change a custom field; its options are replaced as a whole."""
        return self._write("custom_fields.update", "PATCH", paths.fields(kind), [body])

    def create_status(
        self, pipeline_id: str, body: Mapping[str, object]
    ) -> ApiResponse:
        """Create a stage."""
        path = paths.statuses(pipeline_id)
        return self._write("statuses.create", "POST", path, [body])

    # -- the log, notes, tasks, webhooks -----------------------------------------------

    def events(self, filters: Iterable[Pair], page: int = 1) -> Listed[Event]:
        """List lines of the account's log."""
        query = [*filters, ("page", str(page)), ("limit", str(EVENTS_PAGE))]
        answer = self._get("events.list", paths.EVENTS, query)
        return listed(Event, answer, "events")

    def notes(self, lead_id: str, page: int) -> Listed[Note]:
        """List common notes of a lead, newest first."""
        query = [
            ("filter[note_type][]", "common"),
            ("order[id]", "desc"),
            ("page", str(page)),
            ("limit", str(IDS)),
        ]
        answer = self._get("notes.list", paths.notes("leads", lead_id), query)
        return listed(Note, answer, "notes")

    def create_note(self, body: Mapping[str, object]) -> ApiResponse:
        """Leave a note; a refusal is an answer."""
        return self._write("notes.create", "POST", paths.notes("leads"), [body])

    def tasks(self, lead_id: str, page: int) -> Listed[Task]:
        """List tasks of a lead."""
        query = [
            ("filter[entity_type]", "leads"),
            ("filter[entity_id][]", lead_id),
            ("order[id]", "desc"),
            ("page", str(page)),
            ("limit", str(IDS)),
        ]
        return listed(Task, self._get("tasks.list", paths.TASKS, query), "tasks")

    def create_task(self, body: Mapping[str, object]) -> ApiResponse:
        """Give a task; a refusal is an answer."""
        return self._write("tasks.create", "POST", paths.TASKS, [body])

    def webhooks(self) -> list[Hook]:
        """List registered webhooks."""
        return listed(
            Hook, self._get("webhooks.list", paths.WEBHOOKS, []), "webhooks"
        ).rows

    def subscribe(self, body: Mapping[str, object]) -> ApiResponse:
        """Register a webhook, or change the one of the same destination."""
        return self._write("webhooks.subscribe", "POST", paths.WEBHOOKS, dict(body))

    # -- how ---------------------------------------------------------------------------

    def _all(self, model: type[ModelT], key: str, path: str) -> list[ModelT]:
        found: list[ModelT] = []
        for page in range(1, 41):
            query = [("page", str(page)), ("limit", str(IDS))]
            part = listed(model, self._get(f"{key}.list", path, query), key)
            found += part.rows
            if not part.more:
                break
        return found

    def _get(self, kind: str, path: str, query: Sequence[Pair]) -> ApiResponse:
        target = paths.with_query(path, query)
        return self.client.send(
            ApiCall(kind=kind, method="GET", path=target, repeatable=True)
        )

    def _write(self, kind: str, method: str, path: str, body: object) -> ApiResponse:
        call = ApiCall(
            kind=kind,
            method=method,
            path=path,
            json=body,
            expects=lambda answer: is_refusal(answer) or is_timeout(answer),
        )
        return self.client.send(call)


def _limits(
    settings: Settings, classifier: Classifier
) -> Callable[[ApiCall], tuple[Limit, ...]]:
    """Return the budget: 95 % of the integration's limit in this account, no bursts.

    amoCRM counts calls in a second and blocks who meets 429 often, so that nothing is
    ever sent faster than evenly.
    """
    calls = Limit(
        key=f"amocrm:{settings.host}:{_integration(settings)}",
        per_second=settings.requests_per_second * 0.95,
        burst=1,
    )

    def limits(call: ApiCall) -> tuple[Limit, ...]:
        del call
        classifier.check()
        return (calls,)

    return limits


def _integration(settings: Settings) -> str:
    """Return what tells integrations apart; several tokens of one share its limit."""
    if settings.oauth is not None:
        return settings.oauth.client_id
    token = settings.token.get_secret_value() if settings.token else ""
    return hashlib.sha256(token.encode()).hexdigest()[:12]
