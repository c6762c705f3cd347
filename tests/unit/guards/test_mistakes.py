"""Every mistake in a condition is found, named, placed and answered with a way on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import leadstate.guards
from leadstate.domain.condition import AllOf
from leadstate.errors import ConfigurationError
from leadstate.guards import MISTAKES, GuardError, at_least, read_condition

if TYPE_CHECKING:
    from leadstate.guards import Mistake, NameScope


# code, text, what the mistake points at, a piece of what it says or advises
TABLE = [
    ("LS201", "need = \u2018x\u2019", "\u2018", "straight quotes"),
    ("LS201", "need = x && source = y", "&", "Write 'and'"),
    ("LS201", "need = x || source = y", "|", "Write 'or'"),
    ("LS201", "!technical_fit", "!", "Write 'not'"),
    ("LS201", "company_size * 2 > 10", "*", "do not calculate"),
    ("LS201", "job_role in {owner}", "{", "[a, b]"),
    ("LS201", "need = x; source = y", ";", "quotes"),
    ("LS201", "need = 'a\x00b'", "\x00", "cannot be stored"),
    ("LS201", "need = 'a\ud800'", "\ud800", "cannot be stored"),
    ("LS202", "need = 'x", "'x", "never closed"),
    ("LS202", 'need = "x', '"x', "never closed"),
    ("LS203", "", "", "expected a field"),
    ("LS203", "and need is known", "and", "expected a field"),
    ("LS203", "need is known source is known", "source", "'and', 'or' or the end"),
    ("LS203", "source = google ads", "ads", "'two words'"),
    ("LS203", "need is known )", ")", "'and', 'or' or the end"),
    ("LS203", "(need is known", "", "expected ')'"),
    ("LS203", "need =", "", "expected a value"),
    ("LS203", "need = not", "not", "expected a value"),
    ("LS203", "job_role in [owner", "", "expected ']'"),
    ("LS203", "job_role in []", "]", "expected a value"),
    ("LS203", "job_role in (owner)", "(", "a list [a, b]"),
    ("LS203", "len(need) > 3", "(", "cannot be called"),
    ("LS203", "need is null", "null", "need is unknown"),
    ("LS203", "need is not empty", "empty", "need is known"),
    ("LS203", "need not contains x", "contains", "does not contain"),
    ("LS203", "need does contain x", "contain", "expected 'not'"),
    ("LS203", "need does not matter", "matter", "'contain'"),
    ("LS203", "need starts 'x'", "x", "expected 'with'"),
    ("LS203", "decision_date within 90 days", "90", "'next' or 'last'"),
    ("LS203", "decision_date within", "", "'next' or 'last'"),
    ("LS203", "decision_date within next ninety days", "ninety", "a number of days"),
    ("LS203", "decision_date within next 90", "", "a unit"),
    ("LS203", "decision_date within next 90 and need", "and", "a unit"),
    ("LS203", "'x' = need", "=", "starts with the name of a field"),
    ("LS203", "50 <= company_size", "<=", "starts with the name of a field"),
    ("LS203", "at least two of (need, budget)", "two", "a whole number"),
    ("LS203", "at least 2 (need, budget)", "(", "expected 'of'"),
    ("LS203", "all of need", "need", "expected '('"),
    ("LS210", "company_siz >= 50", "company_siz", "Did you mean 'company_size'?"),
    ("LS210", "COMPANY_SIZE >= 50", "COMPANY_SIZE", "Did you mean 'company_size'?"),
    ("LS210", "zzz", "zzz", "Known: "),
    ("LS210", "need.lower = x", "need.lower", "unknown field"),
    ("LS210", "ideal >= 40", "ideal", "only met or not"),
    ("LS210", "timing >= 40", "timing", "only met or not"),
    ("LS211", "score.fits >= 40", "score.fits", "Did you mean 'fit'?"),
    ("LS211", "score.fits", "score.fits", "Did you mean 'fit'?"),
    ("LS212", "budget and timing", "timing", "referring to itself"),
    ("LS213", "source", "source", "source is known"),
    ("LS213", "score.fit", "score.fit", "score.fit >= 40"),
    ("LS220", "company_size >= many", "many", "not a whole number"),
    ("LS220", "company_size >= 10k", "10k", "digits only"),
    ("LS220", "company_size >= 1_000", "1_000", "digits only"),
    ("LS220", "company_size >= 50.5", "50.5", "whole number"),
    ("LS220", "company_size > 9223372036854775808", "9223372036854775808", "smaller"),
    ("LS220", "budget = abc", "abc", "'budget' is money; 'abc' is not a number"),
    ("LS220", "rating > 1e5", "1e5", "10000 or 0.5"),
    ("LS220", "technical_fit is maybe", "maybe", "true or false"),
    ("LS220", "decision_date before 31.01.2026", "31.01.2026", "2026-01-31"),
    ("LS220", "decision_date before tomorrow", "tomorrow", "a day like"),
    ("LS220", "last_seen before noon", "noon", "not a moment"),
    ("LS220", "last_seen before 2026-01-31T9", "2026-01-31T9", "not a moment"),
    ("LS220", "score.fit >= high", "high", "40 or 0.5"),
    ("LS221", "job_role = ownr", "ownr", "Did you mean 'owner'?"),
    ("LS221", "job_role in [owner, boss]", "boss", "1-10, Team Lead, director, owner"),
    ("LS222", "need > 5", ">", "contains"),
    ("LS222", "need within next 5 days", "within", "is text"),
    ("LS222", "need has crm", "has", "need contains 'crm'"),
    ("LS222", "'crm' in need", "in", "need contains 'crm'"),
    ("LS222", "need before 2026-01-31", "before", "is text"),
    ("LS222", "company_size after 5", "after", "Numbers know"),
    ("LS222", "company_size within next 5 days", "within", "Numbers know"),
    ("LS222", "company_size contains 5", "contains", "Numbers know"),
    ("LS222", "job_role > owner", ">", "Choices know"),
    ("LS222", "job_role contains own", "contains", "Choices know"),
    ("LS222", "tags = vip", "=", "'x' in tags"),
    ("LS222", "tags in [vip, spam]", "in", "'x' in tags"),
    ("LS222", "technical_fit in [true]", "in", "Booleans know"),
    ("LS222", "decision_date contains 2026", "contains", "Dates know"),
    ("LS222", "last_seen in [2026-01-31T09:00]", "in", "Date-times know"),
    ("LS222", "last_seen = 2026-01-31", "2026-01-31", "never equals the whole day"),
    ("LS222", "score.fit is known", "is", "always known"),
    ("LS222", "score.fit in [1, 2]", "in", "Scores know"),
    ("LS222", "score.fit after 2", "after", "Scores know"),
    ("LS223", "decision_date before 2026-02-30", "2026-02-30", "not in the calendar"),
    ("LS223", "decision_date before 0026-02-01", "0026-02-01", "not in the calendar"),
    ("LS223", "last_seen before 2026-02-30", "2026-02-30", "not in the calendar"),
    (
        "LS223",
        "last_seen < 2026-02-30T09:00",
        "2026-02-30T09:00",
        "not in the calendar",
    ),
    (
        "LS223",
        "last_seen < 0026-02-03T09:00",
        "0026-02-03T09:00",
        "not in the calendar",
    ),
    ("LS223", "last_seen after 9999-12-31", "9999-12-31", "not in the calendar"),
    (
        "LS223",
        "last_seen < 9999-12-31T23:59-01:00",
        "9999-12-31T23:59-01:00",
        "not in the calendar",
    ),
    ("LS224", "decision_date within next 3 months", "months", "days, weeks"),
    ("LS224", "decision_date within next 3 hours", "hours", "is a date"),
    ("LS224", "decision_date within next 1.5 days", "1.5", "not a whole number"),
    ("LS224", "decision_date within next 36501 days", "36501", "shorter"),
    ("LS225", "need = ''", "''", "need is unknown"),
    ("LS225", "need contains ' '", "' '", "need is unknown"),
    ("LS225", "'' in tags", "''", "tags is unknown"),
    ("LS226", "at least 3 of (need, budget)", "at", "Ask for 1 to 2 of them"),
    ("LS226", "at least 0 of (need)", "at", "Ask for 1 to 1"),
    ("LS226", "at least 1 of ()", "at", "List some parts"),
    ("LS227", "source = need", "need", "in quotes"),
]


def mistakes_of(text: str, scope: NameScope) -> tuple[Mistake, ...]:
    """Return the mistakes of a text that cannot be read."""
    with pytest.raises(GuardError) as caught:
        read_condition(text, scope)
    return caught.value.mistakes


@pytest.mark.parametrize(("code", "text", "at", "words"), TABLE)
def test_a_mistake_has_its_code_its_place_and_a_way_on(
    scope: NameScope, code: str, text: str, at: str, words: str
) -> None:
    """One look at the message is enough to mend the text."""
    (mistake,) = mistakes_of(text, scope)

    assert code == mistake.code
    pointed = text[mistake.offset : mistake.offset + mistake.length]
    assert at in (pointed, pointed.strip("'\"")) or pointed.startswith(at)
    assert words in f"{mistake.what} {mistake.hint}"


def test_every_code_is_in_the_table_of_meanings_and_is_used() -> None:
    """The reference lists what can happen, and only that."""
    package = Path(leadstate.guards.__file__).parent
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in package.rglob("*.py")
        if path.name != "mistakes.py"
    )

    assert sorted(MISTAKES) == list(MISTAKES)
    assert {code for code in MISTAKES if f'"{code}"' in sources} == set(MISTAKES)
    assert all(meaning.endswith(".") for meaning in MISTAKES.values())


def test_every_mistake_of_meaning_is_listed_in_one_go(scope: NameScope) -> None:
    """Nobody mends one name only to learn of the next."""
    text = (
        "company_siz > 1 and job_role in [boss, chief] and (source or need > 5)"
        " and not at least 1 of (score.fits > x, zzz)"
    )

    codes = [mistake.code for mistake in mistakes_of(text, scope)]
    assert codes == ["LS210", "LS221", "LS221", "LS213", "LS222", "LS211", "LS210"]


def test_a_mistake_of_form_stops_the_reading(scope: NameScope) -> None:
    """Behind an unreadable place every other message would be a guess."""
    assert len(mistakes_of("zzz and and zzz", scope)) == 1


def test_a_mistake_reads_as_one_line(scope: NameScope) -> None:
    """Code, place, what and how to go on, in this order."""
    (mistake,) = mistakes_of("need is known and source", scope)

    assert str(mistake) == (
        "LS213 at 19: 'source' is text and asks nothing by itself."
        " Write 'source is known'"
    )
    assert str(replace(mistake, hint="")).endswith("by itself")


def test_the_error_is_one_that_a_person_mends(scope: NameScope) -> None:
    """Its text has one line for each mistake."""
    with pytest.raises(ConfigurationError) as caught:
        read_condition("aaa and bbb", scope)

    assert len(str(caught.value).splitlines()) == 2


def test_a_criterion_may_share_the_name_of_a_boolean_field(scope: NameScope) -> None:
    """The circle can be broken by naming the field."""
    own = replace(scope, unresolved=("technical_fit",))

    (mistake,) = mistakes_of("technical_fit", own)
    assert mistake.code == "LS212"
    assert "technical_fit is true" in mistake.hint
    assert read_condition("technical_fit is true", own) is not None


@pytest.mark.parametrize("text", ["score.fit > 1", "ideal", "need or not ideal"])
def test_a_score_may_not_build_on_scores(scope: NameScope, text: str) -> None:
    """Neither directly nor through a criterion."""
    (mistake,) = mistakes_of(text, replace(scope, in_score=True))

    assert mistake.code == "LS214"


def test_a_score_may_use_criteria_of_fields(scope: NameScope) -> None:
    """Only scores are refused in the rule of a score."""
    tree = read_condition("need and budget", replace(scope, in_score=True))
    assert isinstance(tree, AllOf)


def test_many_names_are_not_all_listed(scope: NameScope) -> None:
    """A long list of names is cut, the nearest one is still offered."""
    names = [f"name_{number:02}" for number in range(30)]
    many = replace(scope, scores=names)

    (mistake,) = mistakes_of("score.name_099 > 1", many)
    assert "Did you mean 'name_09'?" in mistake.hint
    assert mistake.hint.endswith("…")


def test_a_workflow_without_scores_says_so(scope: NameScope) -> None:
    """An empty list of names is a sentence too."""
    (mistake,) = mistakes_of("score.fit > 1", replace(scope, scores=()))

    assert mistake.hint == "The workflow declares none"


def test_a_builder_refuses_a_group_without_parts() -> None:
    """The builders have no text to point at, and the same code."""
    with pytest.raises(GuardError, match="List some") as caught:
        at_least(1, [])

    assert caught.value.mistakes[0].code == "LS226"
