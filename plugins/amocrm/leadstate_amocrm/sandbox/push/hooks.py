"""Webhooks of the account: who is told of what, and who is told no more."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm.catalog import ADMIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate_amocrm.sandbox.crm.account import Account

_KINDS = ("lead", "contact", "company", "task")
SETTINGS = frozenset(
    (
        *(f"{verb}_{kind}" for kind in _KINDS for verb in ("add", "update", "delete")),
        *(f"responsible_{kind}" for kind in _KINDS),
        *(f"restore_{kind}" for kind in _KINDS[:3]),
        *(f"note_{kind}" for kind in _KINDS[:3]),
        "status_lead",
        # What subscribes to unsorted is not established (2026-11-22).
        "add_unsorted",
        "update_unsorted",
        "delete_unsorted",
    )
)
OF_LEADS = (
    "add_lead",
    "update_lead",
    "status_lead",
    "delete_lead",
    "restore_lead",
    "responsible_lead",
    "note_lead",
)
WATCHED_MS = 2 * 3600 * 1000


@dataclass(slots=True, kw_only=True)
class Hook:
    """One destination and what it wants to hear."""

    id: int
    destination: str
    settings: tuple[str, ...]
    account_id: int
    created_by: int
    created_at: int
    updated_at: int
    sort: int
    disabled: bool = False
    failures: deque[int] = field(default_factory=deque)

    def body(self) -> dict[str, object]:
        """Return the webhook as the API shows it."""
        return {
            "id": self.id,
            "destination": self.destination,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "account_id": self.account_id,
            "created_by": self.created_by,
            "sort": self.sort,
            "disabled": self.disabled,
            "settings": list(self.settings),
        }

    def failed(self, now: int, most: int) -> None:
        """Count a bad answer; too many within two hours disable the webhook."""
        while self.failures and self.failures[0] <= now - WATCHED_MS:
            self.failures.popleft()
        self.failures.append(now)
        if len(self.failures) > most:
            self.disabled = True


class Hooks:
    """The webhooks of the account by destination."""

    def __init__(self, account: Account) -> None:
        """Start with none."""
        self._account = account
        self._ids = 7_600_001
        self.all: dict[str, Hook] = {}

    def put(
        self,
        destination: str,
        settings: Sequence[str],
        author: int = ADMIN,
        sort: int | None = None,
    ) -> Hook:
        """Add a destination, or change what it is told of; it is enabled again."""
        now, known = self._account.now(), self.all.get(destination)
        if known is not None:
            known.settings, known.updated_at = tuple(settings), now
            known.sort = known.sort if sort is None else sort
            known.disabled = False
            known.failures.clear()
            return known
        hook = Hook(
            id=self._ids,
            destination=destination,
            settings=tuple(settings),
            account_id=self._account.config.account_id,
            created_by=author,
            created_at=now,
            updated_at=now,
            sort=len(self.all) + 1 if sort is None else sort,
        )
        self._ids += 1
        self.all[destination] = hook
        return hook

    def wanting(self, setting: str) -> list[Hook]:
        """Return who is to be told."""
        return [
            hook
            for hook in self.all.values()
            if setting in hook.settings and not hook.disabled
        ]
