"""The scorecard of an adapter: rules in code, judged from evidence, never claimed.

Bronze: it keeps the core promises, a page tells how to connect it, it can be tried
without an account.  Silver: it can be left alone.  Gold: it helps its admin.

Pure: what is there to judge is gathered elsewhere (`service.setup.scorecard`).

>>> from leadstate.adapters import AdapterSpec
>>> spec = AdapterSpec(name="acme", title="Acme", open=lambda connection: None)
>>> card = judge(Evidence(spec=spec, package="leadstate-acme", version="1.0"))
>>> card.tier is None, card.judged
(True, True)
>>> [one.rule.key for one in card.findings if one.state is State.UNMET][0]
'setup_guide'
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from leadstate.adapters.capabilities import Capability, Support
from leadstate.adapters.optional import (
    Creator,
    Diagnosis,
    History,
    Notes,
    Setup,
    Tasks,
)
from leadstate.adapters.protocol import Adapter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadstate.adapters.capabilities import AdapterSpec

__all__ = [
    "PARTS",
    "RULES",
    "Evidence",
    "Finding",
    "Kept",
    "Outcome",
    "Page",
    "Rule",
    "Scorecard",
    "State",
    "Tier",
    "Verdict",
    "disagreements",
    "judge",
]

PARTS: Final[Mapping[Capability, type]] = {
    Capability.NOTES: Notes,
    Capability.TASKS: Tasks,
    Capability.CREATE: Creator,
    Capability.HISTORY: History,
    Capability.SETUP: Setup,
    Capability.DIAGNOSIS: Diagnosis,
}
"""The optional protocol of a capability, where it has one; OAuth is the spec's own."""

_PRESENT: Final = frozenset((Support.FULL, Support.PARTIAL))


class Tier(StrEnum):
    """How far an adapter has come; each tier needs those before it."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class State(StrEnum):
    """How a rule came out."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"  # the evidence for it was not gathered


