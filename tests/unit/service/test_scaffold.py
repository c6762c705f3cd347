"""A name in every form, and a template with nothing left of the toy's name."""

from __future__ import annotations

import pytest

from leadstate.service.setup.scaffold import PackageNames, read_names


def test_a_name_has_every_form_that_a_package_needs() -> None:
    """For people, for code, for installing, for importing."""
    names = read_names("pipe_works")

    assert "Pipe Works" == names.title
    assert "PipeWorks" == names.classes
    assert "leadstate-pipe-works" == names.distribution
    assert "leadstate_pipe_works" == names.module


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("leadstate-tinycrm", "leadstate-pipe-works"),
        ("leadstate_tinycrm/adapter.py", "leadstate_pipe_works/adapter.py"),
        ("class TinyCrmAdapter", "class PipeWorksAdapter"),
        ("TINYCRM_TOKEN", "PIPE_WORKS_TOKEN"),
        ("x-tinycrm-time", "x-pipe-works-time"),
        ("Connect Tiny CRM", "Connect Pipe Works"),
    ],
)
def test_a_name_is_put_into_the_template_in_its_form(template: str, text: str) -> None:
    """Each place has a form of its own."""
    assert text == PackageNames(name="pipe_works").put_into(template)


@pytest.mark.parametrize("name", ["ab", "a1", "pipe_works", "x" * 30])
def test_an_allowed_name_is_taken_as_it_is(name: str) -> None:
    """The shortest, the longest, digits and underscores."""
    assert name == read_names(name).name
