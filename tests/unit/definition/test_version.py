"""A version is the hash of what a file says, not of how it looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadstate.definition import load_workflow_text

TEXT = (Path(__file__).parents[3] / "workflows" / "b2b_lifecycle.yaml").read_text(
    "utf-8"
)


def _version(text: str) -> str:
    return load_workflow_text(text).version


def test_a_version_is_sixty_four_hex_digits() -> None:
    """It names the version everywhere."""
    assert len(bytes.fromhex(_version(TEXT))) == 32


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# The words that both teams use.", "# Other words."),
        ("title: B2B lead lifecycle\n", "\n\ntitle:   'B2B lead lifecycle'\n"),
        ("{type: money}", '{"type": "money"}'),
        ("  budget:        {type: money}", "  budget:\n    type: money"),
        ("{type: email, label: E-mail,", "{label: E-mail, type: email,"),
        ("when: score.fit >= 40", "when: >-\n      score.fit\n      >= 40"),
        ("{from: sql, to: won, by: [sales]}", "{by: [sales], to: won, from: sql}"),
    ],
)
def test_looks_change_nothing(old: str, new: str) -> None:
    """Comments, quotes, white space and the order of keys."""
    text = TEXT.replace(
        "{label: Matches our ideal customer, when: score.fit >= 40}",
        "\n    label: Matches our ideal customer\n    when: score.fit >= 40",
    )
    assert old in text

    assert _version(text.replace(old, new, 1)) == _version(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("score.fit >= 40", "score.fit >= 41"),
        ("within: 8h", "within: 9h"),
        ("label: Timing", "label: Time"),
        ("[not_ideal, no_budget,", "[no_budget, not_ideal,"),
    ],
)
def test_meaning_changes_the_version(old: str, new: str) -> None:
    """Each of them is a change that both teams have to see."""
    assert old in TEXT

    assert _version(TEXT.replace(old, new, 1)) != _version(TEXT)


def test_the_order_of_stages_and_transitions_is_meaning() -> None:
    """Reports follow the one, decisions the other."""
    won = "  won:  {owner: sales, kind: won}\n"
    lost = "  lost: {owner: sales, kind: lost}\n"
    win = "  win:  {from: sql, to: won, by: [sales]}\n"

    stages = TEXT.replace(won + lost, lost + won)
    transitions = TEXT.replace(win, "").rstrip() + "\n" + win

    assert len({_version(TEXT), _version(stages), _version(transitions)}) == 3
