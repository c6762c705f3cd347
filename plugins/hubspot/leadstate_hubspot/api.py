"""HubSpot's endpoints as methods: one call each, answers as models, nothing decided.

Sizes are HubSpot's: 100 inputs a batch, 200 results a search, 100 records a list page,
1,000 inputs an associations batch read (changelog "Batch read limit for HubSpot
Associations API", in force since 2025-02-10, seen 2026-11-22).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters.http import ApiCall, ApiClient, ApiResponse, Limit

from .auth import authoriser
from .errors import Classifier, is_refusal
from .paths import Paths
from .payloads import (
    AccountDetails,
    AssociationList,
    Associations,
    Batch,
    Labels,
    Page,
    Record,
    read,
)
from .payloads_account import Properties, Property

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import SecretStr

    from leadstate.adapters import Connection

    from .settings import Settings

__all__ = ["ASSOCIATION_INPUTS", "BATCH", "SEARCH_PAGE", "HubSpotApi"]

BATCH = 100
ASSOCIATION_INPUTS = 1000
SEARCH_PAGE = 200
SEARCH_GROUPS = 5
_FORBIDDEN = 403
_LIST_PAGE = 100
_ASSOCIATIONS_PAGE = 500


class HubSpotApi:
    """The calls of one connection."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self.paths = Paths(settings.api_version)
        self._classifier = Classifier(connection.now)
        self._authoriser = authoriser(connection, settings, self.paths.token)
        self.client = ApiClient(
            connection,
            base_url=settings.base_url,
            authorise=self._authoriser,
            limits=_limits(settings, settings.portal_id or connection.name),
            classify=self._classifier,
            account=self._portal,
            allow_private=settings.allow_private,
            loopback=True,  # for the sandbox: only who writes its address gets there
        )

    def records(
        self, kind: str, ids: Sequence[str], names: Sequence[str], *, archived: bool
    ) -> Batch:
        """Read up to 100 records."""
        body = {
            "inputs": [{"id": record_id} for record_id in ids],
            "properties": list(names),
            "propertiesWithHistory": [],
        }
        path = self.paths.batch(kind, "read")
        query = {"archived": "true"} if archived else {}
        return read(Batch, self.ask(f"{kind}.batch_read", path, body, query))

    def histories(self, kind: str, ids: Sequence[str], names: Sequence[str]) -> Batch:
        """Read up to 50 records with every value that their properties had."""
        body = {
            "inputs": [{"id": record_id} for record_id in ids],
            "properties": ["hs_object_id"],
            "propertiesWithHistory": list(names),
        }
        path = self.paths.batch(kind, "read")
        return read(Batch, self.ask(f"{kind}.batch_read", path, body))

    def update(
        self, kind: str, inputs: Sequence[tuple[str, Mapping[str, str]]]
    ) -> ApiResponse:
        """Write up to 100 records; a refusal is an answer."""
        call = ApiCall(
            kind=f"{kind}.batch_update",
            method="POST",
            path=self.paths.batch(kind, "update"),
            json={
                "inputs": [
                    # Without a unique trace id one bad input fails the whole call
                    # ("Error handling", developers.hubspot.com, seen 2026-03-30).
                    {"id": key, "properties": dict(values), "objectWriteTraceId": key}
                    for key, values in inputs
                ]
            },
            expects=is_refusal,
        )
        return self.client.send(call)

    def page(self, kind: str, names: Sequence[str], after: str | None) -> Page:
        """List records in HubSpot's own order."""
        query = {"limit": str(_LIST_PAGE), "properties": ",".join(names)}
        query |= {"after": after} if after else {}
        return read(Page, self.get(f"{kind}.list", self.paths.records(kind), query))

    def search(
        self,
        kind: str,
        filters: Sequence[Mapping[str, str]],
        *,
        order: tuple[str, str],
        names: Sequence[str],
        limit: int = SEARCH_PAGE,
    ) -> Page:
        """Return a search's first page; ``order`` is a property and a direction."""
        groups = [filters] if filters else []
        return self.search_any(kind, groups, order=order, names=names, limit=limit)

    def search_any(
        self,
        kind: str,
        groups: Sequence[Sequence[Mapping[str, str]]],
        *,
        order: tuple[str, str],
        names: Sequence[str],
        limit: int = SEARCH_PAGE,
    ) -> Page:
        """Return the first page of what meets one of at most five groups of filters."""
        body = {
            "filterGroups": [{"filters": list(one)} for one in groups],
            "sorts": [{"propertyName": order[0], "direction": order[1]}],
            "properties": list(names),
            "limit": limit,
            # The specification requires it, the guide omits it (seen 2026-11-22).
            "after": "0",
        }
        answer = self.ask(f"{kind}.search", self.paths.search(kind), body)
        return read(Page, answer)

    def associations(
        self, kind: str, to: str, inputs: Sequence[tuple[str, str | None]]
    ) -> Associations:
        """Read what up to 1,000 records are associated with."""
        body = {
            "inputs": [
                {"id": key} | ({"after": after} if after else {})
                for key, after in inputs
            ]
        }
        path = self.paths.associations(kind, to)
        return read(Associations, self.ask("associations.batch_read", path, body))

    def associated(
        self, kind: str, record_id: str, to: str, after: str | None
    ) -> AssociationList:
        """List what one record is associated with."""
        query = {"limit": str(_ASSOCIATIONS_PAGE)} | ({"after": after} if after else {})
        path = self.paths.associated(kind, record_id, to)
        return read(AssociationList, self.get("associations.list", path, query))

    def labels(self, kind: str, to: str) -> Labels:
        """List the ways in which two kinds of records can be associated."""
        path = self.paths.association_labels(kind, to)
        return read(Labels, self.get("associations.labels", path, {}))

    def properties(self, kind: str) -> Properties:
        """List the properties of a kind of object."""
        answer = self.get(f"{kind}.properties", self.paths.properties(kind), {})
        return read(Properties, answer)

    def property(self, kind: str, name: str) -> Property:
        """Show one property of a kind of object."""
        path = self.paths.properties(kind, name)
        return read(Property, self.get(f"{kind}.properties", path, {}))

    def authorisation(self) -> SecretStr:
        """Return the header that calls carry, to ask what it is worth."""
        return self._authoriser.header(self.client.send)

    def account(self) -> AccountDetails:
        """Show the account, and learn when its day ends."""
        answer = self.get("account.details", self.paths.account, {})
        details = read(AccountDetails, answer)
        self._classifier.time_zone = details.time_zone
        return details

    def _portal(self) -> str | None:
        """Ask whose the token is; None where its scopes do not say."""
        answer = self.get("account.details", self.paths.account, {}, _is_forbidden)
        if _is_forbidden(answer):
            return None
        return read(AccountDetails, answer).portal_id

    def create(self, kind: str, body: Mapping[str, object]) -> Record | ApiResponse:
        """Create a record; a refusal is an answer."""
        answer = self.change(f"{kind}.create", self.paths.records(kind), body)
        if answer.status >= 400:  # noqa: PLR2004
            return answer
        return read(Record, answer, sent=True)

    def get(
        self,
        kind: str,
        path: str,
        query: Mapping[str, str] | None = None,
        expects: Callable[[ApiResponse], bool] | None = None,
    ) -> ApiResponse:
        """Read something; ``expects`` says which errors are answers."""
        call = ApiCall(
            kind=kind,
            method="GET",
            path=path,
            query=query or {},
            repeatable=True,
            expects=expects,
        )
        return self.client.send(call)

    def ask(
        self,
        kind: str,
        path: str,
        body: object,
        query: Mapping[str, str] | None = None,
        expects: Callable[[ApiResponse], bool] | None = None,
    ) -> ApiResponse:
        """Make a read that HubSpot wants as a POST."""
        call = ApiCall(
            kind=kind,
            method="POST",
            path=path,
            json=body,
            query=query or {},
            repeatable=True,
            expects=expects,
        )
        return self.client.send(call)

    def change(
        self, kind: str, path: str, body: object, *, method: str = "POST"
    ) -> ApiResponse:
        """Write something once; a refusal is an answer."""
        call = ApiCall(
            kind=kind, method=method, path=path, json=body, expects=is_refusal
        )
        return self.client.send(call)


