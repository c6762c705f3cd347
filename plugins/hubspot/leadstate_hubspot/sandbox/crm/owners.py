"""The people of the portal; an owner's id is not the user's id."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One person who can own records."""

    id: int
    user_id: int
    email: str
    first_name: str
    last_name: str
    team: str
    archived: bool = False


OWNERS = (
    Owner(
        id=71940021,
        user_id=28604240,
        email="maria.santos@portal.example",
        first_name="Maria",
        last_name="Santos",
        team="Marketing",
    ),
    Owner(
        id=71940022,
        user_id=28604251,
        email="jonas.weber@portal.example",
        first_name="Jonas",
        last_name="Weber",
        team="Sales",
    ),
    Owner(
        id=71940023,
        user_id=28604262,
        email="aiko.tanaka@portal.example",
        first_name="Aiko",
        last_name="Tanaka",
        team="Sales",
    ),
    Owner(
        id=71940024,
        user_id=28604273,
        email="olena.koval@portal.example",
        first_name="Olena",
        last_name="Koval",
        team="Quality control",
    ),
    Owner(
        id=71940025,
        user_id=28604284,
        email="piotr.nowak@portal.example",
        first_name="Piotr",
        last_name="Nowak",
        team="Sales",
        archived=True,
    ),
)
OWNER_IDS = frozenset(str(owner.id) for owner in OWNERS)
USER_BY_EMAIL = {owner.email: owner.user_id for owner in OWNERS}
