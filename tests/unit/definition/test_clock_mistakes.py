"""Mistakes about clocks, people and actions are one line that says how to mend it."""

# ruff: noqa: E501  # printed lines are compared whole

from __future__ import annotations

from typing import NamedTuple

import pytest

from leadstate.definition import (
    check_binding_text,
    check_workflow_text,
    load_workflow_text,
)


class Case(NamedTuple):
    """A right file with pieces replaced, and every line that is then printed."""

    name: str
    swaps: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The file with its mistake."""
        text = RIGHT
        for old, new in self.swaps:
            assert old in text, old
            text = text.replace(old, new, 1)
        return text


RIGHT = """\
workflow: demo
fields:
  email: {type: email, identity: true, personal: true}
  owner: {type: owner}
  size: {type: integer}
  role: {type: choice, options: [buyer, user]}
  tags: tags
  hold: boolean
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: 09:00-18:00}}
teams: {marketing: , sales: {calendar: office}}
reasons: {timing: Not now, other: Something else}
stages:
  lead: {owner: marketing, initial: true, on_leave: escalate}
  sal:
    owner: sales
    on_enter: [{assign: sales}, {note: 'Call {email}'}]
    sla:
      touch: {within: 8h, calendar: team, start: assigned, until: call, warn_at: 50%, pause: hold, then: escalate}
  nurture: {kind: parked, wake: {after: 30 days, to: lead, sla: {again: {within: 1 day, calendar: office, then: escalate}}}}
  won: {kind: won}
transitions:
  accept: {from: lead, to: sal, by: [sales]}
  recycle: {from: [lead, sal], to: nurture, reason: [timing, other]}
  win: {from: sal, to: won, approval: marketing}
