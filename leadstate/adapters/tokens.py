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

    Where it is kept in the store it is read before every call: a new one that a person
    stored meanwhile counts at once.

    Args:
        token: What to send until another one is stored.
        extra: Further secrets of the connection that no message may show.
        stored: `Connection.stored_token`.
    """

    def __init__(
        self,
        token: SecretStr,
        extra: tuple[SecretStr, ...] = (),
        *,
        stored: Callable[[], str | None] | None = None,
    ) -> None:
        self._known: tuple[SecretStr, ...] = (token,)
        self._extra, self._stored = extra, stored

    def header(self, send: Callable[[ApiCall], ApiResponse]) -> SecretStr:
        """Return the header with the token that counts now."""
        del send
        return SecretStr(f"Bearer {self._newest().get_secret_value()}")

    def refused(self, header: SecretStr, *, expired: bool, times: int) -> bool:
        """Ask once more before a person is needed: one 401 proves nothing."""
        del header, expired
        return times == 1

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return every token so far and the other secrets."""
        return (*self._known, *self._extra)

    def _newest(self) -> SecretStr:
        found = SecretStr((self._stored and self._stored()) or "")
        if found.get_secret_value() and found != self._known[-1]:
            kept = tuple(one for one in self._known if one != found)
            self._known = (*kept, found)  # the old one stays a secret
        return self._known[-1]
