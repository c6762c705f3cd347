"""The account's own words: pipelines and stages, loss reasons, custom fields.

Won and lost have the same ids, 142 and 143, in every pipeline, so that a stage is known
by its pipeline and its status together.  People rename and add, so what was read is
read again when a name or an id is missing, and after ten minutes in any case.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .values import UnfitValue, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .api import AmoCrmApi
    from .payloads_account import FieldRow, LossReason, PipelineRow, StatusRow

__all__ = ["LOST", "PIPELINE_NAMES", "STATUS_NAMES", "UNSORTED", "Definitions", "Stage"]

LOST = "143"
UNSORTED = 1
PIPELINE_NAMES = ("pipeline_id", "pipeline")
STATUS_NAMES = ("status_id", "status")
_LASTS = timedelta(minutes=10)
_PATIENCE = timedelta(seconds=30)  # between two readings because something is missing

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Stage:
    """One status of one pipeline."""

    pipeline: PipelineRow
    status: StatusRow

    @property
    def ids(self) -> tuple[str, str]:
        """The ids of pipeline and status."""
        return self.pipeline.id, self.status.id


class _CachedList(Generic[ItemT]):
    """A list of the account, read when it is first needed and again when it is old."""

    def __init__(
        self, read: Callable[[], Sequence[ItemT]], now: Callable[[], datetime]
    ) -> None:
        self._read, self._now = read, now
        self._lock = threading.Lock()
        self._read_at: datetime | None = None
        self.items: Sequence[ItemT] = ()

    def get(self, *, younger_than: timedelta = _LASTS) -> Sequence[ItemT]:
        """Return the list, read at most ``younger_than`` ago."""
        with self._lock:
            at, now = self._read_at, self._now()
            if at is None or not at <= now < at + younger_than:
                self.items = tuple(self._read())
                self._read_at = self._now()
            return self.items

    def find(self, matches: Callable[[ItemT], bool]) -> ItemT | None:
        """Return the first match; what is missing may have been made a moment ago."""
        for age in (_LASTS, _PATIENCE):
            for item in self.get(younger_than=age):
                if matches(item):
                    return item
        return None

    def forget(self) -> None:
        """Read again at the next need."""
        with self._lock:
            self._read_at = None


class Definitions:
    """What the account defines, by name and by id; safe to use from several threads."""

    def __init__(self, api: AmoCrmApi, now: Callable[[], datetime]) -> None:
        self._api, self._now = api, now
        self._pipelines = _CachedList(api.pipelines, now)
        self._reasons = _CachedList(api.loss_reasons, now)
        self._fields = {
            kind: _CachedList(partial(api.fields, kind), now)
            for kind in ("leads", "contacts", "companies")
        }

    def forget(self) -> None:
        """Read everything again: something was made."""
        self._pipelines.forget()
        self._reasons.forget()
        for fields in self._fields.values():
            fields.forget()

    @property
    def zone(self) -> tzinfo:
        """The account's time zone."""
        try:
            return ZoneInfo(self._api.details.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC

    # -- stages ------------------------------------------------------------------------

    def pipelines(self) -> Sequence[PipelineRow]:
        """Return every pipeline, in the order that amoCRM shows."""
        return sorted(self._pipelines.get(), key=lambda one: one.sort)

    def stage(self, pipeline_id: str | None, status_id: str | None) -> Stage | None:
        """Return a stage by its ids."""
        pipeline = self._pipelines.find(
            lambda one: one.id == pipeline_id and _status(one, status_id) is not None
        )
        status = _status(pipeline, status_id) if pipeline else None
        return Stage(pipeline, status) if pipeline and status else None

    def known_stage(self, pipeline_id: str, status_id: str) -> Stage | None:
        """Return a stage by its ids, as far as it is known without a call."""
        for pipeline in self._pipelines.items:
            status = _status(pipeline, status_id)
            if pipeline.id == pipeline_id and status is not None:
                return Stage(pipeline, status)
        return None

    def known_pipelines_of(self, status_id: str) -> list[str]:
        """Return the pipelines that have a status, known without a call."""
        return [one.id for one in self._pipelines.items if _status(one, status_id)]

    def target(self, wanted: Mapping[str, str], held: str | None) -> Mapping[str, str]:
        """Return the ids that ``wanted`` names: ``pipeline_id``, ``status_id`` or both.

        Args:
            wanted: Property -> text, by name or by id.
            held: The id of the pipeline where the lead is now; it stays there unless
                ``wanted`` names another one.

        Raises:
            UnfitValue: There is no such stage, or no lead can be put there.
        """
        pipeline = self._wanted_pipeline(wanted) or self._pipeline_of(held)
        ids: dict[str, str] = {}
        if any(name in wanted for name in PIPELINE_NAMES):
            ids["pipeline_id"] = pipeline.id
        for name in STATUS_NAMES:
            if name not in wanted:
                continue
            status = self._wanted_status(pipeline, name, wanted[name])
            if ids.get("status_id", status.id) != status.id:
                raise UnfitValue(f"status {wanted['status']!r} is not {ids!r}")
            ids["status_id"] = status.id
        return ids

    def _wanted_pipeline(self, wanted: Mapping[str, str]) -> PipelineRow | None:
        found: PipelineRow | None = None
        for name in PIPELINE_NAMES:
            if name not in wanted:
                continue
            text = wanted[name]
            one = self._pipelines.find(partial(_is, name=name, text=text))
            if one is None:
                names = [_shown(row, name) for row in self.pipelines()]
                hint = did_you_mean(text, names)
                raise UnfitValue(f"there is no {name} {text!r}{hint}")
            if found is not None and found.id != one.id:
                raise UnfitValue(f"pipeline {text!r} is not pipeline_id {found.id}")
            found = one
        return found

    def _pipeline_of(self, pipeline_id: str | None) -> PipelineRow:
        found = self._pipelines.find(lambda one: one.id == pipeline_id)
        if found is None:
            raise UnfitValue(f"there is no pipeline_id {pipeline_id!r}")
        return found

    def _wanted_status(self, pipeline: PipelineRow, name: str, text: str) -> StatusRow:
        found = _named_status(pipeline, name, text)
        if found is None:  # it may be new
            self._pipelines.get(younger_than=_PATIENCE)
            found = _named_status(self._pipeline_of(pipeline.id), name, text)
        if found is None:
            names = [_shown(status, name) for status in pipeline.statuses]
            raise UnfitValue(
                f"pipeline {pipeline.name!r} has no {name} {text!r}"
                f"{did_you_mean(text, names)}"
            )
        if found.type == UNSORTED:
            raise UnfitValue(
                f"{found.name!r} is the stage of unsorted leads, where amoCRM lets "
                "nobody put a lead; map another stage"
            )
        return found

    # -- loss reasons ------------------------------------------------------------------

    def loss_reasons(self) -> Sequence[LossReason]:
        """Return why leads may be lost."""
        return self._reasons.get()

    def loss_reason_id(self, name: str) -> str:
        """Return the id of a loss reason by its name."""
        found = self._reasons.find(lambda one: _folded(one.name) == _folded(name))
        if found is None:
            names = [one.name for one in self._reasons.get()]
            raise UnfitValue(
                f"there is no loss reason {name!r}{did_you_mean(name, names)}"
            )
        return found.id

    # -- custom fields -----------------------------------------------------------------

    def fields(self, kind: str) -> Sequence[FieldRow]:
        """Return the custom fields of a kind."""
        return self._fields[kind].get()

    def field(self, kind: str, key: str) -> FieldRow | None:
        """Return a custom field by its code or its id; the code comes first."""
        fields = self._fields[kind]
        return fields.find(lambda one: key in {one.code, one.id})

    def wanted_field(self, kind: str, key: str) -> FieldRow:
        """Return a custom field, or say what there is."""
        found = self.field(kind, key)
        if found is None:
            codes = [one.code or one.id for one in self.fields(kind)]
            raise UnfitValue(
                f"{kind} have no custom field {key!r}{did_you_mean(key, codes)}"
            )
        return found


def _status(pipeline: PipelineRow, status_id: str | None) -> StatusRow | None:
    return next((one for one in pipeline.statuses if one.id == status_id), None)


def _named_status(pipeline: PipelineRow, name: str, text: str) -> StatusRow | None:
    return next(
        (one for one in pipeline.statuses if _is(one, name=name, text=text)), None
    )


def _shown(row: PipelineRow | StatusRow, name: str) -> str:
    return row.id if name.endswith("_id") else row.name


def _is(row: PipelineRow | StatusRow, *, name: str, text: str) -> bool:
    if name.endswith("_id"):
        return row.id == text.strip()
    return _folded(row.name) == _folded(text)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
