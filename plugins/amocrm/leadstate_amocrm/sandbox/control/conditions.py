"""Where webhooks go, and what the account's robots do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.calls import Reply, SandboxCall
from leadstate.testing.sandbox.control import Conditions
from leadstate_amocrm.sandbox.crm.automation import Rule
from leadstate_amocrm.sandbox.problems import invalid
from leadstate_amocrm.sandbox.push.hooks import OF_LEADS, SETTINGS
from leadstate_amocrm.sandbox.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping


class AmoCrmConditions(Conditions[Site]):
    """Sets the conditions under which an account runs."""

    def point(self, body: Mapping[str, object]) -> None:
        """Subscribe the `target` to leads, or to the `settings` given.

        A target of null ends every webhook.  A `secret` is taken and not used: amoCRM
        signs nothing.
        """
        if "target" not in body:
            return
        target = self._read.optional_text(body, "target")
        given = body.get("settings", list(OF_LEADS))
        settings = self._read.texts(given, at="settings")
        if target is not None and not target.startswith(("http://", "https://")):
            raise invalid("target must be an http address")
        strange = sorted(set(settings) - SETTINGS)
        if strange:
            known = ", ".join(sorted(SETTINGS))
            raise invalid(f"setting {strange[0][:50]!r} is unknown. Known: {known}")
        self._site.hooks.all.clear()
        if target is not None:
            self._site.hooks.put(target, settings)

    def read_rules(self, call: SandboxCall) -> Reply:
        """Show what the account's robots do."""
        del call
        return Reply(200, {"rules": [rule.body() for rule in self._site.robots.rules]})

    def add_rule(self, call: SandboxCall) -> Reply:
        """Let a robot act when a lead enters a stage.

        `{"status_id": 7100102, "pipeline_id": 7100001, "then": {"status_id": 7100103}}`
        moves it on; `"then": {"webhook": "http://..."}` tells a Digital Pipeline
        webhook.
        """
        body = self._read.body(call.raw)
        then = self._read.mapping(body.get("then") or {}, at="then")
        main = self._site.account.main_pipeline().id
        pipeline_id, status_id = self._stage(body, main)
        to = None
        if then.get("status_id") is not None:
            to = self._stage(then, pipeline_id)
        webhook = self._read.optional_text(then, "webhook")
        if to is None and webhook is None:
            raise invalid("then needs a status_id or a webhook")
        rule = Rule(
            pipeline_id=pipeline_id, status_id=status_id, to=to, webhook=webhook
        )
        self._site.robots.rules.append(rule)
        return self.read_rules(call)

    def clear_rules(self, call: SandboxCall) -> Reply:
        """Remove every rule."""
        del call
        self._site.robots.rules.clear()
        return Reply(204)

    def uninstall(self, call: SandboxCall) -> Reply:
        """Remove the integration: no token is good until a new code is exchanged."""
        del call
        self._site.tokens.revoked = True
        return Reply(204)

    def _stage(self, body: Mapping[str, object], usual: int) -> tuple[int, int]:
        given, read = body.get("pipeline_id"), self._read
        pipeline_id = usual if given is None else read.whole(given, at="pipeline_id")
        wanted = read.required_text(body, "status_id")
        status_id = read.whole(wanted, at="status_id")
        if self._site.account.status(pipeline_id, status_id) is None:
            raise invalid(f"pipeline {pipeline_id} has no status {status_id}")
        return pipeline_id, status_id
