"""A workflow file becomes a lifecycle: every key means what the file says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from leadstate.definition import (
    CODES,
    check_workflow,
    check_workflow_text,
    load_workflow,
    load_workflow_text,
    parse_condition,
)
from leadstate.domain.action import Escalate
from leadstate.domain.condition import AllOf, AnyOf, AtLeast, Named
from leadstate.domain.lifecycle import Lifecycle, OutsideAnswer, StageKind
from leadstate.domain.sla import Warn
from leadstate.domain.values import FieldType
from leadstate.errors import WorkflowError
from leadstate.guards import MISTAKES, RESERVED

WORKFLOWS = Path(__file__).parents[3] / "workflows"

RICH = """\
workflow: rich
title: All keys once
timezone: America/New_York
teams: [marketing, sales]
outside_moves: revert
fields:
  email: {type: email, identity: true, personal: true}
  size: integer
  ok: {type: boolean, label: Is it all right}
  due: {type: date}
scores:
  fit:
    label: Fit
    at_most: 50
    rules:
      - {points: 40, when: {any: [size >= 50, ok]}}
      - {points: -2.5, when: sized}
    events: {call: 3}
  interest: {half_life: 2 weeks, events: {demo: {points: 40, at_most: 60}}}
criteria:
  ideal: {label: Ideal, when: score.fit >= 40}
  warm: {all: [ideal, score.interest > 5]}
  sized: size is known
calendars:
  office:
    hours: {mon-wed: 09:00-12:00, sat-sun: [10:00-24:00]}
    holidays: US-NY
    closed: [2026-12-24]
    extra: {2026-12-05: [08:00-10:00]}
stages:
  new: {owner: marketing, initial: true}
  work:
    label: In work
    owner: sales
    sla:
      touch:
        within: 1h 30 minutes
        calendar: office
        warn_at: [80%, 50%]
        then: [escalate, {move: drop}]
      end: {within: 2 weeks, calendar: always, warn_at: 1 day}
  rest: {kind: parked, wake: {on: due, before: 3 days, to: work}}
  nap: {kind: parked, wake: {after: 1 day, to: new}}
  won: {kind: won}
  lost: {kind: lost}
transitions:
  up: {from: new, to: work, automatic: true, when: {at_least: 1, of: [warm, {not: ok}]}}
  side: {from: new, to: rest, automatic: true, else: true, when: {none: [ok]}}
  drop: {from: [any open, any parked], to: lost, reason: other, outside: accept}
  sleep: {from: work, to: nap, by: [sales, marketing]}
  win: {from: any open, to: won, label: We won}
"""


@pytest.fixture(name="rich", scope="module")
def _rich() -> Lifecycle:
    return load_workflow_text(RICH)


def test_names_and_defaults_are_read(rich: Lifecycle) -> None:
    """The file's head becomes the lifecycle's."""
    assert (rich.name, rich.title) == ("rich", "All keys once")
    assert rich.timezone == "America/New_York"
    assert rich.outside is OutsideAnswer.REVERT
    assert rich.initial.name == "new"


def test_a_field_may_be_its_type_alone(rich: Lifecycle) -> None:
    """``size: integer`` is enough; the label is made of the name."""
    assert rich.fields["size"].type is FieldType.INTEGER
    assert rich.fields["size"].label == "Size"
    assert rich.fields["ok"].label == "Is it all right"


def test_scores_are_read_in_both_forms(rich: Lifecycle) -> None:
    """A score is a list of rules, or a mapping with rules and events."""
    fit, interest = rich.scores["fit"], rich.scores["interest"]
    assert [rule.points for rule in fit.rules] == [40, -2.5]
    assert fit.rules[0].text == "(any size >= 50, ok)"
    assert (fit.at_most, fit.events[0].points) == (50, 3)
    assert interest.half_life == timedelta(days=14)
    assert interest.events[0].at_most == 60


def test_groups_become_conditions(rich: Lifecycle) -> None:
    """Texts and groups nest, and named criteria keep their names."""
    guard = rich.transitions["up"].guard
    assert isinstance(guard, AtLeast)
    assert guard.needed == 1
    assert isinstance(guard.parts[0], Named)
    assert isinstance(rich.criteria["warm"].condition, AllOf)
    assert isinstance(rich.transitions["side"].guard, AllOf)
    assert isinstance(rich.scores["fit"].rules[0].condition, AnyOf)


def test_criteria_keep_the_order_of_the_file(rich: Lifecycle) -> None:
    """Although each is read after the ones it needs."""
    assert list(rich.criteria) == ["ideal", "warm", "sized"]


def test_business_hours_are_minutes_by_weekday(rich: Lifecycle) -> None:
    """Ranges of days wrap, and a calendar without a zone takes the workflow's."""
    office = rich.calendars["office"]
    assert office.hours == {
        0: ((540, 720),),
        1: ((540, 720),),
        2: ((540, 720),),
        5: ((600, 1440),),
        6: ((600, 1440),),
    }
    assert office.timezone == "America/New_York"
    assert office.holidays == "US-NY"
    assert office.closed == (date(2026, 12, 24),)
    assert office.extra == {date(2026, 12, 5): ((480, 600),)}


