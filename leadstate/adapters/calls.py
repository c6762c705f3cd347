"""What an adapter and `ApiClient` say to each other: call, answer, verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import SecretStr

    from leadstate.errors import LeadstateError

__all__ = [
    "ApiCall",
    "ApiResponse",
    "Authoriser",
    "Failure",
    "Limit",
    "Stop",
    "TryAgain",
    "Unauthorised",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A rate that calls share; the words are those of `Budget.take`."""

    key: str
    per_second: float
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One request.

    Attributes:
        kind: What is counted and logged, for instance ``contacts.batch_read``.
        repeatable: True when making it twice does no harm (reads, searches).
        expects: Error answers that the adapter reads itself.
    """

    kind: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    json: object = field(default=None, repr=False)
    form: Mapping[str, SecretStr] | None = None
    repeatable: bool = False
    authorised: bool = True
    expects: Callable[[ApiResponse], bool] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """What came back; ``body`` is None when there was none or it was not JSON."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Try again later.

    Attributes:
        unapplied: True when the CRM certainly did nothing.
        shut: True when every call of this connection would meet the same answer.
    """

    message: str
    after_seconds: float | None = None
    unapplied: bool = False
    shut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthorised:
    """The CRM did not accept who we are; ``expired`` when it says that time is why."""

    message: str
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Trying again changes nothing."""

    error: type[LeadstateError]
    message: str


Failure: TypeAlias = TryAgain | Unauthorised | Stop


class Authoriser(Protocol):
    """Says who we are."""

    def header(self, send: Callable[[ApiCall], ApiResponse]) -> SecretStr:
        """Return the Authorization header; ``send`` makes the calls for a token."""
        ...

    def refused(self, header: SecretStr, *, expired: bool, times: int) -> bool:
        """Return whether to ask again after the ``times``-th 401 of one call."""
        ...

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return every text that must never be shown."""
        ...
