"""Teams, reasons, SLAs, actions, wake-ups and approvals become frozen data."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import (
    Mention,
    MentionKind,
    check_workflow_text,
    dot,
    load_workflow_text,
    mentions,
    mermaid,
)
from leadstate.domain.action import (
    TEMPLATE_NAMES,
    Assign,
    AssignBy,
    Call,
    Escalate,
    LeaveNote,
    Notify,
    SetField,
    Task,
)
from leadstate.domain.condition import Operator, Test
from leadstate.domain.sla import SLA, Reentry, Wake, Warn
from leadstate.domain.values import FieldType
from leadstate.engine.decide import BREACH_MOVES_BOUND

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle, Stage

WORKFLOW = """\
workflow: timed
fields:
  email: {type: email, identity: true, personal: true}
  owner: {type: owner, label: Owner}
  waiting: boolean
  tags: tags
  budget: money
  due_on: {type: date}
scores:
  interest: {half_life: 14 days, events: {demo: 40}}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}
teams:
  marketing:
  sales: {calendar: office}
  control: {calendar: always}
reasons:
  no_budget: No budget
  not_now:
  other: Something else
stages:
  lead: {owner: marketing, initial: true, on_enter: escalate, on_leave: [{note: bye}]}
  sal:
    owner: sales
    on_enter:
      - assign: sales
      - assign: {team: anna, by: least_loaded, keep: true}
      - task: Call {email}
      - task: {text: 'Ask for {{the}} budget', due: 3 days, to: ben}
      - set: {tags: [hot, new], budget: '', waiting: yes}
      - notify: {channel: chat, text: '{stage_label} {pass}', subject: New  lead}
      - call: {name: acme.enrich, depth: 2, text: 'of {record}'}
      - escalate: control
    on_leave: {note: "left\\nfor {stage}"}
    sla:
      routing: {within: 15 minutes, calendar: team, until: assigned, then: escalate}
      first_touch:
        within: 4h
        calendar: owner
        start: assigned
        until: first_touch
        warn_at: [1 hour, 50%]
        pause: waiting is true
        on_reentry: keep
        on_warning: [{note: soon}, escalate]
        then:
          - escalate: sales
          - move: recycle
          - task: Too late
  sql: {owner: control}
  nurture:
    kind: parked
    wake:
      after: 30 days
      on: due_on
      before: 2 days
      when: {any: [score.interest >= 30, "'hot' in tags"]}
      to: back
      assign: {team: marketing}
      max_passes: 3
      otherwise: lost
      sla:
        recontact: {within: 1 day, calendar: office, then: escalate}
  lost: {kind: lost}
transitions:
  accept: {from: lead, to: sal, by: sales}
  confirm: {from: sal, to: sql, approval: [control, sales]}
  recycle: {from: [lead, sal, lost], to: nurture, reason: [no_budget, not_now, other]}
  retry: {from: nurture, to: sal, by: sales}
  lose: {from: any open, to: lost, approval: control}
"""


@pytest.fixture(name="timed", scope="module")
def _timed() -> Lifecycle:
    return load_workflow_text(WORKFLOW)


@pytest.fixture(name="sal")
def _sal(timed: Lifecycle) -> Stage:
    return timed.stages["sal"]


@pytest.fixture(name="wake")
def _wake(timed: Lifecycle) -> Wake:
    wake = timed.stages["nurture"].wake
    assert wake is not None
    return wake


def sla(stage: Stage, name: str) -> SLA:
    """Return one SLA of a stage."""
    return next(one for one in stage.slas if one.name == name)


def test_the_file_has_nothing_to_report() -> None:
    """Every key stands in it, and none is a mistake."""
    assert () == check_workflow_text(WORKFLOW)[1]


def test_teams_have_a_calendar_or_none(timed: Lifecycle) -> None:
    """In a mapping a team may stand alone, too."""
    assert {"marketing": None, "sales": "office", "control": "always"} == timed.teams
    assert "always" in timed.calendars


def test_teams_may_be_a_list() -> None:
    """As long as nobody's hours matter, names are enough."""
    text = "workflow: w\nteams: [a, b]\nstages: {s: {kind: won, initial: true}}\n"

    assert {"a": None, "b": None} == load_workflow_text(
        text + "transitions: {}\n"
    ).teams


