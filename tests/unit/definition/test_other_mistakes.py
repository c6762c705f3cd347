"""Every mistake in a binding or scenarios file is one line to mend it from."""

# ruff: noqa: E501  # printed lines are compared whole

from __future__ import annotations

from typing import NamedTuple

import pytest

from leadstate.definition import (
    check_binding_text,
    check_scenarios_text,
    load_workflow_text,
)


class Case(NamedTuple):
    """A right file with one piece replaced, and every line that is then printed."""

    name: str
    old: str
    new: str
    lines: tuple[str, ...]


def case(name: str, old: str, new: str, *lines: str) -> Case:
    """Return a case, for one line per printed line."""
    return Case(name, old, new, lines)


WORKFLOW = """\
workflow: demo
fields:
  email: {type: email, identity: true, personal: true}
  size: {type: integer}
  role: {type: choice, options: [owner, manager]}
  due: {type: date}
  ok: boolean
scores:
  fit: [{points: 40, when: size >= 50}]
  interest: {half_life: 14 days, events: {demo: {points: 40}}}
criteria:
  ideal: {when: score.fit >= 40}
  engaged: score.interest >= 30
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: [09:00-12:30, 13:30-18:00]}}
stages:
  lead: {owner: marketing, initial: true}
  mql: {sla: {accept: {within: 8h, calendar: office, then: escalate}}}
  sal: {owner: sales}
  nurture: {kind: parked, wake: {after: 30 days, to: lead}}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: {all: [ideal, engaged]}}
  accept: {from: mql, to: sal, by: [sales]}
  recycle: {from: [mql, sal], to: nurture, by: sales, reason: [timing, other]}
  win: {from: sal, to: won}
"""

BINDING = """\
binding: demo
adapter: hubspot
object: contacts
fields:
  email: email
  size: company.numberofemployees
  role: {property: job_role, values: {BOSS: owner, MANAGER: manager}}
  due: due_date
  ok: ok
events:
  demo: last_demo_at
stages:
  nurture: {stage: lead, status: UNQUALIFIED}
  lead: {stage: [lead, ''], status: [NEW, '']}
  mql: {stage: mql}
  sal: {stage: sal}
  won: {stage: customer}
reason: why
"""

SCENARIO = """\
workflow: demo.yaml
scenarios:
  - name: A fitting lead becomes an MQL
    given: {stage: lead, size: 80, due: in 3 days, entered: 2 days ago, events: {demo: 1 day ago}}
    when: changed
    then: {stage: mql, met: ideal, via: qualify}
  - name: Sales sends it back
    given: {stage: mql, role: owner}
    when: {move: recycle, as: sales, reason: timing}
    then: {stage: nurture}
  - name: A jump is put back
    given: {stage: lead}
    when: {moved in crm: won}
    then: {stays: lead, outside: revert, missing: size}
"""

LIFECYCLE = load_workflow_text(WORKFLOW)

