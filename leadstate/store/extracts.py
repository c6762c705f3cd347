"""Whole tables page by page, for exports: never more than one page is in memory.

Rows come as the database has them, in the order of their keys, and without what may
hold personal values: that is opened apart, by who may see it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, func, or_, select, type_coerce

from leadstate.errors import ConfigurationError
from leadstate.store.columns import Word
from leadstate.store.nonsense import NONSENSE, why
from leadstate.store.portable import among
from leadstate.store.repository import Repository
from leadstate.store.schema import detail, field_change, history, link, record, visit
from leadstate.store.sealing import Pairs, Seals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Row, Select

    from leadstate.domain.history import HistoryKind

    Page = Sequence[Row[*tuple[object, ...]]]

__all__ = ["Extracts", "Portion"]

_FIRST = -1
_HISTORY = select(
    *(
        history.c[name]
        for name in (
            "seq", "id", "record_id", "kind", "cause", "actor", "happened_at",
            "learnt_at", "transition", "from_stage", "to_stage", "answer", "source",
            "source_event", "pass_number", "workflow_version", "qualified_at", "reason",
        )
    )
)  # fmt: skip
# A word that is not known here is told as it lies there.
_AS_IT_LIES = _HISTORY.with_only_columns(
    *(
        type_coerce(one, Text).label(one.key) if isinstance(one.type, Word) else one
        for one in _HISTORY.selected_columns
    )
)
_HAPPENED = func.coalesce(history.c.happened_at, history.c.learnt_at)
_CHANGED = func.coalesce(field_change.c.changed_at, field_change.c.learnt_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Which part of a table is wanted; what is left empty narrows nothing.

    Attributes:
        since: The first moment that belongs to it.
        until: The first moment that does not.
        stages: Rows that have to do with one of these stages.
        kinds: Rows of the history that say one of these things.
    """

    since: datetime | None = None
    until: datetime | None = None
    stages: tuple[str, ...] = ()
    kinds: tuple[HistoryKind, ...] = ()