def test_a_reason_has_a_label(timed: Lifecycle) -> None:
    """Its own, or one made of its name."""
    assert timed.reasons == {
        "no_budget": "No budget",
        "not_now": "Not now",
        "other": "Something else",
    }
    assert timed.transitions["recycle"].reasons == ("no_budget", "not_now", "other")


def test_without_a_list_any_reason_will_do() -> None:
    """The taxonomy is a choice."""
    head, _, rest = WORKFLOW.partition("reasons:\n")
    text = head + rest[rest.index("stages:") :]

    assert {} == load_workflow_text(text).reasons


def test_the_owner_is_a_field(timed: Lifecycle) -> None:
    """Its values are people."""
    assert timed.owner_field == "owner"
    assert timed.fields["owner"].type is FieldType.OWNER


def test_an_sla_starts_and_ends_with_events(sal: Stage) -> None:
    """Entering and leaving the stage unless it says so."""
    routing, touch = sla(sal, "routing"), sla(sal, "first_touch")
    assert (routing.start, routing.until, routing.calendar) == (
        None,
        "assigned",
        "team",
    )
    assert (touch.start, touch.until) == ("assigned", "first_touch")
    assert touch.calendar == "owner"


def test_events_that_clocks_wait_for_can_be_bound(timed: Lifecycle) -> None:
    """`assigned` happens by itself."""
    assert {"demo", "first_touch"} == timed.event_names


def test_warnings_are_shares_or_times_before(sal: Stage) -> None:
    """The earliest first."""
    assert sla(sal, "first_touch").warnings == (
        Warn("50%", timedelta(hours=2)),
        Warn("1 hour", timedelta(hours=3)),
    )


def test_a_pause_keeps_its_words(sal: Stage) -> None:
    """People read why a clock stands still."""
    touch = sla(sal, "first_touch")

    assert isinstance(touch.pause, Test)
    assert touch.pause.operator is Operator.EQ
    assert "waiting is true" == touch.pause_text
    assert touch.on_reentry is Reentry.KEEP
    assert sla(sal, "routing").on_reentry is Reentry.RESET


def test_warnings_and_breaches_act(sal: Stage) -> None:
    """A broken SLA may move the record besides."""
    touch = sla(sal, "first_touch")

    assert (LeaveNote(text="soon"), Escalate()) == touch.on_warning
    assert touch.on_breach == (
        Escalate(to="sales"),
        Task(text="Too late", due=timedelta(days=1)),
    )
    assert "recycle" == touch.move


def test_every_action_is_read(sal: Stage) -> None:
    """In short and in long, in the order of the file."""
    assert sal.on_enter == (
        Assign(team="sales"),
        Assign(team="anna", by=AssignBy.LEAST_LOADED, keep=True),
        Task(text="Call {email}", due=timedelta(days=1)),
        Task(text="Ask for {{the}} budget", due=timedelta(days=3), to="ben"),
        SetField(field="tags", value="hot;new"),
        SetField(field="budget", value=""),
        SetField(field="waiting", value="yes"),
        Notify(channel="chat", text="{stage_label} {pass}", subject="New lead"),
        Call(name="acme.enrich", settings={"depth": "2", "text": "of {record}"}),
        Escalate(to="control"),
    )


def test_one_action_needs_no_list(timed: Lifecycle, sal: Stage) -> None:
    """A mapping, or `escalate` alone; the lines of a text stay."""
    assert (LeaveNote(text="left\nfor {stage}"),) == sal.on_leave
    assert (Escalate(),) == timed.stages["lead"].on_enter
    assert (LeaveNote(text="bye"),) == timed.stages["lead"].on_leave