BINDINGS = (
    case(
        "another workflow",
        "binding: demo",
        "binding: other",
        "LS401 b.yaml:1:10 the file binds workflow 'other', and the workflow given is 'demo'. Give the workflow file that belongs to it, or correct the name.",
    ),
    case(
        "no adapter",
        "adapter: hubspot\n",
        "",
        "LS103 b.yaml:1:1 the file lacks 'adapter'. Add `adapter: …`: The adapter, such as hubspot.",
    ),
    case(
        "an unknown key",
        "reason: why",
        "reasons: why",
        "LS102 b.yaml:18:1 the file has the unknown key 'reasons'. Did you mean 'reason'? Known: binding, adapter, object, fields, events, stages, reason, ignore, hand_off.",
    ),
    case(
        "an unknown field",
        "  size: company",
        "  sise: company",
        "LS105 b.yaml:6:3 the file binds field 'sise', and no such field is declared. Did you mean 'size'? Known: email, size, role, due, ok.",
    ),
    case(
        "an unknown event",
        "  demo: last_demo_at",
        "  demos: last_demo_at",
        "LS402 b.yaml:11:3 the file binds event 'demos', and neither a score nor a clock asks for it. Did you mean 'demo'? Known: demo.",
    ),
    case(
        "an unknown stage",
        "  sal: {stage: sal}",
        "  sall: {stage: sal}",
        "LS104 b.yaml:16:3 the file maps stage 'sall', and no such stage is declared. Did you mean 'sal'? Known: lead, mql, sal, nurture, won.",
    ),
    case(
        "a stage left out",
        "  won: {stage: customer}\n",
        "",
        "LS403 b.yaml:12:1 stage 'won' is not mapped. Map it, or write `won: unmapped` when the CRM must not show it.",
    ),
    case(
        "a stage that is a text",
        "mql: {stage: mql}",
        "mql: mql",
        "LS101 b.yaml:15:8 the file: 'mql' must be a mapping, the text 'mql' was found. Write {PROPERTY: VALUE}, or `unmapped`.",
    ),
    case(
        "a stage without properties",
        "mql: {stage: mql}",
        "mql: {}",
        "LS101 b.yaml:15:8 the file: 'mql' must be a mapping, an empty mapping was found. Write {PROPERTY: VALUE}, or `unmapped`.",
    ),
    case(
        "a property without a value",
        "mql: {stage: mql}",
        "mql: {stage: }",
        "LS101 b.yaml:15:16 stage 'mql': a value of 'stage' is missing. Write '' in quotes for an empty property.",
    ),
    case(
        "a property without values",
        "mql: {stage: mql}",
        "mql: {stage: []}",
        "LS101 b.yaml:15:16 the file: 'stage' must be a list of at least one value, an empty list was found.",
    ),
    case(
        "a value that is a mapping",
        "mql: {stage: mql}",
        "mql: {stage: {is: mql}}",
        "LS101 b.yaml:15:16 the file: 'stage' must be a value or a list of values, a mapping was found.",
    ),
    case(
        "an event without a property",
        "demo: last_demo_at",
        "demo: [last_demo_at]",
        "LS101 b.yaml:11:9 the file: 'demo' must be a date-time property, a list was found.",
    ),
    case(
        "a source that is a list",
        "email: email",
        "email: [email]",
        "LS101 b.yaml:5:10 field 'email' must be a mapping, a list was found. Its keys are: property, values, sync.",
    ),
    case(
        "a value that is no option",
        "BOSS: owner",
        "BOSS: ownr",
        "LS406 b.yaml:7:45 field 'role' maps to 'ownr', which is not an option of the field. Did you mean 'owner'? Known: owner, manager.",
    ),
    case(
        "a value map of lists",
        "BOSS: owner",
        "BOSS: [owner]",
        "LS101 b.yaml:7:45 field 'role': 'BOSS' must be a text, a list was found.",
    ),
    case(
        "two stages that write the same",
        "sal: {stage: sal}",
        "sal: {stage: [mql, sal]}",
        "LS404 b.yaml:16:3 stages 'mql' and 'sal' write the same values, so that the CRM cannot tell them apart. Give one of them another value, or a second property.",
    ),
    case(
        "a stage behind a wider one",
        "  nurture: {stage: lead, status: UNQUALIFIED}\n  lead: {stage: [lead, ''], status: [NEW, '']}",
        "  lead: {stage: [lead, '']}\n  nurture: {stage: lead, status: UNQUALIFIED}",
        "LS405 b.yaml:14:3 stage 'nurture' is never recognised, because stage 'lead' stands above it and matches all it matches. Move 'nurture' above 'lead'.",
    ),
    case(
        "a stage that leaves a mark standing",
        "lead: {stage: [lead, ''], status: [NEW, '']}",
        "lead: {stage: [lead, '']}",
        "LS407 b.yaml:14:3 stage 'lead' does not write 'status', so that a record coming from 'nurture' is still read as 'nurture'. Add `status: VALUE`, '' to empty it.",
    ),
    case(
        "a stage read back as another",
        "won: {stage: customer}",
        "won: {stage: [sal, customer], status: A}",
        "LS409 b.yaml:17:3 what stage 'won' writes is read back as 'sal'. Move 'won' above 'sal', or list another value first.",
    ),
    case(
        "a hand-off in a stage without a place",
        "  sal: {stage: sal}\n  won: {stage: customer}\n",
        "  sal: unmapped\n  won: {stage: customer}\nhand_off: [won, sal]\n",
        "LS410 b.yaml:18:17 stage 'sal' hands the record off to this CRM, and has no place in it. Map 'sal' under `stages`, or hand off in another one.",
    ),
    case(
        "a hand-off in a stage that is not there",
        "reason: why\n",
        "reason: why\nhand_off: sall\n",
        "LS104 b.yaml:19:11 the file hands off in stage 'sall', and no such stage is declared. Did you mean 'sal'? Known: lead, mql, sal, nurture, won.",
    ),
    case(
        "what is ignored is no mapping",
        "  won: {stage: customer}\n",
        "  won: {stage: customer}\nignore: [customer]\n",
        "LS101 b.yaml:18:10 the file: 'ignore' must be a mapping, the text 'customer' was found. Write {PROPERTY: VALUE}.",
    ),
    case(
        "a field kept equal in an unknown way",
        "email: email",
        "email: {property: email, sync: newer}",
        "LS110 b.yaml:5:34 field 'email': 'sync' is 'newer', which is none of the possible words. Did you mean 'newest'? Known: owner, copy, newest.",
    ),
    case(
        "fields left out",
        "  due: due_date\n",
        "",
        "LS408 b.yaml:4:1 warning: fields of the workflow are not bound: due, so that the CRM never fills them. Bind them, or delete them from the workflow.",
    ),
    case(
        "an adapter that is no name",
        "adapter: hubspot",
        "adapter: HubSpot",
        "LS111 b.yaml:2:10 'HubSpot' under 'adapter' is not a name, because names are lower-case letters, digits and _, a letter first. Write 'hubspot'.",
    ),
)

