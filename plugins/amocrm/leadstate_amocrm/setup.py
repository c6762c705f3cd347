"""Make what an account lacks: custom fields, options, stages, the webhook.

What is missing is worked out from the live account each time, so that a crash in the
middle, or a second run, goes on where things stand.  Nothing is ever removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.adapters import SetupStep
from leadstate.domain.values import FieldType
from leadstate.errors import ConfigurationError, RetryLater, UsageError

from .errors import problem_of
from .lifecycle import PIPELINE_NAMES, STATUS_NAMES
from .reading import BUILT_IN, split
from .values import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadstate.adapters import Wanted, WantedProperty
    from leadstate.adapters.http import ApiResponse

    from .api import AmoCrmApi
    from .lifecycle import Definitions
    from .payloads_account import FieldRow, PipelineRow

__all__ = ["HOOKS", "NO_HOOKS", "AccountSetup", "hook_settings", "target_of"]

_TYPES = {
    FieldType.TEXT: "text",
    FieldType.EMAIL: "text",
    FieldType.CHOICE: "select",
    FieldType.TAGS: "multiselect",
    FieldType.INTEGER: "numeric",
    FieldType.NUMBER: "numeric",
    FieldType.MONEY: "numeric",
    FieldType.BOOLEAN: "checkbox",
    FieldType.DATE: "date",
    FieldType.DATETIME: "date_time",
}
_WITH_OPTIONS = frozenset({"select", "multiselect", "radiobutton", "category"})
_SYSTEM_SORT = 10_000  # won and lost stand behind everything
HOOKS = ("add_lead", "update_lead", "status_lead", "delete_lead", "restore_lead")
_LINKED_HOOKS = {"contacts": "update_contact", "companies": "update_company"}
NO_HOOKS = (
    "webhooks need an administrator's token and a tariff that has them (in Kommo from "
    "Advanced on). Without them leave receiver.public_url out: Leadstate polls"
)


@dataclass(frozen=True, slots=True)
class _PlannedStep:
    """A step, and how it is made; None where only a person can."""

    step: SetupStep
    make: Callable[[], str] | None


@dataclass(frozen=True, slots=True)
class AccountSetup:
    """Sets an account up for one binding."""

    api: AmoCrmApi
    definitions: Definitions

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

    def _steps(self, wanted: Wanted) -> Iterator[_PlannedStep]:
        self.definitions.forget()
        yield from self._fields(wanted.properties)
        yield from self._token_field(wanted.properties)
        yield from self._stages(wanted.stages)
        yield from self._webhook(wanted)

    # -- fields ------------------------------------------------------------------------

    def _fields(self, properties: Sequence[WantedProperty]) -> Iterator[_PlannedStep]:
        done: set[tuple[str, str]] = set()
        for one in properties:
            kind, name = split(one.name)
            if (kind, name) in done:
                continue
            done.add((kind, name))
            if name.startswith("cf."):
                yield from self._field(kind, name.removeprefix("cf."), one)
            elif name not in BUILT_IN[kind]:
                hint = did_you_mean(name, BUILT_IN[kind])
                how = f"name it cf.CODE in the binding{hint}"
                yield _by_hand(f"property {one.name}", f"property {one.name}", how)
            elif name == "loss_reason":
                yield from self._loss_reasons(one.options)

    def _field(
        self, kind: str, key: str, one: WantedProperty
    ) -> Iterator[_PlannedStep]:
        found = self.definitions.field(kind, key)
        text = f"custom field {key} of {kind}"
        if found is not None:
            yield from self._options(kind, found, one)
        elif key.isdigit():
            how = (
                f"the binding names {one.name}, an id that this account does not have; "
                "name the field by its code, or by the id that it has here"
            )
            yield _by_hand(f"field {one.name}", text, how)
        elif not one.written:
            yield _by_hand(f"field {one.name}", text, _only_read(f"the code {key}"))
        else:
            body = _new_field(key, one.label, one.type, one.options)
            yield self._making_field(f"field {one.name}", text, kind, body)

    def _options(
        self, kind: str, field: FieldRow, one: WantedProperty
    ) -> Iterator[_PlannedStep]:
        held = {option.casefold() for option in field.options}
        lacking = [option for option in one.options if option.casefold() not in held]
        if field.type not in _WITH_OPTIONS or not lacking:
            return
        kept = [
            {"id": int(enum.id), "value": enum.value, "sort": enum.sort}
            for enum in field.enums
        ]
        last = max((enum.sort for enum in field.enums), default=0)
        new = [
            {"value": option, "sort": last + 10 * number}
            for number, option in enumerate(lacking, start=1)
        ]
        text = f"options {', '.join(lacking)} of custom field {field.code or field.id}"
        if not one.written:
            how = _only_read("these options")
            yield _by_hand(f"options {one.name}", text, how)
            return

        def make() -> str:
            body = {"id": int(field.id), "enums": [*kept, *new]}
            self._check(self.api.update_field(kind, body), text)
            self.definitions.forget()
            return ""

        yield _PlannedStep(SetupStep(key=f"options {one.name}", text=text), make)

    def _token_field(
        self, properties: Sequence[WantedProperty]
    ) -> Iterator[_PlannedStep]:
        """Without this field no lead can be created exactly once."""
        key = self.api.settings.token_field
        bound = f"cf.{key}" in {one.name for one in properties}
        if bound or self.definitions.field("leads", key) is not None:
            return
        text = f"custom field {key} of leads, which keeps that a lead is created once"
        if key.isdigit():
            how = "set token_field to the code or the id of a text field of leads"
            yield _by_hand("token field", text, how)
            return
        body = _new_field(key, "Leadstate token", FieldType.TEXT, ())
        yield self._making_field("token field", text, "leads", body)

    def _making_field(
        self, key: str, text: str, kind: str, body: Mapping[str, object]
    ) -> _PlannedStep:
        def make() -> str:
            self._check(self.api.create_field(kind, body), text)
            self.definitions.forget()
            return ""

        return _PlannedStep(SetupStep(key=key, text=text), make)

    def _loss_reasons(self, options: Sequence[str]) -> Iterator[_PlannedStep]:
        held = {one.name.casefold() for one in self.definitions.loss_reasons()}
        for option in options:
            if option.casefold() not in held:
                how = (
                    "amoCRM's API makes none: add it under Leads > Pipeline > "
                    "Settings > Closed lost > Loss reasons"
                )
                yield _by_hand(f"loss reason {option}", f"loss reason {option!r}", how)

    # -- stages ------------------------------------------------------------------------

    def _stages(
        self, stages: Mapping[str, Mapping[str, str]]
    ) -> Iterator[_PlannedStep]:
        planned: set[tuple[str, str]] = set()
        for label, properties in stages.items():
            pipeline = self._pipeline(properties)
            named = next((n for n in PIPELINE_NAMES if n in properties), "")
            if pipeline is None:
                text = f"pipeline {properties.get(named)!r} for stage {label}"
                how = "make it under Leads > Pipelines, or correct the binding"
                yield _by_hand(f"pipeline {properties.get(named)}", text, how)
                continue
            for name in STATUS_NAMES:
                asked = properties.get(name)
                if not asked or _has(pipeline, name, asked):
                    continue
                if (pipeline.id, asked) not in planned:
                    planned.add((pipeline.id, asked))
                    yield self._stage(pipeline, name, asked, label, len(planned))

    def _pipeline(self, properties: Mapping[str, str]) -> PipelineRow | None:
        """Return the pipeline that is named; without a name the main one."""
        pipelines = self.definitions.pipelines()
        for one in pipelines:
            if one.id == properties.get("pipeline_id"):
                return one
            name = properties.get("pipeline")
            if name and one.name.casefold() == name.casefold():
                return one
        if any(name in properties for name in PIPELINE_NAMES):
            return None
        return next((one for one in pipelines if one.is_main), None)

    def _stage(
        self, pipeline: PipelineRow, name: str, asked: str, label: str, number: int
    ) -> _PlannedStep:
        key = f"stage {pipeline.id} {asked}"
        text = f"stage {asked!r} in pipeline {pipeline.name!r}, for {label}"
        if name == "status_id":
            how = (
                "the binding names an id that this pipeline does not have: correct it, "
                "or name the status by its name"
            )
            return _by_hand(key, text, how)
        sorts = [s.sort for s in pipeline.statuses if s.sort < _SYSTEM_SORT]
        body = {"name": asked, "sort": max(sorts, default=10) + 10 * number}

        def make() -> str:
            self._check(self.api.create_status(pipeline.id, body), text)
            self.definitions.forget()
            return ""

        return _PlannedStep(SetupStep(key=key, text=text), make)

    # -- webhooks ----------------------------------------------------------------------

    def _webhook(self, wanted: Wanted) -> Iterator[_PlannedStep]:
        if wanted.webhook_url is None:
            return
        text = f"a webhook to {wanted.webhook_url}/(secret)"
        target = target_of(self.api, wanted.webhook_url)
        if target is None:
            how = (
                "set webhook_secret, the part of the address that only amoCRM knows; "
                'make it with: python -c "import secrets; '
                'print(secrets.token_urlsafe(32))"'
            )
            yield _by_hand("webhook", text, how)
            return
        asked = hook_settings([one.name for one in wanted.properties])
        try:
            hooks = {hook.destination: hook for hook in self.api.webhooks()}
        except ConfigurationError as error:
            yield _by_hand("webhook", text, f"{NO_HOOKS} ({error})")
            return
        held = hooks.get(target)
        if held is not None and not held.disabled and set(asked) <= set(held.settings):
            return

        def make() -> str:
            settings = dict.fromkeys((*(held.settings if held else ()), *asked))
            body = {"destination": target, "settings": list(settings), "sort": 10}
            self._check(self.api.subscribe(body), text)
            return ""

        yield _PlannedStep(SetupStep(key="webhook", text=text), make)

    def _check(self, answer: ApiResponse, what: str) -> None:
        """Raise what a refusal means for the admin."""
        if answer.status < 400:  # noqa: PLR2004
            return
        said = problem_of(answer).words() or f"status {answer.status}"
        message = self.api.client.clean(f"amoCRM did not make {what}: {said}")
        if answer.status == 504:  # noqa: PLR2004
            raise RetryLater(message, sent=True)
        raise ConfigurationError(
            f"{message}. Fields, stages and webhooks need an administrator's token"
        )


def target_of(api: AmoCrmApi, webhook_url: str) -> str | None:
    """Return the address that amoCRM is to call, with the secret at its end."""
    secret = api.settings.webhook_secret
    if secret is None:
        return None
    return f"{webhook_url.rstrip('/')}/{secret.get_secret_value()}"


def hook_settings(names: Sequence[str]) -> tuple[str, ...]:
    """Return the actions to subscribe to for a binding of ``names``."""
    kinds = {split(name)[0] for name in names}
    linked = [setting for kind, setting in _LINKED_HOOKS.items() if kind in kinds]
    return (*HOOKS, *linked)


def _new_field(
    code: str, label: str, kind: FieldType, options: Sequence[str]
) -> dict[str, object]:
    body: dict[str, object] = {"name": label or code, "code": code}
    body["type"] = _TYPES.get(kind, "text")  # phones and owners stand there as text
    if body["type"] in _WITH_OPTIONS and not options:
        body["type"] = "text"  # a list of options that nobody knows yet
    if body["type"] in _WITH_OPTIONS:
        body["enums"] = [
            {"value": option, "sort": 10 * number}
            for number, option in enumerate(options, start=1)
        ]
    return body


def _has(pipeline: PipelineRow, name: str, asked: str) -> bool:
    if name == "status_id":
        return any(status.id == asked for status in pipeline.statuses)
    folded = asked.casefold()
    return any(status.name.casefold() == folded for status in pipeline.statuses)


def _only_read(what: str) -> str:
    return (
        "Leadstate only reads it, so it is not its to make: an administrator of the "
        f"account adds it with {what} under Settings > Custom fields, or correct the "
        "binding"
    )


def _by_hand(key: str, text: str, how: str) -> _PlannedStep:
    return _PlannedStep(SetupStep(key=key, text=text, by_hand=how), None)
