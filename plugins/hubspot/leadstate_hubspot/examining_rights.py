"""What a token may not do, although the binding needs it.

HubSpot itself tells it for OAuth tokens (token introspection).  For service keys and
private apps there is no such call, so that it is tried: a read of one record, and an
update of nothing on a record that cannot be there, which changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from leadstate.adapters.http import ApiCall

from .errors import problem_of
from .oauth import scopes_needed
from .payloads import read
from .payloads_account import TokenInfo

if TYPE_CHECKING:
    from leadstate.adapters.http import ApiResponse
    from leadstate.domain.binding import Binding

    from .api import HubSpotApi
    from .settings import Settings

__all__ = ["Rights"]

_NO_RECORD: Final = str(2**63 - 1)  # the last 64-bit id; none of any account


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one connection."""

    api: HubSpotApi
    settings: Settings
    binding: Binding

    def lacking(self) -> list[str]:
        """Return the scopes that are needed and not granted."""
        if self.settings.oauth is not None:
            return self._by_token()
        return self._by_trying()

    def _needed(self) -> tuple[str, ...]:
        return scopes_needed(self.binding.object, self.binding.read_properties)

    def _by_token(self) -> list[str]:
        app = self.settings.oauth
        header = self.api.authorisation()
        if app is None:  # pragma: no cover - asked by the caller
            return []
        form = {
            "client_id": SecretStr(app.client_id),
            "client_secret": app.client_secret,
            "token": SecretStr(header.get_secret_value().removeprefix("Bearer ")),
            "token_type_hint": SecretStr("access_token"),
        }
        call = ApiCall(
            kind="oauth.introspect",
            method="POST",
            path=self.api.paths.introspect,
            form=form,
            repeatable=True,
            authorised=False,
        )
        info = read(TokenInfo, self.api.client.send(call))
        if not info.scopes:  # HubSpot's reference shows answers without them
            return self._by_trying()
        return [one for one in self._needed() if one not in info.scopes]

    def _by_trying(self) -> list[str]:
        return list(
            dict.fromkeys(
                lacking for scope in self._needed() for lacking in self._tried(scope)
            )
        )

    def _tried(self, scope: str) -> tuple[str, ...]:
        """Return what HubSpot says is lacking when a scope is used harmlessly."""
        kind, verb = scope.split(".")[-2:]
        if scope.startswith("crm.schemas."):
            answer = self.api.get(
                f"{kind}.properties", self.api.paths.properties(kind), expects=_is_no
            )
        elif verb == "read":
            path = self.api.paths.records(kind)
            answer = self.api.get(f"{kind}.list", path, {"limit": "1"}, _is_no)
        else:
            body = {"inputs": [{"id": _NO_RECORD, "properties": {}}]}
            path = self.api.paths.batch(kind, "update")
            answer = self.api.ask(f"{kind}.batch_update", path, body, expects=_is_no)
        if answer.status != HTTPStatus.FORBIDDEN:
            return ()
        return problem_of(answer).named("requiredGranularScopes") or (scope,)


def _is_no(answer: ApiResponse) -> bool:
    """Return whether HubSpot answered the question: yes, no, or nothing there."""
    return answer.status in {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
    }
