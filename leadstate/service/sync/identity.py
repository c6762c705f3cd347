"""Who a record is, over several CRMs: normalised values that tell people apart.

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
    from datetime import datetime
    from typing import TypeAlias

    from leadstate.domain.lifecycle import Field, Lifecycle
    from leadstate.domain.values import Value
    from leadstate.store import Store

    Identities: TypeAlias = Mapping[str, tuple[str, ...]]  # field -> all that it holds

__all__ = ["all_identities", "contradicts", "identities_of", "know_identities", "meets"]

_CURSOR = "identities"
_PAGE = 1_000


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


def all_identities(main: Mapping[str, str], further: Identities) -> Identities:
    """Return every identifying value of somebody, the main ones first."""
    found = {name: (value,) for name, value in main.items()}
    for name, values in further.items():
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *values)))
    return found


def contradicts(mine: Identities, other: Identities, by: str) -> bool:
    """Whether a more trusted identity than ``by`` says that these are two people.

    Two colleagues share a switchboard's number, and have an address each.
    """
    for name in mine:
        if name == by:
            return False
        if name in other and not _share(mine, other, name):
            return True
    return False


def meets(mine: Identities, other: Identities) -> bool:
    """Whether these are one person: they share a value, and nothing better differs."""
    by = next((name for name in mine if _share(mine, other, name)), None)
    return by is not None and not contradicts(mine, other, by)


def _share(mine: Identities, other: Identities, name: str) -> bool:
    return not {*mine[name]}.isdisjoint(other.get(name, ()))


def know_identities(store: Store, lifecycle: Lifecycle, now: datetime) -> None:
    """Note the identities of every record again when other fields identify than before.

    Each decision keeps them in step from then on.
    """
    fields = [one for one in lifecycle.fields.values() if one.identity]
    wanted = ",".join(
        f"{one.name}:{one.type}:{'/'.join(one.options)}" for one in fields
    )
    with store.read() as view:
        if view.cursors.get("", _CURSOR) == wanted:
            return
    with store.begin() as work:
        work.identities.clear()
        after = ""
        while True:
            rows = work.records.list(lifecycle.fields, after=after, limit=_PAGE)
            if not rows:
                break
            after = rows[-1].record.id
            work.identities.add(
                {
                    row.record.id: identities_of(lifecycle.fields, row.record.values)
                    for row in rows
                }
            )
        work.cursors.set("", _CURSOR, wanted, now)
        work.commit()
