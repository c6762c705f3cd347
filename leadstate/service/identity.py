"""Who a record is, over several CRMs: normalised values that tell people apart.  Pure.

>>> from leadstate.domain.lifecycle import Field
>>> from leadstate.domain.values import FieldType
>>> email = Field(name="email", type=FieldType.EMAIL, label="E-mail", identity=True)
>>> identities_of({"email": email}, {"email": "ann@example.com"})
{'email': 'ann@example.com'}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.values import FieldType, Unparsable, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.values import Value

__all__ = ["contradicts", "identities_of"]


def identities_of(
    fields: Mapping[str, Field], values: Mapping[str, Value]
) -> dict[str, str]:
    """Return the identifying values, in the order in which the workflow trusts them."""
    found: dict[str, str] = {}
    for name, field in fields.items():
        text = _normal(field, values.get(name)) if field.identity else ""
        if text:
            found[name] = text
    return found


def _normal(field: Field, value: Value) -> str:
    if isinstance(value, Unparsable):
        return ""
    text = to_text(value).casefold()
    # A number without a country code is nobody's in particular.
    dialled = field.type is not FieldType.PHONE or text.startswith("+")
    return text if dialled else ""


def contradicts(mine: Mapping[str, str], other: Mapping[str, str], by: str) -> bool:
    """Whether a more trusted identity than ``by`` says that these are two people.

    Two colleagues share a switchboard's number, and have an address each.
    """
    for name in mine:
        if name == by:
            return False
        if name in other and other[name] != mine[name]:
            return True
    return False