"""

CASES = (
    Case(
        "a team with hours nobody declared",
        swaps=(("sales: {calendar: office}}\n", "sales: {calendar: ofice}}\n"),),
        lines=(
            "LS108 w.yaml:11:40 team 'sales' counts in 'ofice', and no such calendar is declared. Did you mean 'office'? Known: always, office.",
        ),
    ),
    Case(
        "a team that is a text",
        swaps=(("sales: {calendar: office}}\n", "sales: office}\n"),),
        lines=(
            "LS101 w.yaml:11:29 team 'sales' must be a mapping, the text 'office' was found. Its keys are: calendar.",
        ),
    ),
    Case(
        "a team in capitals",
        swaps=(("teams: {marketing: ,", "teams: {Marketing: , marketing: ,"),),
        lines=(
            "LS111 w.yaml:11:9 'Marketing' under 'teams' is not a name, because names are lower-case letters, digits and _, a letter first. Write 'marketing'.",
        ),
    ),
    Case(
        "teams that are nothing",
        swaps=(
            (
                "teams: {marketing: , sales: {calendar: office}}",
                "teams: [sales, [marketing]]",
            ),
        ),
        lines=(
            "LS101 w.yaml:11:16 the file: 'teams' must be a text or a list of texts, a list was found.",
        ),
    ),
    Case(
        "a calendar with a reserved name",
        swaps=(("  office: {", "  team: {hours: {mon: 09:00-10:00}}\n  office: {"),),
        lines=(
            "LS111 w.yaml:10:3 'team' under 'calendars' cannot be a name, because the word has a meaning of its own. Choose another, such as 'team_1'.",
        ),
    ),
    Case(
        "a stage with a reserved name",
        swaps=(("  won: {kind: won}", "  won: {kind: won}\n  back: {kind: lost}"),),
        lines=(
            "LS111 w.yaml:22:3 'back' under 'stages' cannot be a name, because the word has a meaning of its own. Choose another, such as 'back_1'. What people read goes into `label`.",
        ),
    ),
    Case(
        "an unknown reason",
        swaps=(("reason: [timing,", "reason: [timming,"),),
        lines=(
            "LS122 w.yaml:24:54 transition 'recycle' takes the reason 'timming', and no such reason is declared. Did you mean 'timing'? Known: timing, other.",
        ),
    ),
    Case(
        "a reason nobody gives",
        swaps=(("reasons: {", "reasons: {price: Too dear, "),),
        lines=(
            "LS319 w.yaml:12:18 warning: reason 'price' is used by no transition. List it under `reason` of a transition, or delete it.",
        ),
    ),
    Case(
        "a reason that is a list",
        swaps=(("timing: Not now", "timing: [Not now]"),),
        lines=(
            "LS101 w.yaml:12:19 the file: 'timing' must be what people read, a list was found.",
        ),
    ),
    Case(
        "reasons in a list",
        swaps=(
            (
                "reasons: {timing: Not now, other: Something else}",
                "reasons: [timing, other]",
            ),
        ),
        lines=(
            "LS101 w.yaml:12:10 the file: 'reasons' must be a mapping, a list was found. Write one `name: …` a line below it.",
        ),
    ),
    Case(
        "two owners",
        swaps=(
            (
                "  size: {type: integer}",
                "  size: {type: integer}\n  boss: {type: owner}",
            ),
        ),
        lines=(
            "LS320 w.yaml:6:3 field 'boss' is a second owner of the record, and 'owner' already is one. Keep the one that the CRMs show, and make the other a text.",
        ),
    ),
    Case(
        "an owner by which records are told apart",
        swaps=(("{type: owner}", "{type: owner, identity: true}"),),
        lines=(
            "LS315 w.yaml:4:34 field 'owner' is of type owner, which cannot tell one record from another. Mark a field of type email, phone, text or integer as identity.",
        ),
    ),
    Case(
        "nobody to assign to",
        swaps=(("  owner: {type: owner}\n", ""),),
        lines=(
            "LS321 w.yaml:16:25 stage 'sal': 'on_enter' gives it an owner, and no field holds the record's owner. Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
            "LS321 w.yaml:18:50 SLA 'touch' of stage 'sal' waits until it has an owner, and no field holds the record's owner. Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
        ),
    ),
    Case(
        "the hours of nobody",
        swaps=(("owner: {type: owner}", "owner: {type: text}"),),
        lines=(
            "LS321 w.yaml:17:25 stage 'sal': 'on_enter' gives it an owner, and no field holds the record's owner. Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
            "LS321 w.yaml:19:50 SLA 'touch' of stage 'sal' waits until it has an owner, and no field holds the record's owner. Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
        ),
    ),
    Case(
        "an owner with a mistake of its own",
        swaps=(("{type: owner}", "{type: ownr}"),),
        lines=(
            "LS110 w.yaml:4:17 field 'owner': 'type' is 'ownr', which is none of the possible words. Did you mean 'owner'? Known: text, email, phone, choice, owner, tags, integer, number, money, boolean, date, datetime.",
        ),
    ),
    Case(
        "an owner to be assigned on waking",
        swaps=(("to: lead, sla:", "to: lead, assign: {team: }, sla:"),),
        lines=(
            "LS101 w.yaml:20:75 the wake-up of 'nurture': 'assign': 'team' has no value. Write one or delete the key. The team or role to choose from, or one person's name.",
        ),
    ),
    Case(
        "the hours of a team without any",
        swaps=(
            (
                "teams: {marketing: , sales: {calendar: office}}",
                "teams: [marketing, sales]",
            ),
        ),
        lines=(
            "LS322 w.yaml:19:37 SLA 'touch' of stage 'sal' counts in the hours of its team, and team 'sales' has no calendar. Write `teams: {sales: {calendar: NAME}}`.",
        ),
    ),
    Case(
        "the hours of no team",
        swaps=(("    owner: sales\n", ""),),
        lines=(
            "LS322 w.yaml:18:37 SLA 'touch' of stage 'sal' counts in the hours of its team, and the stage belongs to no team. Add `owner: TEAM` to the stage.",
        ),
    ),
    Case(
        "the hours of a team nobody listed",
        swaps=(("    owner: sales\n", "    owner: sale\n"),),
        lines=(
            "LS109 w.yaml:16:12 stage 'sal' belongs to 'sale', and no such team or role is declared. Did you mean 'sales'? Known: marketing, sales.",
        ),
    ),
    Case(
        "starts and ends at once",
        swaps=(("until: call", "until: assigned"),),
        lines=(
            "LS323 w.yaml:19:67 SLA 'touch' of stage 'sal' starts and ends with 'assigned', so that its clock never runs. Name another event, or delete `until`: leaving the stage ends it.",
        ),
    ),
    Case(
        "an event in capitals",
        swaps=(("until: call", "until: First Call"),),
        lines=(
            "LS111 w.yaml:19:67 'First Call' under 'until' is not a name, because names are lower-case letters, digits and _, a letter first. Write 'first_call'.",
        ),
    ),
    Case(
        "a warning after the end",
        swaps=(("warn_at: 50%", "warn_at: [50%, 8h]"),),
        lines=(
            "LS112 w.yaml:19:88 SLA 'touch' of stage 'sal' warns at '8h', and it is due after 8 hours. Write whole percents from 1% to 99%, such as 80%, or how long before it is due, such as 1 hour.",
        ),
    ),
    Case(
        "a warning at no time",
        swaps=(("warn_at: 50%", "warn_at: soon"),),
        lines=(
            "LS112 w.yaml:19:82 SLA 'touch' of stage 'sal' warns at 'soon', which is neither a share of the time nor a time before it is due. Write whole percents from 1% to 99%, such as 80%, or how long before it is due, such as 1 hour.",
        ),
    ),
    Case(
        "two warnings at once",
        swaps=(("warn_at: 50%", "warn_at: [50%, 4h]"),),
        lines=(
            "LS117 w.yaml:19:88 SLA 'touch' of stage 'sal' warns at '4h', which is the same moment as '50%'. Keep one of them.",
        ),
    ),
    Case(
        "a length that cannot be read",
        swaps=(
            (
                "within: 8h, calendar: team, start: assigned, until: call, warn_at: 50%",
                "within: 8, calendar: team, start: assigned, until: call, warn_at: [50%, 2h, x]",
            ),
        ),
        lines=(
            "LS113 w.yaml:19:23 SLA 'touch' of stage 'sal': 'within' is '8', which is not a length of time. Write a number and a unit: 90 minutes, 8h, 30 days or 2 weeks.",
            "LS112 w.yaml:19:91 SLA 'touch' of stage 'sal' warns at 'x', which is neither a share of the time nor a time before it is due. Write whole percents from 1% to 99%, such as 80%, or how long before it is due, such as 1 hour.",
        ),
    ),
    Case(
        "a warning that is missing",
        swaps=(("warn_at: 50%,", "on_warning: escalate,"),),
        lines=(
            "LS118 w.yaml:19:85 SLA 'touch' of stage 'sal' has 'on_warning' without 'warn_at'. Say when to warn, such as `warn_at: 80%`.",
        ),
    ),
    Case(
        "an unknown re-entry",
        swaps=(("pause: hold", "on_reentry: again"),),
        lines=(
            "LS110 w.yaml:19:99 SLA 'touch' of stage 'sal': 'on_reentry' is 'again', which is none of the possible words. Known: reset, keep.",
        ),
    ),
    Case(
        "a pause nobody understands",
        swaps=(("pause: hold", "pause: holt"),),
        lines=(
            "LS210 w.yaml:19:94 unknown field 'holt'. Did you mean 'hold'? Known: email, hold, owner, role, size, tags.",
        ),
    ),
    Case(
        "a pause that never ends",
        swaps=(("pause: hold", "pause: size is known or size is unknown"),),
        lines=(
            "LS327 w.yaml:19:94 warning: the pause of SLA 'touch' of stage 'sal' never ends, because one of its parts is always met. Ask for what a lead has while it waits, and loses then.",
        ),
    ),
    Case(
        "a pause that never begins",
        swaps=(("pause: hold", "pause: size < 5 and size > 10"),),
        lines=(
            "LS330 w.yaml:19:94 warning: the pause of SLA 'touch' of stage 'sal' can never begin, because its parts exclude each other. Correct it, or delete it.",
        ),
    ),
    Case(
        "an SLA nobody hears of",
        swaps=(("warn_at: 50%, pause: hold, then: escalate", "pause: hold"),),
        lines=(
            "LS326 w.yaml:19:7 warning: SLA 'touch' of stage 'sal' warns of nothing and has no consequence, so that nobody hears of it when it is broken. Add `then: escalate`, or `warn_at: 80%`.",
        ),
    ),
    Case(
        "an SLA that moves twice",
        swaps=(("then: escalate", "then: [{move: recycle}, {move: win}]"),),
        lines=(
            "LS118 w.yaml:19:106 SLA 'touch' of stage 'sal': 'then' takes recycle, win, and a record can take one transition only. Keep one of them.",
        ),
    ),
    Case(
        "an SLA that needs approval",
        swaps=(("then: escalate", "then: {move: win}"),),
        lines=(
            "LS324 w.yaml:19:100 SLA 'touch' of stage 'sal' takes 'win', which needs the approval of marketing. Take a transition without `approval`, or escalate.",
        ),
    ),
    Case(
        "a guard never met where people go",
        swaps=(
            (
                "win: {from: sal, to: won, approval: marketing}",
                "win: {from: sal, to: won, when: size < 5 and size > 10}\n",
            ),
        ),
        lines=(
            "LS330 w.yaml:25:35 warning: the guard of transition 'win' can never be met, because its parts exclude each other. Correct it, or delete the transition.",
        ),
    ),
    Case(
        "an SLA that is refused",
        swaps=(
            (
                "reason: [timing, other]}",
                "reason: [timing, other], when: 'size = 1 and size = 2'}",
            ),
            ("then: escalate}\n", "then: {move: recycle}}\n"),
        ),
        lines=(
            "LS324 w.yaml:19:100 SLA 'touch' of stage 'sal' takes 'recycle', whose guard can never be met. Correct the guard, or take another transition.",
        ),
    ),
    Case(
        "an SLA that takes an automatic way",
        swaps=(
            ("then: escalate}\n", "then: {move: win}}\n"),
            ("approval: marketing", "automatic: true, when: hold"),
        ),
        lines=(
            "LS324 w.yaml:19:100 warning: SLA 'touch' of stage 'sal' takes 'win', which is taken by itself as soon as its guard is met, and refused before. Take a transition that is not automatic.",
        ),
    ),
    Case(
        "a ring of SLAs",
        swaps=(
            ("then: escalate}\n", "then: {move: down}}\n"),
            (
                "on_leave: escalate",
                "sla: {go: {within: 1 day, calendar: always, then: {move: accept}}}",
            ),
            ("  win: {", "  down: {from: sal, to: lead}\n  win: {"),
        ),
        lines=(
            "LS325 w.yaml:14:87 warning: broken SLAs move a record round in a ring: lead → sal → lead, until 6 such moves in a row; then it stays and is listed for a person. Let one of them escalate, or lead to a parked stage.",
        ),
    ),
    Case(
        "a ring over a wake-up's SLA",
        swaps=(
            ("then: escalate}\n", "then: {move: down}}\n"),
            (
                "calendar: office, then: escalate",
                "calendar: office, then: {move: accept}",
            ),
            ("  win: {", "  down: {from: sal, to: lead}\n  win: {"),
        ),
        lines=(
            "LS325 w.yaml:19:100 warning: broken SLAs move a record round in a ring: sal → lead → sal, until 6 such moves in a row; then it stays and is listed for a person. Let one of them escalate, or lead to a parked stage.",
        ),
    ),
    Case(
        "the hours of an owner without a field",
        swaps=(
            ("  owner: {type: owner}\n", ""),
            ("calendar: team, start: assigned", "calendar: owner"),
            ("{assign: sales}, ", ""),
        ),
        lines=(
            "LS321 w.yaml:18:37 SLA 'touch' of stage 'sal' counts in the owner's hours, and no field holds the record's owner. Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
        ),
    ),
    Case(
        "teams that are nothing, and their hours",
        swaps=(
            ("teams: {marketing: , sales: {calendar: office}}", "teams: 5\nteam: {}"),
        ),
        lines=(
            "LS111 w.yaml:11:8 '5' under 'teams' is not a name, because names are lower-case letters, digits and _, a letter first. Choose another.",
            "LS102 w.yaml:12:1 the file has the unknown key 'team'. Did you mean 'teams'? Known: workflow, title, timezone, teams, reasons, outside_moves, fields, scores, criteria, calendars, stages, transitions.",
        ),
    ),
    Case(
        "nobody to assign to on waking",
        swaps=(
            ("to: lead, sla", "to: lead, assign: sales, sla"),
            ("  owner: {type: owner}\n", ""),
            ("start: assigned, ", ""),
            ("{assign: sales}, ", ""),
        ),
        lines=(
            "LS321 w.yaml:19:68 the wake-up of 'nurture' gives it an owner, and no field holds the record's owner. Add a field `owner: {type: owner}`, and bind it to the CRM's owner.",
        ),
    ),
    Case(
        "two SLAs of one name",
        swaps=(("to: lead, sla: {again", "to: sal, sla: {touch"),),
        lines=(
            "LS328 w.yaml:20:65 SLA 'touch' of stage 'sal' has the name of another one in that stage, first at 19:7. Choose another name.",
        ),
    ),
    Case(
        "an SLA of a wake-up with an unknown move",
        swaps=(
            (
                "calendar: office, then: escalate}}}}",
                "calendar: office, then: {move: win}}}}}",
            ),
        ),
        lines=(
            "LS309 w.yaml:20:107 SLA 'again' of stage 'lead' takes 'win', which does not leave this stage. From here: accept, recycle.",
        ),
    ),
    Case(
        "a wake-up back to nowhere",
        swaps=(
            (
                "recycle: {from: [lead, sal], to: nurture,",
                "recycle: {from: won, to: nurture,",
            ),
            (
                "to: lead, sla: {again: {within: 1 day, calendar: office, then: escalate}}}",
                "to: back}",
            ),
        ),
        lines=(
            "LS303 w.yaml:20:3 nothing leads out of stage 'nurture', which is parked. Add a transition from it, or say `kind: won` or `kind: lost`.",
            "LS311 w.yaml:20:54 the wake-up of 'nurture' leads back to where the lead came from, and no transition leads here from a stage that is open or parked. Name the stage in which the lead goes on.",
        ),
    ),
    Case(
        "a wake-up back to nobody",
        swaps=(
            (
                "recycle: {from: [lead, sal], to: nurture,",
                "recycle: {from: [lead, sal], to: won,",
            ),
            (
                "to: lead, sla: {again: {within: 1 day, calendar: office, then: escalate}}}",
                "to: back}",
            ),
        ),
        lines=(
            "LS302 w.yaml:20:3 no path leads to stage 'nurture'. Add a transition to it, or delete the stage.",
            "LS303 w.yaml:20:3 nothing leads out of stage 'nurture', which is parked. Add a transition from it, or say `kind: won` or `kind: lost`.",
        ),
    ),
    Case(
        "one pass",
        swaps=(("to: lead, sla", "to: lead, max_passes: 1, sla"),),
        lines=(
            "LS112 w.yaml:20:72 the wake-up of 'nurture': 'max_passes' is 1, which is not a whole number above 1. The first trip through the funnel counts: 2 lets a lead come back once.",
        ),
    ),
    Case(
        "half a pass",
        swaps=(("to: lead, sla", "to: lead, max_passes: 2.5, sla"),),
        lines=(
            "LS112 w.yaml:20:72 the wake-up of 'nurture': 'max_passes' is 2.5, which is not a whole number above 1. The first trip through the funnel counts: 2 lets a lead come back once.",
        ),
    ),
    Case(
        "passes that are a text",
        swaps=(("to: lead, sla", "to: lead, max_passes: many, sla"),),
        lines=(
            "LS112 w.yaml:20:72 the wake-up of 'nurture': 'max_passes' is 'many', which is not a number. Write plain digits such as 40 or 2.5: no quotes, no leading zeros.",
        ),
    ),
    Case(
        "an end without a bound",
        swaps=(("to: lead, sla", "to: lead, otherwise: won, sla"),),
        lines=(
            "LS118 w.yaml:20:71 the wake-up of 'nurture' has 'otherwise' without 'max_passes'. Say after how many passes: `max_passes: 3`.",
        ),
    ),
    Case(
        "an end in the same stage",
        swaps=(("to: lead, sla", "to: lead, max_passes: 3, otherwise: nurture, sla"),),
        lines=(
            "LS311 w.yaml:20:86 the wake-up of 'nurture' leads back to the same stage. Name the stage in which the lead goes on.",
        ),
    ),
    Case(
        "an unknown end",
        swaps=(("to: lead, sla", "to: lead, max_passes: 3, otherwise: wonn, sla"),),
        lines=(
            "LS104 w.yaml:20:86 the wake-up of 'nurture' ends in 'wonn', and no such stage is declared. Did you mean 'won'? Known: lead, sal, nurture, won.",
        ),
    ),
    Case(
        "a condition nobody understands",
        swaps=(("{after: 30 days, to", "{when: holt, to"),),
        lines=(
            "LS210 w.yaml:20:40 unknown field 'holt'. Did you mean 'hold'? Known: email, hold, owner, role, size, tags.",
        ),
    ),
    Case(
        "a condition that is never met",
        swaps=(("{after: 30 days, to", "{when: size < 5 and size > 10, to"),),
        lines=(
            "LS330 w.yaml:20:40 warning: what the wake-up of 'nurture' waits for can never be met, because its parts exclude each other. Correct it, or delete it.",
        ),
    ),
    Case(
        "a wake-up that needs approval",
        swaps=(
            (
                "  win: {",
                "  rise: {from: nurture, to: lead, approval: sales}\n  win: {",
            ),
        ),
        lines=(
            "LS324 w.yaml:20:54 the wake-up of 'nurture' to 'lead' takes 'rise', which needs an approval. Add a transition between the two stages that it can take.",
        ),
    ),
    Case(
        "a wake-up that is refused",
        swaps=(
            (
                "  win: {",
                "  rise: {from: nurture, to: lead, when: 'size = 1 and size = 2'}\n  win: {",
            ),
        ),
        lines=(
            "LS324 w.yaml:20:54 the wake-up of 'nurture' to 'lead' takes 'rise', whose guard can never be met then. Add a transition between the two stages that it can take.",
        ),
    ),
    Case(
        "a wake-up at odds with its way",
        swaps=(
            ("{after: 30 days, to", "{when: size < 5, to"),
            (
                "  win: {",
                "  rise: {from: nurture, to: lead, when: size > 10}\n  win: {",
            ),
        ),
        lines=(
            "LS324 w.yaml:20:54 the wake-up of 'nurture' to 'lead' takes 'rise', whose guard can never be met then. Add a transition between the two stages that it can take.",
        ),
    ),
    Case(
        "a wake-up for what is automatic",
        swaps=(
            ("{after: 30 days, to", "{when: hold, to"),
            (
                "  win: {",
                "  rise: {from: nurture, to: sal, automatic: true, when: hold}\n  win: {",
            ),
        ),
        lines=(
            "LS332 w.yaml:20:40 warning: the wake-up of 'nurture' waits for what rise waits for, which is taken by itself then. Delete one of them.",
        ),
    ),
    Case(
        "an action that is a text",
        swaps=(("on_leave: escalate", "on_leave: esclate"),),
        lines=(
            "LS110 w.yaml:14:53 stage 'lead': 'on_leave' is 'esclate', which is no action. Did you mean 'escalate'? Known: escalate, assign, task, note, set, notify, call. All but escalate are written as {ACTION: …}.",
        ),
    ),
    Case(
        "an action that says too little",
        swaps=(("on_leave: escalate", "on_leave: task"),),
        lines=(
            "LS110 w.yaml:14:53 stage 'lead': 'on_leave' is 'task', which needs to say what. Write {task: …}.",
        ),
    ),
    Case(
        "an action that is a list",
        swaps=(("on_leave: escalate", "on_leave: [[escalate]]"),),
        lines=(
            "LS110 w.yaml:14:54 stage 'lead': 'on_leave' is 'a list', which is no action. Known: escalate, assign, task, note, set, notify, call. All but escalate are written as {ACTION: …}.",
        ),
    ),
    Case(
        "an unknown action",
        swaps=(("on_leave: escalate", "on_leave: {tusk: Call}"),),
        lines=(
            "LS102 w.yaml:14:54 stage 'lead': 'on_leave' has the unknown key 'tusk'. Did you mean 'task'? Known: assign, task, note, set, notify, escalate, call.",
        ),
    ),
    Case(
        "two actions in one",
        swaps=(("on_leave: escalate", "on_leave: {task: Call, note: Called}"),),
        lines=(
            "LS118 w.yaml:14:53 stage 'lead': 'on_leave' has task, note, where one action belongs. Write a list with one action an entry: [{note: TEXT}, escalate].",
        ),
    ),
    Case(
        "an action of nothing",
        swaps=(("on_leave: escalate", "on_leave: [{}]"),),
        lines=(
            "LS118 w.yaml:14:54 stage 'lead': 'on_leave' has no key, where one action belongs. Write a list with one action an entry: [{note: TEXT}, escalate].",
        ),
    ),
    Case(
        "a stage that moves",
        swaps=(("on_leave: escalate", "on_leave: {move: recycle}"),),
        lines=(
            "LS110 w.yaml:14:53 stage 'lead': 'on_leave' moves the record, and only a broken SLA does that. Move it in the `then` of an SLA, or by an automatic transition.",
        ),
    ),
    Case(
        "an assignment in no known manner",
        swaps=(("{assign: sales}", "{assign: {team: sales, by: random}}"),),
        lines=(
            "LS110 w.yaml:17:43 stage 'sal': 'on_enter': 'assign': 'by' is 'random', which is none of the possible words. Known: round_robin, least_loaded.",
        ),
    ),
    Case(
        "a team that is nearly one",
        swaps=(("{assign: sales}", "{assign: sale}"),),
        lines=(
            "LS317 w.yaml:17:25 warning: stage 'sal': 'on_enter': 'assign' names 'sale', which is no team and looks like one. Did you mean 'sales'? Known: marketing, sales.",
        ),
    ),
    Case(
        "an escalation to nobody",
        swaps=(("on_leave: escalate", "on_leave: {escalate: ''}"),),
        lines=(
            "LS101 w.yaml:14:64 stage 'lead': 'on_leave': 'escalate' must be a text that says something, the text '' was found.",
        ),
    ),
    Case(
        "a role to approve that is nearly a team",
        swaps=(
            ("teams: {marketing: , sales: {calendar: office}}\n", ""),
            ("calendar: team", "calendar: office"),
            ("approval: marketing", "approval: marketng"),
        ),
        lines=(
            "LS317 w.yaml:24:39 warning: transition 'win' is approved by 'marketng', which owns no stage and looks like a team that does. Did you mean 'marketing'? Known: marketing, sales. List every team and role under `teams:`.",
        ),
    ),
    Case(
        "an escalation to nearly a team",
        swaps=(("on_leave: escalate", "on_leave: {escalate: marketin}"),),
        lines=(
            "LS317 w.yaml:14:64 warning: stage 'lead': 'on_leave' names 'marketin', which is no team and looks like one. Did you mean 'marketing'? Known: marketing, sales.",
        ),
    ),
    Case(
        "a task without a text",
        swaps=(("on_leave: escalate", "on_leave: {task: {due: 1 day}}"),),
        lines=(
            "LS103 w.yaml:14:60 stage 'lead': 'on_leave': 'task' lacks 'text'. Add `text: …`: What there is to do.",
        ),
    ),
    Case(
        "a task that says nothing",
        swaps=(("on_leave: escalate", "on_leave: {task: ' '}"),),
        lines=(
            "LS101 w.yaml:14:60 stage 'lead': 'on_leave': 'task': 'text' must be a text that says something, the text ' ' was found.",
        ),
    ),
    Case(
        "a task due some time",
        swaps=(("on_leave: escalate", "on_leave: {task: {text: Call, due: soon}}"),),
        lines=(
            "LS113 w.yaml:14:78 stage 'lead': 'on_leave': 'task': 'due' is 'soon', which is not a length of time. Write a number and a unit: 90 minutes, 8h, 30 days or 2 weeks.",
        ),
    ),
    Case(
        "a note that is a list",
        swaps=(("on_leave: escalate", "on_leave: {note: [a]}"),),
        lines=(
            "LS101 w.yaml:14:60 stage 'lead': 'on_leave': 'note' must be a text, a list was found.",
        ),
    ),
    Case(
        "a message without a channel",
        swaps=(("on_leave: escalate", "on_leave: {notify: {text: Hello}}"),),
        lines=(
            "LS103 w.yaml:14:62 stage 'lead': 'on_leave': 'notify' lacks 'channel'. Add `channel: …`: The channel's name.",
        ),
    ),
    Case(
        "a message that is a text",
        swaps=(("on_leave: escalate", "on_leave: {notify: chat}"),),
        lines=(
            "LS101 w.yaml:14:62 stage 'lead': 'on_leave': 'notify' must be a mapping, the text 'chat' was found. Its keys are: channel, text, subject.",
        ),
    ),
    Case(
        "a call without a name",
        swaps=(("on_leave: escalate", "on_leave: {call: {depth: 1}}"),),
        lines=(
            "LS103 w.yaml:14:60 stage 'lead': 'on_leave': 'call' lacks 'name'. Add `name: …`: The plugin's name for it.",
        ),
    ),
    Case(
        "a call that is a text",
        swaps=(("on_leave: escalate", "on_leave: {call: enrich}"),),
        lines=(
            "LS101 w.yaml:14:60 stage 'lead': 'on_leave': 'call' must be a mapping, the text 'enrich' was found. Its keys are: name.",
        ),
    ),
    Case(
        "a call with a list",
        swaps=(("on_leave: escalate", "on_leave: {call: {name: enrich, depth: [1]}}"),),
        lines=(
            "LS101 w.yaml:14:82 stage 'lead': 'on_leave': 'call': 'depth' must be a text, a list was found.",
        ),
    ),
    Case(
        "an unknown field to set",
        swaps=(("on_leave: escalate", "on_leave: {set: {sise: 5}}"),),
        lines=(
            "LS105 w.yaml:14:60 stage 'lead': 'on_leave' sets 'sise', and no such field is declared. Did you mean 'size'? Known: email, owner, size, role, tags, hold.",
        ),
    ),
    Case(
        "a number that is none",
        swaps=(("on_leave: escalate", "on_leave: {set: {size: large}}"),),
        lines=(
            "LS503 w.yaml:14:66 stage 'lead': 'on_leave' sets 'size' to 'large', which is no value of type integer.",
        ),
    ),
    Case(
        "an option to set that is none",
        swaps=(("on_leave: escalate", "on_leave: {set: {role: byer}}"),),
        lines=(
            "LS503 w.yaml:14:66 stage 'lead': 'on_leave' sets 'role' to 'byer', which is no value of type choice. Did you mean 'buyer'? Known: buyer, user.",
        ),
    ),
    Case(
        "an owner to set",
        swaps=(("on_leave: escalate", "on_leave: {set: {owner: anna}}"),),
        lines=(
            "LS329 w.yaml:14:67 stage 'lead': 'on_leave' sets 'owner', which says who owns the record. Write {assign: TEAM} instead.",
        ),
    ),
    Case(
        "an identity to set",
        swaps=(("on_leave: escalate", "on_leave: {set: {email: a@b.example}}"),),
        lines=(
            "LS329 w.yaml:14:67 stage 'lead': 'on_leave' sets 'email', by which records are told apart. Set another field.",
        ),
    ),
    Case(
        "a list to set",
        swaps=(("on_leave: escalate", "on_leave: {set: {size: [1, 2]}}"),),
        lines=(
            "LS101 w.yaml:14:66 stage 'lead': 'on_leave': 'size' must be a value, a list was found. Write '' to empty the field.",
        ),
    ),
    Case(
        "tags to set that are none",
        swaps=(("on_leave: escalate", "on_leave: {set: {tags: [a, [b]]}}"),),
        lines=(
            "LS101 w.yaml:14:66 stage 'lead': 'on_leave': 'tags' must be a value, a list was found. Write '' to empty the field.",
        ),
    ),
    Case(
        "a value to set that is missing",
        swaps=(("on_leave: escalate", "on_leave: {set: {size: }}"),),
        lines=(
            "LS101 w.yaml:14:66 stage 'lead': 'on_leave': 'size' must be a value, nothing was found. Write '' to empty the field.",
        ),
    ),
    Case(
        "a field to set with a mistake of its own",
        swaps=(
            (
                "size: {type: integer}\n  role: {type: choice, options: [buyer, user]}",
                "size: {type: intger}\n  role: {type: choice, options: [buyer, user]}",
            ),
        ),
        lines=(
            "LS110 w.yaml:5:16 field 'size': 'type' is 'intger', which is none of the possible words. Did you mean 'integer'? Known: text, email, phone, choice, owner, tags, integer, number, money, boolean, date, datetime.",
        ),
    ),
    Case(
        "an unknown name in a text",
        swaps=(("'Call {email}'", "'Call {emial}'"),),
        lines=(
            "LS123 w.yaml:17:46 stage 'sal': 'on_enter': a text names '{emial}', which is neither a field nor known otherwise. Did you mean 'email'? Known: email, owner, size, role, tags, hold, actor, due, from_stage, missing, pass, reason, ….",
        ),
    ),
    Case(
        "a name with a format in a text",
        swaps=(("'Call {email}'", "'Call {{x}} {size:>10}'"),),
        lines=(
            "LS123 w.yaml:17:52 stage 'sal': 'on_enter': a text names '{size:>10}', which is not a name in braces. Write a name alone, such as {stage}; {{ and }} are plain braces.",
        ),
    ),
    Case(
        "empty braces in a text",
        swaps=(("'Call {email}'", "'Call {}'"),),
        lines=(
            "LS123 w.yaml:17:46 stage 'sal': 'on_enter': a text names '{}', which is not a name in braces. Write a name alone, such as {stage}; {{ and }} are plain braces.",
        ),
    ),
    Case(
        "a brace without its pair",
        swaps=(("'Call {email}'", "'Call {email'"),),
        lines=(
            "LS123 w.yaml:17:46 stage 'sal': 'on_enter': a text has a '{' without its pair. Write a name alone, such as {stage}; {{ and }} are plain braces.",
        ),
    ),
    Case(
        "an unknown name in a call",
        swaps=(
            ("on_leave: escalate", "on_leave: {call: {name: enrich, with: '{sise}'}}"),
        ),
        lines=(
            "LS123 w.yaml:14:82 stage 'lead': 'on_leave': 'call': a text names '{sise}', which is neither a field nor known otherwise. Did you mean 'size'? Known: email, owner, size, role, tags, hold, actor, due, from_stage, missing, pass, reason, ….",
        ),
    ),
    Case(
        "an unknown role to approve",
        swaps=(("approval: marketing", "approval: marketng"),),
        lines=(
            "LS109 w.yaml:25:39 transition 'win' is approved by 'marketng', and no such team or role is declared. Did you mean 'marketing'? Known: marketing, sales.",
        ),
    ),
    Case(
        "automatic with an approval",
        swaps=(
            (
                "approval: marketing}",
                "approval: marketing, automatic: true, when: hold}",
            ),
        ),
        lines=(
            "LS331 w.yaml:25:39 automatic transition 'win' asks for an approval, and nobody is there to ask for one. Delete `approval`, or make a second transition for people.",
        ),
    ),
    Case(
        "a guard never met",
        swaps=(("approval: marketing}", "when: 'role = buyer and role = user'}"),),
        lines=(
            "LS330 w.yaml:25:35 warning: the guard of transition 'win' can never be met, because its parts exclude each other. Correct it, or delete the transition.",
        ),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_one_line_that_says_how_to_mend_it(case: Case) -> None:
    """The printed lines are exactly these, place and all."""
    _, problems = check_workflow_text(case.text, file="w.yaml")

    assert case.lines == tuple(map(str, problems))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_with_an_error_has_no_lifecycle(case: Case) -> None:
    """A file with warnings only can be used; one with an error cannot."""
    lifecycle, problems = check_workflow_text(case.text, file="w.yaml")

    failed = any(problem.severity == "error" for problem in problems)
    assert failed == (lifecycle is None)


def test_the_right_file_has_nothing_to_report() -> None:
    """So each case above shows its own mistake only."""
    lifecycle, problems = check_workflow_text(RIGHT, file="w.yaml")

    assert lifecycle is not None
    assert () == problems


@pytest.mark.parametrize(
    "new",
    [
        "{note: *x }",
        "*x ",
        "{task: *x }",
        "{task: {text: *x }}",
        "{set: *x }",
        "{set: {size: *x }}",
        "{notify: *x }",
        "{notify: {channel: *x , text: x}}",
        "{notify: {channel: c, text: *x }}",
        "{call: *x }",
        "{call: {name: *x }}",
        "{call: {name: n, depth: *x }}",
        "{assign: *x }",
        "{assign: {team: *x }}",
        "{escalate: *x }",
    ],
)
def test_an_alias_in_an_action_is_reported_alone(new: str) -> None:
    """What it might have meant is nobody's mistake."""
    text = RIGHT.replace("on_leave: escalate", f"on_leave: {new}")

    _, problems = check_workflow_text(text)

    assert ["LS006"] == [problem.code for problem in problems]


