"""A lifecycle is drawn as text, the same text every time."""

from __future__ import annotations

from pathlib import Path

from leadstate.definition import dot, load_workflow, load_workflow_text, mermaid

WORKFLOWS = Path(__file__).parents[3] / "workflows"

HOSTILE = """\
workflow: demo
title: 'Say "hi" \\ <b>'
fields:
  email: {type: email, identity: true, personal: true}
  due: {type: date}
  need: {type: text}
stages:
  end: {initial: true, label: 'A "quoted" | [label] <script>'}
  rest: {kind: parked, wake: {on: due, before: 2 days, to: end}}
  nap: {kind: parked, wake: {on: due, to: end}}
  won: {kind: won}
transitions:
  go: {from: end, to: won, when: need = 'a "b" ; c', label: "x --> y"}
  long:
    from: end
    to: rest
    reason: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccc]
  sleep: {from: end, to: nap}
"""


def test_mermaid_shows_stages_slas_guards_and_wake_ups() -> None:
    """The whole agreement in one picture."""
    text = mermaid(load_workflow(WORKFLOWS / "b2b_lifecycle.yaml"))
    lines = [line.strip() for line in text.splitlines()]

    assert lines[0] == "flowchart TB"
    assert (
        's_sal["SAL<br/>owner: sales<br/>routing: 15 minutes (team) until assigned,'
        " else escalate<br/>first_touch: 4 hours (owner) from assigned until"
        ' first_touch, else escalate, no…<br/>decide: 10 days (always), else recycle"]'
        ":::open"
    ) in lines
    assert (
        's_lead ==>|"Qualify (automatic)<br/>when ideal_customer and engaged and'
        ' not_junk"| s_mql'
    ) in lines
    assert (
        's_nurture -.->|"Reawaken<br/>by marketing<br/>wakes after 30 days,'
        ' at most 5 passes"| s_lead'
    ) in lines
    assert 's_sal -->|"Recycle"| s_nurture' in lines
    assert (
        's_lost -->|"Reopen<br/>by sales<br/>approved by marketing"| s_nurture'
    ) in lines


def test_dot_shows_the_same() -> None:
    """For pictures without a browser."""
    text = dot(load_workflow(WORKFLOWS / "b2b_lifecycle.yaml"))

    assert text.startswith('digraph "b2b_lifecycle" {\n')
    assert text.endswith("}\n")
    assert (
        's_backlog -> s_sal [label="Resume\\nby sales\\nwakes 30 days before'
        ' decision_date", style=dashed];'
    ) in text
    assert 's_sql -> s_won [label="Win\\nby sales", style=solid];' in text


def test_a_picture_is_the_same_every_time() -> None:
    """So that a change of it is a change of the workflow."""
    one, two = (load_workflow(WORKFLOWS / "inbound_bant.yaml") for _ in range(2))

    assert (mermaid(one), dot(one)) == (mermaid(two), dot(two))


def test_labels_cannot_break_out_of_a_picture() -> None:
    """Quotes, brackets, arrows and tags are text."""
    lifecycle = load_workflow_text(HOSTILE)

    text = mermaid(lifecycle)

    assert "A #34;quoted#34; #124; #91;label#93; #60;script#62;" in text
    assert "<script" not in text
    assert "x --#62; y" in text
    assert 'label="A \\"quoted\\" | [label] <script>"' in dot(lifecycle)
    assert 'label="Say \\"hi\\" \\\\ <b>";' in dot(lifecycle)


def test_wake_ups_on_a_date_say_so() -> None:
    """Before the date, or on it; long lists are cut."""
    text = mermaid(load_workflow_text(HOSTILE))

    assert "wakes 2 days before due" in text
    assert "wakes on due" in text
    assert "…" in text
