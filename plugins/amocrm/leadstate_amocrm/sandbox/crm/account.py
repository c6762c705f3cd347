"""The account: its records, its settings, its people, and who listens."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import catalog
from .links import Links
from .records import KINDS, Record
from .users import User, users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from leadstate.testing.sandbox.clock import SandboxClock
    from leadstate_amocrm.sandbox.config import Policy, SandboxConfig

    from .fields import Field
    from .happenings import Happening
    from .notes import Note
    from .pipelines import Pipeline, Status
    from .tasks import Task
    from .unsorted import Unsorted


@dataclass(frozen=True, slots=True)
class LossReason:
    """Why a lead was lost."""

    id: int
    name: str
    sort: int
    created_at: int


@dataclass(slots=True)
class Tag:
    """A word on records of one kind."""

    id: int
    name: str
    color: str | None = None


class Account:
    """Everything amoCRM keeps.  Rules stand in the modules beside it."""

    def __init__(
        self, config: SandboxConfig, policy: Policy, clock: SandboxClock, random: Random
    ) -> None:
        """Open the account with its settings, without records."""
        self.config, self.policy, self.clock = config, policy, clock
        self.random = random
        self.opened_at = clock.started_at_ms // 1000
        self.users: dict[int, User] = {user.id: user for user in users()}
        self.pipelines: dict[int, Pipeline] = {p.id: p for p in catalog.pipelines()}
        self.fields: dict[str, dict[int, Field]] = {kind: {} for kind in KINDS}
        for field in catalog.fields():
            self.fields[field.entity][field.id] = field
        self.loss_reasons: dict[int, LossReason] = {
            number: LossReason(number, name, 10 * (position + 1), self.opened_at)
            for position, (number, name) in enumerate(catalog.LOSS_REASONS.values())
        }
        self.tags: dict[str, dict[int, Tag]] = {kind: {} for kind in KINDS}
        self.shelves: dict[str, dict[int, Record]] = {kind: {} for kind in KINDS}
        self.links = Links()
        self.notes: dict[int, Note] = {}
        self.tasks: dict[int, Task] = {}
        self.unsorted: dict[str, Unsorted] = {}
        self.merged_into: dict[int, int] = {}
        people = itertools.count(50_000_001, 2)
        self._ids: dict[str, Iterator[int]] = {
            "leads": itertools.count(30_000_001, 2),
            "contacts": people,
            "companies": people,
            "notes": itertools.count(60_000_001, 2),
            "tasks": itertools.count(65_000_001, 2),
            "tags": itertools.count(7_500_001, 2),
            "fields": itertools.count(7_390_001, 2),
            "enums": itertools.count(7_395_001, 2),
            "pipelines": itertools.count(7_190_001, 2),
            "statuses": itertools.count(7_195_001, 2),
        }
        self._listeners: list[Callable[[Happening], None]] = []

    def now(self) -> int:
        """Return the sandbox clock in seconds, which is all amoCRM keeps."""
        return self.clock.now() // 1000

    def next_id(self, of: str) -> int:
        """Number something new."""
        return next(self._ids[of])

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Tell `listener` of everything that happens, in order."""
        self._listeners.append(listener)

    def tell(self, happening: Happening) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener(happening)

    def get(self, kind: str, record_id: int | None) -> Record | None:
        """Return a record, deleted or not."""
        return self.shelves[kind].get(-1 if record_id is None else record_id)

    def status(self, pipeline_id: int, status_id: int) -> Status | None:
        """Return a stage, which only its pipeline and its id name together."""
        pipeline = self.pipelines.get(pipeline_id)
        return None if pipeline is None else pipeline.statuses.get(status_id)

    def main_pipeline(self) -> Pipeline:
        """Return where new leads go."""
        found = (p for p in self.pipelines.values() if p.is_main)
        return next(found)

    def field(self, kind: str, name: object) -> Field | None:
        """Return a custom field by its id or its code."""
        fields = self.fields[kind]
        if isinstance(name, int) and not isinstance(name, bool):
            return fields.get(name)
        wanted = str(name).upper()
        coded = (f for f in fields.values() if (f.code or "").upper() == wanted)
        return next(coded, None)

    def tag(self, kind: str, name: str) -> Tag:
        """Return the tag of this name, made if there is none."""
        tags = self.tags[kind]
        known = (tag for tag in tags.values() if tag.name == name)
        found = next(known, None)
        if found is None:
            found = Tag(self.next_id("tags"), name)
            tags[found.id] = found
        return found

    def tag_names(self, kind: str) -> dict[int, str]:
        """Return the names of tags by id."""
        return {tag.id: tag.name for tag in self.tags[kind].values()}

    def group_of(self, user_id: int) -> int:
        """Return the group of a user, 0 for nobody."""
        user = self.users.get(user_id)
        return 0 if user is None else user.group_id

    def may(self, user: User, action: str, record: Record) -> bool:
        """Say whether a user may do something to a record where it stands."""
        return user.may(action, record, self.group_of(record.responsible))
