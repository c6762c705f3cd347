"""The page of mistakes: every code, its meaning, and for many a real example.

An example changes one piece of the shipped workflow and shows what is printed then.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from leadstate.definition.binding import check_binding
from leadstate.definition.people import check_people
from leadstate.definition.problems import CODES
from leadstate.definition.scenarios import check_scenarios
from leadstate.definition.starts import check_starts
from leadstate.definition.workflow import check_workflow, load_workflow
from leadstate.errors import WorkflowError
from leadstate.guards import MISTAKES
from leadstate.settings import load_settings
from scripts.reference.markdown import cell

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
LIFECYCLE = "b2b_lifecycle.yaml"
BINDING = "b2b_lifecycle.hubspot.yaml"
SECOND_BINDING = "b2b_lifecycle.amocrm.yaml"
SCENARIOS = "b2b_lifecycle.scenarios.yaml"
SETTINGS = "leadstate.yaml"
PEOPLE = "people.yaml"

_GROUPS = {
    "LS0": "Files and YAML",
    "LS1": "Keys, names and values",
    "LS2": "Conditions",
    "LS3": "The graph of a workflow",
    "LS4": "Bindings",
    "LS5": "Scenarios",
    "LS6": "Settings",
    "LS7": "People",
    "LS8": "Several workflows",
}
_SETTINGS_TEXT = """\
workflow: workflows/b2b_lifecycle.yaml
connections:
  hubspot:
    adapter: hubspot
    binding: workflows/b2b_lifecycle.hubspot.yaml
    settings:
      token: {env: HUBSPOT_TOKEN}
"""
_PEOPLE_TEXT = """\
people:
  olena:
    email: olena@example.com
    roles: [sales]
    users: {hubspot: 71820}
    absent: [{from: 2026-12-20, to: 2027-01-06}]
  max:
    roles: [marketing]
    users: {hubspot: 71821}
