"""What Leadstate hands to an adapter that it opens: settings, time, budget, secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import httpx

    from leadstate.domain.binding import Binding

__all__ = [
    "Budget",
    "Connection",
    "Credentials",
    "PinnedAccount",
    "SwappingCredentials",
]


class Budget(Protocol):
    """The rate budget of a CRM account, shared by every process that calls it."""

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        """Book one call and return how many seconds to wait before making it.

        Args:
            key: The account and the kind of limit, for instance ``hubspot:1:search``.
            per_second: Sustained calls per second.
            burst: Calls that may go at once after a pause.
        """
        ...


class Credentials(Protocol):
    """Tokens that an adapter obtained itself, kept encrypted at rest."""

    def load(self, name: str) -> Mapping[str, str] | None:
        """Return what was saved under ``name`` for this connection, or None."""
        ...

    def save(self, name: str, values: Mapping[str, str]) -> None:
        """Keep ``values`` durably before returning."""
        ...


@runtime_checkable
class SwappingCredentials(Credentials, Protocol):
    """Credentials that several processes can change without losing a change.

    What Leadstate hands out has it; an adapter whose tokens may be used only once asks
    for it and does without where a host of its own does not offer it.
    """

    def swap(
        self, name: str, held: Mapping[str, str] | None, values: Mapping[str, str]
    ) -> bool:
        """Keep ``values`` if what is kept is still ``held``; say whether it was.

        Atomic over every process that shares the database; durable when true.

        Args:
            held: What `load` returned; None when there was nothing.
        """
        ...


class PinnedAccount(Protocol):
    """The account that a connection belongs to since it was first used."""

    def check(self, account: str) -> None:
        """Take the account at the first contact, and no other one from then on.

        Args:
            account: The CRM's id of the account that a token turned out to be for.

        Raises:
            ConfigurationError: It is another account: nothing may be read or written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One connection to one CRM account.

    Attributes:
        name: The connection's name in the settings file.
        settings: The connection's own settings, secrets resolved; the adapter validates
            them and reports mistakes as `ConfigurationError`.
        now: The only clock an adapter may read (aware UTC).
        sleep: Pauses this thread for some seconds.
        transport: Replaces the network in tests.
        beside: How other kinds of objects are bound that the same token is for; what
            OAuth asks for has to cover them too.
        stored_token: Reads the setting ``token`` anew where the store keeps it, or None
            where it stands in the settings: a person may connect again meanwhile.
        account: Refuses any account but the one that the connection began with, or
            None where nobody remembers; `leadstate.adapters.http.ApiClient` asks it.
    """

    name: str
    binding: Binding
    settings: Mapping[str, object] = field(repr=False)
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    budget: Budget
    credentials: Credentials
    transport: httpx.BaseTransport | None = field(default=None, repr=False)
    beside: tuple[Binding, ...] = ()
    stored_token: Callable[[], str | None] | None = field(default=None, repr=False)
    account: PinnedAccount | None = field(default=None, repr=False)
