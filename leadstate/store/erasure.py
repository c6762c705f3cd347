"""Forget a person: empty everything personal about a record, keep that it was there.

The history stays, because counts and reports rest on it; its details, which hold
observed values and notes, go, and so does the key that opens copies of them.
`leadstate.store.personal` lists what becomes of each column.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import (
    Text,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from leadstate.guards.sql.constructs import PlaceOf
from leadstate.store.behaviour import FieldChanges
from leadstate.store.clocks import Clocks
from leadstate.store.forgotten import ForgottenPeople
from leadstate.store.portable import among, insert, without
from leadstate.store.repository import Repository
from leadstate.store.rows import InboxState, LinkStatus, OutboxState, RecordStatus
from leadstate.store.schema import (
    approval,
    assignment,
    batch_item,
    clock,
    conflict,
    dead_letter,
    detail,
    event,
    field_change,
    further_identity,
    history,
    identity,
    inbox,
    is_open,
    is_pending,
    link,
    outbox,
    past_change,
    record,
    subject_key,
    timer,
    write_ledger,
)
from leadstate.store.workflows import Cursors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table

    from leadstate.store.rows import Forgetting, Place

__all__ = ["WIPE", "Erasure"]

WIPE = "wipe"
"""The cursor that says that deleted bytes wait to be overwritten."""

_FORGOTTEN = "the person was forgotten"
_DELETED = (
    identity,
    event,
    field_change,
    timer,
    approval,
    assignment,
    batch_item,
    subject_key,
)
_FEWEST_DIGITS = 7
_KNOWN = insert(link).on_conflict_do_nothing()


class Erasure(Repository):
    """Empties rows; whom to forget is the caller's decision."""

    __slots__ = ()

    def kin(
        self, record_ids: Collection[str], objects: Collection[Place] = ()
    ) -> set[str]:
        """Return the records that were merged into these, at any remove.

        Those of other workflows that have the same objects are the same person's, too.

        Args:
            objects: Objects of the person beside those of the records.
        """
        found: set[str] = set(record_ids)
        places = {*self._places(found), *objects}
        while places:
            into = [
                or_(
                    link.c.merged_into == external_id, link.c.external_id == external_id
                )
                & (link.c.connection == connection)
                & (link.c.object == kind)
                for connection, kind, external_id in sorted(places)
            ]
            query = (
                select(link.c.record_id)
                .distinct()
                .where(link.c.record_id.is_not(None), or_(false(), *into))
            )
            new = set(self._connection.scalars(query)) - found
            found |= new
            places = set(self._places(new))
        living = select(record.c.id).where(
            among(record.c.id, sorted(found - set(record_ids))),
            record.c.status != RecordStatus.ERASED,
        )
        return set(self._connection.scalars(living))

    def forget(self, who: Forgetting, at: datetime) -> Counter[str]:
        """Empty every personal value of a person, and remember that it was done.

        Returns:
            How many rows were emptied or deleted, by table.
        """
        own = [who.record_id] if who.record_id else []
        ids = sorted({*own, *self.kin(own, who.objects)})
        places = sorted({*self._places(ids), *who.objects})
        texts = self._telling(ids, places)
        values = {*self._values(ids, places, who.identifying), *who.values}
        marks = ForgottenPeople(self._connection)
        marks.add(who.record_id or "", places, values, at)
        done: Counter[str] = Counter()
        self._forget_records(ids, done)
        self._forget_traffic(ids, places, at, done)
        self._forget_elsewhere({*texts, *values}, done)
        self.want_wiping(at)
        return +done

    def redact(self, inbox_ids: Iterable[int], at: datetime) -> None:
        """Empty what came in about somebody who is forgotten already."""
        ids = list(inbox_ids)
        if ids:
            self._count(update(inbox).where(among(inbox.c.id, ids)).values(payload={}))
            self.want_wiping(at)

    def want_wiping(self, at: datetime) -> None:
        """Ask for the bytes of what was deleted to be overwritten."""
        Cursors(self._connection).set("", WIPE, at.isoformat(), at)

    # -- who it is ---------------------------------------------------------------------

    def _places(self, record_ids: Collection[str]) -> list[Place]:
        query = select(link.c.connection, link.c.object, link.c.external_id).where(
            among(link.c.record_id, sorted(record_ids))
        )
        return [(row[0], row[1], row[2]) for row in self._connection.execute(query)]

    def _values(
        self,
        ids: Collection[str],
        places: Collection[Place],
        identifying: Collection[str],
    ) -> Iterator[str]:
        """Yield what identified the person, now and in the past.

        Other workflows may know people by other fields.
        """
        query = select(identity.c.field, identity.c.value).where(
            among(identity.c.record_id, ids)
        )
        fields = set(identifying)
        for name, value in self._connection.execute(query):
            fields.add(name)
            yield value
        more = select(further_identity.c.value).where(_at(further_identity, places))
        yield from self._connection.scalars(more)
        for one in ids:
            for change in FieldChanges(self._connection).of(one):
                if change.field in fields:
                    yield from (
                        str(value).casefold()
                        for value in (change.old, change.new)
                        if value
                    )

    def _telling(self, ids: Collection[str], places: Collection[Place]) -> set[str]:
        """Return texts of the person that no other person's rows can hold by chance."""
        kept = select(record.c.data).where(among(record.c.id, ids))
        found: list[object] = list(self._connection.scalars(kept))
        shown = select(link.c.remote_properties).where(_at(link, places))
        found += self._connection.scalars(shown)
        return {text for one in found for text in _texts(one) if _tells(text)}

    # -- what is forgotten -------------------------------------------------------------

    def _forget_records(self, ids: Collection[str], done: Counter[str]) -> None:
        emptied: dict[str, object] = {
            "data": {},
            "folded": {},
            "owner": None,
            "flag": None,
            "flagged_at": None,
            "status": RecordStatus.ERASED,
            "version": record.c.version + 1,  # whoever decides on it now comes too late
        }
        mine = among(record.c.id, ids)
        done["record"] += self._count(update(record).where(mine).values(emptied))
        for table in _DELETED:
            its = among(table.c.record_id, ids)
            done[table.name] += self._count(delete(table).where(its))
        rows = select(history.c.id).where(among(history.c.record_id, ids))
        its = detail.c.history_id.in_(rows)
        done["detail"] += self._count(delete(detail).where(its))
        nothing = dict.fromkeys(("kept", "dropped", "sealed"))
        its = among(conflict.c.record_id, ids)
        done["conflict"] += self._count(update(conflict).where(its).values(nothing))
        for one in ids:
            Clocks(self._connection).forget(one)
        its = among(clock.c.record_id, ids)
        query = select(func.count()).select_from(clock).where(its)
        done["clock"] += self._connection.scalar(query) or 0

    def _forget_traffic(
        self,
        ids: Collection[str],
        places: Collection[Place],
        at: datetime,
        done: Counter[str],
    ) -> None:
        """Empty what came in and went out, and take back what was still to go."""
        done["write_ledger"] += self._count(
            delete(write_ledger).where(
                or_(
                    _at(write_ledger, places),
                    write_ledger.c.token.in_(
                        select(outbox.c.token).where(among(outbox.c.record_id, ids))
                    ),
                )
            )
        )
        of_theirs = [external_id for _, _, external_id in places]
        past = or_(
            among(past_change.c.record_id, ids),
            among(past_change.c.external_id, of_theirs),
        )
        done["past_change"] += self._count(delete(past_change).where(past))
        done["outbox"] += self._forget_outbox(ids, at)
        done["dead_letter"] += self._forget_letters(ids, places, at)
        its = or_(_at(inbox, places), among(inbox.c.record_id, ids))
        over = {"state": InboxState.DONE, "settled_at": at}
        self._count(update(inbox).where(its, is_pending(inbox)).values(over))
        done["inbox"] += self._count(update(inbox).where(its).values(payload={}))
        its = _at(further_identity, places)
        done["further_identity"] += self._count(delete(further_identity).where(its))
        done["link"] += self._forget_links(ids, places, at)

    def _forget_outbox(self, ids: Collection[str], at: datetime) -> int:
        mine = among(outbox.c.record_id, ids)
        over = {
            "state": OutboxState.SUPERSEDED,
            "settled_at": at,
            "claim_token": None,
            "claimed_until": None,
        }
        self._count(update(outbox).where(mine, is_open(outbox)).values(over))
        emptied = {"payload": {}, "outcome": _FORGOTTEN}
        return self._count(update(outbox).where(mine).values(emptied))

    def _forget_letters(
        self, ids: Collection[str], places: Collection[Place], at: datetime
    ) -> int:
        its = or_(_at(dead_letter, places), among(dead_letter.c.record_id, ids))
        still = dead_letter.c.replayed_at.is_(None)
        self._count(update(dead_letter).where(its, still).values(replayed_at=at))
        emptied: dict[str, object] = {"payload": {}, "detail": ""}
        return self._count(update(dead_letter).where(its).values(emptied))

    def _forget_links(
        self, ids: Collection[str], places: Collection[Place], at: datetime
    ) -> int:
        """Keep where the objects are, so that they are known; nothing they showed."""
        emptied: dict[str, object] = {
            "remote_properties": {},
            "remote_stage": None,
            "reason": "erased",
            "status": LinkStatus.ERASED,
        }
        names = ("connection", "object", "external_id")
        fresh = {"seen_at": at, "reverts": 0, "record_id": None, "version": 0}
        fresh |= {**emptied, "workflow": self._workflow}
        known = select(*(link.c[name] for name in names)).where(_at(link, places))
        there = {tuple(row) for row in self._connection.execute(known)}
        unknown = (one for one in places if one not in there)
        self._many(
            _KNOWN, (dict(zip(names, one, strict=True)) | fresh for one in unknown)
        )
        its = or_(_at(link, places), among(link.c.record_id, ids))
        # Whoever saves one of them now comes too late.
        emptied["version"] = link.c.version + 1
        return self._count(update(link).where(its).values(emptied))

    def _forget_elsewhere(self, texts: Collection[str], done: Counter[str]) -> None:
        """Empty what webhooks about other objects, and starts by other records, say.

        What is judged of a webhook stays; its body as it came is kept for people only.
        """
        for table in (inbox, dead_letter):
            payload = func.lower(cast(table.c.payload, Text))
            named = or_(
                false(),
                *(PlaceOf(payload, literal(_escaped(one))) > 0 for one in texts),
            )
            for number, part in enumerate(("raw", "value", "values")):
                silent = {"payload": without(table.c.payload, part)}
                found = self._count(update(table).where(named).values(silent))
                done[table.name] += 0 if number else found


def _at(table: Table, places: Collection[Place]) -> ColumnElement[bool]:
    here = tuple_(table.c.connection, table.c.object, table.c.external_id)
    return here.in_(list(places))


def _texts(document: object) -> Iterator[str]:
    """Yield every text in a document."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for one in document.values():
            yield from _texts(one)
    elif isinstance(document, list):
        for one in document:
            yield from _texts(one)


def _tells(text: str) -> bool:
    """Whether a text is as an address or a number is: another person's is another."""
    return "@" in text or sum(one.isdigit() for one in text) >= _FEWEST_DIGITS


def _escaped(text: str) -> str:
    """Return a text as it stands inside a stored document, in lower case."""
    return json.dumps(text)[1:-1].lower()
