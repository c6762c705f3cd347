"""One routing table for every version of the API.

A path is first stripped of its version, then matched.  What differs between versions
is only which of them serve a family, and the prefix of the webhook endpoints:
/webhooks/2026-03/ but /app-webhooks/2026-09/ (specifications of 2026-08-21).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

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
    from collections.abc import Mapping

    from .calls import Endpoint

_DATED = frozenset(("2026-03", "2026-09"))
_V3 = _DATED | {"v3"}
_V4 = _DATED | {"v4"}
_OAUTH = _DATED | {"v1", "v3"}
_ANY = frozenset(("",)) | _V3
_VERSION = re.compile(r"v\d|\d{4}-\d\d(-beta)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of the table.

    Attributes:
        kind: What the request log calls it; `{type}` becomes the object type.
        scope: The scope it needs; `{scope}` becomes the object type's family.
        public: Whether it is called without a token.
    """

    method: str
    pattern: re.Pattern[str]
    kind: str
    endpoint: Endpoint
    versions: frozenset[str]
    scope: str = ""
    public: bool = False

    @property
    def is_search(self) -> bool:
        """Whether the search limit, not the ordinary one, holds."""
        return self.kind.endswith(".search")


@dataclass(frozen=True, slots=True)
class Match:
    """A row with the parts of the path it took."""

    route: Route
    params: Mapping[str, str]
    version: str

    @property
    def kind(self) -> str:
        """What the request log calls the request."""
        named = object_type(self.params.get("type", ""))
        return self.route.kind.format(type="objects" if named is None else named.plural)

    @property
    def scope(self) -> str:
        """The scope the request needs; empty for none."""
        named = object_type(self.params.get("type", ""))
        return self.route.scope.format(
            scope="contacts" if named is None else named.scope
        )


def _route(  # noqa: PLR0913 - one column each
    line: str,
    kind: str,
    endpoint: Endpoint,
    versions: frozenset[str],
    scope: str = "",
    *,
    public: bool = False,
) -> Route:
    method, path = line.split()
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
    return Route(
        method=method,
        pattern=pattern,
        kind=kind,
        endpoint=endpoint,
        versions=versions,
        scope=scope,
        public=public,
    )


_O = "/crm/objects/{type}"
_A = "/crm/associations/{type}/{to}"
_L = _O + "/{id}/associations"
_P = "/crm/properties/{type}"
_PIPE = "/crm/pipelines/{type}"
_STAGE = _PIPE + "/{pipeline}/stages"
_HOOK = "/webhooks/{app}"
_READ, _WRITE = "crm.objects.{scope}.read", "crm.objects.{scope}.write"
_SCHEMA = "crm.schemas.{scope}.write"