class Extracts(Repository):
    """Pages of rows; each asks for what stands behind the last row of the one before.

    Every ``…_rows`` yields lists of rows with the columns of its table.
    """

    __slots__ = ()

    def history_rows(self, portion: Portion, size: int) -> Iterator[Page]:
        """Yield the history in the order in which it was learnt.

        A row belongs to the moment at which it happened, or, where nobody knows that,
        was learnt; and to the stages it leaves and enters.
        """
        query = _AS_IT_LIES.where(*self._own(history), _of_history(portion))
        yield from self._pages(query, history.c.seq, _FIRST, size)

    def visit_rows(self, portion: Portion, size: int) -> Iterator[Page]:
        """Yield the visits that touch the period; an unknown end may lie anywhere."""
        query = select(visit).where(*self._own(visit), _of_visits(portion))
        yield from self._pages(query, visit.c.id, _FIRST, size)

    def record_rows(self, portion: Portion, size: int) -> Iterator[Page]:
        """Yield the records that came under care in the period, stage as it is now."""
        query = select(record).where(*self._own_in_order(), _of_records(portion))
        yield from self._pages(query, record.c.id, "", size)

    def field_change_rows(self, portion: Portion, size: int) -> Iterator[Page]:
        """Yield the values as they were, in the order in which they were learnt."""
        mine = *self._own(field_change), _of_field_changes(portion)
        query = select(field_change).where(*mine)
        yield from self._pages(query, field_change.c.id, _FIRST, size)

    def stories(self, portion: Portion, size: int) -> Iterator[Page]:
        """Yield the history record by record, each in the order in which it happened.

        Args:
            size: How many records a page has; each is there as a whole.
        """
        narrowed = and_(*self._of_records(portion))
        ids = select(history.c.record_id).where(narrowed).distinct()
        order = (history.c.record_id, history.c.pass_number, _HAPPENED, history.c.seq)
        for page in self._pages(ids, history.c.record_id, "", size):
            chosen = among(history.c.record_id, [str(row[0]) for row in page])
            query = _HISTORY.where(narrowed, chosen).order_by(*order)
            try:
                yield self._connection.execute(query).all()
            except NONSENSE as error:
                raise self._unreadable(query, history.c.seq, error) from error

    def activities(self, portion: Portion) -> Page:
        """Return each kind with its target stage and transition, as they occur."""
        said = (history.c.kind, history.c.to_stage, history.c.transition)
        query = select(*said).where(*self._of_records(portion))
        return self._connection.execute(query.distinct().order_by(*said)).all()

    def stays(self, record_ids: Sequence[str]) -> dict[str, list[tuple[datetime, str]]]:
        """Return when each record came into which stage, where that is known."""
        query = (
            select(visit.c.record_id, visit.c.entered_at, visit.c.stage)
            .where(among(visit.c.record_id, record_ids))
            .where(visit.c.entered_at.is_not(None))
            .order_by(visit.c.entered_at, visit.c.id)
        )
        found: dict[str, list[tuple[datetime, str]]] = {}
        for record_id, entered_at, stage in self._connection.execute(query):
            found.setdefault(record_id, []).append((entered_at, stage))
        return found

    def owners(self, record_ids: Sequence[str]) -> dict[str, str]:
        """Return who owns each record, where somebody does."""
        query = select(record.c.id, record.c.owner).where(
            among(record.c.id, record_ids), record.c.owner.is_not(None)
        )
        return {row.id: row.owner for row in self._connection.execute(query)}

    def object_kinds(self) -> list[tuple[str, str]]:
        """Return which kinds of objects of which connections records are linked to."""
        kinds = (link.c.connection, link.c.object)
        linked = *self._own(link), link.c.record_id.is_not(None)
        query = select(*kinds).where(*linked).distinct()
        found = self._connection.execute(query.order_by(*kinds))
        return [(connection, kind) for connection, kind in found]

    def stages(self) -> set[str]:
        """Return every stage that some record has ever been in."""
        query = select(visit.c.stage).where(*self._own(visit)).distinct()
        return set(self._connection.scalars(query))

    def workflows(self, record_ids: Sequence[str]) -> dict[str, str]:
        """Return whose each record is."""
        if self._workflow:  # no other's is found
            return dict.fromkeys(record_ids, self._workflow)
        query = select(record.c.id, record.c.workflow).where(
            among(record.c.id, record_ids)
        )
        return {row.id: row.workflow for row in self._connection.execute(query)}

    def count(self, table: str, portion: Portion) -> int:
        """Return how many rows a table's pages will have, for showing progress."""
        found, narrowed = {
            "history": (history, _of_history(portion)),
            "visits": (visit, _of_visits(portion)),
            "records": (record, _of_records(portion)),
            "field-changes": (field_change, _of_field_changes(portion)),
        }[table]
        query = select(func.count()).select_from(found)
        query = query.where(*self._own(found), narrowed)
        return int(self._connection.scalar(query) or 0)

    def details(self, page: Page) -> dict[str, dict[str, object]]:
        """Return the notes and receipts of rows of the history, by the rows' ids.

        What was sealed for a person who is forgotten is not among them.
        """
        query = select(history.c.record_id, history.c.id, detail.c.body).join_from(
            detail, history, history.c.id == detail.c.history_id
        )
        ids = [str(row.id) for row in page]
        closed = self._connection.execute(query.where(among(history.c.id, ids))).all()
        opened = Seals(self._connection).open(
            [(record_id or "", id_, body) for record_id, id_, body in closed]
        )
        pairs = zip(closed, opened, strict=True)
        return {row.id: document for row, document in pairs if document is not None}

    def values_of(self, page: Page, *, opened: bool) -> list[dict[str, Any]]:
        """Return rows of field changes by column, with ``personal``.

        Args:
            opened: What is sealed is opened, unless its key is gone.
        """
        if opened:
            pairs = Pairs(self._connection, field_change, ("old", "new"))
            return pairs.opened(page)
        found = [dict(row._mapping) for row in page]  # noqa: SLF001 - documented name
        for row in found:
            row["personal"] = row.pop("sealed") is not None
        return found

    def _of_records(self, portion: Portion) -> tuple[ColumnElement[bool], ...]:
        """Return what is asked of a row of the history that is about a record."""
        about = history.c.record_id.is_not(None)
        return (*self._own(history), about, _of_history(portion))

    def _pages(
        self,
        query: Select[*tuple[object, ...]],
        key: ColumnElement[int] | ColumnElement[str],
        after: object,
        size: int,
    ) -> Iterator[Page]:
        """Yield pages in the order of the key, until one is not full."""
        while True:
            part = query.where(key > after).order_by(key).limit(size)
            try:
                page = self._connection.execute(part).all()
            except NONSENSE as error:
                raise self._unreadable(part, key, error) from error
            if page:
                yield page
                after = getattr(page[-1], str(key.key))
            if len(page) < size:
                return

    def _unreadable(
        self,
        part: Select[*tuple[object, ...]],
        key: ColumnElement[int] | ColumnElement[str],
        error: Exception,
    ) -> ConfigurationError:
        """Return what is wrong with the first row that holds what no row can."""
        place = "a row"
        with suppress(*NONSENSE):
            for (one,) in self._connection.execute(part.with_only_columns(key)).all():
                place = f"row {one}"
                try:
                    self._connection.execute(part.where(key == one)).all()
                except NONSENSE as found:
                    error = found
                    break
        table = key.table.name
        return ConfigurationError(
            f"{place} of the table {table} cannot be read: {why(error)}. Somebody "
            "changed the database; see what else they did with: leadstate audit verify"
        )


