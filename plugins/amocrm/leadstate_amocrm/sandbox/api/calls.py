"""What an endpoint of amoCRM is given and what it gives back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox import calls
from leadstate.testing.sandbox.calls import Reply
from leadstate.testing.sandbox.faults import FaultKind
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.payloads import READ
from leadstate_amocrm.sandbox.problems import refused
from leadstate_amocrm.sandbox.site import Site

from .query import read_query, texts

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.users import User

    from .query import Node

__all__ = ["Call", "Endpoint", "Reply"]

PAGE = 50
MOST = 250
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(calls.SandboxCall):
    """One request, with who makes it.

    Attributes:
        user: Whose rights hold; absent where no token is needed.
    """

    user: User | None = None

    @property
    def half(self) -> bool:
        """Whether trouble shall strike in the middle of a bulk write."""
        return self.fault is not None and self.fault.kind is FaultKind.HALF_APPLIED

    @property
    def base(self) -> str:
        """Where this sandbox was called: links lead back to it."""
        host = self.headers.get("host", "")
        return f"http://{host if _HOST.fullmatch(host) else '127.0.0.1'}"

    @property
    def caller(self) -> User:
        """The user whose token, or whose context, this is."""
        if self.user is None:
            raise refused(401, "This call needs a token.")
        return self.user

    def body(self) -> dict[str, object]:
        """Return the JSON object sent."""
        return READ.body(self.raw)

    def tree(self) -> Node:
        """Return the query with its brackets opened."""
        return read_query(self.query)

    def with_(self) -> set[str]:
        """Return what the answer shall contain besides."""
        return set(texts(self.tree().get("with")) or ())

    def number(self, name: str = "id") -> int | None:
        """Return a number of the path, None if it is none."""
        return whole_number(self.params[name])


Endpoint = Callable[[Site, Call], Reply]