# Rows with fixed words stand before rows with a parameter in the same place.
TABLE = (
    _route(f"POST {_O}/search", "{type}.search", searching.search, _V3, _READ),
    _route(f"POST {_O}/merge", "{type}.merge", objects.merge, _V3, _WRITE),
    _route(
        f"POST {_O}/gdpr-delete",
        "{type}.privacy_delete",
        objects.privacy_delete,
        _V3,
        _WRITE,
    ),
    _route(f"POST {_O}/batch/read", "{type}.batch_read", batches.read, _V3, _READ),
    _route(
        f"POST {_O}/batch/create", "{type}.batch_create", batches.create, _V3, _WRITE
    ),
    _route(
        f"POST {_O}/batch/update", "{type}.batch_update", batches.update, _V3, _WRITE
    ),
    _route(
        f"POST {_O}/batch/upsert", "{type}.batch_upsert", batches.upsert, _V3, _WRITE
    ),
    _route(
        f"POST {_O}/batch/archive", "{type}.batch_archive", batches.archive, _V3, _WRITE
    ),
    _route(f"GET {_O}", "{type}.list", objects.list_records, _V3, _READ),
    _route(f"POST {_O}", "{type}.create", objects.create, _V3, _WRITE),
    _route(f"GET {_O}/{{id}}", "{type}.read", objects.read, _V3, _READ),
    _route(f"PATCH {_O}/{{id}}", "{type}.update", objects.update, _V3, _WRITE),
    _route(f"DELETE {_O}/{{id}}", "{type}.archive", objects.archive, _V3, _WRITE),
    _route(
        f"PUT {_L}/default/{{to}}/{{to_id}}",
        "associations.put_default",
        associations.put_default,
        _V4,
        _WRITE,
    ),
    _route(
        f"GET {_L}/{{to}}", "associations.list", associations.list_links, _V4, _READ
    ),
    _route(
        f"PUT {_L}/{{to}}/{{to_id}}",
        "associations.put",
        associations.put_labels,
        _V4,
        _WRITE,
    ),
    _route(
        f"DELETE {_L}/{{to}}/{{to_id}}",
        "associations.archive",
        associations.remove,
        _V4,
        _WRITE,
    ),
    _route(
        f"POST {_A}/batch/read",
        "associations.batch_read",
        associations.batch_read,
        _V4,
        _READ,
    ),
    _route(
        f"POST {_A}/batch/create",
        "associations.batch_create",
        associations.batch_create,
        _V4,
        _WRITE,
    ),
    _route(
        f"POST {_A}/batch/archive",
        "associations.batch_archive",
        associations.batch_archive,
        _V4,
        _WRITE,
    ),
    _route(
        f"POST {_A}/batch/associate/default",
        "associations.batch_default",
        associations.batch_default,
        _V4,
        _WRITE,
    ),
    _route(
        f"POST {_A}/batch/labels/archive",
        "associations.batch_archive_labels",
        associations.batch_archive_labels,
        _V4,
        _WRITE,
    ),
    _route(f"GET {_A}/labels", "associations.labels", associations.labels, _V4, _READ),
    _route(f"GET {_P}/groups", "properties.groups", properties.list_groups, _V3, _READ),
    _route(
        f"POST {_P}/batch/read",
        "properties.batch_read",
        properties.batch_read,
        _V3,
        _READ,
    ),
    _route(f"GET {_P}", "properties.list", properties.list_properties, _V3, _READ),
    _route(f"POST {_P}", "properties.create", properties.create_property, _V3, _SCHEMA),
    _route(
        f"GET {_P}/{{name}}", "properties.read", properties.read_property, _V3, _READ
    ),
    _route(
        f"PATCH {_P}/{{name}}",
        "properties.update",
        properties.update_property,
        _V3,
        _SCHEMA,
    ),
    _route(
        f"DELETE {_P}/{{name}}",
        "properties.archive",
        properties.archive_property,
        _V3,
        _SCHEMA,
    ),
    _route(f"GET {_PIPE}", "pipelines.list", pipelines.list_pipelines, _V3, _READ),
    _route(
        f"GET {_PIPE}/{{pipeline}}",
        "pipelines.read",
        pipelines.read_pipeline,
        _V3,
        _READ,
    ),
    _route(
        f"GET {_PIPE}/{{pipeline}}/audit",
        "pipelines.audit",
        pipelines.audit_pipeline,
        _V3,
        _READ,
    ),
    _route(f"GET {_STAGE}", "pipelines.stages", pipelines.list_stages, _V3, _READ),
    _route(
        f"POST {_STAGE}", "pipelines.create_stage", pipelines.create_stage, _V3, _WRITE
    ),
    _route(
        f"GET {_STAGE}/{{stage}}",
        "pipelines.stage",
        pipelines.read_stage,
        _V3,
        _READ,
    ),
    _route(
        f"GET {_STAGE}/{{stage}}/audit",
        "pipelines.stage_audit",
        pipelines.audit_stage,
        _V3,
        _READ,
    ),
    _route(
        "GET /crm/owners",
        "owners.list",
        people.list_owners,
        _V3,
        "crm.objects.owners.read",
    ),
    _route(
        "GET /crm/owners/{id}",
        "owners.read",
        people.read_owner,
        _V3,
        "crm.objects.owners.read",
    ),
    _route("GET /account-info/details", "account.details", people.account_details, _V3),
    _route(
        "GET /account-info/api-usage/daily/private-apps",
        "account.usage",
        people.daily_usage,
        _V3,
    ),
    _route(
        "GET /api-usage/daily/private-apps", "account.usage", people.daily_usage, _ANY
    ),
    _route(f"GET {_HOOK}/settings", "webhooks.settings", webhooks.read_settings, _V3),
    _route(f"PUT {_HOOK}/settings", "webhooks.settings", webhooks.write_settings, _V3),
    _route(
        f"DELETE {_HOOK}/settings", "webhooks.settings", webhooks.delete_settings, _V3
    ),
    _route(
        f"POST {_HOOK}/subscriptions/batch/update",
        "webhooks.batch_update",
        webhooks.batch_update,
        _V3,
    ),
    _route(
        f"GET {_HOOK}/subscriptions", "webhooks.list", webhooks.list_subscriptions, _V3
    ),
    _route(
        f"POST {_HOOK}/subscriptions",
        "webhooks.create",
        webhooks.create_subscription,
        _V3,
    ),
    _route(
        f"GET {_HOOK}/subscriptions/{{subscription}}",
        "webhooks.read",
        webhooks.read_subscription,
        _V3,
    ),
    _route(
        f"PATCH {_HOOK}/subscriptions/{{subscription}}",
        "webhooks.update",
        webhooks.update_subscription,
        _V3,
    ),
    _route(
        f"DELETE {_HOOK}/subscriptions/{{subscription}}",
        "webhooks.delete",
        webhooks.delete_subscription,
        _V3,
    ),
    _route(
        "GET /oauth/authorize",
        "oauth.authorize",
        oauth.authorize,
        _OAUTH | _ANY,
        public=True,
    ),
    _route("POST /oauth/token", "oauth.token", oauth.token, _OAUTH, public=True),
    _route(
        "POST /oauth/token/introspect",
        "oauth.introspect",
        oauth.introspect,
        _V3,
        public=True,
    ),
    _route("POST /oauth/token/revoke", "oauth.revoke", oauth.revoke, _V3, public=True),
    _route(
        "GET /oauth/access-tokens/{token}",
        "oauth.read_access",
        oauth.read_access,
        frozenset(("v1",)),
        public=True,
    ),
    _route(
        "GET /oauth/refresh-tokens/{token}",
        "oauth.read_refresh",
        oauth.read_refresh,
        frozenset(("v1",)),
        public=True,
    ),
    _route(
        "DELETE /oauth/refresh-tokens/{token}",
        "oauth.delete_refresh",
        oauth.delete_refresh,
        frozenset(("v1",)),
        public=True,
    ),
)


def plain_path(path: str) -> tuple[str, str]:
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


@lru_cache(maxsize=4096)
def match(method: str, path: str) -> Match | str | None:
    """Return the row for a request, the methods allowed instead, or None."""
    plain, version = plain_path(path)
    fitting = [
        (route, found)
        for route in TABLE
        if version in route.versions and (found := route.pattern.fullmatch(plain))
    ]
    for route, found in fitting:
        if route.method == method:
            params = {name: unquote(part) for name, part in found.groupdict().items()}
            return Match(route, params, version)
    return ", ".join(sorted({route.method for route, _ in fitting})) or None