SCENARIOS = (
    case(
        "an unknown key",
        "    then: {stage: nurture}",
        "    than: {stage: nurture}",
        "LS103 s.yaml:7:5 a scenario lacks 'then'. Add `then: …`: What is expected.",
        "LS102 s.yaml:10:5 a scenario has the unknown key 'than'. Did you mean 'then'? Known: name, given, when, then.",
    ),
    case(
        "an unknown stage",
        "given: {stage: mql,",
        "given: {stage: mqll,",
        "LS104 s.yaml:8:20 scenario 'Sales sends it back': 'given' starts in 'mqll', and no such stage is declared. Did you mean 'mql'? Known: lead, mql, sal, nurture, won.",
    ),
    case(
        "an unknown stage in the CRM",
        "moved in crm: won",
        "moved in crm: one",
        "LS104 s.yaml:13:26 scenario 'A jump is put back': 'when' goes to 'one', and no such stage is declared. Did you mean 'won'? Known: lead, mql, sal, nurture, won.",
    ),
    case(
        "an unknown field",
        "size: 80",
        "sise: 80",
        "LS105 s.yaml:4:26 scenario 'A fitting lead becomes an MQL': 'given' has 'sise', and no such field is declared. Did you mean 'size'? Known: email, size, role, due, ok.",
    ),
    case(
        "an unknown criterion",
        "met: ideal",
        "met: ideel",
        "LS106 s.yaml:6:29 scenario 'A fitting lead becomes an MQL': 'then' asks for met 'ideel', and no such criterion is declared. Did you mean 'ideal'? Known: ideal, engaged.",
    ),
    case(
        "an unknown transition",
        "move: recycle",
        "move: recycel",
        "LS107 s.yaml:9:18 scenario 'Sales sends it back' takes 'recycel', and no such transition is declared. Did you mean 'recycle'? Known: qualify, accept, recycle, win, wake_nurture.",
    ),
    case(
        "an unknown transition on the way",
        "via: qualify",
        "via: qualifi",
        "LS107 s.yaml:6:41 scenario 'A fitting lead becomes an MQL': 'then' asks for via 'qualifi', and no such transition is declared. Did you mean 'qualify'? Known: qualify, accept, recycle, win, wake_nurture.",
    ),
    case(
        "an unknown role",
        "as: sales",
        "as: slaes",
        "LS109 s.yaml:9:31 scenario 'Sales sends it back' is done as 'slaes', and no such role is declared. Did you mean 'sales'? Known: marketing, sales.",
    ),
    case(
        "an unknown trigger",
        "when: changed",
        "when: change",
        "LS110 s.yaml:5:11 scenario 'A fitting lead becomes an MQL': 'when' is 'change'. Write changed, timer, {move: TRANSITION, as: ROLE}, {moved in crm: STAGE}, {timer: TRANSITION} or {after: 3 days}.",
    ),
    case(
        "an unknown refusal",
        "then: {stage: nurture}",
        "then: {refused: guards}",
        "LS110 s.yaml:10:21 scenario 'Sales sends it back': 'then': 'refused' is 'guards', which is none of the possible words. Did you mean 'guard'? Known: guard, role, reason, note, source, unknown_transition, void_timer, unlisted, approval, self_approval, passes, loop, ….",
    ),
    case(
        "two triggers",
        "move: recycle,",
        "move: recycle, timer: recycle,",
        "LS118 s.yaml:9:11 scenario 'Sales sends it back': 'when' needs one of 'move', 'moved in crm', 'timer' and 'after'. One scenario shows one thing that happens.",
    ),
    case(
        "a name twice",
        "A jump is put back",
        "Sales sends it back",
        "LS502 s.yaml:11:11 scenario 'Sales sends it back' stands twice, first in line 7. Say in each name what is different.",
    ),
    case(
        "a value of another type",
        "size: 80",
        "size: eighty",
        "LS503 s.yaml:4:32 scenario 'A fitting lead becomes an MQL': 'given': 'size' is 'eighty', which is no value of type integer. Mend it, or write size: {unparsable: …} if it is meant.",
    ),
    case(
        "an option that is none",
        "role: owner",
        "role: boss",
        "LS503 s.yaml:8:31 scenario 'Sales sends it back': 'given': 'role' is 'boss', which is no value of type choice. Mend it, or write role: {unparsable: …} if it is meant.",
    ),
    case(
        "a list for a number",
        "size: 80",
        "size: [80]",
        "LS503 s.yaml:4:32 scenario 'A fitting lead becomes an MQL': 'given': 'size' is 'a list', which is no value of type integer. Mend it, or write size: {unparsable: …} if it is meant.",
    ),
    case(
        "a value that is readable after all",
        "size: 80",
        "size: {unparsable: 80}",
        "LS503 s.yaml:4:32 scenario 'A fitting lead becomes an MQL': 'given': 'size' is said to be unparsable, and '80' is a value of type integer. Write the value by itself.",
    ),
    case(
        "a moment that is none",
        "demo: 1 day ago",
        "demo: yesterday",
        "LS504 s.yaml:4:88 scenario 'A fitting lead becomes an MQL': 'given': 'demo' is at 'yesterday', which is not a moment. Write 2 days ago, in 3 hours, now, or 2026-12-24T09:00.",
    ),
    case(
        "an entry that is no moment",
        "entered: 2 days ago",
        "entered: monday",
        "LS504 s.yaml:4:61 scenario 'A fitting lead becomes an MQL': 'given': 'entered' is at 'monday', which is not a moment. Write 2 days ago, in 3 hours, now, or 2026-12-24T09:00.",
    ),
    case(
        "an unknown event",
        "{demo: 1 day ago}",
        "{demos: 1 day ago}",
        "LS505 s.yaml:4:82 scenario 'A fitting lead becomes an MQL': 'given' has 'demos', and no such event is declared. Did you mean 'demo'? Known: demo.",
    ),
    case(
        "no expectation",
        "then: {stage: nurture}",
        "then: {}",
        "LS506 s.yaml:10:5 scenario 'Sales sends it back' expects nothing. Add `stage: …` or `stays: …` to `then`.",
    ),
    case(
        "an expectation of both",
        "then: {stage: nurture}",
        "then: {stage: nurture, stays: mql}",
        "LS507 s.yaml:10:5 what scenario 'Sales sends it back' expects cannot come true, because a record cannot both move and stay. Correct `when` or `then`.",
    ),
    case(
        "staying elsewhere",
        "stays: lead",
        "stays: mql",
        "LS507 s.yaml:14:5 what scenario 'A jump is put back' expects cannot come true, because the record starts in 'lead'. Correct `when` or `then`.",
    ),
    case(
        "staying on the way",
        "then: {stage: nurture}",
        "then: {stays: mql, via: recycle}",
        "LS507 s.yaml:10:5 what scenario 'Sales sends it back' expects cannot come true, because a record that stays takes no transition. Correct `when` or `then`.",
    ),
    case(
        "an answer to nobody",
        "then: {stage: nurture}",
        "then: {stage: nurture, outside: flag}",
        "LS507 s.yaml:10:5 what scenario 'Sales sends it back' expects cannot come true, because nobody moved the record in the CRM. Correct `when` or `then`.",
    ),
    case(
        "a refusal of nothing",
        "{stage: mql, met: ideal, via: qualify}",
        "{stays: lead, refused: guard}",
        "LS507 s.yaml:6:5 what scenario 'A fitting lead becomes an MQL' expects cannot come true, because nobody asked for a move. Correct `when` or `then`.",
    ),
    case(
        "a reason that is not listed",
        "reason: timing",
        "reason: price",
        "LS508 s.yaml:9:46 scenario 'Sales sends it back' gives the reason 'price', which transition 'recycle' does not list. Known: timing, other.",
    ),
    case(
        "a scenario that is a text",
        "  - name: A jump",
        "  - hello\n  - name: A jump",
        "LS101 s.yaml:11:5 a scenario must be a mapping, the text 'hello' was found. Its keys are: name, given, when, then.",
    ),
)


@pytest.mark.parametrize("case", BINDINGS, ids=lambda case: case.name)
def test_a_mistake_in_a_binding_is_one_line(case: Case) -> None:
    """The printed lines are exactly these, place and all."""
    assert case.old in BINDING
    text = BINDING.replace(case.old, case.new, 1)

    _, problems = check_binding_text(text, LIFECYCLE, file="b.yaml")

    assert case.lines == tuple(map(str, problems))


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: case.name)
def test_a_mistake_in_a_scenario_is_one_line(case: Case) -> None:
    """The printed lines are exactly these, place and all."""
    assert case.old in SCENARIO
    text = SCENARIO.replace(case.old, case.new, 1)

    _, problems = check_scenarios_text(text, LIFECYCLE, file="s.yaml")

    assert case.lines == tuple(map(str, problems))


def test_the_right_files_have_nothing_to_report() -> None:
    """So each case above shows its own mistake only."""
    assert check_binding_text(BINDING, LIFECYCLE)[1] == ()
    assert check_scenarios_text(SCENARIO, LIFECYCLE)[1] == ()
