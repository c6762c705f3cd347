"""The control API's own table.  Its names mean the same for any CRM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.routes import Found, Routes
from leadstate_amocrm.sandbox.problems import not_found, refused

from . import conditions, observing, people

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.api.calls import Answer, Call, Endpoint
    from leadstate_amocrm.sandbox.site import Site

PREFIX = "/_sandbox/"
_TABLE: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "health", observing.health),
    ("GET", "state/{object}", observing.state),
    ("GET", "state/{object}/{id}", observing.state_of_one),
    ("GET", "log", observing.log),
    ("DELETE", "log", observing.clear_log),
    ("GET", "log/summary", observing.log_summary),
    ("POST", "edit", people.edit),
    ("POST", "bulk-edit", people.bulk_edit),
    ("POST", "create", people.create),
    ("POST", "archive", people.archive),
    ("POST", "restore", people.restore),
    ("POST", "merge", people.merge),
    ("POST", "privacy-delete", people.privacy_delete),
    ("GET", "clock", conditions.read_clock),
    ("POST", "clock", conditions.set_clock),
    ("GET", "faults", conditions.read_faults),
    ("PUT", "faults", conditions.put_faults),
    ("DELETE", "faults", conditions.clear_faults),
    ("GET", "webhooks", conditions.read_webhooks),
    ("POST", "webhooks", conditions.set_webhooks),
    ("GET", "policy", conditions.read_policy),
    ("PUT", "policy", conditions.put_policy),
    ("GET", "rules", conditions.read_rules),
    ("POST", "rules", conditions.add_rule),
    ("DELETE", "rules", conditions.clear_rules),
    ("POST", "uninstall", conditions.uninstall),
)
_ROUTES = Routes((method, PREFIX + path, answer) for method, path, answer in _TABLE)


def answer_control(site: Site, call: Call) -> Answer:
    """Answer a control call."""
    found = _ROUTES.find(call.method, call.path.rstrip("/"))
    if isinstance(found, Found):
        return found.target(site, replace(call, params=found.params))
    if not found:
        message = f"there is no control call {call.path[:100]}"
        raise not_found(message)
    message = f"{call.path[:100]} answers {', '.join(found)}"
    raise refused(405, message)