@pytest.mark.parametrize("section", ["teams", "reasons", "fields", "calendars"])
def test_a_section_that_is_unreadable_blames_nobody_else(section: str) -> None:
    """One mistake is reported once, not again by everybody who uses the name."""
    text = RIGHT.replace(f"{section}:", f"{section}: [{{}}]\nx_{section}:", 1)

    _, problems = check_workflow_text(text)

    assert {problem.code for problem in problems} <= {"LS101", "LS102"}


def test_an_event_that_only_a_clock_waits_for_may_be_misspelt() -> None:
    """Its binding is where that shows: the workflow may name any event."""
    lifecycle = load_workflow_text(
        RIGHT.replace("until: call", "until: demos")
        .replace("calendars:", "scores: {fit: {events: {demo: 5}}}\ncalendars:", 1)
        .replace("pause: hold", "pause: hold and score.fit > 3")
    )
    binding = """\
binding: demo
adapter: toy
object: leads
fields: {email: e, owner: o, size: s, role: r, tags: t, hold: h}
events: {demo: last_demo}
stages: {lead: {s: lead}, sal: {s: sal}, nurture: {s: nurture}, won: {s: won}}
"""

    _, [problem] = check_binding_text(binding, lifecycle, file="b.yaml")

    assert str(problem) == (
        "LS408 b.yaml:5:1 warning: events of the workflow are not bound: demos, so that the CRM never fills them. Bind them, or delete them from the workflow. 'demos': Did you mean 'demo'?"
    )


def test_an_event_that_nobody_misspelt_is_only_not_bound() -> None:
    """A name that is near to nothing is meant."""
    binding = """\
binding: demo
adapter: toy
object: leads
fields: {email: e, owner: o, size: s, role: r, tags: t, hold: h}
events: {}
stages: {lead: {s: lead}, sal: {s: sal}, nurture: {s: nurture}, won: {s: won}}
"""

    _, [problem] = check_binding_text(binding, load_workflow_text(RIGHT))

    assert "Bind them, or delete them from the workflow." == problem.hint


def test_broken_slas_that_lead_on_are_no_ring() -> None:
    """Even where two of them lead to the same stage."""
    days = "within: 1 day, calendar: always"
    text = RIGHT.replace(
        "on_leave: escalate",
        f"sla: {{a: {{{days}, then: {{move: accept}}}}, b: {{{days}, then: {{move: skip}}}}}}",
    ).replace("then: escalate}\n", "then: {move: end}}\n")
    ways = "  skip: {from: lead, to: won}\n  end: {from: sal, to: won}\n"

    _, problems = check_workflow_text(text + ways)

    assert () == problems