def test_a_parked_stage_lets_go_of_whatever_comes_first(wake: Wake) -> None:
    """After a time, on a date, by a condition; to where the record came from."""
    assert wake.to is None
    assert (wake.after, wake.before) == (timedelta(days=30), timedelta(days=2))
    assert (wake.on, wake.max_passes, wake.otherwise) == ("due_on", 3, "lost")
    assert Assign(team="marketing") == wake.assign
    assert "(any score.interest >= 30, 'hot' in tags)" == wake.when_text
    assert wake.when is not None


def test_a_way_back_leads_to_every_open_source(timed: Lifecycle, wake: Wake) -> None:
    """A declared way is taken; the others are made; nothing goes back to the lost."""
    assert wake.transitions == {
        "lead": "wake_nurture_to_lead",
        "sal": "retry",
        "lost": "wake_nurture_to_lost",
    }
    assert ("nurture",) == timed.transitions["wake_nurture_to_lead"].sources
    assert "lost" == timed.transitions["wake_nurture_to_lost"].target


def test_the_slas_of_a_wake_up_stand_where_it_leads(timed: Lifecycle) -> None:
    """For those who came that way only; the stage's own stay first."""
    lead, sal = timed.stages["lead"], timed.stages["sal"]
    assert ("wake_nurture_to_lead",) == sla(lead, "recontact").via
    assert ("retry",) == sla(sal, "recontact").via
    assert ["routing", "first_touch", "recontact"] == [one.name for one in sal.slas]
    assert () == sla(sal, "routing").via
    assert () == timed.stages["lost"].slas


def test_a_wake_up_takes_no_automatic_way() -> None:
    """That one has a will of its own, and a guard that may never be met."""
    text = WORKFLOW.replace("retry: {from: nurture, to: sal, by: sales}", "").replace(
        "transitions:\n",
        "transitions:\n  hot: {from: nurture, to: sal, automatic: true, when: waiting}"
        "\n",
    )

    wake = load_workflow_text(text).stages["nurture"].wake

    assert wake is not None
    assert "wake_nurture_to_sal" == wake.transitions["sal"]


def test_a_made_way_never_replaces_a_declared_one() -> None:
    """However the file names its transitions."""
    ways = "wake_nurture_to_lead: {from: sql, to: nurture}\n  "
    ways += "wake_nurture_to_lead_by_itself: {from: lead, to: sql}\n  accept:"
    text = WORKFLOW.replace("accept:", ways, 1)

    lifecycle = load_workflow_text(text)

    wake = lifecycle.stages["nurture"].wake
    assert wake is not None
    name = wake.transitions["lead"]
    assert "wake_nurture_to_lead_by_itself_by_itself" == name
    assert "sql" == lifecycle.transitions["wake_nurture_to_lead_by_itself"].target


def test_a_made_way_is_for_the_team_that_keeps_the_stage() -> None:
    """Nobody declared it for others; without a team it is for time alone."""
    lone = load_workflow_text(WORKFLOW).transitions["wake_nurture_to_lead"]
    text = WORKFLOW.replace("  nurture:\n", "  nurture:\n    owner: marketing\n", 1)
    kept = load_workflow_text(text).transitions["wake_nurture_to_lead"]

    assert (("marketing",), False) == (kept.by, kept.by_time)
    assert ((), True) == (lone.by, lone.by_time)


def test_a_wake_up_avoids_a_way_that_needs_approval() -> None:
    """Where another one is open."""
    text = WORKFLOW.replace(
        "  retry: {from: nurture, to: sal, by: sales}",
        "  ask: {from: nurture, to: sal, approval: control}\n"
        "  retry: {from: nurture, to: sal, by: sales}",
    )

    wake = load_workflow_text(text).stages["nurture"].wake

    assert wake is not None
    assert "retry" == wake.transitions["sal"]


