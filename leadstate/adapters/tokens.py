"""The simplest authoriser: one token that does not expire, as most CRMs have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.adapters.calls import ApiCall, ApiResponse

__all__ = ["StaticToken"]


class StaticToken:
    """A token that is sent with every call and never renewed.

    ``extra`` are further secrets of the connection that no message may show.
    """

    def __init__(self, token: SecretStr, extra: tuple[SecretStr, ...] = ()) -> None:
        self._token, self._extra = token, extra

    def header(self, send: Callable[[ApiCall], ApiResponse]) -> SecretStr:
        """Return the same header always."""
        del send
        return SecretStr(f"Bearer {self._token.get_secret_value()}")

    def refused(self, header: SecretStr, *, expired: bool, times: int) -> bool:
        """Ask once more before a person is needed: one 401 proves nothing."""
        del header, expired
        return times == 1

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return the token and the other secrets."""
        return (self._token, *self._extra)
