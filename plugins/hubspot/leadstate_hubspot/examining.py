"""Examine a live HubSpot account: what is wrong is a `Check` with its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Check, CheckState
from leadstate.domain.values import FieldType
from leadstate.errors import FatalAdapterError, LeadstateError, RetryLater

from .examining_rights import Rights
from .payloads import AccountDetails, read
from .payloads_account import Usages
from .setup import target_of
from .setup_webhooks import App, wanted_subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from leadstate.adapters import Wanted
    from leadstate.adapters.http import ApiResponse
    from leadstate.domain.binding import Binding

    from .api import HubSpotApi
    from .settings import Settings

__all__ = ["Examiner"]

_GOOD, _WARNING, _BAD = CheckState.GOOD, CheckState.WARNING, CheckState.BAD
_LATE = timedelta(seconds=60)
_TOO_LATE = timedelta(minutes=5)  # HubSpot's window for webhook signatures
_NEARLY = 0.8  # of the day's calls
_MOST_LISTED = 5
_RATE = "x-hubspot-ratelimit-max"
_KINDS_OF_TYPE: Final = {
    FieldType.INTEGER: {"number"},
    FieldType.NUMBER: {"number"},
    FieldType.MONEY: {"number"},
    FieldType.BOOLEAN: {"bool", "enumeration"},
    FieldType.DATE: {"date", "datetime"},
    FieldType.DATETIME: {"date", "datetime"},
    FieldType.TAGS: {"enumeration", "string"},
}


@dataclass(frozen=True, slots=True)
class Examiner:
    """Examines the account of one connection."""

    api: HubSpotApi
    settings: Settings
    binding: Binding
    now: Callable[[], datetime]

    def examine(self, wanted: Wanted) -> list[Check]:
        """Return every check; without credentials that is the only one."""
        try:
            answer = self.api.get("account.details", self.api.paths.account)
            details = read(AccountDetails, answer)
        except LeadstateError as error:
            return [_credentials(error)]
        checks = [self._account(details)]
        parts = (
            self._clock(answer),
            self._rate(answer),
            self._scopes(),
            self._daily(),
            self._types(wanted),
            self._webhooks(wanted),
        )
        for part in parts:
            try:
                checks += part
            except LeadstateError as error:
                checks.append(_broken(error))
        return checks

    # -- the account -------------------------------------------------------------------

    def _account(self, details: AccountDetails) -> Check:
        expected = self.settings.portal_id
        text = f"portal {details.portal_id} {details.account_type}".strip()
        if expected is not None and expected != details.portal_id:
            return Check(
                name="credentials",
                state=_BAD,
                text=f"the token is of {text}, setting 'portal_id' says {expected}",
                remedy="correct one of them",
            )
        text = f"{text}, time zone {details.time_zone}"
        return Check(name="credentials", state=_GOOD, text=text)

    def _clock(self, answer: ApiResponse) -> Iterator[Check]:
        try:
            theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        if theirs.tzinfo is None:
            return
        apart = self.now() - theirs
        seconds = round(abs(apart.total_seconds()))
        way = "ahead of" if apart > timedelta() else "behind"
        if abs(apart) <= _LATE:
            yield Check(name="clock", state=_GOOD, text="as HubSpot's, within a minute")
            return
        late = abs(apart) > _TOO_LATE
        yield Check(
            name="clock",
            state=_BAD if late else _WARNING,
            text=f"our clock is {seconds} s {way} HubSpot's",
            remedy="set this machine's clock by NTP"
            + ("; webhooks are refused beyond 300 s" if late else ""),
        )

    def _rate(self, answer: ApiResponse) -> Iterator[Check]:
        text = answer.headers.get(_RATE, "")
        if not (text.isascii() and text.isdigit()):
            return
        allowed, used = int(text), self.settings.calls_allowed
        if used <= allowed:
            said = f"HubSpot allows {allowed} calls in 10 seconds, we plan with {used}"
            yield Check(name="rate limit", state=_GOOD, text=said)
            return
        yield Check(
            name="rate limit",
            state=_WARNING,
            text=f"HubSpot allows {allowed} calls in 10 seconds, we plan with {used}",
            remedy=f"set calls_per_10_seconds: {allowed}",
        )

    def _daily(self) -> Iterator[Check]:
        if self.settings.oauth is not None:
            return  # apps that are installed have no daily limit (2026-11-22)
        found = self.api.get(
            "account.usage", self.api.paths.daily_usage, expects=_is_closed
        )
        if _is_closed(found):
            return
        for usage in read(Usages, found).results[:1]:
            if usage.limit > 0:
                text = f"{usage.used:,} of {usage.limit:,} calls of today are used"
                part = usage.used / usage.limit
                state = _BAD if part >= 1 else _WARNING if part > _NEARLY else _GOOD
                resets = usage.resets_at.isoformat() if usage.resets_at else "midnight"
                remedy = f"they come back at {resets}; set daily_calls, or buy more"
                yield Check(
                    name="daily calls",
                    state=state,
                    text=text,
                    remedy="" if state is _GOOD else remedy,
                )

    # -- rights ------------------------------------------------------------------------

    def _scopes(self) -> Iterator[Check]:
        lacking = Rights(self.api, self.settings, self.binding).lacking()
        if not lacking:
            text = f"all that {self.binding.object} need"
            yield Check(name="scopes", state=_GOOD, text=text)
            return
        yield Check(
            name="scopes",
            state=_BAD,
            text=f"the token lacks {', '.join(lacking)}",
            remedy="add them to the app or service key, then connect it again",
        )

    # -- what is bound -----------------------------------------------------------------

    def _types(self, wanted: Wanted) -> Iterator[Check]:
        """Tell properties whose type does not fit their field."""
        listed = self.api.properties(self.binding.object).results
        held = {one.name: one.type for one in listed if not one.archived}
        for one in wanted.properties:
            fitting = _KINDS_OF_TYPE.get(one.type)
            type_ = held.get(one.name)
            if fitting and type_ and type_ not in fitting and not one.stage:
                yield Check(
                    name="property types",
                    state=_WARNING,
                    text=f"{one.name!r} is a {type_} in HubSpot, the workflow reads "
                    f"{one.type}",
                    remedy="values that cannot be read count as missing; bind another "
                    "property, or change the field's type",
                )

    # -- webhooks ----------------------------------------------------------------------

    def _webhooks(self, wanted: Wanted) -> Iterator[Check]:
        if wanted.webhook_url is None:
            return
        if self.settings.webhook_secret is None:
            yield _hook(
                _WARNING,
                "no client_secret is set, so that no webhook can be verified: polling",
                "set client_secret to the app's; a service key has no webhooks",
            )
            return
        if self.settings.app_id is None:
            yield _hook(
                _WARNING,
                "no app_id is set: the subscriptions cannot be looked at, and our own "
                "changes come back as if they were somebody's",
                "set app_id to the app's",
            )
            return
        yield from self._subscribed(wanted, wanted.webhook_url, self.settings.app_id)

    def _subscribed(
        self, wanted: Wanted, webhook_url: str, app_id: str
    ) -> Iterator[Check]:
        state = App(self.api, app_id).state()
        if not state.open:
            yield _hook(
                _WARNING,
                "this token may not look at the app's webhooks",
                "compare them in the app; `leadstate setup` lists what is wanted",
            )
            return
        target = target_of(self.settings, webhook_url)
        if state.target != target:
            held = self.api.client.clean(state.target) or "nowhere"
            yield _hook(
                _BAD,
                f"events go to {held}, not to {target}",
                "correct the address in the app, or receiver.public_url",
            )
        asked = wanted_subscriptions(
            self.binding.object, [one.name for one in wanted.properties]
        )
        lacking, paused = state.lacking(asked), state.paused(asked)
        if lacking or paused:
            first = ", ".join(
                " ".join(filter(None, one)) for one in lacking[:_MOST_LISTED]
            )
            yield _hook(
                _WARNING,
                f"{len(lacking)} subscriptions are missing and {len(paused)} paused"
                + (f" (missing: {first}…)" if lacking else ""),
                "leadstate setup --apply; until then polling finds these changes",
            )
        elif state.target == target:
            text = f"{len(asked)} subscriptions are active and lead to us"
            yield _hook(_GOOD, text, "")


def _hook(state: CheckState, text: str, remedy: str) -> Check:
    return Check(name="webhooks", state=state, text=text, remedy=remedy)


def _credentials(error: LeadstateError) -> Check:
    if isinstance(error, RetryLater):
        remedy = "try again in a moment; check the network and base_url"
    elif isinstance(error, FatalAdapterError):
        remedy = "authorise it again with `leadstate connect`"
    else:
        remedy = "correct the settings, or authorise it with `leadstate connect`"
    return Check(name="credentials", state=_BAD, text=str(error), remedy=remedy)


def _broken(error: LeadstateError) -> Check:
    later = isinstance(error, RetryLater)
    return Check(
        name="account",
        state=_WARNING if later else _BAD,
        text=str(error),
        remedy="try again in a moment" if later else "",
    )


def _is_closed(answer: ApiResponse) -> bool:
    """Return whether a token of this kind may not ask this."""
    return answer.status in {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
    }
