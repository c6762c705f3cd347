"""Make what an account lacks: properties, options, deal stages, webhooks.

What is missing is worked out from the live account each time, so that a crash in the
middle, or a second run, goes on where things stand.  Nothing is ever removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leadstate.adapters import SetupStep
from leadstate.errors import UsageError

from .setup_properties import PropertySteps
from .setup_stages import StageSteps
from .setup_steps import PlannedStep, by_hand
from .setup_webhooks import App, wanted_subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadstate.adapters import Wanted
    from leadstate.domain.binding import Binding

    from .api import HubSpotApi
    from .settings import Settings
    from .setup_webhooks import WantedSubscription

__all__ = ["AccountSetup", "target_of"]

_LONGEST = 12  # kinds of events that a message lists
_NO_APP = (
    "a service key has no webhooks. Make an app with webhooks in a developer project, "
    "connect it, and set app_id and client_secret; or leave receiver.public_url out "
    "and poll"
)


@dataclass(frozen=True, slots=True)
class AccountSetup:
    """Sets an account up for one binding."""

    api: HubSpotApi
    settings: Settings
    binding: Binding

    def missing(self, wanted: Wanted) -> list[SetupStep]:
        """Return what is missing, in the order of making; changes nothing."""
        return [planned.step for planned in self._steps(wanted)]

    def make(self, wanted: Wanted, step: SetupStep) -> str:
        """Make one missing thing; what is there meanwhile is left alone."""
        for planned in self._steps(wanted):
            if planned.step.key == step.key:
                if planned.make is None:
                    raise UsageError(
                        f"only a person can do this: {planned.step.by_hand}"
                    )
                return planned.make()
        return ""

    def _steps(self, wanted: Wanted) -> Iterator[PlannedStep]:
        properties = PropertySteps(self.api, self.settings, self.binding)
        yield from properties.steps(wanted)
        yield from StageSteps(self.api, self.binding.object).steps(wanted)
        yield from self._webhooks(wanted)

    def _webhooks(self, wanted: Wanted) -> Iterator[PlannedStep]:
        if wanted.webhook_url is None:
            return
        target = target_of(self.settings, wanted.webhook_url)
        asked = wanted_subscriptions(
            self.binding.object, [one.name for one in wanted.properties]
        )
        text = f"send webhooks to {target}"
        if self.settings.app_id is None:
            yield by_hand("webhook app", text, _NO_APP)
            return
        app = App(self.api, self.settings.app_id)
        state = app.state()
        if not state.open:
            yield by_hand("webhook app", text, _closed(asked))
            return
        if state.target != target:
            yield self._target(app, state.target, target)
        lacking, paused = state.lacking(asked), state.paused(asked)
        if lacking or paused:
            text = (
                f"subscribe to {len(lacking)} kinds of events and switch on "
                f"{len(paused)} that are paused"
            )
            step = SetupStep(key="webhook subscriptions", text=text)
            yield PlannedStep(step, _subscribing(app, asked))

    def _target(self, app: App, held: str, target: str) -> PlannedStep:
        key, text = "webhook target", f"send webhooks to {target}"
        if held:
            how = (
                f"the app sends its events to {self.api.client.clean(held)}, and an "
                "app has one address only: change it in the app's webhook settings if "
                "nobody else needs it, or use another app"
            )
            return by_hand(key, text, how)

        def make() -> str:
            app.send_to(target)
            return "HubSpot may take five minutes to follow"

        return PlannedStep(SetupStep(key=key, text=text), make)


def target_of(settings: Settings, webhook_url: str) -> str:
    """Return the address that HubSpot is to call, as the signature is checked with."""
    if settings.public_url is None:
        return webhook_url
    public = settings.public_url.rstrip("/")
    if urlsplit(public).path:
        return public
    return f"{public}{urlsplit(webhook_url).path}"


def _subscribing(app: App, asked: Sequence[WantedSubscription]) -> Callable[[], str]:
    def make() -> str:
        app.subscribe(asked)
        return "HubSpot may take five minutes to follow"

    return make


def _closed(asked: Sequence[WantedSubscription]) -> str:
    kinds = list(dict.fromkeys(event for event, _, _ in asked))
    names = [name for _, name, _ in asked if name]
    return (
        "this token may not change the app's webhooks. In the app's project, set the "
        "target address in the webhooks component, subscribe to "
        f"{', '.join(kinds[:_LONGEST])} (properties: {', '.join(names)}), switch the "
        "subscriptions on and upload the project; an app without a project has them "
        "on its Webhooks page"
    )
