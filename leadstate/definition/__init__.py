"""Workflow files and their kin: read, checked, drawn; never run.

A file becomes frozen data of `leadstate.domain`, or a list of every mistake in it.

    lifecycle = load_workflow("workflows/b2b_lifecycle.yaml")
    binding = load_binding("workflows/b2b_lifecycle.hubspot.yaml", lifecycle)
"""

from leadstate.definition.binding import (
    check_binding,
    check_binding_text,
    load_binding,
)
from leadstate.definition.comparing import compare
from leadstate.definition.conditions import parse_condition
from leadstate.definition.diagram import dot, mermaid
from leadstate.definition.durations import (
    duration_text,
    read_duration,
    read_moment,
)
from leadstate.definition.mentions import Mention, MentionKind, mentions
from leadstate.definition.problems import (
    CODES,
    Mark,
    Problem,
    Problems,
    Severity,
)
from leadstate.definition.scenario import (
    Expectation,
    Scenario,
    Trigger,
    What,
    record_of,
    signal_of,
)
from leadstate.definition.scenarios import (
    ScenarioFile,
    check_scenarios,
    check_scenarios_text,
    load_scenarios,
)
from leadstate.definition.workflow import (
    check_workflow,
    check_workflow_text,
    load_workflow,
    load_workflow_text,
)

__all__ = [
    "CODES",
    "Expectation",
    "Mark",
    "Mention",
    "MentionKind",
    "Problem",
    "Problems",
    "Scenario",
    "ScenarioFile",
    "Severity",
    "Trigger",
    "What",
    "check_binding",
    "check_binding_text",
    "check_scenarios",
    "check_scenarios_text",
    "check_workflow",
    "check_workflow_text",
    "compare",
    "dot",
    "duration_text",
    "load_binding",
    "load_scenarios",
    "load_workflow",
    "load_workflow_text",
    "mentions",
    "mermaid",
    "parse_condition",
    "read_duration",
    "read_moment",
    "record_of",
    "signal_of",
]