class Outcome(StrEnum):
    """How a promise of `AdapterConformance` came out."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How one promise came out, with the reason when it was not kept."""

    name: str
    sentence: str
    outcome: Outcome
    capability: Capability | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page for people: where it stands, and its text; None when it is an address."""

    where: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an adapter is judged by.

    Attributes:
        implementation: The adapter's class; None where it was not found.
        sandbox: Why there is no sandbox, "" when there is one.
        guide: The page of `AdapterSpec.guide`; None where nothing is there.
        pages: Every page that comes with the plugin, the guide among them.
        promises: How the conformance suite came out; None when it was not run.
    """

    spec: AdapterSpec
    package: str
    version: str
    implementation: type | None = None
    sandbox: str = "it was not looked for"
    guide: Page | None = None
    pages: tuple[Page, ...] = ()
    promises: Mapping[str, Kept] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a rule came out, and how that was judged, in a sentence."""

    state: State
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a tier: what it asks for, and the code that judges it."""

    key: str
    tier: Tier
    sentence: str
    judge: Callable[[Evidence], Verdict] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one rule came out for one adapter."""

    rule: Rule
    state: State
    how: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """How every rule came out.

    Attributes:
        tier: The highest tier whose rules, and those below it, are all met.
        judged: False when a rule that decides about the next tier is unknown.
    """

    findings: tuple[Finding, ...]
    tier: Tier | None
    judged: bool


def judge(evidence: Evidence) -> Scorecard:
    """Judge every rule, and compute the tier."""
    findings = []
    for rule in RULES:
        verdict = rule.judge(evidence)
        findings.append(Finding(rule, verdict.state, verdict.how))
    tier, judged = None, True
    for wanted in Tier:
        states = {one.state for one in findings if one.rule.tier is wanted}
        if states != {State.MET}:
            judged = State.UNMET in states
            break
        tier = wanted
    return Scorecard(tuple(findings), tier, judged)


def disagreements(spec: AdapterSpec, implementation: type) -> Iterator[str]:
    """Yield where the declared capabilities and the class say different things."""
    if not issubclass(implementation, Adapter):
        yield f"{implementation.__name__} lacks methods of Adapter"
    has = {one: issubclass(implementation, part) for one, part in PARTS.items()}
    has[Capability.OAUTH] = spec.oauth is not None
    for capability, there in has.items():
        support = spec.supports(capability).support
        name = PARTS[capability].__name__ if capability in PARTS else "spec.oauth"
        if support in _PRESENT and not there:
            yield f"{capability} is declared {support}, but {name} is not there"
        if support not in _PRESENT and there:
            yield f"{capability} is declared {support}, but {name} is there"


def _named(evidence: Evidence) -> Verdict:
    wanted = f"leadstate-{evidence.spec.name.replace('_', '-')}"
    if evidence.package.lower().replace("_", "-") == wanted:
        return Verdict(State.MET, f"it is {evidence.package} {evidence.version}")
    return Verdict(
        State.UNMET,
        f"it is {evidence.package or 'unnamed'}; messages tell an admin to install "
        f"{wanted}",
    )


def _agrees(evidence: Evidence) -> Verdict:
    if evidence.implementation is None:
        return _kept(evidence, "test_declared_capabilities_agree_with_the_methods")
    found = "; ".join(disagreements(evidence.spec, evidence.implementation))
    if found:
        return Verdict(State.UNMET, found)
    return Verdict(State.MET, f"compared with {evidence.implementation.__name__}")


def _has_guide(evidence: Evidence) -> Verdict:
    if evidence.guide is None:
        named = evidence.spec.guide
        what = f"{named} is not there" if named else "AdapterSpec.guide is empty"
        return Verdict(State.UNMET, what)
    if evidence.guide.text is not None and not evidence.guide.text.strip():
        return Verdict(State.UNMET, f"{evidence.guide.where} is empty")
    return Verdict(State.MET, f"it is {evidence.guide.where}")


def _has_sandbox(evidence: Evidence) -> Verdict:
    if evidence.sandbox:
        return Verdict(State.UNMET, evidence.sandbox)
    name = evidence.spec.name
    return Verdict(State.MET, f"leadstate sandbox {name} makes its command")


def _keeps_the_core(evidence: Evidence) -> Verdict:
    if evidence.promises is None:
        return _not_run()
    core = [one for one in evidence.promises.values() if one.capability is None]
    broken = [one.name for one in core if one.outcome is Outcome.FAILED]
    if not core or broken:
        what = ", ".join(broken) or "the suite holds no promise of the core"
        return Verdict(State.UNMET, f"not kept: {what}")
    return Verdict(State.MET, f"{len(core)} promises of the core were kept")


def _keeps_declared(evidence: Evidence) -> Verdict:
    if evidence.promises is None:
        return _not_run()
    declared = [one for one in evidence.promises.values() if one.capability]
    broken = [one.name for one in declared if one.outcome is Outcome.FAILED]
    if broken:
        return Verdict(State.UNMET, f"not kept: {', '.join(broken)}")
    kept = sum(one.outcome is Outcome.PASSED for one in declared)
    return Verdict(State.MET, f"{kept} promises of capabilities were kept")


def _authentic(evidence: Evidence) -> Verdict:
    declared = evidence.spec.supports(Capability.WEBHOOKS)
    if declared.support is Support.IMPOSSIBLE:
        return Verdict(State.MET, f"the CRM sends no webhooks: {declared.note}")
    if declared.support is Support.MISSING:
        return Verdict(State.UNMET, "webhooks are declared missing")
    return _kept(
        evidence,
        "test_a_forged_webhook_is_refused",
        "test_receiving_what_a_stranger_sends_ends_in_a_refusal",
    )


def _budgeted(evidence: Evidence) -> Verdict:
    return _kept(
        evidence,
        "test_every_request_books_the_budget",
        "test_every_repetition_books_the_budget_too",
    )


def _reauthorises(evidence: Evidence) -> Verdict:
    names = [
        "test_a_token_that_is_not_accepted_is_for_a_person",
        "test_the_adapter_goes_on_when_the_trouble_is_over",
    ]
    if evidence.spec.supports(Capability.OAUTH).support in _PRESENT:
        names.append("test_tokens_are_kept_before_the_account_is_told")
    return _kept(evidence, *names)


def _quarantines(evidence: Evidence) -> Verdict:
    return _kept(
        evidence,
        "test_a_refusal_is_a_value_and_spares_its_neighbours",
        "test_a_refusal_stays_a_refusal_when_it_is_repeated",
    )


def _backfills(evidence: Evidence) -> Verdict:
    return _of(evidence, Capability.HISTORY)


def _discovers(evidence: Evidence) -> Verdict:
    return _kept(
        evidence,
        "test_describing_lists_every_bound_property",
        "test_describing_lists_the_options_of_a_stage",
        "test_what_a_binding_names_in_vain_shows",
    )


def _diagnoses(evidence: Evidence) -> Verdict:
    found = _of(evidence, Capability.DIAGNOSIS)
    if found.state is not State.MET:
        return found
    return _kept(
        evidence,
        "test_a_diagnosis_shows_no_secret",
        "test_no_secret_is_in_a_message_or_a_log",
    )


_TROUBLE: Final = re.compile(
    r"^#{1,6} .*(troubleshoot|trouble|goes wrong|does not work)",
    re.IGNORECASE | re.MULTILINE,
)


def _helps_in_trouble(evidence: Evidence) -> Verdict:
    for page in evidence.pages:
        found = _TROUBLE.search(page.text or "")
        if found:
            return Verdict(State.MET, f"{page.where} has '{found[0].strip('# ')}'")
    looked = ", ".join(page.where for page in evidence.pages) or "no page"
    return Verdict(State.UNMET, f"no heading about troubleshooting in: {looked}")


def _of(evidence: Evidence, capability: Capability) -> Verdict:
    """Judge a capability by all of its promises."""
    declared = evidence.spec.supports(capability)
    if declared.support not in _PRESENT:
        note = f": {declared.note}" if declared.note else ""
        return Verdict(State.UNMET, f"it is declared {declared.support}{note}")
    if evidence.promises is None:
        return _not_run()
    own = [one for one in evidence.promises.values() if one.capability is capability]
    broken = [one.name for one in own if one.outcome is Outcome.FAILED]
    passed = [one.name for one in own if one.outcome is Outcome.PASSED]
    if broken or not passed:
        return Verdict(State.UNMET, f"not kept: {', '.join(broken) or 'any of it'}")
    return Verdict(State.MET, f"{len(passed)} promises of it were kept")


def _kept(evidence: Evidence, *names: str) -> Verdict:
    """Judge by promises that must have been kept."""
    if evidence.promises is None:
        return _not_run()
    for name in names:
        found = evidence.promises.get(name)
        if found is None:
            return Verdict(State.UNMET, f"the suite does not hold {name}")
        if found.outcome is not Outcome.PASSED:
            return Verdict(State.UNMET, f"{name} {found.outcome}: {found.reason}")
    return Verdict(State.MET, f"kept: {', '.join(names)}")


def _not_run() -> Verdict:
    return Verdict(State.UNKNOWN, "the conformance suite was not run (--conformance)")


RULES: Final = (
    Rule(
        key="package",
        tier=Tier.BRONZE,
        sentence="Its distribution has the name that messages tell an admin.",
        judge=_named,
    ),
    Rule(
        key="capabilities",
        tier=Tier.BRONZE,
        sentence="What it declares agrees with the methods that it has.",
        judge=_agrees,
    ),
    Rule(
        key="setup_guide",
        tier=Tier.BRONZE,
        sentence="A page tells an admin how to connect it.",
        judge=_has_guide,
    ),
    Rule(
        key="sandbox",
        tier=Tier.BRONZE,
        sentence="It can be tried without an account, against a sandbox.",
        judge=_has_sandbox,
    ),
    Rule(
        key="basic_conformance",
        tier=Tier.BRONZE,
        sentence="It keeps every promise of the core.",
        judge=_keeps_the_core,
    ),
    Rule(
        key="declared_conformance",
        tier=Tier.SILVER,
        sentence="It keeps the promises of every capability that it declares.",
        judge=_keeps_declared,
    ),
    Rule(
        key="webhook_authenticity",
        tier=Tier.SILVER,
        sentence="A webhook that is not the CRM's is refused.",
        judge=_authentic,
    ),
    Rule(
        key="rate_budget",
        tier=Tier.SILVER,
        sentence="Every request books the rate budget, repetitions too.",
        judge=_budgeted,
    ),
    Rule(
        key="re_authorisation",
        tier=Tier.SILVER,
        sentence="A dead token is told to a person, and the service goes on after it.",
        judge=_reauthorises,
    ),
    Rule(
        key="quarantine",
        tier=Tier.SILVER,
        sentence="What the CRM refuses is put aside and spares its neighbours.",
        judge=_quarantines,
    ),
    Rule(
        key="history",
        tier=Tier.GOLD,
        sentence="The past of the account can be read.",
        judge=_backfills,
    ),
    Rule(
        key="field_discovery",
        tier=Tier.GOLD,
        sentence="The properties that a binding can name are listed.",
        judge=_discovers,
    ),
    Rule(
        key="redacted_diagnostics",
        tier=Tier.GOLD,
        sentence="The account is examined with remedies, and no secret is shown.",
        judge=_diagnoses,
    ),
    Rule(
        key="troubleshooting",
        tier=Tier.GOLD,
        sentence="A page tells what to do when something goes wrong.",
        judge=_helps_in_trouble,
    ),
)
"""Every rule, tier by tier, in the order in which they are shown."""
