"""Every mistake in a workflow file is one line that a person can mend it from."""

# ruff: noqa: E501  # printed lines are compared whole

from __future__ import annotations

from typing import NamedTuple

import pytest

from leadstate.definition import check_workflow_text


class Case(NamedTuple):
    """A right file with one piece replaced, and every line that is then printed."""

    name: str
    old: str
    new: str
    lines: tuple[str, ...]


def case(name: str, old: str, new: str, *lines: str) -> Case:
    """Return a case, for one line per printed line."""
    return Case(name, old, new, lines)


RIGHT = """\
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

WHOLE = RIGHT

CASES = (
    case(
        "a tab",
        "  email: {",
        "\temail: {",
        "LS004 w.yaml:3:1 a tab stands here. Indent with spaces.",
    ),
    case(
        "a colon too many",
        "workflow: demo",
        "workflow: demo: one",
        "LS004 w.yaml:1:15 a colon stands where no key can be. Indent keys of one mapping alike, and quote a text that holds ': '.",
    ),
    case(
        "a bracket that is not closed",
        "by: [sales]}",
        "by: [sales}",
        "LS004 w.yaml:24:42 a list is not closed, which was opened at 24:36. Close it with ], and separate its values by commas.",
    ),
    case(
        "a quote that is not closed",
        "to: mql, automatic",
        "to: 'mql, automatic",
        "LS004 w.yaml:27:1 a quoted text is not closed, which was opened at 23:29. Close the quotes.",
    ),
    case(
        "a sign that needs quotes",
        "to: won}",
        "to: @won}",
        "LS004 w.yaml:26:24 a text starts with @. Quote a text that starts with @.",
    ),
    case(
        "a directive",
        "workflow: demo",
        "%FOO\n---\nworkflow: demo",
        "LS004 w.yaml:1:5 a line starts with %. Quote a text that starts with %.",
    ),
    case(
        "a key without a colon",
        "workflow: demo\n",
        "workflow: demo\ntitle\n",
        "LS004 w.yaml:3:1 a key has no colon. Write `key: value`, or indent a text that goes on.",
    ),
    case(
        "text behind a block sign",
        "workflow: demo",
        "workflow: >demo",
        "LS004 w.yaml:1:12 a text stands behind > or |. Quote a text that starts with > or |.",
    ),
    case(
        "a list among keys",
        "fields:\n",
        "- x\nfields:\n",
        "LS004 w.yaml:2:1 a line is not indented like its neighbours. Indent keys of one mapping alike; quote all of a text that holds quotes.",
    ),
    case(
        "an unknown escape",
        "workflow: demo",
        'workflow: "\\q"',
        "LS004 w.yaml:1:12 a backslash in double quotes is not understood, which was opened at 1:11. Use single quotes, or write \\\\ for a backslash.",
    ),
    case(
        "a key twice",
        "  size: {type: integer}",
        "  email: {type: text}\n  size: {type: integer}",
        "LS005 w.yaml:4:3 the key 'email' stands twice, first at 3:3. Keep one of them.",
    ),
    case(
        "an alias",
        "to: won}",
        "to: *won}",
        "LS006 w.yaml:26:24 '*won' stands here, and anchors and aliases are not accepted. Write the value out; quote a text that starts with * or &.",
    ),
    case(
        "an anchor",
        "workflow: demo",
        "workflow: &x demo",
        "LS006 w.yaml:1:11 '&x' stands here, and anchors and aliases are not accepted. Write the value out; quote a text that starts with * or &.",
    ),
    case(
        "a merge key",
        "  won: {kind: won}",
        "  won: {kind: won, <<: {owner: sales}}",
        "LS006 w.yaml:21:20 the merge key '<<' stands here, and merging is not accepted. Write the values out.",
    ),
    case(
        "a tag",
        "points: 40, when",
        "points: !!int 40, when",
        "LS007 w.yaml:9:18 the tag '!!int' stands here. Delete it; quote a text that starts with !.",
    ),
    case(
        "two documents",
        "fields:\n",
        "---\nfields:\n",
        "LS008 w.yaml:2:1 a second document starts here, and a file holds one definition. Delete the line `---`.",
    ),
    case(
        "an empty key",
        "workflow: demo\n",
        "workflow: demo\n: x\n",
        "LS004 w.yaml:2:1 a line is not indented like its neighbours. Indent keys of one mapping alike; quote all of a text that holds quotes.",
    ),
    case(
        "a list as a key",
        "workflow: demo\n",
        "workflow: demo\n? [a]\n: x\n",
        "LS009 w.yaml:2:3 a key is expected, an empty list was found. Write a name in front of the colon.",
    ),
    case(
        "a control character",
        "workflow: demo",
        "workflow: demo\x07",
        "LS002 w.yaml:1:15 the control character U+0007 stands here. Delete it; it cannot be seen in most editors.",
    ),
    case(
        "too deep",
        "when: size >= 50",
        "when: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: {not: ok}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}",
        "LS003 w.yaml:9:196 the file is nested more than 32 deep. Nobody can review that; simplify.",
    ),
    case(
        "a file that is a list",
        WHOLE,
        "- workflow: demo\n",
        "LS101 w.yaml:1:1 the file must be a mapping, a list was found. Its keys are: workflow, title, timezone, teams, reasons, outside_moves, fields, scores, criteria, calendars, stages, transitions.",
    ),
    case(
        "an empty file",
        WHOLE,
        "# nothing\n",
        "LS008 w.yaml:1:1 the file is empty.",
    ),
    case(
        "a section that is a text",
        "criteria:\n  ideal: {when: score.fit >= 40}\n  engaged: score.interest >= 30\n",
        "criteria: ideal\n",
        "LS101 w.yaml:11:11 the file: 'criteria' must be a mapping, the text 'ideal' was found. Write one `name: …` a line below it.",
    ),
    case(
        "a stage that is a list",
        "  sal: {owner: sales}",
        "  sal: [sales]",
        "LS101 w.yaml:19:8 stage 'sal' must be a mapping, a list was found. Its keys are: label, owner, kind, initial, on_enter, on_leave, sla, wake.",
    ),
    case(
        "a value that is missing",
        "to: sal, by: [sales]",
        "to: , by: [sales]",
        "LS101 w.yaml:24:27 transition 'accept': 'to' has no value. Write one or delete the key. The stage it leads to.",
    ),
    case(
        "a list where a text belongs",
        "to: sal",
        "to: [sal]",
        "LS101 w.yaml:24:27 transition 'accept': 'to' must be a text, a list was found.",
    ),
    case(
        "a mapping in a list of names",
        "by: [sales]",
        "by: [{role: sales}]",
        "LS101 w.yaml:24:37 transition 'accept': 'by' must be a text or a list of texts, a mapping was found.",
    ),
    case(
        "a gap in a list",
        "[timing, other]",
        "[timing, , other]",
        "LS004 w.yaml:25:72 a value is missing here. Write the value, or delete a comma too many.",
    ),
    case(
        "a list without a word",
        "when: {all: [ideal, engaged]}",
        "when: [ideal, engaged]",
        "LS101 w.yaml:23:57 transition 'qualify': 'when' must be a condition, a list was found. Say how they count: {all: […]}, {any: […]}.",
    ),
    case(
        "an empty group",
        "{all: [ideal, engaged]}",
        "{all: []}",
        "LS101 w.yaml:23:63 transition 'qualify': 'when': 'all' is an empty list. List at least one condition.",
    ),
    case(
        "a text for a group",
        "{all: [ideal, engaged]}",
        "{all: ideal}",
        "LS101 w.yaml:23:63 transition 'qualify': 'when': 'all' must be a list, the text 'ideal' was found. Put the values in brackets: [a, b].",
    ),
    case(
        "a misspelt key",
        "from: sal",
        "form: sal",
        "LS103 w.yaml:26:8 transition 'win' lacks 'from'. Add `from: …`: The stages it leaves; `any open`, `any parked` or `any`.",
        "LS102 w.yaml:26:9 transition 'win' has the unknown key 'form'. Did you mean 'from'? Known: label, from, to, automatic, else, by, when, reason, approval, outside.",
    ),
    case(
        "a misspelt section",
        "criteria:",
        "criterias:",
        "LS102 w.yaml:11:1 the file has the unknown key 'criterias'. Did you mean 'criteria'? Known: workflow, title, timezone, teams, reasons, outside_moves, fields, scores, criteria, calendars, stages, transitions.",
    ),
    case(
        "a key of another place",
        "{points: 40, when: size >= 50}",
        "{point: 40, when: size >= 50}",
        "LS103 w.yaml:9:9 a rule of score 'fit' lacks 'points'. Add `points: …`: Points when the condition is met.",
        "LS102 w.yaml:9:10 a rule of score 'fit' has the unknown key 'point'. Did you mean 'points'? Known: points, when.",
    ),
    case(
        "no target",
        "{from: sal, to: won}",
        "{from: sal}",
        "LS103 w.yaml:26:8 transition 'win' lacks 'to'. Add `to: …`: The stage it leads to.",
    ),
    case(
        "a score that counts nothing",
        "{half_life: 14 days, events: {demo: {points: 40}}}",
        "{half_life: 14 days}",
        "LS103 w.yaml:10:13 score 'interest' counts nothing. Add `rules:` or `events:`.",
    ),
    case(
        "an unknown stage as target",
        "to: mql,",
        "to: MQLL,",
        "LS104 w.yaml:23:29 transition 'qualify' leads to 'MQLL', and no such stage is declared. Did you mean 'mql'? Known: lead, mql, sal, nurture, won.",
    ),
    case(
        "an unknown stage as source",
        "from: sal",
        "from: sall",
        "LS104 w.yaml:26:15 transition 'win' leaves 'sall', and no such stage is declared. Did you mean 'sal'? Known: lead, mql, sal, nurture, won, any, any open, any parked.",
    ),
    case(
        "an unknown stage to wake in",
        "to: lead}}",
        "to: laed}}",
        "LS104 w.yaml:20:54 the wake-up of 'nurture' leads to 'laed', and no such stage is declared. Did you mean 'lead'? Known: lead, mql, sal, nurture, won, back.",
    ),
    case(
        "an unknown field in a wake-up",
        "{after: 30 days, to: lead}",
        "{on: dew, to: lead}",
        "LS105 w.yaml:20:38 the wake-up of 'nurture' looks at 'dew', and no such field is declared. Did you mean 'due'? Known: email, size, role, due, ok.",
    ),
    case(
        "an unknown transition",
        "then: escalate",
        "then: {move: recycel}",
        "LS107 w.yaml:18:67 SLA 'accept' of stage 'mql': 'then' takes 'recycel', and no such transition is declared. Did you mean 'recycle'? Known: qualify, accept, recycle, win.",
    ),
    case(
        "an unknown calendar",
        "calendar: office",
        "calendar: ofice",
        "LS108 w.yaml:18:46 SLA 'accept' of stage 'mql' counts in 'ofice', and no such calendar is declared. Did you mean 'office'? Known: always, office, owner, team.",
    ),
    case(
        "an unknown team",
        "workflow: demo",
        "workflow: demo\nteams: [marketing, sale]",
        "LS109 w.yaml:20:16 stage 'sal' belongs to 'sales', and no such team or role is declared. Did you mean 'sale'? Known: marketing, sale.",
        "LS109 w.yaml:25:37 transition 'accept' may be taken by 'sales', and no such team or role is declared. Did you mean 'sale'? Known: marketing, sale.",
        "LS109 w.yaml:26:48 transition 'recycle' may be taken by 'sales', and no such team or role is declared. Did you mean 'sale'? Known: marketing, sale.",
    ),
    case(
        "an unknown type",
        "type: integer",
        "type: intger",
        "LS110 w.yaml:4:16 field 'size': 'type' is 'intger', which is none of the possible words. Did you mean 'integer'? Known: text, email, phone, choice, owner, tags, integer, number, money, boolean, date, datetime.",
    ),
    case(
        "an unknown kind",
        "kind: parked",
        "kind: waiting",
        "LS110 w.yaml:20:19 stage 'nurture': 'kind' is 'waiting', which is none of the possible words. Known: open, parked, won, lost.",
    ),
    case(
        "an unknown answer",
        "{from: sal, to: won}",
        "{from: sal, to: won, outside: refuse}",
        "LS110 w.yaml:26:38 transition 'win': 'outside' is 'refuse', which is none of the possible words. Known: accept, flag, revert.",
    ),
    case(
        "a truth that is none",
        "initial: true",
        "initial: yes",
        "LS110 w.yaml:17:37 stage 'lead': 'initial' is 'yes'. Write true or false, without quotes.",
    ),
    case(
        "an unknown consequence",
        "then: escalate",
        "then: panic",
        "LS110 w.yaml:18:60 SLA 'accept' of stage 'mql': 'then' is 'panic', which is no action. Known: escalate, move, assign, task, note, set, notify, call. All but escalate are written as {ACTION: …}.",
    ),
    case(
        "a name in capitals",
        "  sal: {owner: sales}",
        "  SAL: {owner: sales}",
        "LS111 w.yaml:19:3 'SAL' under 'stages' is not a name, because names are lower-case letters, digits and _, a letter first. Write 'sal'. What people read goes into `label`.",
    ),
    case(
        "a name with a reserved word",
        "  size: {type: integer}",
        "  size: {type: integer}\n  stage: text",
        "LS111 w.yaml:5:3 'stage' under 'fields' cannot be a name, because the word has a meaning of its own. Choose another, such as 'stage_1'. What people read goes into `label`.",
    ),
    case(
        "a name that cannot be mended",
        "  won: {kind: won}",
        "  '?': {kind: won}\n  won: {kind: won}",
        "LS111 w.yaml:21:3 '?' under 'stages' is not a name, because names are lower-case letters, digits and _, a letter first. Choose another. What people read goes into `label`.",
    ),
    case(
        "a number that is a text",
        "points: 40, when",
        "points: forty, when",
        "LS112 w.yaml:9:18 a rule of score 'fit': 'points' is 'forty', which is not a number. Write plain digits such as 40 or 2.5: no quotes, no leading zeros.",
    ),
    case(
        "a number with a leading zero",
        "demo: {points: 40}",
        "demo: 010",
        "LS112 w.yaml:10:49 event 'demo' of score 'interest': 'points' is '010', which is not a number. Write plain digits such as 40 or 2.5: no quotes, no leading zeros.",
    ),
    case(
        "a cap of nothing",
        "{half_life: 14 days,",
        "{half_life: 14 days, at_most: 0,",
        "LS112 w.yaml:10:43 score 'interest': 'at_most' is '0', which is not a number above 0. Write plain digits such as 40 or 2.5: no quotes, no leading zeros.",
    ),
    case(
        "a share that is none",
        "then: escalate",
        "warn_at: [0.5], then: escalate",
        "LS112 w.yaml:18:64 SLA 'accept' of stage 'mql' warns at '0.5', which is neither a share of the time nor a time before it is due. Write whole percents from 1% to 99%, such as 80%, or how long before it is due, such as 1 hour.",
    ),
    case(
        "a time on the clock for a length",
        "within: 8h",
        "within: 4:30:00",
        "LS113 w.yaml:18:32 SLA 'accept' of stage 'mql': 'within' is '4:30:00', which is not a length of time. Write a number and a unit: 90 minutes, 8h, 30 days or 2 weeks.",
    ),
    case(
        "a length in months",
        "after: 30 days",
        "after: 1 month",
        "LS113 w.yaml:20:41 the wake-up of 'nurture': 'after' is '1 month', which is not a length of time. Write a number and a unit: 90 minutes, 8h, 30 days or 2 weeks.",
    ),
    case(
        "an unknown time zone",
        "timezone: Europe/Berlin",
        "timezone: Europe/Berln",
        "LS114 w.yaml:15:22 calendar 'office' has the time zone 'Europe/Berln', which is unknown. Did you mean 'Europe/Berlin'? Use a name like Europe/Berlin.",
    ),
    case(
        "hours that are reversed",
        "09:00-12:30",
        "12:30-09:00",
        "LS115 w.yaml:15:68 calendar 'office': hours overlap. Write each hour of a day once.",
    ),
    case(
        "hours that overlap",
        "13:30-18:00",
        "12:00-18:00",
        "LS115 w.yaml:15:68 calendar 'office': hours overlap. Write each hour of a day once.",
    ),
    case(
        "an unknown weekday",
        "mon-fri:",
        "mo-fr:",
        "LS115 w.yaml:15:45 calendar 'office' has hours for 'mo-fr', which is neither a weekday nor a range of weekdays. Write days such as mon, or mon-fri: mon, tue, wed, thu, fri, sat, sun.",
    ),
    case(
        "a weekday twice",
        "13:30-18:00]",
        "13:30-18:00], fri: 09:00-12:00",
        "LS115 w.yaml:15:82 calendar 'office' has hours for 'fri', and fri already has hours. Write days such as mon, or mon-fri: mon, tue, wed, thu, fri, sat, sun.",
    ),
    case(
        "no hours",
        "{mon-fri: [09:00-12:30, 13:30-18:00]}",
        "{}",
        "LS115 w.yaml:15:37 calendar 'office' is never open. Write `mon-fri: [09:00-18:00]`.",
    ),
    case(
        "holidays of a language",
        "{timezone: Europe/Berlin,",
        "{holidays: german, timezone: Europe/Berlin,",
        "LS116 w.yaml:15:22 calendar 'office' has the holidays of 'german', which is not a code of a country or region. Write a code such as DE, DE-BE or US-CA.",
    ),
    case(
        "a day that does not exist",
        "{timezone: Europe/Berlin,",
        "{closed: [2026-02-30], timezone: Europe/Berlin,",
        "LS116 w.yaml:15:21 calendar 'office' has the date '2026-02-30', which is not a day of the calendar. Write it as 2026-12-24.",
    ),
    case(
        "an option twice",
        "[owner, manager]",
        "[owner, manager, owner]",
        "LS117 w.yaml:5:50 field 'role': 'owner' stands twice under 'options', first at 5:34. Keep one of them.",
    ),
    case(
        "a group of two kinds",
        "{all: [ideal, engaged]}",
        "{all: [ideal], any: [engaged]}",
        "LS118 w.yaml:23:57 transition 'qualify': 'when' has all, any, where one of all, any, none, not, or at_least with of belongs. Put one group inside the other, or name it as a criterion.",
    ),
    case(
        "at least without of",
        "{all: [ideal, engaged]}",
        "{at_least: 2}",
        "LS118 w.yaml:23:57 transition 'qualify': 'when' has at_least, where one of all, any, none, not, or at_least with of belongs. Put one group inside the other, or name it as a criterion.",
    ),
    case(
        "a wake-up without a cause",
        "{after: 30 days, to: lead}",
        "{to: lead}",
        "LS118 w.yaml:20:33 the wake-up of 'nurture' has none of 'after', 'on' and 'when'. Write {after: 30 days, to: STAGE}, {on: DATE_FIELD, to: STAGE} or {when: CONDITION, to: STAGE}.",
    ),
    case(
        "before without on",
        "{after: 30 days, to: lead}",
        "{after: 30 days, before: 2 days, to: lead}",
        "LS118 w.yaml:20:58 the wake-up of 'nurture' has 'before' without 'on'. Name the date field it counts from: `on: FIELD`.",
    ),
    case(
        "else on a manual transition",
        "{from: sal, to: won}",
        "{from: sal, to: won, else: true}",
        "LS118 w.yaml:26:35 transition 'win' has 'else' and is not automatic. Add `automatic: true`, or delete `else`.",
    ),
    case(
        "a choice without options",
        "{type: choice, options: [owner, manager]}",
        "{type: choice}",
        "LS120 w.yaml:5:9 field 'role' is a choice without options. Add `options: [first, second]`.",
    ),
    case(
        "options on a number",
        "{type: integer}",
        "{type: integer, options: [1, 2]}",
        "LS120 w.yaml:4:34 field 'size' has options and is of type integer. Write `type: choice`, or delete the options.",
    ),
    case(
        "an unquoted trap word",
        "  sal: {owner: sales}",
        "  sal: {owner: sales, sla: {no: {within: 2 days, calendar: always, then: escalate}}}",
        "LS121 w.yaml:19:29 warning: 'no' under 'sla' is not quoted, and other YAML tools read it as true, false or nothing. Write it in quotes: 'no'.",
    ),
    case(
        "an unknown field in a condition",
        "when: size >= 50",
        "when: sise >= 50",
        "LS210 w.yaml:9:28 unknown field 'sise'. Did you mean 'size'? Known: due, email, ok, role, size.",
    ),
    case(
        "a mistake behind an escape",
        "when: size >= 50",
        "when: 'role = ''owner'' and sise > 1'",
        "LS210 w.yaml:9:50 unknown field 'sise'. Did you mean 'size'? Known: due, email, ok, role, size.",
    ),
    case(
        "a mistake in a folded text",
        "  engaged: score.interest >= 30",
        "  engaged: >-\n    score.interest >= 30\n    and sise > 1",
        "LS210 w.yaml:15:9 unknown field 'sise'. Did you mean 'size'? Known: due, email, ok, role, size.",
    ),
    case(
        "an unknown score",
        "score.fit >= 40",
        "score.fitt >= 40",
        "LS211 w.yaml:12:17 unknown score 'fitt'. Did you mean 'fit'? Known: fit, interest.",
    ),
    case(
        "an option that is none",
        "when: size >= 50",
        "when: role = director",
        "LS221 w.yaml:9:35 'director' is not an option of 'role'. Known: manager, owner.",
    ),
    case(
        "more parts than there are",
        "{all: [ideal, engaged]}",
        "{at_least: 3, of: [ideal, engaged]}",
        "LS226 w.yaml:23:68 'at least 3' of 2 parts makes no sense. Ask for 1 to 2 of them.",
    ),
    case(
        "half a part",
        "{all: [ideal, engaged]}",
        "{at_least: 1.5, of: [ideal, engaged]}",
        "LS112 w.yaml:23:68 transition 'qualify': 'when': 'at_least' is 1.5, which is not a whole number. Write how many of the parts must be met, such as 2.",
    ),
    case(
        "a score in a score",
        "when: size >= 50",
        "when: score.interest > 1",
        "LS214 w.yaml:9:28 'score.interest' is a score, and a score may not build on scores. Use fields, and criteria that use only fields.",
    ),
    case(
        "a circle of criteria",
        "  ideal: {when: score.fit >= 40}",
        "  ideal: other\n  other: {any: [ideal, ok is true]}",
        "LS212 w.yaml:12:10 criterion 'ideal' asks about itself, by way of ideal → other → ideal. Write out what one of them means.",
    ),
    case(
        "a criterion that is the field",
        "  ideal: {when: score.fit >= 40}",
        "  ideal: {when: score.fit >= 40}\n  ok: {when: ok and ideal}",
        "LS212 w.yaml:13:14 criterion 'ok' asks about itself, by way of ok → ok. If the field is meant, write 'ok is true'.",
    ),
    case(
        "no initial stage",
        "initial: true",
        "initial: false",
        "LS301 w.yaml:16:1 no stage is initial. Add `initial: true` to the stage in which new leads start.",
    ),
    case(
        "two initial stages",
        "sal: {owner: sales}",
        "sal: {owner: sales, initial: true}",
        "LS301 w.yaml:19:32 stage 'sal' is a second initial stage, and 'lead' already is one. Keep `initial: true` on the stage in which new leads start.",
    ),
    case(
        "a stage nobody reaches",
        "  won: {kind: won}",
        "  won: {kind: won}\n  lost: {kind: lost}",
        "LS302 w.yaml:22:3 no path leads to stage 'lost'. Add a transition to it, or delete the stage.",
    ),
    case(
        "a stage nobody leaves",
        "  won: {kind: won}",
        "  won: {}",
        "LS303 w.yaml:21:3 nothing leads out of stage 'won', which is open. Add a transition from it, or say `kind: won` or `kind: lost`.",
    ),
    case(
        "a closed stage left by accident",
        "  win: {from: sal, to: won}",
        "  win: {from: sal, to: won}\n  again: {from: any, to: lead}",
        "LS304 w.yaml:27:17 warning: transition 'again' leaves the closed stage won by way of 'any'. Write `any open`, or name the stages that may be reopened.",
    ),
    case(
        "two automatic ways at once",
        "  win: {from: sal, to: won}",
        "  win: {from: sal, to: won}\n  rush: {from: lead, to: sal, automatic: true, when: size >= 500}",
        "LS305 w.yaml:27:54 automatic transitions 'qualify' and 'rush' may both be right in stage 'lead', the first one is at 23:3. Make the guards exclude each other on one field or score (one asks for >= 40, the other for < 40), or add `else: true` to 'rush': it then waits until none above it is met.",
    ),
    case(
        "automatic round in a circle",
        "  win: {from: sal, to: won}",
        "  win: {from: sal, to: won}\n  cool: {from: mql, to: lead, automatic: true, when: size < 10}",
        "LS306 w.yaml:23:3 automatic transitions go round in a circle: lead → mql → lead, and all their guards could be met at once. Make two of the guards exclude each other, or take one step by hand.",
    ),
    case(
        "automatic without a guard",
        "  win: {from: sal, to: won}",
        "  win: {from: sal, to: won, automatic: true}",
        "LS307 w.yaml:26:3 automatic transition 'win' has no guard, so that every lead would leave at once. Add `when: …`, or delete `automatic`.",
    ),
    case(
        "automatic with a reason",
        "  win: {from: sal, to: won}",
        "  win: {from: sal, to: won, automatic: true, when: ok, reason: size}",
        "LS308 w.yaml:26:64 automatic transition 'win' asks for a reason, and nobody is there to give one. Delete `reason`, or make a second transition for people.",
    ),
    case(
        "an SLA that takes the wrong way",
        "then: escalate",
        "then: [escalate, {move: win}]",
        "LS309 w.yaml:18:60 SLA 'accept' of stage 'mql' takes 'win', which does not leave this stage. From here: accept, recycle.",
    ),
    case(
        "parked for ever",
        "{kind: parked, wake: {after: 30 days, to: lead}}",
        "{kind: parked}",
        "LS303 w.yaml:20:3 nothing leads out of stage 'nurture', which is parked. Add a transition from it, or say `kind: won` or `kind: lost`.",
    ),
    case(
        "a wake-up on a number",
        "{after: 30 days, to: lead}",
        "{on: size, to: lead}",
        "LS311 w.yaml:20:38 the wake-up of 'nurture' looks at 'size', which is of type integer. Name a field of type date or datetime.",
    ),
    case(
        "a wake-up of an open stage",
        "nurture: {kind: parked, wake",
        "nurture: {wake",
        "LS311 w.yaml:20:13 stage 'nurture' has a wake-up, and is of kind open. Add `kind: parked`, or delete `wake`.",
    ),
    case(
        "a wake-up to itself",
        "{after: 30 days, to: lead}",
        "{after: 30 days, to: nurture}",
        "LS311 w.yaml:20:54 the wake-up of 'nurture' leads back to the same stage. Name the stage in which the lead goes on.",
    ),
    case(
        "a criterion nobody uses",
        "{all: [ideal, engaged]}",
        "{all: [ideal, score.interest > 3]}",
        "LS312 w.yaml:13:12 warning: criterion 'engaged' is used by no guard. Use it in a `when`, or delete it.",
    ),
    case(
        "a score nobody uses",
        "  engaged: score.interest >= 30",
        "  engaged: size > 1",
        "LS313 w.yaml:10:3 warning: score 'interest' is used by no criterion and no guard. Ask for it, such as `score.interest >= 40`, or delete it.",
    ),
    case(
        "a transition to itself",
        "win: {from: sal, to: won}",
        "win: {from: [sal, won], to: won}",
        "LS314 w.yaml:26:15 transition 'win' leads from 'won' to itself. Delete that stage from `from`.",
    ),
    case(
        "a region that no country has",
        "{type: integer}",
        "{type: integer}\n  phone: {type: phone, region: XX, personal: true}",
        "LS120 w.yaml:5:32 field 'phone' has region 'XX', which no country has. Write `type: phone` and a country's two letters: `region: DE`.",
    ),
    case(
        "a region of what is no phone",
        "{type: integer}",
        "{type: integer}\n  flag: {type: boolean, region: DE}",
        "LS120 w.yaml:5:33 field 'flag' has region 'DE', and only a phone has one. Write `type: phone` and a country's two letters: `region: DE`.",
    ),
    case(
        "an identity that is none",
        "{type: integer}",
        "{type: integer}\n  flag: {type: boolean, identity: true}",
        "LS315 w.yaml:5:35 field 'flag' is of type boolean, which cannot tell one record from another. Mark a field of type email, phone, text or integer as identity.",
    ),
    case(
        "no identity",
        "identity: true, ",
        "",
        "LS315 w.yaml:2:1 warning: no field is marked as identity, so that one lead in two CRMs cannot be recognised. Add `identity: true` to the e-mail address.",
    ),
    case(
        "personal data not marked",
        ", personal: true}",
        "}",
        "LS316 w.yaml:3:3 warning: field 'email' is not marked as personal, and a privacy deletion would leave it standing. Add `personal: true`.",
    ),
    case(
        "a role that is nearly a team",
        "by: [sales]",
        "by: [slaes]",
        "LS317 w.yaml:24:36 warning: transition 'accept' may be taken by 'slaes', which owns no stage and looks like a team that does. Did you mean 'sales'? Known: marketing, sales. List every team and role under `teams:`.",
    ),
    case(
        "else with nothing above",
        "automatic: true, when",
        "automatic: true, else: true, when",
        "LS318 w.yaml:23:57 transition 'qualify' has 'else', and nothing automatic from stage 'lead' stands above it. Move it below the one it waits for, or delete `else`.",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_one_line_that_says_how_to_mend_it(case: Case) -> None:
    """The printed lines are exactly these, place and all."""
    assert case.old in RIGHT

    _, problems = check_workflow_text(
        RIGHT.replace(case.old, case.new, 1), file="w.yaml"
    )

    assert case.lines == tuple(map(str, problems))


def test_the_right_file_has_nothing_to_report() -> None:
    """So each case above shows its own mistake only."""
    lifecycle, problems = check_workflow_text(RIGHT, file="w.yaml")

    assert lifecycle is not None
    assert problems == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_with_an_error_has_no_lifecycle(case: Case) -> None:
    """A file with warnings only can be used; one with an error cannot."""
    text = RIGHT.replace(case.old, case.new, 1)

    lifecycle, problems = check_workflow_text(text, file="w.yaml")

    failed = any(problem.severity == "error" for problem in problems)
    assert failed == (lifecycle is None)
