"""The control API's own table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.calls import Reply, SandboxCall
from leadstate.testing.sandbox.routes import Found, Routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.calls import CommonRefusals

    from .conditions import Conditions
    from .observing import Observing, RecordT, SiteT
    from .people import AuthorT, CrmUsers

PREFIX = "/_sandbox/"
Endpoint = Callable[[SandboxCall], Reply]


class Control:
    """Answers what begins with `/_sandbox/`.

    Args:
        more: What this CRM's control API has besides: `("POST", "uninstall") -> ...`.
    """

    def __init__(
        self,
        observing: Observing[SiteT, RecordT],
        conditions: Conditions[SiteT],
        people: CrmUsers[SiteT, RecordT, AuthorT],
        refusals: CommonRefusals,
        more: Mapping[tuple[str, str], Endpoint] | None = None,
    ) -> None:
        self._refusals = refusals
        table: dict[tuple[str, str], Endpoint] = {
            ("GET", "health"): observing.health,
            ("GET", "state/{object}"): observing.state,
            ("GET", "state/{object}/{id}"): observing.state_of_one,
            ("GET", "log"): observing.log,
            ("DELETE", "log"): observing.clear_log,
            ("GET", "log/summary"): observing.log_summary,
            ("POST", "edit"): people.edit,
            ("POST", "bulk-edit"): people.bulk_edit,
            ("POST", "create"): people.create,
            ("POST", "archive"): people.archive,
            ("POST", "restore"): people.restore,
            ("POST", "merge"): people.merge,
            ("POST", "privacy-delete"): people.privacy_delete,
            ("GET", "clock"): conditions.read_clock,
            ("POST", "clock"): conditions.set_clock,
            ("GET", "faults"): conditions.read_faults,
            ("PUT", "faults"): conditions.put_faults,
            ("DELETE", "faults"): conditions.clear_faults,
            ("GET", "webhooks"): conditions.read_webhooks,
            ("POST", "webhooks"): conditions.set_webhooks,
            ("GET", "policy"): conditions.read_policy,
            ("PUT", "policy"): conditions.put_policy,
            ("GET", "rules"): conditions.read_rules,
            ("POST", "rules"): conditions.add_rule,
            ("DELETE", "rules"): conditions.clear_rules,
        }
        self._routes = Routes(
            (method, PREFIX + path, endpoint)
            for (method, path), endpoint in (table | dict(more or {})).items()
        )

    def answer(self, call: SandboxCall) -> Reply:
        """Answer a control call, or refuse it."""
        found = self._routes.find(call.method, call.path.rstrip("/"))
        if isinstance(found, Found):
            return found.target(replace(call, params=found.params))
        path = call.path[:100]
        if not found:
            raise self._refusals.not_found(f"there is no control call {path}")
        allowed = ", ".join(found)
        body = {"status": "error", "message": f"{path} answers {allowed}"}
        return Reply(405, body, {"Allow": allowed})
