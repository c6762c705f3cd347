"""The rules of the scorecard: what each tier asks for, and the code that judges it.

A rule is a function of the evidence; most ask for promises that the conformance suite
must have seen kept, so they are made by `_promises` and `_capability`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from leadstate.adapters import Capability, Support
from leadstate.testing.declared import ABSENT, disagreements
from leadstate.testing.scorecard.evidence import PromiseOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from leadstate.testing.scorecard.evidence import Evidence, TestedPromise

__all__ = ["RULES", "Judgement", "RuleState", "ScorecardRule", "Tier"]

_TROUBLE: Final = re.compile(
    r"^#{1,6} .*(troubleshoot|trouble|goes wrong|does not work)",
    re.IGNORECASE | re.MULTILINE,
)


class Tier(StrEnum):
    """How far an adapter has come; each tier needs those before it."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class RuleState(StrEnum):
    """How a rule came out."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"  # the evidence for it was not gathered


class Judgement(NamedTuple):
    """How a rule came out, and how that was judged, in a sentence."""

    state: RuleState
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardRule:
    """One rule of a tier: what it asks for, and the code that judges it."""

    key: str
    tier: Tier
    sentence: str
    judge: Callable[[Evidence], Judgement] = field(repr=False)


def _met(how: str) -> Judgement:
    return Judgement(RuleState.MET, how)


def _unmet(how: str) -> Judgement:
    return Judgement(RuleState.UNMET, how)


_NOT_RUN: Final = Judgement(
    RuleState.UNKNOWN, "the conformance suite was not run (--conformance)"
)

# -- what is judged by promises --------------------------------------------------------


def _promises(*names: str) -> Callable[[Evidence], Judgement]:
    """Return what judges by promises that must have been kept."""
    return lambda evidence: _kept(evidence, *names)


def _kept(evidence: Evidence, *names: str) -> Judgement:
    if evidence.promises is None:
        return _NOT_RUN
    for name in names:
        found = evidence.promises.get(name)
        if found is None:
            return _unmet(f"the suite does not hold {name}")
        if found.outcome is not PromiseOutcome.PASSED:
            return _unmet(f"{name} {found.outcome}: {found.reason}")
    return _met(f"kept: {', '.join(names)}")


def _capability(wanted: Capability) -> Callable[[Evidence], Judgement]:
    """Return what judges a capability by all of its promises."""
    return lambda evidence: _of(evidence, wanted)


def _of(evidence: Evidence, wanted: Capability) -> Judgement:
    declared = evidence.spec.supports(wanted)
    if declared.support in ABSENT:
        note = f": {declared.note}" if declared.note else ""
        return _unmet(f"it is declared {declared.support}{note}")
    if evidence.promises is None:
        return _NOT_RUN
    own = [one for one in evidence.promises.values() if one.capability is wanted]
    broken, passed = _broken(own), _passed(own)
    if broken or not passed:
        return _unmet(f"not kept: {broken or 'any of it'}")
    return _met(f"{passed} promises of it were kept")


def _keeps_the_core(evidence: Evidence) -> Judgement:
    if evidence.promises is None:
        return _NOT_RUN
    core = [one for one in evidence.promises.values() if one.capability is None]
    broken = _broken(core)
    if not core or broken:
        return _unmet(f"not kept: {broken or 'the suite holds no promise of the core'}")
    return _met(f"{len(core)} promises of the core were kept")


def _keeps_declared(evidence: Evidence) -> Judgement:
    if evidence.promises is None:
        return _NOT_RUN
    declared = [one for one in evidence.promises.values() if one.capability]
    broken = _broken(declared)
    if broken:
        return _unmet(f"not kept: {broken}")
    return _met(f"{_passed(declared)} promises of capabilities were kept")


def _broken(promises: Iterable[TestedPromise]) -> str:
    """Return the names of those that were not kept, or ""."""
    failed = [one.name for one in promises if one.outcome is PromiseOutcome.FAILED]
    return ", ".join(failed)


def _passed(promises: Iterable[TestedPromise]) -> int:
    return sum(one.outcome is PromiseOutcome.PASSED for one in promises)


# -- what is judged by more ------------------------------------------------------------


def _named(evidence: Evidence) -> Judgement:
    wanted = f"leadstate-{evidence.spec.name.replace('_', '-')}"
    if evidence.package.lower().replace("_", "-") == wanted:
        return _met(f"it is {evidence.package} {evidence.version}")
    return _unmet(
        f"it is {evidence.package or 'unnamed'}; messages tell an admin to install "
        f"{wanted}"
    )


def _agrees(evidence: Evidence) -> Judgement:
    if evidence.implementation is None:
        return _kept(evidence, "test_declared_capabilities_agree_with_the_methods")
    found = "; ".join(disagreements(evidence.spec, evidence.implementation))
    if found:
        return _unmet(found)
    return _met(f"compared with {evidence.implementation.__name__}")


def _has_guide(evidence: Evidence) -> Judgement:
    if evidence.guide is None:
        named = evidence.spec.guide
        what = f"{named} is not there" if named else "AdapterSpec.guide is empty"
        return _unmet(what)
    if evidence.guide.text is not None and not evidence.guide.text.strip():
        return _unmet(f"{evidence.guide.where} is empty")
    return _met(f"it is {evidence.guide.where}")


def _has_sandbox(evidence: Evidence) -> Judgement:
    if evidence.sandbox:
        return _unmet(evidence.sandbox)
    return _met(f"leadstate sandbox {evidence.spec.name} makes its command")


def _authentic(evidence: Evidence) -> Judgement:
    declared = evidence.spec.supports(Capability.WEBHOOKS)
    if declared.support is Support.IMPOSSIBLE:
        return _met(f"the CRM sends no webhooks: {declared.note}")
    if declared.support is Support.MISSING:
        return _unmet("webhooks are declared missing")
    return _kept(
        evidence,
        "test_a_forged_webhook_is_refused",
        "test_receiving_what_a_stranger_sends_ends_in_a_refusal",
    )


def _reauthorises(evidence: Evidence) -> Judgement:
    names = [
        "test_a_token_that_is_not_accepted_is_for_a_person",
        "test_the_adapter_goes_on_when_the_trouble_is_over",
    ]
    if evidence.spec.supports(Capability.OAUTH).support not in ABSENT:
        names.append("test_tokens_are_kept_before_the_account_is_told")
    return _kept(evidence, *names)


def _diagnoses(evidence: Evidence) -> Judgement:
    found = _of(evidence, Capability.DIAGNOSIS)
    if found.state is not RuleState.MET:
        return found
    return _kept(
        evidence,
        "test_a_diagnosis_shows_no_secret",
        "test_no_secret_is_in_a_message_or_a_log",
    )


def _helps_in_trouble(evidence: Evidence) -> Judgement:
    for page in evidence.pages:
        found = _TROUBLE.search(page.text or "")
        if found:
            return _met(f"{page.where} has '{found[0].strip('# ')}'")
    looked = ", ".join(page.where for page in evidence.pages) or "no page"
    return _unmet(f"no heading about troubleshooting in: {looked}")


RULES: Final = (
    ScorecardRule(
        key="package",
        tier=Tier.BRONZE,
        sentence="Its distribution has the name that messages tell an admin.",
        judge=_named,
    ),
    ScorecardRule(
        key="capabilities",
        tier=Tier.BRONZE,
        sentence="What it declares agrees with the methods that it has.",
        judge=_agrees,
    ),
    ScorecardRule(
        key="setup_guide",
        tier=Tier.BRONZE,
        sentence="A page tells an admin how to connect it.",
        judge=_has_guide,
    ),
    ScorecardRule(
        key="sandbox",
        tier=Tier.BRONZE,
        sentence="It can be tried without an account, against a sandbox.",
        judge=_has_sandbox,
    ),
    ScorecardRule(
        key="basic_conformance",
        tier=Tier.BRONZE,
        sentence="It keeps every promise of the core.",
        judge=_keeps_the_core,
    ),
    ScorecardRule(
        key="declared_conformance",
        tier=Tier.SILVER,
        sentence="It keeps the promises of every capability that it declares.",
        judge=_keeps_declared,
    ),
    ScorecardRule(
        key="webhook_authenticity",
        tier=Tier.SILVER,
        sentence="A webhook that is not the CRM's is refused.",
        judge=_authentic,
    ),
    ScorecardRule(
        key="rate_budget",
        tier=Tier.SILVER,
        sentence="Every request books the rate budget, repetitions too.",
        judge=_promises(
            "test_every_request_books_the_budget",
            "test_every_repetition_books_the_budget_too",
        ),
    ),
    ScorecardRule(
        key="re_authorisation",
        tier=Tier.SILVER,
        sentence="A dead token is told to a person, and the service goes on after it.",
        judge=_reauthorises,
    ),
    ScorecardRule(
        key="quarantine",
        tier=Tier.SILVER,
        sentence="What the CRM refuses is put aside and spares its neighbours.",
        judge=_promises(
            "test_a_refusal_is_a_value_and_spares_its_neighbours",
            "test_a_refusal_stays_a_refusal_when_it_is_repeated",
        ),
    ),
    ScorecardRule(
        key="history",
        tier=Tier.GOLD,
        sentence="The past of the account can be read.",
        judge=_capability(Capability.HISTORY),
    ),
    ScorecardRule(
        key="field_discovery",
        tier=Tier.GOLD,
        sentence="The properties that a binding can name are listed.",
        judge=_promises(
            "test_describing_lists_every_bound_property",
            "test_describing_lists_the_options_of_a_stage",
            "test_what_a_binding_names_in_vain_shows",
        ),
    ),
    ScorecardRule(
        key="redacted_diagnostics",
        tier=Tier.GOLD,
        sentence="The account is examined with remedies, and no secret is shown.",
        judge=_diagnoses,
    ),
    ScorecardRule(
        key="troubleshooting",
        tier=Tier.GOLD,
        sentence="A page tells what to do when something goes wrong.",
        judge=_helps_in_trouble,
    ),
)
"""Every rule, tier by tier, in the order in which they are shown."""
