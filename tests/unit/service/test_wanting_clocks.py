"""What a CRM must be able to show, because a clock or a wake-up asks for it."""

from __future__ import annotations

from leadstate.definition.workflow import load_workflow_text
from leadstate.guards.render import required
from leadstate.service.setup.wanting import conditions_of
from leadstate.service.setup.wanting import tests_of as every_test_of

WORKFLOW = """\
workflow: small
fields: {tags: tags}
stages:
  lead:
    initial: true
    sla:
      call: {within: 4h, calendar: always, pause: "'fair' in tags", then: escalate}
  nurture: {kind: parked, wake: {when: "'back' in tags", to: lead}}
  won: {kind: won}
transitions:
  rest: {from: lead, to: nurture}
  win: {from: lead, to: won}
"""


def test_pauses_and_wake_ups_ask_for_values_too() -> None:
    """So that `setup` makes their options."""
    lifecycle = load_workflow_text(WORKFLOW)

    asked = [test for one in conditions_of(lifecycle) for test in every_test_of(one)]

    assert ["has 'fair'", "has 'back'"] == [required(test) for test in asked]
