"""Waiting ends when it comes true, and says what it waited for in vain."""

from __future__ import annotations

import pytest

from leadstate.testing import wait_until, waiting


def test_waiting_ends_as_soon_as_it_holds() -> None:
    """It looks again and again, and no more often than it has to."""
    looks = iter([False, None, [], "there"])

    wait_until(lambda: next(looks), "it is there")

    assert [] == list(looks)


@pytest.mark.parametrize("what", ["the moon is blue", lambda: "the moon is blue"])
def test_what_never_comes_is_named(
    monkeypatch: pytest.MonkeyPatch, what: object
) -> None:
    """The text may be made late: then it says how things stand in the end."""
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.01)

    with pytest.raises(TimeoutError, match=r"not in 0\.01 seconds: the moon is blue"):
        wait_until(lambda: False, what)  # type: ignore[arg-type]
