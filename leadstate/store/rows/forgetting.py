"""Rows about people who are to be forgotten: whom, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Forgetting", "Forgotten", "Place"]

Place: TypeAlias = tuple[str, str, str]
"""An object of a CRM: connection, kind of object, external id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Whom to forget.

    Attributes:
        record_id: The person's record; None when only objects or values are known.
        objects: Objects of the person beside those that the record is linked to.
        values: Identifying values beside those that the record has, normalised.
        identifying: Fields whose values, past ones too, tell who somebody is.
    """

    record_id: str | None = None
    objects: tuple[Place, ...] = ()
    values: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What is recognised of people who were forgotten, with the moment of forgetting.

    Attributes:
        objects: Objects of theirs.
        values: Normalised identifying values of theirs.
    """

    objects: Mapping[Place, datetime]
    values: Mapping[str, datetime]
