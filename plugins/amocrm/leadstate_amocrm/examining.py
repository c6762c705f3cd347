"""Examine a live amoCRM account: what is wrong is a `Check` with its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from leadstate.adapters import Check, CheckState
from leadstate.errors import ConfigurationError, LeadstateError, RetryLater

from .lifecycle import PIPELINE_NAMES, STATUS_NAMES
from .reading import split
from .setup import NO_HOOKS, hook_settings, target_of
from .values import UnfitValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from leadstate.adapters import Wanted
    from leadstate.adapters.http import ApiResponse
    from leadstate.domain.binding import Binding

    from .api import AmoCrmApi
    from .lifecycle import Definitions
    from .payloads_account import AccountRow, UserRow

__all__ = ["Examiner"]

_GOOD, _WARNING, _BAD = CheckState.GOOD, CheckState.WARNING, CheckState.BAD
_LATE = timedelta(seconds=60)
_RIGHTS = {"A": "all", "G": "those of the group", "M": "its own only", "D": "none"}
_DENIED = "D"


@dataclass(frozen=True, slots=True)
class Examiner:
    """Examines the account of one connection."""

    api: AmoCrmApi
    definitions: Definitions
    binding: Binding
    now: Callable[[], datetime]

    def examine(self, wanted: Wanted) -> list[Check]:
        """Return every check; without credentials that is the only one."""
        try:
            answer = self.api.account_answer()
            details = self.api.account(answer)
        except LeadstateError as error:
            return [_credentials(error)]
        self.definitions.forget()
        text = f"account {details.id} {details.name}, time zone {details.timezone}"
        checks = [Check(name="credentials", state=_GOOD, text=text)]
        parts = (
            self._clock(answer),
            self._budget(),
            self._filters(details),
            self._rights(details),
            self._stages(wanted),
            self._fields(wanted),
            self._demands(),
            self._webhook(wanted),
        )
        for part in parts:
            try:
                checks += part
            except LeadstateError as error:
                checks.append(_broken(error))
        return checks

    # -- the account -------------------------------------------------------------------

    def _clock(self, answer: ApiResponse) -> Iterator[Check]:
        try:
            theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return
        if theirs.tzinfo is None:
            return
        apart = self.now() - theirs
        if abs(apart) <= _LATE:
            text = "as amoCRM's, within a minute"
            yield Check(name="clock", state=_GOOD, text=text)
            return
        way = "ahead of" if apart > timedelta() else "behind"
        seconds = round(abs(apart.total_seconds()))
        yield Check(
            name="clock",
            state=_WARNING,
            text=f"our clock is {seconds} s {way} amoCRM's",
            remedy="set this machine's clock by NTP",
        )

    def _budget(self) -> Iterator[Check]:
        rate = self.api.settings.requests_per_second
        text = (
            f"{rate * 0.95:g} calls a second, 95 % of requests_per_second {rate:g}; "
            "amoCRM does not tell what is left"
        )
        yield Check(name="budget", state=_GOOD, text=text)

    def _filters(self, details: AccountRow) -> Iterator[Check]:
        if details.has_filter:
            text = "the account's lists can be filtered"
            yield Check(name="filters", state=_GOOD, text=text)
            return
        yield Check(
            name="filters",
            state=_WARNING,
            text="the account has no filters: leads are listed by their last change, "
            "and read one by one where that is not enough",
            remedy="nothing must be done; it is quicker with the additional package "
            "for filtering (amoCRM > Settings > Billing)",
        )

    def _rights(self, details: AccountRow) -> Iterator[Check]:
        """Rights can differ from stage to stage, for the user behind the token."""
        user_id = details.current_user_id
        if user_id is None:
            return
        try:
            user = self.api.user(user_id)
        except ConfigurationError:
            yield Check(
                name="rights",
                state=_WARNING,
                text="the token's user is no administrator, so that its rights cannot "
                "be seen",
                remedy="see that it may view and edit leads in every bound stage, or "
                "use an administrator's token",
            )
            return
        yield self._general(user)
        yield from self._of_stages(user)

    def _general(self, user: UserRow) -> Check:
        rights = user.rights
        name = f"user {self.api.client.clean(user.name, 100)!r}"
        if not rights.is_active:
            return Check(
                name="rights",
                state=_BAD,
                text=f"{name} is deactivated",
                remedy="make the token as an active user",
            )
        lacking = [
            f"{verb} leads: {_RIGHTS.get(str(right), right)}"
            for verb in ("view", "edit", "add")
            if not rights.is_admin and (right := rights.leads.get(verb, "A")) != "A"
        ]
        if not lacking:
            text = f"{name} may view, edit and add leads"
            return Check(name="rights", state=_GOOD, text=text)
        denied = any(rights.leads.get(verb) == _DENIED for verb in ("view", "edit"))
        return Check(
            name="rights",
            state=_BAD if denied else _WARNING,
            text=f"{name} may not do everything: {'; '.join(lacking)}",
            remedy="give it these rights under Settings > Users, or use the token of "
            "a user who has them",
        )

    def _of_stages(self, user: UserRow) -> Iterator[Check]:
        if user.rights.is_admin:
            return
        bound = dict(self._bound())
        for one in user.rights.status_rights:
            label = bound.get((one.pipeline_id or "", one.status_id or ""))
            rights = {str(one.rights.get(verb)) for verb in ("view", "edit")}
            if one.entity_type == "leads" and label and _DENIED in rights:
                yield Check(
                    name="rights",
                    state=_BAD,
                    text=f"the token's user may not view or edit leads in {label}",
                    remedy="allow it in the user's rights for this stage",
                )

    # -- the binding -------------------------------------------------------------------

    def _bound(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Return ids of pipeline and status with the stage that is bound to them."""
        for stage, properties in self.binding.stages.items():
            for texts in _combinations(properties):
                try:
                    ids = self.definitions.target(texts, texts.get("pipeline_id"))
                except UnfitValue:
                    continue
                yield (ids.get("pipeline_id", ""), ids.get("status_id", "")), stage

    def _stages(self, wanted: Wanted) -> Iterator[Check]:
        good = True
        for label, properties in wanted.stages.items():
            texts = {n: t for n, t in properties.items() if n in _STAGE}
            if not texts:
                continue
            try:
                self.definitions.target(texts, self._main())
            except UnfitValue as error:
                good = False
                yield Check(
                    name="stages",
                    state=_BAD,
                    text=f"stage {label}: {error}",
                    remedy="correct the binding, or make the stage with: leadstate "
                    "setup --apply",
                )
        if good and wanted.stages:
            text = f"all {len(wanted.stages)} bound stages are there"
            yield Check(name="stages", state=_GOOD, text=text)

    def _main(self) -> str | None:
        pipelines = self.definitions.pipelines()
        main = [one for one in pipelines if one.is_main] or pipelines
        return main[0].id if main else None

    def _fields(self, wanted: Wanted) -> Iterator[Check]:
        for one in wanted.properties:
            kind, name = split(one.name)
            if not name.startswith("cf."):
                continue
            try:
                self.definitions.wanted_field(kind, name.removeprefix("cf."))
            except UnfitValue as error:
                yield Check(
                    name="fields",
                    state=_BAD,
                    text=f"{one.name}: {error}",
                    remedy="correct the binding, or make the field with: leadstate "
                    "setup --apply",
                )
        key = self.api.settings.token_field
        if self.definitions.field("leads", key) is None:
            yield Check(
                name="fields",
                state=_WARNING,
                text=f"leads have no custom field {key}, so that none is created",
                remedy="if leads are handed off to this account: leadstate setup "
                "--apply; else nothing",
            )

    def _demands(self) -> Iterator[Check]:
        """Name fields that people must fill, and the binding does not know."""
        bound = dict(self._bound())
        read = set(self.binding.read_properties)
        for field in self.definitions.fields("leads"):
            if read & {f"cf.{field.id}", f"cf.{field.code}"}:
                continue
            for pair in field.required_statuses:
                label = bound.get((pair.pipeline_id, pair.status_id))
                if label:
                    yield Check(
                        name="demands",
                        state=_WARNING,
                        text=f"amoCRM wants field {field.name!r} filled before a lead "
                        f"enters {label}, and the binding does not read it",
                        remedy=f"bind cf.{field.code or field.id} and ask for it in "
                        "the guard, or take the demand away",
                    )

    # -- webhooks ----------------------------------------------------------------------

    def _webhook(self, wanted: Wanted) -> Iterator[Check]:
        if wanted.webhook_url is None:
            return
        yield self._hook(wanted, wanted.webhook_url)

    def _hook(self, wanted: Wanted, url: str) -> Check:
        target = target_of(self.api, url)
        if target is None:
            text = "no webhook_secret is set, so that every webhook is refused"
            return _bad_hook(text, "set webhook_secret, then: leadstate setup --apply")
        try:
            hooks = {hook.destination: hook for hook in self.api.webhooks()}
        except ConfigurationError:
            text = "webhooks cannot be managed with this token or tariff"
            return Check(name="webhooks", state=_WARNING, text=text, remedy=NO_HOOKS)
        hook = hooks.get(target)
        if hook is None:
            return _bad_hook(f"no webhook goes to {url}", "leadstate setup --apply")
        if hook.disabled:
            return _bad_hook(
                "amoCRM has disabled the webhook: too many deliveries failed",
                "see that the receiver answers within 2 s, then: leadstate setup "
                "--apply",
            )
        asked = hook_settings([one.name for one in wanted.properties])
        lacking = sorted(set(asked) - set(hook.settings))
        if lacking:
            text = f"the webhook does not tell of {', '.join(lacking)}"
            return _bad_hook(text, "leadstate setup --apply")
        text = "registered, and not disabled"
        return Check(name="webhooks", state=_GOOD, text=text)


_STAGE = (*PIPELINE_NAMES, *STATUS_NAMES)


def _combinations(
    properties: Mapping[str, tuple[str, ...]],
) -> Iterator[dict[str, str]]:
    """Return every stage of amoCRM that a bound stage is recognised by."""
    names = [name for name in properties if name in _STAGE]
    found: list[dict[str, str]] = [{}] if names else []
    for name in names:
        found = [
            {**one, name: text} for one in found for text in properties[name] if text
        ]
    yield from found


def _bad_hook(text: str, remedy: str) -> Check:
    return Check(name="webhooks", state=_BAD, text=text, remedy=remedy)


def _credentials(error: LeadstateError) -> Check:
    later = isinstance(error, RetryLater)
    return Check(
        name="credentials",
        state=_WARNING if later else _BAD,
        text=str(error),
        remedy="try again later"
        if later
        else "correct the settings as the message says, or run: leadstate connect "
        "amocrm",
    )


def _broken(error: LeadstateError) -> Check:
    return Check(
        name="account",
        state=_WARNING,
        text=f"could not be examined: {error}",
        remedy="try again later",
    )
