"""Which account of a CRM a connection belongs to: noted at first, and held to.

A token that was swapped for another tenant's would close every record here, and write
this company's stages into somebody else's leads.  So no call is made with a token
before the CRM said whose it is; another account is taken only when a person says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from leadstate.errors import ConfigurationError, StoreUnavailable
from leadstate.service.audit.installation import connected
from leadstate.service.inbound.first_look import FIRST_LOOK

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from leadstate.store import Store, Work

__all__ = ["FirstAccount", "SeenAccount", "account_of", "replace_account"]

_ACCOUNT: Final = "account"
_POSITIONS: Final = ("changes:", "aboard:", "compared:", FIRST_LOOK)


log = structlog.get_logger("leadstate.accounts")


class FirstAccount:
    """A `leadstate.adapters.PinnedAccount` kept in the database."""

    def __init__(self, store: Store, name: str, now: Callable[[], datetime]) -> None:
        self._store, self._name, self._now = store, name, now

    def check(self, account: str) -> None:
        """Take the account at the first contact, and no other one from then on."""
        first = account_of(self._store, self._name)
        if first is None:
            first = self._begin(account)
        if first != account:
            raise ConfigurationError(
                f"connection {self._name!r} belongs to account {first}, and its token "
                f"is for account {account}: nothing was read or written. Give it a "
                f"token of {first}; if the company moved to {account} for good, run: "
                f"leadstate connect {self._name} --new-account"
            )

    def _begin(self, account: str) -> str:
        try:
            with self._store.whole.begin() as work:
                first = work.cursors.get(self._name, _ACCOUNT)
                if first is not None:  # somebody was faster
                    return first
                work.cursors.set(self._name, _ACCOUNT, account, self._now())
                work.commit()
        except StoreUnavailable:  # whoever only reads may not be able to write
            log.info("account is not noted yet", connection=self._name)
        return account


class SeenAccount:
    """Takes any account, and remembers which one it was."""

    def __init__(self) -> None:
        self.account: str | None = None

    def check(self, account: str) -> None:
        """Remember the account."""
        self.account = account


def account_of(store: Store, name: str) -> str | None:
    """Return the account that a connection belongs to, or None before its first use."""
    with store.whole.read() as view:
        return view.cursors.get(name, _ACCOUNT)


def replace_account(
    store: Store, name: str, account: str, *, actor: str, now: datetime
) -> int:
    """Let a connection belong to another account; return how many objects it left.

    Objects of the account before are linked no more, and nothing is written to them;
    their records stay as they are, and objects of the new account join them by what
    tells a person.  Everything there is read from the beginning, and observed before
    anything is done about it, as with a new connection.
    """
    with store.whole.begin() as work:
        before = work.cursors.get(name, _ACCOUNT)
        if before == account:
            return 0
        left = work.links.leave(name)
        dropped = work.outbox.leave(name, f"account {before} was left", now)
        work.modes.leave(name)
        _begin_anew(work, name)
        work.cursors.set(name, _ACCOUNT, account, now)
        note = (
            f"connection {name!r} belongs to account {account}; before: "
            f"{before or 'unknown'}, of which {left} objects were linked and {dropped} "
            "writes waited"
        )
        work.history.append([connected(note, actor=actor, now=now)])
        work.commit()
    return left


def _begin_anew(work: Work, name: str) -> None:
    """Forget how far the connection was heard."""
    for beginning in _POSITIONS:
        for workflow, connection, position in work.cursors.named(beginning):
            if connection == name:
                work.of(workflow).cursors.delete(connection, position)