def test_days_may_go_round_the_weekend() -> None:
    """``fri-mon`` is Friday to Monday."""
    text = RICH.replace("mon-wed: 09:00-12:00, sat-sun:", "fri-mon:")

    office = load_workflow_text(text).calendars["office"]

    assert sorted(office.hours) == [0, 4, 5, 6]


def test_the_calendar_always_exists_when_it_is_used(rich: Lifecycle) -> None:
    """Nobody has to declare day and night."""
    always = rich.calendars["always"]
    assert always.hours == dict.fromkeys(range(7), ((0, 1440),))
    assert "always" not in load_workflow_text(_without_always()).calendars


def _without_always() -> str:
    return RICH.replace("calendar: always", "calendar: office")


def test_slas_are_read(rich: Lifecycle) -> None:
    """Length, warnings in order, and what a breach does."""
    touch, end = rich.stages["work"].slas
    assert touch.within == timedelta(minutes=90)
    assert touch.warnings == (
        Warn("50%", timedelta(minutes=45)),
        Warn("80%", timedelta(minutes=72)),
    )
    assert (touch.on_breach, touch.move) == ((Escalate(),), "drop")
    assert (end.on_breach, end.move, end.calendar) == ((), None, "always")
    assert end.warnings == (Warn("1 day", timedelta(days=13)),)


def test_wild_sources_are_stages_in_file_order(rich: Lifecycle) -> None:
    """``any open`` is every open stage but the target."""
    assert rich.transitions["drop"].sources == ("new", "work", "rest", "nap")
    assert rich.transitions["win"].sources == ("new", "work")
    assert rich.transitions["win"].label == "We won"
    assert rich.transitions["drop"].outside is OutsideAnswer.ACCEPT


def test_a_wake_up_takes_a_transition_of_its_own(rich: Lifecycle) -> None:
    """Where none is declared that leads there, one is made."""
    wake = rich.stages["rest"].wake
    assert wake.transitions == {"work": "wake_rest"}
    assert rich.transitions["wake_rest"].sources == ("rest",)
    assert rich.transitions["wake_rest"].target == "work"
    assert (wake.on, wake.before) == ("due", timedelta(days=3))
    assert rich.stages["rest"].kind is StageKind.PARKED


def test_a_wake_up_takes_a_declared_transition_first() -> None:
    """So that the timer and people go the same way, under one name."""
    text = RICH + "  rise: {from: nap, to: new}\n"

    lifecycle = load_workflow_text(text)

    assert lifecycle.stages["nap"].wake.transitions == {"new": "rise"}
    assert "wake_nap" not in lifecycle.transitions


def test_the_made_transition_takes_no_declared_name() -> None:
    """A declared ``wake_nap`` that leads elsewhere stays what it is."""
    text = RICH + "  wake_nap: {from: nap, to: lost}\n"

    lifecycle = load_workflow_text(text)

    assert lifecycle.stages["nap"].wake.transitions == {"new": "wake_nap_by_itself"}
    assert lifecycle.transitions["wake_nap"].target == "lost"


@pytest.mark.parametrize("name", ["b2b_lifecycle", "inbound_bant"])
def test_the_shipped_workflows_have_nothing_to_report(name: str) -> None:
    """Neither an error nor a warning."""
    lifecycle, problems = check_workflow(WORKFLOWS / f"{name}.yaml")

    assert problems == ()
    assert lifecycle is not None
    assert lifecycle.name == name


