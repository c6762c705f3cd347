"""Where webhooks go, and the validation rules of the portal's administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.calls import Reply, SandboxCall
from leadstate.testing.sandbox.control import Conditions
from leadstate_hubspot.sandbox.api.webhooks import read_target
from leadstate_hubspot.sandbox.crm.portal import Rule, object_type
from leadstate_hubspot.sandbox.problems import invalid
from leadstate_hubspot.sandbox.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping


class HubSpotConditions(Conditions[Site]):
    """Sets the conditions under which a portal runs."""

    def point(self, body: Mapping[str, object]) -> None:
        """Take over the `target` of webhooks and the `secret` that signs them."""
        deliveries = self._site.deliveries
        if "target" in body:
            target = self._read.optional_text(body, "target")
            deliveries.target = None if target is None else read_target(target)
        if "secret" in body:
            deliveries.secret = self._read.required_text(body, "secret")

    def read_rules(self, call: SandboxCall) -> Reply:
        """Show the validation rules."""
        del call
        rules = [
            {
                "object": rule.kind.plural,
                "property": rule.property,
                "value": rule.value,
                "message": rule.message,
            }
            for rule in self._site.portal.rules
        ]
        return Reply(200, {"rules": rules})

    def add_rule(self, call: SandboxCall) -> Reply:
        """Refuse writes of a property, to one value or to any."""
        body, read = self._read.body(call.raw), self._read
        name = read.optional_text(body, "object") or "contacts"
        kind = object_type(name)
        if kind is None:
            raise invalid(f"object {name[:50]!r} is unknown")
        rule = Rule(
            kind=kind,
            property=read.required_text(body, "property"),
            message=read.required_text(body, "message"),
            value=read.optional_text(body, "value"),
        )
        self._site.portal.rules.append(rule)
        return self.read_rules(call)

    def clear_rules(self, call: SandboxCall) -> Reply:
        """Remove every validation rule."""
        del call
        self._site.portal.rules.clear()
        return Reply(204)
