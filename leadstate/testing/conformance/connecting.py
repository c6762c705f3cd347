"""Promises of `OAuthFlow`: an account is connected in the browser."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from leadstate.adapters import Capability
from leadstate.errors import ConfigurationError
from leadstate.testing.conformance.base import Promises, binding_of, needs, required
from leadstate.testing.rig import REDIRECT_URI, Consents

if TYPE_CHECKING:
    from leadstate.adapters import OAuthFlow
    from leadstate.testing.rig import Rig

__all__ = ["Connecting"]

_STATE = "a-state-that-nobody-guesses"


def _flow(rig: Rig) -> OAuthFlow:
    """Open the flow on the connection that the rig's consent is for."""
    return required(rig, Consents, rig.spec).flow(binding_of(rig))


class Connecting(Promises):
    """Consent becomes tokens that are kept."""

    @needs(Capability.OAUTH)
    def test_the_address_for_the_admin_carries_the_state(self, rig: Rig) -> None:
        """And the redirect, so that the answer comes back here."""
        url = urlsplit(_flow(rig).authorise_url(REDIRECT_URI, _STATE))

        query = parse_qs(url.query)
        assert [_STATE] == query["state"]
        assert url.scheme in {"http", "https"}
        assert not [one for one in rig.playground.secrets if one in url.query]

    @needs(Capability.OAUTH)
    def test_tokens_are_kept_before_the_account_is_told(self, rig: Rig) -> None:
        """The name of the account comes back, and the credentials are saved."""
        flow, before = _flow(rig), dict(rig.bench.credentials.saved)
        answer = required(rig, Consents, rig.spec).consent(
            flow.authorise_url(REDIRECT_URI, _STATE)
        )

        name = flow.finish(REDIRECT_URI, answer)

        assert name.strip()
        assert before != rig.bench.credentials.saved

    @needs(Capability.OAUTH)
    def test_an_admin_who_says_no_is_understood(self, rig: Rig) -> None:
        """`ConfigurationError`, and nothing is kept."""
        before = dict(rig.bench.credentials.saved)

        with pytest.raises(ConfigurationError):
            _flow(rig).finish(REDIRECT_URI, {"error": "access_denied", "state": _STATE})

        assert before == rig.bench.credentials.saved

    @needs(Capability.OAUTH)
    def test_a_code_that_was_never_given_is_refused(self, rig: Rig) -> None:
        """`ConfigurationError`, and nothing is kept."""
        before = dict(rig.bench.credentials.saved)

        with pytest.raises(ConfigurationError):
            _flow(rig).finish(REDIRECT_URI, {"code": "no-such-code", "state": _STATE})

        assert before == rig.bench.credentials.saved