"""
_TEXTS = {SETTINGS: _SETTINGS_TEXT, PEOPLE: _PEOPLE_TEXT}

# code -> (file, what stands there, what a person wrote instead)
EXAMPLES: dict[str, tuple[str, str, str]] = {
    "LS004": (LIFECYCLE, "reason: [timing, technical, legal]", "reason: [timing"),
    "LS005": (LIFECYCLE, "timezone: Europe/Berlin  ", "title: Twice  "),
    "LS006": (LIFECYCLE, "by: [quality_control]", "by: &qc [quality_control]"),
    "LS102": (LIFECYCLE, "automatic: true", "automatik: true"),
    "LS103": (LIFECYCLE, "    to: mql\n", ""),
    "LS104": (LIFECYCLE, "to: mql\n", "to: mqll\n"),
    "LS107": (LIFECYCLE, "{transition: recycle,", "{transition: recycling,"),
    "LS108": (LIFECYCLE, "sales: {calendar: sales}", "sales: {calendar: seles}"),
    "LS109": (LIFECYCLE, "by: [quality_control]", "by: [quality_controll]"),
    "LS110": (LIFECYCLE, "budget:        {type: money}", "budget: {type: currency}"),
    "LS113": (LIFECYCLE, "half_life: 14 days", "half_life: a fortnight"),
    "LS114": (LIFECYCLE, "timezone: Europe/Berlin  ", "timezone: Europe/Bonn  "),
    "LS115": (LIFECYCLE, "13:30-18:00", "12:00-18:00"),
    "LS116": (LIFECYCLE, "holidays: DE-BE", "holidays: DE-BX"),
    "LS120": (
        LIFECYCLE,
        "{type: choice, options: [owner, director, manager, specialist]}",
        "choice",
    ),
    "LS122": (LIFECYCLE, "reason: [timing, technical,", "reason: [timing, tecnical,"),
    "LS123": (LIFECYCLE, "Call {first_name}", "Call {firstname}"),
    "LS201": (LIFECYCLE, "when: budget >= 10000", "when: budget >= 10000 + 500"),
    "LS203": (LIFECYCLE, "when: budget >= 10000", "when: budget at least 10000"),
    "LS210": (LIFECYCLE, "when: budget >= 10000", "when: buget >= 10000"),
    "LS211": (LIFECYCLE, "when: score.fit >= 40", "when: score.fitt >= 40"),
    "LS212": (LIFECYCLE, "when: score.fit >= 40", "when: ideal_customer and engaged"),
    "LS213": (LIFECYCLE, "when: need is known", "when: source"),
    "LS220": (LIFECYCLE, "when: budget >= 10000", "when: budget >= 10k"),
    "LS221": (LIFECYCLE, "when: job_role = manager", "when: job_role = boss"),
    "LS222": (LIFECYCLE, "when: need is known", "when: need > 3"),
    "LS223": (
        LIFECYCLE,
        "when: decision_date within next 90 days",
        "when: decision_date before 2026-02-30",
    ),
    "LS224": (LIFECYCLE, "within next 90 days", "within next 3 moons"),
    "LS225": (LIFECYCLE, "when: need is known", "when: need != ''"),
    "LS226": (LIFECYCLE, "{at_least: 3,", "{at_least: 5,"),
    "LS227": (LIFECYCLE, "when: need is known", "when: need = source"),
    "LS301": (LIFECYCLE, "    initial: true\n", ""),
    "LS302": (LIFECYCLE, "from: lead\n", "from: backlog\n"),
    "LS305": (
        LIFECYCLE,
        "  # The hand-off: a person in sales agrees",
        "  again: {from: lead, to: sal, automatic: true, when: engaged}\n  #",
    ),
    "LS306": (
        LIFECYCLE,
        "  # The hand-off: a person in sales agrees",
        "  back: {from: mql, to: lead, automatic: true, when: engaged}\n  #",
    ),
    "LS307": (LIFECYCLE, "    when: {all: [ideal_customer, engaged, not_junk]}\n", ""),
    "LS310": (
        LIFECYCLE,
        "    wake: {after: 30 days, to: lead, max_passes: 5}\n",
        "",
    ),
    "LS319": (LIFECYCLE, "reasons:\n", "reasons:\n  moved: Moved away\n"),
    "LS320": (
        LIFECYCLE,
        "  source:        {type: text}\n",
        "  source:        {type: owner}\n",
    ),
    "LS321": (LIFECYCLE, "{type: owner, label: Owner}", "{type: text, label: Owner}"),
    "LS322": (LIFECYCLE, "  sales: {calendar: sales}", "  sales:"),
    "LS323": (LIFECYCLE, "until: first_touch", "until: assigned"),
    "LS324": (
        LIFECYCLE,
        "    reason: [not_ideal, no_budget, no_answer, other]",
        "    reason: [no_answer, other]\n    approval: [quality_control]",
    ),
    "LS326": (LIFECYCLE, "until: assigned, then: escalate}", "until: assigned}"),
    "LS327": (
        LIFECYCLE,
        "        start: assigned\n",
        "        start: assigned\n        pause: need is known or need is unknown\n",
    ),
    "LS328": (
        LIFECYCLE,
        "before: 30 days, to: sal}",
        "before: 30 days, to: sal, sla: {decide: {within: 8h, calendar: sales}}}",
    ),
    "LS329": (LIFECYCLE, "then: {escalate: sales}", "then: {set: {owner: olena}}"),
    "LS330": (LIFECYCLE, "when: not_junk", "when: budget > 5 and budget < 3"),
    "LS331": (
        LIFECYCLE,
        "    automatic: true\n",
        "    automatic: true\n    approval: [sales]\n",
    ),
    "LS401": (BINDING, "binding: b2b_lifecycle", "binding: inbound_bant"),
    "LS404": (
        BINDING,
        "    lifecyclestage: '174913202'",
        "    lifecyclestage: customer",
    ),
    "LS405": (BINDING, "lifecyclestage: '174913202'", "lifecyclestage: evangelist"),
    "LS408": (BINDING, "  tags:          lead_tags\n", ""),
    "LS410": (SECOND_BINDING, "hand_off: [sal]", "hand_off: [mql]"),
    "LS503": (SCENARIOS, "company_size: 12,", "company_size: a dozen,"),
    "LS504": (SCENARIOS, "entered: 10 days ago", "entered: ten days ago"),
    "LS507": (
        SCENARIOS,
        "then: {stays: mql, refused: role}",
        "then: {stays: mql, stage: sal, refused: role}",
    ),
    "LS508": (SCENARIOS, "as: sales, reason: no_budget", "as: sales, reason: no_money"),
    "LS601": (SETTINGS, "workflow: workflows/b2b_lifecycle.yaml\n", ""),
    "LS602": (SETTINGS, "adapter: hubspot", "adaptor: hubspot"),
    "LS603": (SETTINGS, "adapter: hubspot\n", "adapter: hubspot\n    poll_every: 0\n"),
    "LS604": (SETTINGS, "token: {env: HUBSPOT_TOKEN}", "token: pat-na1-not-a-real-one"),
    "LS701": (PEOPLE, "email: olena@example.com", "email: olena at example.com"),
    "LS702": (PEOPLE, "users: {hubspot: 71821}", "users: {hubspot: 71820}"),
    "LS703": (PEOPLE, "to: 2027-01-06", "to: 2026-01-06"),
    "LS704": (PEOPLE, "roles: [sales]", "roles: [salse]"),
    "LS705": (PEOPLE, "users: {hubspot: 71820}", "users: {hubspott: 71820}"),
    "LS801": (
        LIFECYCLE,
        "    label: SAL\n",
        "    label: SAL\n    on_enter: {start: {workflow: deals, stage: new}}\n",
    ),
    "LS804": (
        LIFECYCLE,
        "  sal:\n",
        "  sal:\n    on_enter: {start: {workflow: b2b_lifecycle, stage: sal}}\n",
    ),
}


def every_code() -> dict[str, str]:
    """Return the meaning of every code, in order."""
    return dict(sorted({**CODES, **MISTAKES}.items()))


def page() -> None:
    """Print an entry a code."""
    group = ""
    for code, meaning in every_code().items():
        if code[:3] != group:
            group = code[:3]
            print(f"## {_GROUPS[group]}", "", sep="\n")
        print(f"### {code}", "", meaning, "", sep="\n")
        if code in EXAMPLES:
            _example(code)


def _example(code: str) -> None:
    _, before, after = EXAMPLES[code]
    written = cell(after.strip()) or f"nothing, where `{cell(before.strip())}` stood"
    shown = f"`{written}`" if after.strip() else written
    print(f"For {shown}:", "", "```text", printed(code), "```", "", sep="\n")


def printed(code: str) -> str:
    """Return the line that the example of a code prints.

    Raises:
        LookupError: The example does not show its code.
    """
    name, before, after = EXAMPLES[code]
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        for one in WORKFLOWS.glob("b2b_lifecycle*"):
            (Path(folder) / one.name).write_bytes(one.read_bytes())
        text = _TEXTS.get(name) or file.read_text("utf-8")
        if before not in text:
            raise LookupError(f"{code}: {before!r} does not stand in {name}")
        file.write_text(text.replace(before, after, 1), "utf-8")
        for line in _lines(file):
            if line.startswith(code):
                return line.replace(f"{folder}/", "")
    raise LookupError(f"the example of {code} does not lead to it")


def _lines(file: Path) -> Iterator[str]:
    if file.name == SETTINGS:
        try:
            load_settings(file)
        except WorkflowError as error:
            yield from error.problems
    elif file.name == LIFECYCLE:
        lifecycle, found = check_workflow(file)
        yield from map(str, found)
        if lifecycle is not None:
            yield from map(str, check_starts({lifecycle.name: lifecycle}))
    elif file.name == PEOPLE:
        whose = load_workflow(file.parent / LIFECYCLE)
        yield from map(str, check_people(file, whose, connections=["hubspot"])[1])
    elif file.name in (BINDING, SECOND_BINDING):
        yield from map(
            str, check_binding(file, load_workflow(file.parent / LIFECYCLE))[1]
        )
    else:
        yield from map(str, check_scenarios(file)[1])
