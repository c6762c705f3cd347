"""One routing table for every version of the API.

A path is first stripped of its version, then matched.  What differs between versions
is only which of them serve a family, and the prefix of the webhook endpoints:
/webhooks/2026-03/ but /app-webhooks/2026-09/ (specifications of 2026-08-21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.routes import Routes
from leadstate_hubspot.sandbox.crm.portal import object_type

from . import (
    associations,
    batches,
    oauth,
    objects,
    people,
    pipelines,
    properties,
    searching,
    webhooks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.testing.sandbox.routes import Found

    from .calls import Endpoint

_DATED = frozenset(("2026-03", "2026-09"))
_V1 = frozenset(("v1",))
_V3 = _DATED | {"v3"}
_V4 = _DATED | {"v4"}
_OAUTH = _DATED | {"v1", "v3"}
_ANY = frozenset(("",)) | _V3
_VERSION = re.compile(r"v\d|\d{4}-\d\d(-beta)?")
_READ, _WRITE = "crm.objects.{scope}.read", "crm.objects.{scope}.write"
_SCHEMA = "crm.schemas.{scope}.write"
_OWNERS = "crm.objects.owners.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What answers a path in some versions of the API.

    Attributes:
        name: What the request log calls it; `{type}` becomes the object type.
        scope: The scope it needs; `{scope}` becomes the object type's family.
        public: Whether it is called without a token.
        version: The version that was asked for.
    """

    name: str
    endpoint: Endpoint
    versions: frozenset[str]
    scope: str = ""
    public: bool = False
    version: str = ""

    @property
    def is_search(self) -> bool:
        """Whether the search limit, not the ordinary one, holds."""
        return self.name.endswith(".search")

    def named(self, params: Mapping[str, str]) -> str:
        """Return what the request log calls a request with these parts of the path."""
        kind = object_type(params.get("type", ""))
        return self.name.format(type="objects" if kind is None else kind.plural)

    def needed(self, params: Mapping[str, str]) -> str:
        """Return the scope such a request needs; empty for none."""
        kind = object_type(params.get("type", ""))
        return self.scope.format(scope="contacts" if kind is None else kind.scope)


Row = tuple[str, str, Route]
Line = tuple[str, str, "Endpoint", str]


def _family(
    prefix: str,
    name: str,
    versions: frozenset[str],
    *lines: Line,
    public: bool = False,
) -> Iterator[Row]:
    """Yield rows that share the beginning of their path, their name and versions."""
    for line, last, endpoint, scope in lines:
        method, _, rest = line.partition(" ")
        route = Route(
            name=f"{name}.{last}",
            endpoint=endpoint,
            versions=versions,
            scope=scope,
            public=public,
        )
        yield method, prefix + rest, route


