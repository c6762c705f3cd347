"""The scorecard is computed: each rule from evidence, the tier from the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadstate.adapters import AdapterSpec, Capability, Support, Supports
from leadstate.adapters.installed import DocPage
from leadstate.testing import AdapterConformance
from leadstate.testing.conformance.base import capability_of
from leadstate.testing.declared import disagreements
from leadstate.testing.scorecard import (
    RULES,
    Evidence,
    RuleState,
    TestedPromise,
    Tier,
    judge,
)
from leadstate.testing.scorecard.evidence import PromiseOutcome

FULL = Supports(Support.FULL)


class SixMethods:
    """An adapter of the core alone."""

    def read(self, *_: object) -> None: ...
    def changes(self, *_: object) -> None: ...
    def write(self, *_: object) -> None: ...
    def receive(self, *_: object) -> None: ...
    def describe(self) -> None: ...
    def close(self) -> None: ...


class Noting(SixMethods):
    """One that leaves notes, too."""

    def add_note(self, *_: object) -> None: ...


def spec(**capabilities: Supports) -> AdapterSpec:
    """Return a spec with these capabilities."""
    declared = {Capability(name): how for name, how in capabilities.items()}
    return AdapterSpec(
        name="acme",
        title="Acme",
        open=lambda _: SixMethods(),
        capabilities=declared,
        guide="connect.md",
    )


def perfect() -> Evidence:
    """Return the evidence of an adapter that meets every rule."""
    tests = {n: getattr(AdapterConformance, n) for n in dir(AdapterConformance)}
    kept = {
        name: TestedPromise(
            name=name,
            sentence="",
            outcome=PromiseOutcome.PASSED,
            capability=capability_of(test),
        )
        for name, test in tests.items()
        if name.startswith("test_")
    }
    guide = DocPage("connect.md", "# Connect\n\n## Troubleshooting\n")
    return Evidence(
        spec=spec(webhooks=FULL, signed_webhooks=FULL, history=FULL, diagnosis=FULL),
        package="leadstate-acme",
        version="1.0",
        sandbox="",
        guide=guide,
        pages=(guide,),
        promises=kept,
    )


def broken(name: str, outcome: PromiseOutcome = PromiseOutcome.FAILED) -> Evidence:
    """Return the same with one promise that was not kept."""
    evidence = perfect()
    assert evidence.promises is not None
    worse = replace(evidence.promises[name], outcome=outcome, reason="because")
    return replace(evidence, promises={**evidence.promises, name: worse})


def states(evidence: Evidence) -> dict[str, RuleState]:
    """Return how each rule came out."""
    return {one.rule.key: one.state for one in judge(evidence).results}


def test_an_adapter_that_meets_every_rule_is_gold() -> None:
    """Nothing else makes it so."""
    card = judge(perfect())

    assert {RuleState.MET} == {one.state for one in card.results}
    assert (Tier.GOLD, True) == (card.tier, card.judged)


def skipped(name: str) -> Evidence:
    """Return the same with one promise that was not tried."""
    return broken(name, PromiseOutcome.SKIPPED)


# Rule -> the evidence that misses it, and the tier that is left.
MISSED: dict[str, tuple[Evidence, Tier | None]] = {
    "package": (replace(perfect(), package="acme-for-leads"), None),
    "capabilities": (replace(perfect(), implementation=Noting), None),
    "setup_guide": (replace(perfect(), guide=None), None),
    "sandbox": (replace(perfect(), sandbox="has no sandbox"), None),
    "basic_conformance": (broken("test_reading_no_ids_answers_nothing"), None),
    "declared_conformance": (
        broken("test_a_repeated_note_is_left_once"),
        Tier.BRONZE,
    ),
    "webhook_authenticity": (
        skipped("test_a_forged_webhook_is_refused"),
        Tier.BRONZE,
    ),
    "rate_budget": (skipped("test_every_request_books_the_budget"), Tier.BRONZE),
    "re_authorisation": (
        skipped("test_a_token_that_is_not_accepted_is_for_a_person"),
        Tier.BRONZE,
    ),
    "quarantine": (
        skipped("test_a_refusal_stays_a_refusal_when_it_is_repeated"),
        Tier.BRONZE,
    ),
    "history": (
        replace(perfect(), spec=spec(webhooks=FULL, diagnosis=FULL)),
        Tier.SILVER,
    ),
    "field_discovery": (
        skipped("test_describing_lists_every_bound_property"),
        Tier.SILVER,
    ),
    "redacted_diagnostics": (
        skipped("test_a_diagnosis_shows_no_secret"),
        Tier.SILVER,
    ),
    "troubleshooting": (replace(perfect(), pages=()), Tier.SILVER),
}


@pytest.mark.parametrize("rule", [one.key for one in RULES])
def test_a_rule_that_is_not_met_holds_the_tier_down(rule: str) -> None:
    """The tier below it is reached, whatever else is met above."""
    evidence, tier = MISSED[rule]

    card = judge(evidence)

    assert RuleState.UNMET is states(evidence)[rule]
    assert (tier, True) == (card.tier, card.judged)


def test_an_empty_page_guides_nobody() -> None:
    """The file is there, and says nothing."""
    evidence = replace(perfect(), guide=DocPage("connect.md", "  "))

    assert RuleState.UNMET is states(evidence)["setup_guide"]


def test_what_was_not_tested_is_unknown_and_not_claimed() -> None:
    """Without the suite no tier is told, and nothing is held against the adapter."""
    card = judge(replace(perfect(), promises=None))

    assert (None, False) == (card.tier, card.judged)
    assert RuleState.UNKNOWN is states(replace(perfect(), promises=None))["rate_budget"]
    assert RuleState.UNMET not in {one.state for one in card.results}


def test_a_crm_without_webhooks_has_nothing_to_forge() -> None:
    """Impossible is no fault; missing is one."""
    never = Supports(Support.IMPOSSIBLE, "It has none.")
    bare = spec(webhooks=never, history=FULL, diagnosis=FULL)

    spared = states(replace(perfect(), spec=bare))
    missing = states(replace(perfect(), spec=spec()))

    assert RuleState.MET is spared["webhook_authenticity"]
    assert RuleState.UNMET is missing["webhook_authenticity"]


def test_an_address_is_a_guide_that_is_not_fetched() -> None:
    """The page may stand on the plugin's own site."""
    evidence = replace(perfect(), guide=DocPage("https://acme.example/connect"))

    assert RuleState.MET is states(evidence)["setup_guide"]


