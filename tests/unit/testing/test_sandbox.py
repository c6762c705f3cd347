"""The parts of a sandbox that hold for any CRM: its table, its window, its server."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from leadstate.testing.sandbox.routes import Found, Routes
from leadstate.testing.sandbox.server import serving
from leadstate.testing.sandbox.traffic import Window, same, with_query

ROUTES = Routes(
    (
        ("GET", "/leads/unsorted", "unsorted"),
        ("GET", "/leads/{id}", "one"),
        ("PATCH", "/leads/{id}", "change"),
        ("GET", "/leads/{id}/notes/{note}", "note"),
    )
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/leads/unsorted", Found("unsorted", {})),
        ("/leads/7", Found("one", {"id": "7"})),
        ("/leads/7/notes/8", Found("note", {"id": "7", "note": "8"})),
        ("/leads/a%2Fb", Found("one", {"id": "a/b"})),
    ],
)
def test_the_first_row_that_fits_a_path_answers(path: str, found: Found[str]) -> None:
    """Words stand before parameters, and a parameter is one part, as it was meant."""
    assert found == ROUTES.find("GET", path)


@pytest.mark.parametrize(
    "path", ["/leads", "/leads/", "/leads/7/notes", "/leads/7/x/8"]
)
def test_a_path_of_no_row_is_answered_by_none(path: str) -> None:
    """Neither a part too many nor a part too few is taken."""
    assert () == ROUTES.find("GET", path)


def test_another_method_is_told_those_that_are_allowed() -> None:
    """Also HEAD, which a vendor need not answer where it answers GET."""
    assert ("GET", "PATCH") == ROUTES.find("DELETE", "/leads/7")
    assert ("GET",) == ROUTES.find("HEAD", "/leads/7/notes/8")


def test_a_window_counts_the_calls_of_the_last_while() -> None:
    """What lies a whole window back counts no more."""
    window = Window()
    for moment in (0, 400, 999):
        window.add(moment)

    assert [3, 2, 1, 0] == [window.count(now, 1000) for now in (999, 1000, 1400, 1999)]


def test_a_clock_set_back_frees_the_window() -> None:
    """Calls of a future that is no more would otherwise stay for ever."""
    window = Window()
    window.add(5_000)

    assert 0 == window.count(1_000, 1000)


def test_an_answer_joins_the_query_that_an_address_has() -> None:
    """A browser is sent back to the address as it was registered."""
    assert "http://me/back?a=1&code=x+y" == with_query(
        "http://me/back?a=1", {"code": "x y"}
    )
    assert "http://me/back?code=x" == with_query("http://me/back", {"code": "x"})


def test_secrets_are_the_same_to_the_letter() -> None:
    """Whatever alphabet they are written in."""
    assert same("ключ", "ключ")
    assert not same("ключ", "ключ ")


def test_a_served_application_is_there_as_soon_as_its_address_is_known() -> None:
    """The address answers as soon as it is known."""
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here"))])

    with serving(app) as url:
        answer = httpx.get(url, trust_env=False)

    assert "here" == answer.text