def _of_history(portion: Portion) -> ColumnElement[bool]:
    narrowed = _between(_HAPPENED, portion)
    if portion.stages:
        left = among(history.c.from_stage, portion.stages)
        entered = among(history.c.to_stage, portion.stages)
        narrowed = and_(narrowed, or_(left, entered))
    if portion.kinds:
        narrowed = and_(narrowed, history.c.kind.in_(portion.kinds))
    return narrowed


def _of_visits(portion: Portion) -> ColumnElement[bool]:
    narrowed: ColumnElement[bool] = visit.c.id.is_not(None)
    if portion.since is not None:
        left = or_(visit.c.left_at.is_(None), visit.c.left_at >= portion.since)
        narrowed = and_(narrowed, left)
    if portion.until is not None:
        entered = or_(visit.c.entered_at.is_(None), visit.c.entered_at < portion.until)
        narrowed = and_(narrowed, entered)
    if portion.stages:
        narrowed = and_(narrowed, among(visit.c.stage, portion.stages))
    return narrowed


def _of_records(portion: Portion) -> ColumnElement[bool]:
    narrowed = _between(record.c.created_at, portion)
    if portion.stages:
        narrowed = and_(narrowed, among(record.c.stage, portion.stages))
    return narrowed


def _of_field_changes(portion: Portion) -> ColumnElement[bool]:
    narrowed = _between(_CHANGED, portion)
    if portion.stages:
        standing = select(record.c.id).where(among(record.c.stage, portion.stages))
        narrowed = and_(narrowed, field_change.c.record_id.in_(standing))
    return narrowed


def _between(
    moment: ColumnElement[datetime] | ColumnElement[object], portion: Portion
) -> ColumnElement[bool]:
    narrowed: ColumnElement[bool] = moment.is_not(None)
    if portion.since is not None:
        narrowed = and_(narrowed, moment >= portion.since)
    return narrowed if portion.until is None else and_(narrowed, moment < portion.until)