# Rows with fixed words stand before rows with a parameter in the same place.
_TABLE: tuple[Row, ...] = (
    *_family(
        "/crm/objects/{type}",
        "{type}",
        _V3,
        ("POST /search", "search", searching.search, _READ),
        ("POST /merge", "merge", objects.merge, _WRITE),
        ("POST /gdpr-delete", "privacy_delete", objects.privacy_delete, _WRITE),
        ("POST /batch/read", "batch_read", batches.read, _READ),
        ("POST /batch/create", "batch_create", batches.create, _WRITE),
        ("POST /batch/update", "batch_update", batches.update, _WRITE),
        ("POST /batch/upsert", "batch_upsert", batches.upsert, _WRITE),
        ("POST /batch/archive", "batch_archive", batches.archive, _WRITE),
        ("GET", "list", objects.list_records, _READ),
        ("POST", "create", objects.create, _WRITE),
        ("GET /{id}", "read", objects.read, _READ),
        ("PATCH /{id}", "update", objects.update, _WRITE),
        ("DELETE /{id}", "archive", objects.archive, _WRITE),
    ),
    *_family(
        "/crm/objects/{type}/{id}/associations",
        "associations",
        _V4,
        ("PUT /default/{to}/{to_id}", "put_default", associations.put_default, _WRITE),
        ("GET /{to}", "list", associations.list_links, _READ),
        ("PUT /{to}/{to_id}", "put", associations.put_labels, _WRITE),
        ("DELETE /{to}/{to_id}", "archive", associations.remove, _WRITE),
    ),
    *_family(
        "/crm/associations/{type}/{to}",
        "associations",
        _V4,
        ("POST /batch/read", "batch_read", associations.batch_read, _READ),
        ("POST /batch/create", "batch_create", associations.batch_create, _WRITE),
        ("POST /batch/archive", "batch_archive", associations.batch_archive, _WRITE),
        (
            "POST /batch/associate/default",
            "batch_default",
            associations.batch_default,
            _WRITE,
        ),
        (
            "POST /batch/labels/archive",
            "batch_archive_labels",
            associations.batch_archive_labels,
            _WRITE,
        ),
        ("GET /labels", "labels", associations.labels, _READ),
    ),
    *_family(
        "/crm/properties/{type}",
        "properties",
        _V3,
        ("GET /groups", "groups", properties.list_groups, _READ),
        ("POST /batch/read", "batch_read", properties.batch_read, _READ),
        ("GET", "list", properties.list_properties, _READ),
        ("POST", "create", properties.create_property, _SCHEMA),
        ("GET /{name}", "read", properties.read_property, _READ),
        ("PATCH /{name}", "update", properties.update_property, _SCHEMA),
        ("DELETE /{name}", "archive", properties.archive_property, _SCHEMA),
    ),
    *_family(
        "/crm/pipelines/{type}",
        "pipelines",
        _V3,
        ("GET", "list", pipelines.list_pipelines, _READ),
        ("GET /{pipeline}", "read", pipelines.read_pipeline, _READ),
        ("GET /{pipeline}/audit", "audit", pipelines.audit_pipeline, _READ),
        ("GET /{pipeline}/stages", "stages", pipelines.list_stages, _READ),
        ("POST /{pipeline}/stages", "create_stage", pipelines.create_stage, _WRITE),
        ("GET /{pipeline}/stages/{stage}", "stage", pipelines.read_stage, _READ),
        (
            "GET /{pipeline}/stages/{stage}/audit",
            "stage_audit",
            pipelines.audit_stage,
            _READ,
        ),
    ),
    *_family(
        "/crm/owners",
        "owners",
        _V3,
        ("GET", "list", people.list_owners, _OWNERS),
        ("GET /{id}", "read", people.read_owner, _OWNERS),
    ),
    *_family(
        "/account-info",
        "account",
        _V3,
        ("GET /details", "details", people.account_details, ""),
        ("GET /api-usage/daily/private-apps", "usage", people.daily_usage, ""),
    ),
    *_family(
        "/api-usage",
        "account",
        _ANY,
        ("GET /daily/private-apps", "usage", people.daily_usage, ""),
    ),
    *_family(
        "/webhooks/{app}/settings",
        "webhooks",
        _V3,
        ("GET", "settings", webhooks.read_settings, ""),
        ("PUT", "settings", webhooks.write_settings, ""),
        ("DELETE", "settings", webhooks.delete_settings, ""),
    ),
    *_family(
        "/webhooks/{app}/subscriptions",
        "webhooks",
        _V3,
        ("POST /batch/update", "batch_update", webhooks.batch_update, ""),
        ("GET", "list", webhooks.list_subscriptions, ""),
        ("POST", "create", webhooks.create_subscription, ""),
        ("GET /{subscription}", "read", webhooks.read_subscription, ""),
        ("PATCH /{subscription}", "update", webhooks.update_subscription, ""),
        ("DELETE /{subscription}", "delete", webhooks.delete_subscription, ""),
    ),
    *_family(
        "/oauth",
        "oauth",
        _OAUTH | _ANY,
        ("GET /authorize", "authorize", oauth.authorize, ""),
        public=True,
    ),
    *_family(
        "/oauth",
        "oauth",
        _OAUTH,
        ("POST /token", "token", oauth.token, ""),
        public=True,
    ),
    *_family(
        "/oauth/token",
        "oauth",
        _V3,
        ("POST /introspect", "introspect", oauth.introspect, ""),
        ("POST /revoke", "revoke", oauth.revoke, ""),
        public=True,
    ),
    *_family(
        "/oauth",
        "oauth",
        _V1,
        ("GET /access-tokens/{token}", "read_access", oauth.read_access, ""),
        ("GET /refresh-tokens/{token}", "read_refresh", oauth.read_refresh, ""),
        ("DELETE /refresh-tokens/{token}", "delete_refresh", oauth.delete_refresh, ""),
        public=True,
    ),
)
_ROUTES = {
    version: Routes(
        (method, path, replace(route, version=version))
        for method, path, route in _TABLE
        if version in route.versions
    )
    for version in _OAUTH | _V4 | _ANY
}


def find(method: str, path: str) -> Found[Route] | tuple[str, ...]:
    """Return what answers a request, or the methods allowed instead."""
    plain, version = _plain_path(path)
    routes = _ROUTES.get(version)
    return () if routes is None else routes.find(method, plain)


def _plain_path(path: str) -> tuple[str, str]:
    """Return a path without its version, and the version."""
    parts = path.rstrip("/").split("/")
    at = next((i for i in (2, 3) if i < len(parts) and _VERSION.fullmatch(parts[i])), 0)
    return _cut(parts, at) if at else ("/".join(parts), "")


def _cut(parts: list[str], at: int) -> tuple[str, str]:
    version = parts[at]
    rest = parts[:at] + parts[at + 1 :]
    wanted = "app-webhooks" if version == "2026-09" else "webhooks"
    if len(rest) > 1 and rest[1] in ("webhooks", "app-webhooks"):
        rest[1] = "webhooks" if rest[1] == wanted else "unknown"
    return "/".join(rest), version