def test_many_mistakes_are_reported_at_once_in_file_order() -> None:
    """One run shows everything that has to be mended."""
    text = (
        RICH.replace("size: integer", "size: intger")
        .replace("type: email,", "type: email, type: text,")
        .replace("America/New_York", "Amerika")
        .replace("score.fit >= 40", "score.fat >= 40")
        .replace("2 weeks", "4:30:00")
        .replace("to: work, automatic", "to: wrk, automatic")
        .replace("by: [sales, marketing]", "bye: [sales]")
        .replace("label: We won", "lable: We won")
    )

    with pytest.raises(WorkflowError) as raised:
        load_workflow_text(text, file="many.yaml")

    found = [tuple(line.split()[:2]) for line in raised.value.problems]
    assert found == [
        ("LS114", "many.yaml:3:11"),
        ("LS005", "many.yaml:7:24"),
        ("LS110", "many.yaml:8:9"),
        ("LS113", "many.yaml:19:25"),
        ("LS211", "many.yaml:21:31"),
        ("LS113", "many.yaml:41:21"),
        ("LS104", "many.yaml:47:23"),
        ("LS102", "many.yaml:50:32"),
        ("LS102", "many.yaml:51:34"),
    ]


def test_a_bomb_of_mistakes_is_cut() -> None:
    """A hundred lines are shown, and the rest is counted."""
    strays = "".join(f"stray_{number}: x\n" for number in range(150))

    _, problems = check_workflow_text(RICH + strays, file="w.yaml")

    assert len(problems) == 101
    assert str(problems[-1]).startswith("LS000 w.yaml:")
    assert "50 more mistakes are not shown" in str(problems[-1])


def test_too_many_entries_are_refused() -> None:
    """Nobody can review a hundred stages."""
    stages = "".join(f"  s{number}: {{kind: won}}\n" for number in range(101))
    text = RICH.replace("stages:\n", f"stages:\n{stages}")

    _, problems = check_workflow_text(text, file="w.yaml")

    assert "'stages' has 107 entries" in " ".join(map(str, problems))


def test_a_parked_stage_that_only_people_leave_is_a_warning() -> None:
    """It can be left, but leads in it are forgotten."""
    text = RICH.replace(", wake: {after: 1 day, to: new}", "")

    lifecycle, problems = check_workflow_text(text, file="w.yaml")

    assert lifecycle is not None
    assert [str(problem) for problem in problems] == [
        (
            "LS310 w.yaml:43:3 warning: stage 'nap' is parked and never wakes, so that"
            " leads in it are forgotten. Add `wake: {after: 30 days, to: STAGE}`."
        )
    ]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """The path and the cause, no traceback."""
    with pytest.raises(WorkflowError) as raised:
        load_workflow(tmp_path / "none.yaml")

    assert raised.value.problems == (
        (
            f"LS001 {tmp_path}/none.yaml:1:1 the file cannot be read: No such file or"
            " directory. Check the path and the permissions."
        ),
    )


def test_a_path_that_is_no_path_is_one_line() -> None:
    """Even a NUL in a name ends in a line."""
    _, problems = check_workflow("a\x00b.yaml")

    assert problems[0].code == "LS001"


def test_a_condition_can_be_typed_by_hand(rich: Lifecycle) -> None:
    """The same language, the same names, the same places."""
    assert parse_condition("size >= 5 and ideal", rich) is not None

    with pytest.raises(WorkflowError) as raised:
        parse_condition("sise >= 5 and score.fat > 1", rich)

    assert raised.value.problems == (
        (
            "LS210 condition:1:1 unknown field 'sise'. Did you mean 'size'?"
            " Known: due, email, ok, size."
        ),
        (
            "LS211 condition:1:15 unknown score 'fat'. Did you mean 'fit'?"
            " Known: fit, interest."
        ),
    )


def test_the_words_of_the_language_cannot_be_fields() -> None:
    """What a condition takes for its own word is refused as a name."""
    for word in sorted(RESERVED):
        text = RICH.replace("  size: integer", f"  size: integer\n  '{word}': text")
        _, problems = check_workflow_text(text)
        assert "LS111" in {problem.code for problem in problems}, word


def test_codes_are_told_apart_from_those_of_the_language() -> None:
    """LS2xx belong to the criteria language, all others to the files."""
    assert not CODES.keys() & MISTAKES.keys()
    assert list(CODES) == sorted(CODES)
    assert all(meaning.endswith(".") for meaning in CODES.values())


