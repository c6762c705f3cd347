"""Make the bodies of writes out of properties: ids for names, only the differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .batching import is_id
from .lifecycle import PIPELINE_NAMES, STATUS_NAMES
from .reading import CODES, READ_ONLY, TYPES, values_in
from .values import UnfitValue, epoch_of, number_text, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .lifecycle import Definitions
    from .payloads import Row

__all__ = ["STAGE", "Body", "Composer", "joined"]

Body: TypeAlias = dict[str, object]
STAGE = (*PIPELINE_NAMES, *STATUS_NAMES)
"""Properties that name a lead's stage, together."""


class Composer:
    """Makes the bodies of writes out of properties."""

    def __init__(self, definitions: Definitions, token_field: str) -> None:
        self.definitions, self.token_field = definitions, token_field

    def type_of(self, kind: str, name: str) -> str:
        """Return the type of a property's text."""
        if kind == "leads" and not name.startswith("cf."):
            return TYPES.get(name, "text")
        key = CODES.get(name) or name.removeprefix("cf.")
        found = self.definitions.field(kind, key) if key != name else None
        return found.type if found else "text"

    def body(
        self,
        kind: str,
        wanted: Mapping[str, str],
        row: Row | None,
        *,
        pipeline_id: str | None = None,
    ) -> Body:
        """Return what puts ``wanted`` into a row, which holds ``row`` now.

        Args:
            pipeline_id: Where a new lead is put that names no pipeline.

        Raises:
            UnfitValue: A property cannot be written, or cannot hold the value.
        """
        body: Body = {}
        stage = {name: text for name, text in wanted.items() if name in STAGE}
        if stage and kind == "leads":
            held = row.pipeline_id if row else pipeline_id
            ids = self.definitions.target(stage, held)
            body |= {name: int(text) for name, text in ids.items()}
        fields: list[Body] = []
        for name, text in wanted.items():
            if kind != "leads" and name in CODES:
                fields.append(self._field(kind, CODES[name], text, row))
            elif name.startswith("cf."):
                fields.append(self._field(kind, name.removeprefix("cf."), text, row))
            elif name not in stage:
                body |= self._built_in(name, text, row)
        return body | ({"custom_fields_values": fields} if fields else {})

    def _field(self, kind: str, key: str, text: str, row: Row | None) -> Body:
        found = self.definitions.wanted_field(kind, key)
        held = values_in(row, found.id)
        values = values_of(
            found, text, self.definitions.zone, held.values if held else ()
        )
        return {"field_id": int(found.id), "values": values}

    def _built_in(self, name: str, text: str, row: Row | None) -> Body:
        if name in READ_ONLY:
            raise UnfitValue(f"amoCRM sets {name!r} by itself")
        if name == "tags":
            return _tags(text, row)
        if name == "price":
            return {"price": _amount(text)}
        if name == "closed_at":
            return {name: epoch_of(text) if text else None}
        if name == "loss_reason":
            found = self.definitions.loss_reason_id(text) if text else None
            return {"loss_reason_id": int(found) if found else None}
        if name.endswith("_id"):
            return {name: _whole(name, text)}
        return {name: text}


def _tags(text: str, row: Row | None) -> Body:
    """Return exactly the difference: other tags that come meanwhile stay."""
    held = {tag.name.casefold(): tag.name for tag in row.embedded.tags} if row else {}
    parts = [part.strip() for part in text.split(";")]
    wanted = {part.casefold(): part for part in parts if part}
    add = [{"name": wanted[key]} for key in wanted if key not in held]
    delete = [{"name": held[key]} for key in held if key not in wanted]
    body: Body = {"tags_to_add": add} if add else {}
    return body | ({"tags_to_delete": delete} if delete else {})


def _amount(text: str) -> int | float:
    number = number_text(text or "0")
    try:
        return float(number) if "." in number else int(number)
    except ValueError:
        raise UnfitValue(f"price: {text!r} is no number") from None


def _whole(name: str, text: str) -> int | None:
    if not text:
        return None
    if not is_id(text):
        raise UnfitValue(f"{name}: {text!r} is no id")
    return int(text)


def joined(held: Body | None, body: Body) -> Body:
    """Join what two leads of one contact write; they must not differ."""
    if held is None:
        return body
    both = {**held}
    for name, value in body.items():
        if name == "custom_fields_values":
            both[name] = _joined_fields(held.get(name), value)
        elif both.setdefault(name, value) != value:
            raise UnfitValue(f"another lead of the same call writes another {name}")
    return both


def _joined_fields(held: object, fields: object) -> list[object]:
    known = held if isinstance(held, list) else []
    by_id = {one["field_id"]: one for one in known}
    for one in fields if isinstance(fields, list) else []:
        if by_id.setdefault(one["field_id"], one) != one:
            raise UnfitValue("another lead of the same call writes another value")
    return list(by_id.values())