def _is_forbidden(answer: ApiResponse) -> bool:
    return answer.status == _FORBIDDEN


def _limits(settings: Settings, account: str) -> Callable[[ApiCall], tuple[Limit, ...]]:
    """Return the budgets: 95 % of HubSpot's limits, so that jitter meets no 429."""
    allowed = settings.calls_allowed
    calls = Limit(
        key=f"hubspot:{account}:calls",
        per_second=allowed * 0.95 / 10,
        burst=max(1, allowed // 50),  # leaves 3 %: a third of a second of jitter
    )
    # Searches count per account and second, not within the ten seconds ("exempt:
    # ten-secondly", HubSpot's specification, 2026-08-21); 90 % leaves 110 ms of jitter.
    search = Limit(
        key=f"hubspot:{account}:search",
        per_second=settings.searches_per_second * 0.9,
        burst=1,
    )
    daily = () if settings.daily_calls is None else (_daily(settings, account),)
    return lambda call: (search if call.kind.endswith(".search") else calls, *daily)


def _daily(settings: Settings, account: str) -> Limit:
    """Half at once and half spread over the day: never more than all in 24 hours."""
    half = (settings.daily_calls or 0) / 2
    return Limit(
        key=f"hubspot:{account}:daily",
        per_second=half / 86_400,
        burst=max(1, int(half)),
    )
