"""Clock, faults, webhooks, switches and rules: the conditions a test sets."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Generic

from leadstate.testing.sandbox import switches
from leadstate.testing.sandbox.calls import Reply, SandboxCall
from leadstate.testing.sandbox.faults import read_fault

from .observing import SiteT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.calls import CommonRefusals
    from leadstate.testing.sandbox.payloads import JsonReader


class Conditions(abc.ABC, Generic[SiteT]):
    """Shows and changes the conditions under which a sandbox runs."""

    def __init__(self, site: SiteT, read: JsonReader, refusals: CommonRefusals) -> None:
        self._site, self._read, self._refusals = site, read, refusals

    # -- what a CRM does its own way ---------------------------------------------------

    @abc.abstractmethod
    def point(self, body: Mapping[str, object]) -> None:
        """Take over where, and how, webhooks are sent, as far as a body says it."""

    @abc.abstractmethod
    def read_rules(self, call: SandboxCall) -> Reply:
        """Show the rules of the account's administrator."""

    @abc.abstractmethod
    def add_rule(self, call: SandboxCall) -> Reply:
        """Add a rule."""

    @abc.abstractmethod
    def clear_rules(self, call: SandboxCall) -> Reply:
        """Remove every rule."""

    # -- the endpoints -----------------------------------------------------------------

    def read_clock(self, call: SandboxCall) -> Reply:
        """Show the sandbox clock."""
        del call
        return Reply(200, switches.shown_clock(self._site.clock))

    def set_clock(self, call: SandboxCall) -> Reply:
        """Set (`now`), advance (`advance_seconds`) or pace (`rate`, 0 freezes) it."""
        wanted = self._read.body(call.raw)
        switches.change_clock(
            self._site.clock, wanted, self._read, self._refusals.invalid
        )
        return self.read_clock(call)

    def read_faults(self, call: SandboxCall) -> Reply:
        """Show the faults that still wait to strike."""
        del call
        waiting = [fault.body() for fault in self._site.faults.waiting]
        return Reply(200, {"faults": waiting})

    def put_faults(self, call: SandboxCall) -> Reply:
        """Replace the faults by a list, bare or under `faults`."""
        faults, read = self._site.faults, self._read
        given = read.json(call.raw)
        if isinstance(given, dict):
            given = given.get("faults")
        faults.waiting = [
            read_fault(one, faults.kinds, read, self._refusals.invalid)
            for one in read.mappings(given, at="faults")
        ]
        return self.read_faults(call)

    def clear_faults(self, call: SandboxCall) -> Reply:
        """Remove every fault."""
        del call
        self._site.faults.waiting = []
        return Reply(204)

    def read_webhooks(self, call: SandboxCall) -> Reply:
        """Show how deliveries stand."""
        del call
        return Reply(200, self._site.deliveries.stats())

    def set_webhooks(self, call: SandboxCall) -> Reply:
        """Point, pause, hurry or empty the deliveries."""
        body, deliveries = self._read.body(call.raw), self._site.deliveries
        self.point(body)
        if "paused" in body:
            deliveries.paused = self._read.flag(body["paused"], at="paused")
        if body.get("discard"):
            deliveries.discard()
        if body.get("flush") or body.get("retry_now"):
            deliveries.hurry(retries_only=not body.get("flush"))
        deliveries.wake()
        return self.read_webhooks(call)

    def read_policy(self, call: SandboxCall) -> Reply:
        """Show every switch."""
        del call
        return Reply(200, switches.shown_policy(self._site.policy))

    def put_policy(self, call: SandboxCall) -> Reply:
        """Change the switches named; all of them or, if one is wrong, none."""
        wanted = self._read.body(call.raw)
        switches.change_policy(
            self._site.policy, wanted, self._read, self._refusals.invalid
        )
        self._site.deliveries.wake()
        return self.read_policy(call)
