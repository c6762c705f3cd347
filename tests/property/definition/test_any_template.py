"""A text that the workflow check lets pass is one that can be filled in."""

from __future__ import annotations

import json
from string import Formatter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadstate.definition import check_workflow_text
from leadstate.domain.action import TEMPLATE_NAMES
from leadstate.engine.templates import render

WORKFLOW = """\
workflow: w
fields: {{email: {{type: email, identity: true, personal: true}}, need: text}}
stages: {{lead: {{initial: true, on_leave: {{note: {note}}}}}, won: {{kind: won}}}}
transitions: {{win: {{from: lead, to: won}}}}
"""
NAMES = {*TEMPLATE_NAMES, "email", "need"}
PIECES = ["{", "}", "{{", "}}", "{need}", "{stage}", "{nobody}", "need", ":>9", "!r"]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, ".x", "[0]", " ", "\n", "é"]), min_size=1))
@example(["{", "need", "}"])
@example(["{need}", "}", "{{", "need", "}}"])
def test_what_passes_holds_known_names_only(pieces: list[str]) -> None:
    """Python's own reading of braces agrees, and nothing is left unfilled."""
    text = "".join(pieces)

    _, problems = check_workflow_text(WORKFLOW.format(note=json.dumps(text)))

    codes = {problem.code for problem in problems}
    assert codes <= {"LS123", "LS101"}
    if codes == {"LS101"}:
        assert not text.strip()
    readable = _readable(text)
    assert readable == (codes != {"LS123"})
    if readable:
        values = dict.fromkeys(NAMES, "x")
        assert text.format_map(values) == render(text, values)


def _readable(text: str) -> bool:
    """Whether Python finds bare known names in a text, and no other braces."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return False
    return all(
        name is None or (name in NAMES and not spec and not conversion)
        for _, name, spec, conversion in parts
    )
