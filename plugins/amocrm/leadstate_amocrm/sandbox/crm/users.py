"""People of the account and what each may do, per entity and per stage.

Right values are A all, G own group, M only what one is responsible for, D denied.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import catalog

if TYPE_CHECKING:
    from .records import Record

ALL, GROUP, OWN, DENIED = "A", "G", "M", "D"
_ENTITIES = ("leads", "contacts", "companies")
_ACTIONS = ("view", "edit", "add", "delete", "export")


@dataclass(slots=True, kw_only=True)
class User:
    """One user, with rights."""

    id: int
    name: str
    email: str
    lang: str = "en"
    is_admin: bool = False
    is_free: bool = False
    is_active: bool = True
    group_id: int = 0
    role_id: int | None = None
    rights: dict[str, dict[str, str]] = field(default_factory=dict)
    status_rights: list[dict[str, object]] = field(default_factory=list)

    def shown_rights(self) -> dict[str, object]:
        """Return every member of `rights`: clients trip over an absent one."""
        entities = {name: dict(self.rights[name]) for name in _ENTITIES}
        return entities | {
            "tasks": {"edit": ALL, "delete": ALL},
            "mail_access": self.is_admin,
            "catalog_access": self.is_admin,
            "files_access": self.is_admin,
            "status_rights": [dict(one) for one in self.status_rights],
            "catalog_rights": [],
            "custom_fields_rights": [],
            "oper_day_reports_view_access": False,
            "oper_day_user_tracking": False,
            "is_admin": self.is_admin,
            "is_free": self.is_free,
            "is_active": self.is_active,
            "group_id": self.group_id or None,
            "role_id": self.role_id,
        }

    def may(self, action: str, record: Record, group_of_owner: int) -> bool:
        """Say whether the user may view, edit or delete a record where it stands."""
        if self.is_admin:
            return True
        return self._reaches(self._right(action, record), record, group_of_owner)

    def may_add(self, kind: str) -> bool:
        """Say whether the user may create records of a kind."""
        return self.is_admin or self.rights[kind]["add"] != DENIED

    def _right(self, action: str, record: Record) -> str:
        """Return the right of the stage where there is one, or of the entity."""
        if record.kind == "leads":
            where = (record.pipeline_id, record.status_id)
            for one in self.status_rights:
                given = one["rights"]
                if (one["pipeline_id"], one["status_id"]) == where and isinstance(
                    given, dict
                ):
                    return str(given.get(action, ALL))
        return self.rights[record.kind][action]

    def _reaches(self, right: str, record: Record, group_of_owner: int) -> bool:
        if right == GROUP:
            return group_of_owner == self.group_id
        return right == ALL or (right == OWN and record.responsible == self.id)


def rights(every: str, **others: str) -> dict[str, dict[str, str]]:
    """Return the same rights on all entities, but for the actions named."""
    return {
        name: {action: others.get(action, every) for action in _ACTIONS}
        for name in _ENTITIES
    }


def users() -> list[User]:
    """Return fresh copies of the seeded users."""
    denied: dict[str, object] = {
        "entity_type": "leads",
        "pipeline_id": catalog.SALES,
        "status_id": catalog.SQL,
        "rights": {"view": ALL, "edit": DENIED, "delete": DENIED},
    }
    return [
        User(
            id=catalog.ADMIN,
            name="Maria Santos",
            email="maria.santos@account.example",
            is_admin=True,
            rights=rights(ALL),
        ),
        User(
            id=catalog.SALES_USER,
            name="Olena Koval",
            email="olena.koval@account.example",
            group_id=7450001,
            rights=rights(ALL, delete=OWN, export=DENIED),
            status_rights=[denied],
        ),
        User(
            id=catalog.MARKETING_USER,
            name="Jonas Weber",
            email="jonas.weber@account.example",
            rights=rights(OWN, add=ALL, export=DENIED),
        ),
        User(
            id=catalog.QUALITY_USER,
            name="Ingrid Solberg",
            email="ingrid.solberg@account.example",
            group_id=7450002,
            rights=rights(ALL),
        ),
        User(
            id=catalog.FORMER_USER,
            name="Rui Tavares",
            email="rui.tavares@account.example",
            is_active=False,
            rights=rights(DENIED),
        ),
        User(
            id=catalog.FREE_USER,
            name="Guest",
            email="guest@account.example",
            is_free=True,
            is_active=False,
            rights=rights(DENIED),
        ),
    ]
