"""A binding: how one workflow's fields, events and stages map to one CRM's properties.

>>> binding = Binding(
...     workflow="demo", adapter="hubspot", object="contacts",
...     stages={"nurture": {"stage": ("lead",), "status": ("UNQUALIFIED",)},
...             "lead": {"stage": ("lead", "")}},
... )
>>> binding.stage_of({"stage": "lead", "status": "UNQUALIFIED"})
'nurture'
>>> binding.stage_of({"stage": None})
'lead'
>>> binding.stage_of({"stage": "galaxy"}) is None
True
>>> binding.properties_of("nurture")
{'stage': 'lead', 'status': 'UNQUALIFIED'}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Binding", "FieldSource", "Sync", "joined"]


class Sync(StrEnum):
    """Whose value counts when several CRMs carry a field, and who is written to."""

    OWNER = "owner"  # this CRM's value counts; it is never written here
    COPY = "copy"  # the owner's value is written here; an edit here is put back
    NEWEST = "newest"  # the newest edit counts, by each CRM's clock, and goes to all


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSource:
    """Where a field's value comes from.

    Attributes:
        property: The CRM's property; ``company.NAME`` reads the associated company.
        values: CRM value -> workflow value, for choices that are named differently.
        sync: How it is kept equal with other CRMs; None: it is read and never written.
    """

    property: str
    values: Mapping[str, str] = field(default_factory=dict)
    sync: Sync | None = None

    def crm_value(self, text: str) -> str:
        """Return how the CRM names a value of the workflow."""
        for theirs, ours in self.values.items():
            if ours == text:
                return theirs
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One workflow mapped to one kind of object of one CRM.

    Attributes:
        workflow: The workflow's name.
        adapter: The adapter's name (``hubspot``).
        object: The CRM's kind of object (``contacts``).
        events: Event name -> date-time property; each new value is one event.
        stages: Stage -> property -> values; the first value is written, any of them is
            recognised when reading; ``""`` stands for an empty property.
        reason: Property that carries the reason of a move, both ways, or None.
        ignore: Objects that show all of one of these are none of the workflow's.
        hand_off: Stages on entering which a record gets its object here, when it has
            none yet.
    """

    workflow: str
    adapter: str
    object: str
    fields: Mapping[str, FieldSource] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    reason: str | None = None
    ignore: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    hand_off: tuple[str, ...] = ()

    @property
    def stage_properties(self) -> tuple[str, ...]:
        """The properties that together say the stage, each once, in file order."""
        return tuple(
            dict.fromkeys(name for wanted in self.stages.values() for name in wanted)
        )

    @property
    def read_properties(self) -> tuple[str, ...]:
        """Every property to read from the CRM, each once."""
        names = [source.property for source in self.fields.values()]
        names += [*self.events.values(), *self.stage_properties]
        names += [name for wanted in self.ignore for name in wanted]
        names += [self.reason] if self.reason else []
        return tuple(dict.fromkeys(names))

    @property
    def written_properties(self) -> dict[str, str]:
        """What is written into objects that are there -> where the binding says so."""
        found = dict.fromkeys(self.stage_properties, "stages")
        found |= {self.reason: "reason"} if self.reason else {}
        for name, source in self.fields.items():
            if source.sync in {Sync.COPY, Sync.NEWEST}:
                found.setdefault(source.property, f"fields.{name}")
        return found

    def stage_of(self, properties: Mapping[str, str | None]) -> str | None:
        """Return the first stage whose properties all match, or None: never a guess."""
        for stage, wanted in self.stages.items():
            if _shows(properties, wanted):
                return stage
        return None

    def ignores(self, properties: Mapping[str, str | None]) -> bool:
        """Whether an object is none of the workflow's business."""
        return any(_shows(properties, wanted) for wanted in self.ignore)

    def properties_of(self, stage: str) -> dict[str, str]:
        """Return what to write into the CRM to put an object into ``stage``."""
        return {name: values[0] for name, values in self.stages[stage].items()}


def joined(bindings: Iterable[Binding]) -> Binding:
    """Return what several workflows want of one kind of object, as one binding.

    It is what an adapter is opened with that reads for all of them; the names of their
    fields, events and stages are told apart by the workflow's.
    """
    every = list(bindings)
    first = every[0]
    if len(every) == 1:
        return first
    fields = {f"{b.workflow}.{n}": one for b in every for n, one in b.fields.items()}
    reasons = {
        f"{one.workflow} reason": FieldSource(property=one.reason)
        for one in every
        if one.reason
    }
    return Binding(
        workflow=", ".join(b.workflow for b in every),
        adapter=first.adapter,
        object=first.object,
        fields=fields | reasons,
        events={f"{b.workflow}.{n}": one for b in every for n, one in b.events.items()},
        stages={f"{b.workflow}.{n}": one for b in every for n, one in b.stages.items()},
        ignore=tuple(one for b in every for one in b.ignore),
        hand_off=tuple(f"{b.workflow}.{name}" for b in every for name in b.hand_off),
    )


def _shows(
    properties: Mapping[str, str | None], wanted: Mapping[str, tuple[str, ...]]
) -> bool:
    return all(
        (properties.get(name) or "") in values for name, values in wanted.items()
    )