def test_a_suite_without_the_core_proves_nothing() -> None:
    """An empty report is no proof."""
    found = states(replace(perfect(), promises={}))

    assert RuleState.UNMET is found["basic_conformance"]


def test_words_and_methods_are_compared_both_ways() -> None:
    """Declared without methods, methods without a declaration, a method lacking."""
    declared = spec(notes=FULL, oauth=Supports(Support.PARTIAL, "Sometimes."))

    assert [] == list(disagreements(spec(), SixMethods))
    assert [] == list(disagreements(spec(notes=FULL), Noting))
    assert [
        "notes is declared full, but Notes is not there",
        "oauth is declared partial, but spec.oauth is not there",
    ] == list(disagreements(declared, SixMethods))
    assert ["notes is declared missing, but Notes is there"] == list(
        disagreements(spec(), Noting)
    )
    assert ["object lacks methods of Adapter"] == list(disagreements(spec(), object))


def test_promises_that_rules_name_are_there() -> None:
    """A promise that is renamed takes its rule along."""
    judged = states(perfect())

    assert {RuleState.MET} == set(judged.values())
    for one in judge(perfect()).results:
        names = [w.strip(",") for w in one.how.split() if w.startswith("test_")]
        assert all(hasattr(AdapterConformance, name) for name in names)


def test_every_rule_is_a_sentence_with_a_key_of_its_own() -> None:
    """People read them, programs compare them."""
    assert len(RULES) == len({one.key for one in RULES})
    assert all(one.sentence.endswith(".") for one in RULES)
    assert [one.tier for one in RULES] == sorted(
        (one.tier for one in RULES), key=list(Tier).index
    )
