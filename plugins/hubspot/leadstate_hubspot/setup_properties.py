"""The properties that an account lacks, and the options that its properties lack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from leadstate.adapters import SetupStep
from leadstate.domain.values import FieldType

from .creating import CREATABLE
from .lifecycle import PROPERTY as LIFECYCLE
from .setup_steps import PIPELINE, PlannedStep, accepted, by_hand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate.adapters import Wanted, WantedProperty
    from leadstate.domain.binding import Binding

    from .api import HubSpotApi
    from .payloads_account import Property
    from .settings import Settings

__all__ = ["PropertySteps", "property_type"]

_COMPANY = "company."
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
# New properties go where HubSpot shows the one that names the record.
_BESIDE: Final = {
    "contacts": ("email", "contactinformation"),
    "companies": ("name", "companyinformation"),
    "deals": ("dealname", "dealinformation"),
    "leads": ("hs_lead_name", "leadinformation"),
}
_TYPES: Final[Mapping[FieldType, tuple[str, str]]] = {
    FieldType.CHOICE: ("enumeration", "select"),
    FieldType.TAGS: ("enumeration", "checkbox"),
    FieldType.INTEGER: ("number", "number"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.MONEY: ("number", "number"),
    FieldType.BOOLEAN: ("bool", "booleancheckbox"),
    FieldType.DATE: ("date", "date"),
    FieldType.DATETIME: ("datetime", "date"),
}
_TEXT: Final = ("string", "text")
_YES_NO: Final = (("true", "Yes"), ("false", "No"))


def property_type(wanted: WantedProperty) -> tuple[str, str]:
    """Return HubSpot's type and field type for a property.

    A choice without options is a text: HubSpot takes no value outside its options.
    """
    found = _TYPES.get(wanted.type, _TEXT)
    return _TEXT if found[0] == "enumeration" and not wanted.options else found


@dataclass(frozen=True, slots=True)
class PropertySteps:
    """Plans the properties of one binding."""

    api: HubSpotApi
    settings: Settings
    binding: Binding

    def steps(self, wanted: Wanted) -> Iterator[PlannedStep]:
        """Yield what is missing on the records, then on their companies."""
        kind = self.binding.object
        company = [one for one in wanted.properties if one.name.startswith(_COMPANY)]
        own = [one for one in wanted.properties if one not in company]
        held = self._held(kind)
        group = _group(kind, held)
        for one in own:
            found = held.get(one.name)
            if found is None:
                yield self._new(kind, one.name, one, group)
            else:
                yield from self._options(kind, one, found)
        if self._keeps_token and self.settings.token_property not in held:
            yield self._token_property(kind, group)
        if company:
            yield from self._company(company)

    def _company(self, asked: Sequence[WantedProperty]) -> Iterator[PlannedStep]:
        """Company properties are only read: what is lacking is told, and not made."""
        held = self._held("companies")
        group = _group("companies", held)
        for one in asked:
            name = one.name.removeprefix(_COMPANY)
            if name not in held:
                yield self._new("companies", name, one, group)

    def _held(self, kind: str) -> dict[str, Property]:
        listed = self.api.properties(kind).results
        return {one.name: one for one in listed if not one.archived}

    @property
    def _keeps_token(self) -> bool:
        asked = "token_property" in self.settings.model_fields_set
        handed = bool(getattr(self.binding, "hand_off", ()))
        return self.binding.object in CREATABLE and (asked or handed)

    def _new(
        self, kind: str, name: str, one: WantedProperty, group: str
    ) -> PlannedStep:
        key = f"property {kind}.{name}"
        type_, field_type = property_type(one)
        text = f"create the {kind} property {name!r} ({one.label}, {type_})"
        how = self._not_ours(kind, name, one, type_)
        if how:
            return by_hand(key, text, how)
        pairs = [(value, _label(value)) for value in one.options]
        pairs = list(_YES_NO) if type_ == "bool" else pairs
        body: dict[str, object] = {
            "name": name,
            "label": one.label,
            "type": type_,
            "fieldType": field_type,
            "groupName": group,
        }
        body |= {"options": _options(pairs)} if type_ in {"bool", "enumeration"} else {}
        return PlannedStep(
            SetupStep(key=key, text=text), lambda: self._create(kind, body)
        )

    def _not_ours(self, kind: str, name: str, one: WantedProperty, type_: str) -> str:
        """Return why a property is not ours to make, with the way out, or ""."""
        if name.startswith("hs_") or name in _own(kind):
            return (
                f"HubSpot makes {name!r} itself and this account does not have it: "
                "compare the name with Settings > Properties, and whether the "
                "subscription includes it; then correct the binding"
            )
        if not _NAME.fullmatch(name):
            return (
                f"{name!r} is no possible name in HubSpot (lower case letters, digits, "
                "underscores): correct the binding"
            )
        if not one.written:
            return (
                f"Leadstate only reads {name!r}, so it is not its to make: whoever "
                "fills it in (with the right to edit property settings) makes it under "
                f"Settings > Properties ({kind}) with the internal name {name} and "
                f"the type {type_}, or correct the binding"
            )
        return ""

    def _token_property(self, kind: str, group: str) -> PlannedStep:
        name = self.settings.token_property
        text = f"create the {kind} property {name!r} (string, unique values)"
        body = {
            "name": name,
            "label": "Leadstate token",
            "description": "Makes sure that Leadstate creates a record only once.",
            "type": "string",
            "fieldType": "text",
            "groupName": group,
            "hasUniqueValue": True,
        }
        step = SetupStep(key=f"property {kind}.{name}", text=text)
        return PlannedStep(step, lambda: self._create(kind, body))

    def _create(self, kind: str, body: Mapping[str, object]) -> str:
        path = self.api.paths.properties(kind)
        answer = self.api.change(f"{kind}.create_property", path, body)
        if answer.status != HTTPStatus.CONFLICT:  # somebody made it meanwhile
            accepted(self.api, answer, f"property {body['name']!r}")
        return ""

    def _options(
        self, kind: str, one: WantedProperty, found: Property
    ) -> Iterator[PlannedStep]:
        lacking = [value for value in one.options if value not in found.values]
        staged = PIPELINE.get(kind, ("", ""))[1] == found.name
        if not lacking or found.type != "enumeration" or staged:
            return
        listed = ", ".join(lacking)
        key = f"options {kind}.{found.name} {listed}"
        text = f"add to the {kind} property {found.name!r} the options {listed}"
        how = self._by_hand(kind, one, found, listed)
        if how:
            yield by_hand(key, text, how)
            return
        step = SetupStep(key=key, text=text)
        yield PlannedStep(step, lambda: self._add_options(kind, found.name, lacking))

    def _by_hand(
        self, kind: str, one: WantedProperty, found: Property, listed: str
    ) -> str:
        if found.name == LIFECYCLE:
            return (
                "HubSpot makes the internal value of a new lifecycle stage. Add the "
                "stage under Settings > Objects > Contacts > Lifecycle Stage, in its "
                "place of the order, and write its internal value into the binding "
                f"instead of {listed}"
            )
        if found.fixed_options or found.read_only:
            return (
                f"HubSpot does not let an app change the options of {found.name!r}: "
                f"add them under Settings > Properties ({kind}), or correct the binding"
            )
        if not one.written:
            return (
                f"Leadstate only reads {found.name!r}, so its options are not its to "
                "add: whoever fills it in (with the right to edit property settings) "
                f"adds them under Settings > Properties ({kind}), or map the options "
                "that are there in the binding (values)"
            )
        return ""

    def _add_options(self, kind: str, name: str, values: Sequence[str]) -> str:
        """Send the whole list again, as it is now, with the new ones at its end."""
        held = self.api.property(kind, name).ordered
        options = [
            {
                "value": one.value,
                "label": one.label or one.value,
                "description": one.description or "",
                "displayOrder": order,
                "hidden": one.hidden,
            }
            for order, one in enumerate(held)
        ]
        known = {one.value for one in held}
        pairs = [(one, _label(one)) for one in values if one not in known]
        options += _options(pairs, start=len(held))
        path = self.api.paths.properties(kind, name)
        answer = self.api.change(
            f"{kind}.update_property", path, {"options": options}, method="PATCH"
        )
        accepted(self.api, answer, f"options of {name!r}")
        return ""


def _own(kind: str) -> frozenset[str]:
    """Return names without ``hs_`` that HubSpot defines itself."""
    stage = {LIFECYCLE} if kind in {"contacts", "companies"} else set()
    return frozenset({*stage, *PIPELINE.get(kind, ()), _BESIDE[kind][0]})


def _group(kind: str, held: Mapping[str, Property]) -> str:
    name, usual = _BESIDE[kind]
    found = held.get(name)
    return (found.group if found else None) or usual


def _options(
    pairs: Sequence[tuple[str, str]], start: int = 0
) -> list[dict[str, object]]:
    return [
        {
            "value": value,
            "label": label,
            "description": "",
            "displayOrder": order,
            "hidden": False,
        }
        for order, (value, label) in enumerate(pairs, start)
    ]


def _label(value: str) -> str:
    """Return a value as people read it: ``no_budget`` is "No budget"."""
    words = value.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or value
