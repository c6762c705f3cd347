"""YAML is read with places, and nothing in it surprises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.definition.nodes import ListNode, MapNode, TextNode, kind_of
from leadstate.definition.offsets import place_in
from leadstate.definition.problems import Mark, Problem, Problems, listed, shown
from leadstate.definition.yaml import read_file, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def _read(source: str | bytes) -> tuple[object, list[str]]:
    problems = Problems("f.yaml")
    tree = read_yaml(source, problems)
    return tree, [str(problem) for problem in problems.all()]


@pytest.mark.parametrize(
    "text",
    ["no", "on", "yes", "4:30:00", "12:30", "010", "1e3", "NO", "~", "2026-12-24"],
)
def test_scalars_stay_text(text: str) -> None:
    """What another reader takes for false, 16200 or 8 stays as it was written."""
    tree, problems = _read(f"country: {text}")

    assert problems == []
    assert isinstance(tree, MapNode)
    assert tree.find("country").value == text


def test_every_node_knows_its_place() -> None:
    """Keys and values alike, in lines and columns from 1."""
    tree, _ = _read("a:\n  - x\n  - {b: 'y'}\n")

    assert isinstance(tree, MapNode)
    assert tree.find("a", 1, "b").mark == Mark(3, 9)
    assert tree.place("a", 0) == Mark(2, 5)
    assert tree.place("a", 1) == Mark(3, 5)
    assert tree.place("a", 1, "none") == Mark(3, 5)
    assert tree.place("none") == Mark(1, 1)


def test_a_path_that_leads_nowhere_finds_nothing() -> None:
    """Whatever stands there."""
    tree, _ = _read("a: [x]\n")

    assert isinstance(tree, MapNode)
    for path in (("b",), ("a", 3), ("a", "b"), ("a", 0, "x"), (0,)):
        assert tree.find(*path) is None


def test_a_byte_order_mark_is_nothing() -> None:
    """Editors on Windows write one."""
    tree, problems = _read("\ufeffa: ä".encode())

    assert problems == []
    assert tree.find("a").value == "ä"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (
            b"a: 1\nb: \xff",
            "LS002 f.yaml:2:4 a byte here is not UTF-8. Save the file as UTF-8.",
        ),
        (
            "a: \ud800",
            (
                "LS002 f.yaml:1:4 the control character U+D800 stands here."
                " Delete it; it cannot be seen in most editors."
            ),
        ),
        (
            "a: \x00",
            (
                "LS002 f.yaml:1:4 the control character U+0000 stands here."
                " Delete it; it cannot be seen in most editors."
            ),
        ),
        (
            "a" * 262_145,
            (
                "LS003 f.yaml:1:1 the file is larger than 256 kB."
                " Split the agreement into several workflows."
            ),
        ),
        (
            "[" * 20_000,
            (
                "LS003 f.yaml:1:33 the file is nested more than 32 deep."
                " Nobody can review that; simplify."
            ),
        ),
        (
            "- x\n" * 30_000,
            (
                "LS003 f.yaml:20000:3 the file has more than 20000 parts."
                " Nobody can review that; simplify."
            ),
        ),
    ],
    ids=["bytes", "surrogate", "nul", "large", "deep", "many"],
)
def test_what_cannot_be_a_definition_is_one_line(
    source: str | bytes, line: str
) -> None:
    """And takes no time."""
    assert _read(source) == (None, [line])


def test_an_alias_bomb_is_never_unfolded() -> None:
    """Each alias is one line, whatever it would have become."""
    rungs = "".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]\n" for n in range(1, 30))

    tree, problems = _read("l0: &l0 [x]\n" + rungs)

    assert isinstance(tree, MapNode)
    assert {problem.split()[0] for problem in problems} == {"LS006"}


def test_an_alias_as_a_key_is_one_line() -> None:
    """It is refused once, and its value with it."""
    tree, problems = _read("*a : 1\nb: 2\n")

    assert list(tree.entries) == ["b"]
    assert len(problems) == 1


def test_a_file_is_read_as_its_text_is(tmp_path: Path) -> None:
    """From the disk or from a text, the tree is the same."""
    path = tmp_path / "f.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    problems = Problems(str(path))

    tree = read_file(path, problems)

    assert tree.find("a").value == "1"
    assert problems.all() == ()


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    """One line, no traceback."""
    problems = Problems("d")

    assert read_file(tmp_path, problems) is None
    assert str(problems.all()[0]).startswith("LS001 d:1:1 the file cannot be read:")


def test_nodes_are_named_for_people() -> None:
    """As messages speak of them."""
    here = Mark(1, 1)
    assert kind_of(MapNode(here)) == "an empty mapping"
    assert kind_of(ListNode(here)) == "an empty list"
    assert kind_of(TextNode("", here)) == "nothing"
    assert kind_of(TextNode("x", here)) == "the text 'x'"


@pytest.mark.parametrize(
    ("source", "word", "place"),
    [
        ("k: a and bad", "bad", Mark(1, 10)),
        ("k: 'a and bad'", "bad", Mark(1, 11)),
        ("k: 'it''s bad'", "bad", Mark(1, 11)),
        ('k: "a \\u0041 \\x20\\t \\\\ bad"', "bad", Mark(1, 24)),
        ('k: "a\\\n   bad"', "bad", Mark(2, 4)),
        ("k: a and\n   bad", "bad", Mark(2, 4)),
        ("k: >\n  a and\n  bad", "bad", Mark(3, 3)),
        ("k: |\n  a and\n  bad\n", "bad", Mark(3, 3)),
    ],
)
def test_a_character_of_a_value_is_found_in_the_file(
    source: str, word: str, place: Mark
) -> None:
    """Behind quotes, escapes, folds and indentation."""
    tree, problems = _read(source)

    assert problems == []
    node = tree.find("k")
    assert place == place_in(node, node.value.index(word))


def test_the_end_of_a_value_is_a_place_too() -> None:
    """Something is missing there."""
    tree, _ = _read("k: 'a and'")

    assert place_in(tree.find("k"), 5) == Mark(1, 10)
    assert place_in(TextNode("", Mark(4, 2)), 0) == Mark(4, 2)


def test_what_a_file_says_is_harmless_in_a_message() -> None:
    """Short, on one line, without terminal escapes."""
    assert shown("a\x1b[31m\nb") == "'a\\x1b[31m\\nb'"
    assert shown("x" * 100) == f"'{'x' * 60}…'"
    assert listed(str(number) for number in range(20)).endswith("11, …")


def test_the_same_mistake_is_kept_once() -> None:
    """However many readers find it."""
    problems = Problems("f")
    for _ in range(2):
        problems.error("LS101", Mark(1, 1), "x")

    assert problems.all() == (
        Problem(code="LS101", file="f", line=1, column=1, what="x"),
    )


def test_a_word_is_compared_without_regard_to_case_and_spaces() -> None:
    """So that ``Company Size`` finds ``company_size``."""
    problems = Problems("f")

    assert problems.known("Company Size", ["company_size"]) == (
        "Did you mean 'company_size'? Known: company_size."
    )
    assert problems.known("x", []) == "None is declared."


def test_a_line_stays_one_line_whatever_it_quotes() -> None:
    """A terminal is never told anything by a file."""
    problems = Problems("f")
    problems.error("LS101", Mark(1, 1), "a\u2028b", why="c\x1bd", hint="e\xa0f")

    assert str(problems.all()[0]) == "LS101 f:1:1 a\\u2028b, c\\x1bd. e\\xa0f"
