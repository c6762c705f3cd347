"""The portal: every record, the rules for writing them, and who listens.

All of it lives in memory and is touched from one thread, so a call to any function
here is one indivisible step, as a single HubSpot call is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import SandboxClock, iso

from . import catalog, numbers, stage_times
from .associations import Associations
from .definitions import Definition, Kind, Option
from .object_types import BY_NAME, OBJECT_TYPES, ObjectType
from .pipelines import PIPELINES, Pipeline, Stage, stage_options
from .records import Record, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate_hubspot.sandbox.config import Policy, SandboxConfig

    from .happenings import Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A validation rule of the portal's administrator; no value means any value."""

    kind: ObjectType
    property: str
    message: str
    value: str | None = None


class Portal:
    """One HubSpot account."""

    def __init__(
        self, config: SandboxConfig, policy: Policy, clock: SandboxClock
    ) -> None:
        """Open an empty portal; `seed.populate` moves the people in."""
        self.config, self.policy, self.clock = config, policy, clock
        self.random = random.Random(config.seed)  # noqa: S311 - repeatable on purpose
        # Ids beyond 32 bits, as in live portals: small ones would hide mistakes.
        base = 540_000_000_000 + self.random.randrange(10**9)
        self.shelves = {
            kind.plural: Shelf(kind, base + step * 10**9)
            for step, kind in enumerate(OBJECT_TYPES)
        }
        self.associations = Associations()
        self.pipelines = dict(PIPELINES)
        self.rules: list[Rule] = []
        self._listeners: list[Callable[[Happening], None]] = []
        self.suffix = str(self.random.randrange(10**9, 2 * 10**9))
        self.definitions = {
            kind.plural: self._definitions(kind) for kind in OBJECT_TYPES
        }
        for kind in OBJECT_TYPES:
            for definition in self.definitions[kind.plural].values():
                if definition.unique:
                    self.shelves[kind.plural].unique[definition.name] = {}

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Tell `listener` of everything that happens, in order."""
        self._listeners.append(listener)

    def tell(self, happening: Happening) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener(happening)

    def shelf(self, kind: ObjectType) -> Shelf:
        """Return the shelf of a type."""
        return self.shelves[kind.plural]

    def define(self, kind: ObjectType, definition: Definition) -> None:
        """Add or replace a property of the portal."""
        self.definitions[kind.plural][definition.name] = definition
        if definition.unique:
            self.shelf(kind).unique.setdefault(definition.name, {})

    def definition(self, kind: ObjectType, name: str) -> Definition | None:
        """Return a property that exists and is not archived."""
        found = self.definitions[kind.plural].get(name)
        return None if found is None or found.archived else found

    def add_stage(self, kind: ObjectType, pipeline: Pipeline, stage: Stage) -> None:
        """Add a stage at the end of a pipeline; records can be put there at once."""
        changed = replace(pipeline, stages=(*pipeline.stages, stage))
        self.pipelines[kind.plural] = tuple(
            changed if one.id == pipeline.id else one
            for one in self.pipelines[kind.plural]
        )
        held = self.definitions[kind.plural][kind.stage or ""]
        options = (*held.options, Option(stage.id, stage.label))
        self.define(kind, replace(held, options=options))

    def value(self, record: Record, definition: Definition) -> str | None:
        """Return what a property shows now."""
        if definition.reckoned is not None:
            return definition.reckoned(record)
        return record.values.get(definition.name)

    def get(self, kind: ObjectType, record_id: str) -> Record | None:
        """Return a record by the text of its id, archived or not."""
        if not (record_id.isascii() and record_id.isdigit()) or len(record_id) > 18:  # noqa: PLR2004
            return None
        shelf = self.shelf(kind)
        number = int(record_id)
        if self.policy.merged_away == "resolve":
            while number in shelf.merged_into:
                number = shelf.merged_into[number]
        return shelf.records.get(number)

    def _definitions(self, kind: ObjectType) -> dict[str, Definition]:
        stored = [self._completed(kind, d) for d in catalog.STORED[kind.plural]]
        return {d.name: d for d in (*stored, *self._reckoned(kind))}

    def _completed(self, kind: ObjectType, definition: Definition) -> Definition:
        """Give HubSpot's own stamps the record as their source."""
        stamps: dict[str, Callable[[Record], str | None]] = {
            kind.created: lambda record: iso(record.created_at),
            kind.modified: lambda record: iso(record.updated_at),
            "hs_object_id": lambda record: str(record.id),
        }
        reckon = stamps.get(definition.name)
        return definition if reckon is None else replace(definition, reckoned=reckon)

    def _reckoned(self, kind: ObjectType) -> list[Definition]:
        found: list[Definition] = []
        if kind.stage is not None:
            stages = self._stages(kind)
            found.extend(stage_times.definitions(kind.stage, stages, self.clock.now))
        found.extend(numbers.searchable(kind.plural))
        if kind.plural == "contacts":
            found.extend((self._company_id(), self._note_count()))
        if kind.plural == "deals":
            found.extend(
                (self._closed("hs_is_closed"), self._closed("hs_is_closed_won"))
            )
        return found

    def _stages(self, kind: ObjectType) -> list[tuple[Option, str | None]]:
        pipelines = self.pipelines.get(kind.plural)
        if pipelines is None:
            return [
                (o, self.suffix if o.value in catalog.CUSTOM_STAGES else None)
                for o in catalog.LIFECYCLE
            ]
        suffix = self.suffix if kind.plural == "leads" else None
        return [(o, suffix) for p in pipelines for o in stage_options(p)]

    def _company_id(self) -> Definition:
        def reckon(record: Record) -> str | None:
            company = self.associations.primary_company(record.id)
            return None if company is None else str(company)

        plain = catalog.fixed("associatedcompanyid", "Primary company", Kind.NUMBER)
        return replace(plain, reckoned=reckon)

    def _note_count(self) -> Definition:
        def reckon(record: Record) -> str | None:
            notes = self.associations.of("contacts", record.id, "notes")
            return str(len(notes)) if notes else None

        plain = catalog.fixed("num_notes", "Number of notes", Kind.NUMBER)
        return replace(plain, reckoned=reckon)

    def _closed(self, name: str) -> Definition:
        def reckon(record: Record) -> str | None:
            deals = self.pipelines["deals"][0]
            stage = deals.stage(record.values.get("dealstage", ""))
            if stage is None:
                return None
            won = name == "hs_is_closed" or stage.probability == "1.0"
            return "true" if stage.closed and won else "false"

        plain = catalog.fixed(name, name, Kind.BOOL)
        return replace(plain, reckoned=reckon)


def object_type(name: str) -> ObjectType | None:
    """Return the object type a path names: plural, singular or type id."""
    return BY_NAME.get(name.lower())