def test_somebody_must_agree(timed: Lifecycle) -> None:
    """One role or several."""
    assert ("control", "sales") == timed.transitions["confirm"].approval
    assert ("control",) == timed.transitions["lose"].approval
    assert () == timed.transitions["accept"].approval


def test_what_other_files_define_is_listed(timed: Lifecycle) -> None:
    """With its place, so that a service can look it up."""
    assert mentions(timed) == (
        Mention("stage sal, on entering", MentionKind.TEAM, "sales"),
        Mention("stage sal, on entering", MentionKind.PERSON, "anna"),
        Mention("stage sal, on entering", MentionKind.PERSON, "ben"),
        Mention("stage sal, on entering", MentionKind.CHANNEL, "chat"),
        Mention("stage sal, on entering", MentionKind.CALL, "acme.enrich"),
        Mention("stage sal, on entering", MentionKind.TEAM, "control"),
        Mention("stage sal, SLA first_touch", MentionKind.TEAM, "sales"),
        Mention("stage nurture, wake-up", MentionKind.TEAM, "marketing"),
    )


def test_a_name_may_be_a_person_where_no_teams_are_listed() -> None:
    """Nobody can tell the two apart, so either will do."""
    head, _, rest = WORKFLOW.partition("teams:\n")
    text = head + rest[rest.index("reasons:") :].replace(
        "calendar: team", "calendar: office"
    ).replace("calendar: owner", "calendar: office")

    kinds = {one.name: one.kind for one in mentions(load_workflow_text(text))}

    assert MentionKind.TEAM is kinds["anna"]
    assert MentionKind.PERSON is kinds["ben"]


def test_a_picture_shows_clocks_actions_and_approvals(timed: Lifecycle) -> None:
    """What an SLA counts from, what entering does, who has to agree."""
    text = dot(timed)

    for line in (
        "on entering: assign to sales, assign to anna, task, task for ben, set tags,",
        "routing: 15 minutes (team) until assigned, else escalate",
        "first_touch: 4 hours (owner) from assigned until first_touch, else",
        "on leaving: note",
        "approved by control, sales",
        "wakes after 30 days, or 2 days before due_on, or when (any score.interest",
        ", assign to marketing",
        "wakes here after 3 passes",
    ):
        assert line in text, line
    assert "wakes here after 3 passes" in mermaid(timed)


def test_a_picture_names_every_action() -> None:
    """Notes, fields, messages and calls, too."""
    done = "[{set: {budget: 1}}, {notify: {channel: c, text: t}}, {call: {name: n}}]"
    text = WORKFLOW.replace("on_enter: escalate", f"on_enter: {done}")

    picture = dot(load_workflow_text(text))

    assert "on entering: set budget, notify c, call n" in picture


def test_every_built_in_name_can_stand_in_a_text() -> None:
    """And every field."""
    names = " ".join(f"{{{name}}}" for name in [*sorted(TEMPLATE_NAMES), "budget"])
    text = WORKFLOW.replace("note: bye", f"note: '{names}'")

    assert () == check_workflow_text(text)[1]


def test_the_bound_of_a_ring_is_the_engine_s() -> None:
    """The warning says what will happen."""
    text = (
        WORKFLOW.replace(
            "lead: {owner: marketing,",
            "lead: {owner: marketing,"
            " sla: {go: {within: 1h, calendar: office, then: {move: up}}},",
        )
        .replace("- move: recycle", "- move: down")
        .replace(
            "transitions:\n",
            "transitions:\n  up: {from: lead, to: sal}\n"
            "  down: {from: sal, to: lead}\n",
        )
    )

    [problem] = check_workflow_text(text)[1]

    assert "LS325" == problem.code
    assert f"until {BREACH_MOVES_BOUND} such moves" in problem.why