def test_a_section_that_is_unreadable_blames_nobody_else() -> None:
    """One mistake is reported once, not again by everybody who uses the name."""
    for section in ("fields", "criteria", "scores", "calendars", "stages", "teams"):
        text = RICH.replace(f"{section}:", f"{section}: [{{}}]\nx_{section}:", 1)
        _, problems = check_workflow_text(text)
        codes = {problem.code for problem in problems}
        assert codes <= {"LS101", "LS102", "LS103", "LS006"}, section


def test_loading_twice_gives_the_same_lifecycle() -> None:
    """A lifecycle is a value, made of the file alone."""
    assert load_workflow_text(RICH) == load_workflow_text(RICH)


def test_an_alias_is_reported_and_nothing_else_about_it() -> None:
    """What it might have meant is nobody's mistake."""
    for old, new in (
        ("size: integer", "size: *x"),
        ("size: integer", "size: {type: *x }"),
        ("points: 40, when: {any: [size >= 50, ok]}", "points: 40, when: *x "),
        ("points: 40, when: {any: [size >= 50, ok]}", "points: *x , when: ok"),
        ("sized: size is known", "sized: size is known\n  more: {when: *x }"),
        ("09:00-12:00", "*x "),
        ("[2026-12-24]", "[*x ]"),
        ("within: 2 weeks", "within: *x "),
        ("on: due", "on: *x "),
        ("{any: [size >= 50, ok]}", "{any: [*x , ok]}"),
        ("wake: {after: 1 day, to: new}", "wake: *x "),
        ("fit:\n    label: Fit", "fit2: *x\n  fit:\n    label: Fit"),
        ("  interest: {half", "  extra: *x\n  interest: {half"),
    ):
        assert old in RICH, old
        _, problems = check_workflow_text(RICH.replace(old, new, 1))
        assert {problem.code for problem in problems} == {"LS006"}, (new, problems)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{points: 40, when: {any: [size >= 50, ok]}}", "x", "LS101"),
        ("events: {call: 3}", "events: {call: [3]}", "LS101"),
        ("events: {call: 3}", "events: {Call: 3}", "LS111"),
        ("  fit:\n    label", "  fat: x\n  fit:\n    label", "LS101"),
        ("wake: {after: 1 day, to: new}", "wake: tomorrow", "LS101"),
        ("end: {within", "End: {within", "LS111"),
        (
            "end: {within: 2 weeks, calendar: always, warn_at: 1 day}",
            "end: soon",
            "LS101",
        ),
        ("hours: {mon-wed: 09:00-12:00,", "hours: {mon-wed: {a: b},", "LS115"),
        ("hours: {mon-wed: 09:00-12:00,", "hours: {mon-wed: 9-12,", "LS115"),
        ("hours: {mon-wed: 09:00-12:00,", "hours: {mon-wed: '09:60-12:00',", "LS115"),
        ("  office:\n", "  closed_office: never\n  office:\n", "LS101"),
        ("then: [escalate, {move: drop}]", "then: [[escalate]]", "LS110"),
        ("when: {none: [ok]}", "when: ", "LS101"),
        ("when: {none: [ok]}", "when: {not: [ok]}", "LS101"),
        ("when: {none: [ok]}", "when: {none: [ok, {}]}", "LS118"),
        ("reason: other", "reason: [other, '']", "LS101"),
        ("warn_at: [80%, 50%]", "warn_at:\n          -\n          - 50%", "LS101"),
        ("workflow: rich", "workflow: Rich", "LS111"),
        ("workflow: rich", "workflow: [rich]", "LS101"),
        ("teams: [marketing, sales]", "teams: [marketing, Sales]", "LS111"),
    ],
)
def test_every_other_shape_is_refused(old: str, new: str, code: str) -> None:
    """Wherever it stands, a value of another shape is one line and not a crash."""
    assert old in RICH

    _, problems = check_workflow_text(RICH.replace(old, new, 1))

    assert code in {problem.code for problem in problems}


def test_a_name_written_wrongly_is_blamed_where_it_is_declared() -> None:
    """Those who use it as it should be written have made no mistake."""
    for written in ("Size: integer", "SIZE: {type: intger}"):
        text = RICH.replace("size: integer", written, 1)
        _, problems = check_workflow_text(text)
        assert [problem.code for problem in problems] == ["LS111"], written
