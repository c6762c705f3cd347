"""The routing table of the v4 API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.routes import Routes

from . import (
    complex as complexes,
)
from . import (
    custom_fields,
    entities,
    events,
    linking,
    notes,
    oauth,
    people,
    pipelines,
    tasks,
    unsorted,
    webhooks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .calls import Endpoint

KINDS = ("leads", "contacts", "companies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What answers a path.

    Attributes:
        name: What the request log calls it.
        params: Parts of the path that the row fixes.
        public: Whether it is called without a token.
        writes: Whether an account that cannot pay is refused it.
    """

    name: str
    endpoint: Endpoint
    params: tuple[tuple[str, str], ...] = ()
    public: bool = False
    writes: bool = False


Row = tuple[str, str, Route]


def _row(
    line: str, name: str, endpoint: Endpoint, *, public: bool = False, **params: str
) -> Row:
    method, path = line.split()
    route = Route(
        name=name,
        endpoint=endpoint,
        params=tuple(params.items()),
        public=public,
        writes=method != "GET" and not public,
    )
    return method, path if public else f"/api/v4{path}", route


def _of_kind(kind: str) -> Iterator[Row]:
    """Yield what leads, contacts and companies have in common."""
    lines: tuple[tuple[str, str, Endpoint], ...] = (
        ("GET /{k}", "list", entities.list_records),
        ("POST /{k}", "create", entities.create),
        ("PATCH /{k}", "update", entities.update_many),
        ("GET /{k}/custom_fields", "fields", custom_fields.list_fields),
        ("POST /{k}/custom_fields", "create_fields", custom_fields.create_fields),
        ("PATCH /{k}/custom_fields", "update_fields", custom_fields.update_many),
        ("GET /{k}/custom_fields/{id}", "field", custom_fields.read_field),
        ("PATCH /{k}/custom_fields/{id}", "update_field", custom_fields.update_field),
        ("DELETE /{k}/custom_fields/{id}", "delete_field", custom_fields.delete_field),
        ("GET /{k}/tags", "tags", people.list_tags),
        ("POST /{k}/tags", "create_tags", people.create_tags),
        ("GET /{k}/notes", "notes", notes.list_notes),
        ("POST /{k}/notes", "create_notes", notes.create_notes),
        ("PATCH /{k}/notes", "update_notes", notes.update_notes),
        ("GET /{k}/{entity}/notes", "notes", notes.list_notes),
        ("POST /{k}/{entity}/notes", "create_notes", notes.create_notes),
        ("PATCH /{k}/{entity}/notes", "update_notes", notes.update_notes),
        ("GET /{k}/{entity}/notes/{note}", "note", notes.read_note),
        ("PATCH /{k}/{entity}/notes/{note}", "update_note", notes.update_note),
        ("GET /{k}/{id}/links", "links", linking.list_links),
        ("POST /{k}/{id}/link", "link", linking.link),
        ("POST /{k}/{id}/unlink", "unlink", linking.unlink),
        ("GET /{k}/{id}", "read", entities.read),
        ("PATCH /{k}/{id}", "update_one", entities.update_one),
    )
    for line, name, endpoint in lines:
        yield _row(line.replace("{k}", kind), f"{kind}.{name}", endpoint, kind=kind)


_PIPE = "/leads/pipelines"
_STATUS = "/leads/pipelines/{pipeline}/statuses"
_U = "/leads/unsorted"

# Rows with fixed words stand before rows with a parameter in the same place.
_TABLE = (
    _row("GET /account", "account.read", people.read_account),
    _row("POST /leads/complex", "leads.complex", complexes.create),
    _row(f"GET {_PIPE}", "pipelines.list", pipelines.list_pipelines),
    _row(f"POST {_PIPE}", "pipelines.create", pipelines.create_pipelines),
    _row(f"GET {_PIPE}/{{pipeline}}", "pipelines.read", pipelines.read_pipeline),
    _row(f"PATCH {_PIPE}/{{pipeline}}", "pipelines.update", pipelines.update_pipeline),
    _row(f"DELETE {_PIPE}/{{pipeline}}", "pipelines.delete", pipelines.delete_pipeline),
    _row(f"GET {_STATUS}", "statuses.list", pipelines.list_statuses),
    _row(f"POST {_STATUS}", "statuses.create", pipelines.create_statuses),
    _row(f"GET {_STATUS}/{{status}}", "statuses.read", pipelines.read_status),
    _row(f"PATCH {_STATUS}/{{status}}", "statuses.update", pipelines.update_status),
    _row(f"DELETE {_STATUS}/{{status}}", "statuses.delete", pipelines.delete_status),
    _row("GET /leads/loss_reasons", "loss_reasons.list", pipelines.list_reasons),
    _row("GET /leads/loss_reasons/{id}", "loss_reasons.read", pipelines.read_reason),
    _row(f"GET {_U}/summary", "unsorted.summary", unsorted.summary),
    _row(f"GET {_U}", "unsorted.list", unsorted.list_unsorted),
    _row(f"POST {_U}/forms", "unsorted.add", unsorted.add, category="forms"),
    _row(f"POST {_U}/sip", "unsorted.add", unsorted.add, category="sip"),
    _row(f"GET {_U}/{{uid}}", "unsorted.read", unsorted.read_unsorted),
    _row(f"POST {_U}/{{uid}}/accept", "unsorted.accept", unsorted.accept),
    _row(f"DELETE {_U}/{{uid}}/decline", "unsorted.decline", unsorted.decline),
    _row(f"POST {_U}/{{uid}}/link", "unsorted.link", unsorted.link),
    *(row for kind in KINDS for row in _of_kind(kind)),
    _row("GET /users", "users.list", people.list_users),
    _row("GET /users/{id}", "users.read", people.read_user),
    _row("GET /tasks", "tasks.list", tasks.list_tasks),
    _row("POST /tasks", "tasks.create", tasks.create_tasks),
    _row("PATCH /tasks", "tasks.update", tasks.update_tasks),
    _row("GET /tasks/{id}", "tasks.read", tasks.read_task),
    _row("PATCH /tasks/{id}", "tasks.update_one", tasks.update_task),
    _row("GET /events/types", "events.types", events.list_types),
    _row("GET /events", "events.list", events.list_events),
    _row("GET /events/{id}", "events.read", events.read_event),
    _row("GET /webhooks", "webhooks.list", webhooks.list_hooks),
    _row("POST /webhooks", "webhooks.subscribe", webhooks.subscribe),
    _row("DELETE /webhooks", "webhooks.unsubscribe", webhooks.unsubscribe),
    _row("GET /oauth", "oauth.authorize", oauth.authorize, public=True),
    _row("POST /oauth2/access_token", "oauth.token", oauth.token, public=True),
    _row(
        "GET /oauth2/account/current/subdomain",
        "oauth.subdomain",
        oauth.subdomain,
        public=True,
    ),
)
ROUTES = Routes(_TABLE)
