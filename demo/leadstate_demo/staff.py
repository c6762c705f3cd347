"""Who works in the demo: people whom its sandboxes know as their users."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate_demo.sandboxes import AMOCRM, HUBSPOT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "ANOTHER_SELLER",
    "CONTROLLER",
    "MARKETER",
    "SELLER",
    "people_text",
    "user_of",
]

MARKETER = "maria"
SELLER = "jonas"
ANOTHER_SELLER = "olena"
CONTROLLER = "ingrid"
_FIRST_LINE = "# yaml-language-server: $schema=workflows/people.schema.json\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Employee:
    """Somebody.

    Attributes:
        users: CRM -> ids.  In HubSpot an owner's id is not the user's: the first one
            is written, the last one is who somebody is at the keyboard.
    """

    name: str
    label: str
    role: str
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gets_leads: bool = True


_STAFF = (
    _Employee(
        name=MARKETER,
        label="Maria Santos",
        role="marketing",
        users={HUBSPOT: ("71940021", "28604240"), AMOCRM: ("7400001",)},
    ),
    _Employee(
        name=SELLER,
        label="Jonas Weber",
        role="sales",
        users={HUBSPOT: ("71940022", "28604251"), AMOCRM: ("7400003",)},
    ),
    _Employee(
        name=ANOTHER_SELLER,
        label="Olena Koval",
        role="sales",
        users={HUBSPOT: ("71940024", "28604273"), AMOCRM: ("7400002",)},
    ),
    # Works in HubSpot only: whatever goes to amoCRM is nothing for her.
    _Employee(
        name="aiko",
        label="Aiko Tanaka",
        role="sales",
        users={HUBSPOT: ("71940023", "28604262")},
        gets_leads=False,
    ),
    # Looks at both CRMs, owns nothing in either.
    _Employee(
        name=CONTROLLER,
        label="Ingrid Solberg",
        role="quality_control",
        users={AMOCRM: ("7400004",)},
    ),
)


def people_text(crms: Collection[str]) -> str:
    """Return the people file of an installation with these connections."""
    lines = [_FIRST_LINE, "people:\n"]
    for one in _STAFF:
        ids = {crm: users for crm, users in one.users.items() if crm in crms}
        shown = ", ".join(
            f"{crm}: [{', '.join(map(repr, users))}]" for crm, users in ids.items()
        )
        lines += [
            f"  {one.name}:\n",
            f"    label: {one.label}\n",
            f"    roles: [{one.role}]\n",
            *([f"    users: {{{shown}}}\n"] if ids else []),
            *([] if one.gets_leads else ["    gets_leads: false\n"]),
        ]
    return "".join(lines)


def user_of(name: str, crm: str) -> str:
    """Return the id under which somebody sits at a CRM's keyboard."""
    return next(one.users[crm][-1] for one in _STAFF if one.name == name)
