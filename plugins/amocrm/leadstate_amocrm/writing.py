"""Put values into amoCRM, read them back, and tell the truth about each lead.

amoCRM has no precondition for writes: the last one wins, to the second (facts of
2026-11-22).  So a lead is read first; what somebody changed meanwhile is left alone
(`Overtaken`), what is there already is not sent, and of the rest only the differences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters import Applied, Overtaken, Refused, Write, WriteOutcome
from leadstate.errors import ConfigurationError, RetryLater, UsageError

from .batching import Batches
from .lifecycle import LOST, UNSORTED
from .reading import Names
from .values import UnfitValue, same
from .writing_bodies import STAGE, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .api import AmoCrmApi
    from .batching import Rows, Sent
    from .payloads import Row
    from .reading import Reader
    from .writing_bodies import Body, Composer

__all__ = ["Writer"]

_KINDS = {"leads": "", "contacts": "contact.", "companies": "company."}
_MOST_UNSORTED_PAGES = 4


@dataclass(slots=True)
class _Task:
    """One write on its way to an outcome.

    Attributes:
        wanted: Kind -> property -> text: what differs from what amoCRM holds.
        now: What amoCRM holds in every written property, by its full name.
    """

    write: Write
    lead: Row
    wanted: dict[str, dict[str, str]] = field(default_factory=dict)
    now: dict[str, str | None] = field(default_factory=dict)
    outcome: WriteOutcome | None = None

    def key(self, kind: str) -> str | None:
        """Return the id of the lead, or of its contact or company."""
        if kind == "leads":
            return self.lead.id
        return self.lead.contact_id if kind == "contacts" else self.lead.company_id

    def refuse(self, message: str) -> None:
        self.outcome = Refused(
            token=self.write.token, message=message, properties=self.now
        )


class Writer:
    """Writes leads, and the contacts and companies that a binding names beside them."""

    def __init__(
        self, api: AmoCrmApi, rows: Rows, reader: Reader, composer: Composer
    ) -> None:
        self._api, self._rows = api, rows
        self._reader, self._composer = reader, composer

    def write(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Return one outcome per write, in order."""
        if len({write.id for write in writes}) != len(writes):
            raise UsageError("one call may hold at most one write per object")
        batches = Batches(self._api)
        try:
            return self._outcomes(writes, batches)
        except RetryLater as error:
            if error.sent or not batches.applied:
                raise
            # An earlier batch has been applied.
            after = error.after_seconds
            raise RetryLater(str(error), after_seconds=after, sent=True) from None

    def _outcomes(
        self, writes: Sequence[Write], batches: Batches
    ) -> list[WriteOutcome]:
        found = self._rows.fetch_known("leads", [write.id for write in writes])
        living = {key: row for key, row in found.items() if not row.is_deleted}
        tasks = [_Task(w, living[w.id]) for w in writes if w.id in living]
        linked = self._linked(tasks)
        for task in tasks:
            self._compare(task, linked)
        bodies = self._bodies(_open(tasks), linked)
        for kind in ("contacts", "companies"):
            self._send(kind, _open(tasks), bodies, batches)
        self._accept([task for task in _open(tasks) if self._is_unsorted(task)])
        self._send("leads", _open(tasks), bodies, batches)
        self._confirm(_open(tasks))
        return self._answers(writes, tasks)

    # -- before ------------------------------------------------------------------------

    def _linked(self, tasks: Sequence[_Task]) -> dict[str, dict[str, Row]]:
        """Read contacts and companies that are written."""
        found: dict[str, dict[str, Row]] = {}
        for kind, prefix in list(_KINDS.items())[1:]:
            keys = [
                task.key(kind) or ""
                for task in tasks
                if any(name.startswith(prefix) for name in task.write.properties)
            ]
            found[kind] = self._rows.fetch(kind, filter(None, keys))
        return found

    def _compare(self, task: _Task, linked: Mapping[str, Mapping[str, Row]]) -> None:
        """Find what differs, and whether somebody was quicker."""
        overtaken = False
        try:
            parted = _parted(task.write.properties)
        except ConfigurationError as error:
            task.refuse(str(error))
            return
        for kind, prefix, names in parted:
            row = (
                task.lead if kind == "leads" else linked[kind].get(task.key(kind) or "")
            )
            if row is None:
                task.refuse(f"the lead has no {prefix.rstrip('.')} in amoCRM")
                return
            held = self._reader.properties(kind, row, tuple(names))
            task.now |= {prefix + name: value for name, value in held.items()}
            for name, asked in names.items():
                if self._same(kind, name, asked, held.get(name)):
                    continue
                task.wanted.setdefault(kind, {})[name] = asked
                overtaken |= self._moved(
                    task.write, kind, prefix + name, held.get(name)
                )
        if not task.wanted:
            self._apply(task, [task.lead], changed=False)
        elif overtaken:
            task.outcome = Overtaken(token=task.write.token, properties=task.now)

    def _moved(self, write: Write, kind: str, name: str, now: str | None) -> bool:
        """Return whether the CRM holds neither the value that we knew nor ours."""
        if write.held is None or name not in write.held:
            return False
        own = name.removeprefix(_KINDS[kind])
        return not self._same(kind, own, write.held[name] or "", now)

    def _same(self, kind: str, name: str, asked: str, held: str | None) -> bool:
        if name in {"pipeline", "status", "loss_reason"}:
            return asked.casefold().split() == (held or "").casefold().split()
        if name == "price":
            return same("numeric", asked or "0", held or "0")
        return same(self._composer.type_of(kind, name), asked, held)

    def _bodies(
        self, tasks: Sequence[_Task], linked: Mapping[str, Mapping[str, Row]]
    ) -> dict[str, dict[str, Body]]:
        """Return kind -> id -> body; what cannot be written is refused here."""
        bodies: dict[str, dict[str, Body]] = {kind: {} for kind in _KINDS}
        for task in tasks:
            try:
                made = {kind: self._body(task, kind, linked) for kind in task.wanted}
                merged = {
                    kind: joined(bodies[kind].get(task.key(kind) or ""), body)
                    for kind, body in made.items()
                }
            except UnfitValue as error:
                task.refuse(self._api.client.clean(f"cannot be written: {error}"))
                continue
            for kind, body in merged.items():
                bodies[kind][task.key(kind) or ""] = body
        return bodies

    def _body(
        self, task: _Task, kind: str, linked: Mapping[str, Mapping[str, Row]]
    ) -> Body:
        row = task.lead if kind == "leads" else linked[kind][task.key(kind) or ""]
        wanted = dict(task.wanted[kind])
        if kind == "leads" and any(name in wanted for name in STAGE):
            # A stage is a pair: its unchanged half is part of what it means.
            asked = task.write.properties
            wanted |= {name: asked[name] for name in STAGE if name in asked}
        return self._composer.body(kind, wanted, row)

    # -- sending -----------------------------------------------------------------------

    def _is_unsorted(self, task: _Task) -> bool:
        if not any(name in task.wanted.get("leads", {}) for name in STAGE):
            return False
        lead = task.lead
        stage = self._composer.definitions.stage(lead.pipeline_id, lead.status_id)
        return stage is not None and stage.status.type == UNSORTED

    def _accept(self, tasks: Sequence[_Task]) -> None:
        """Take leads out of unsorted as a person does, so that their contact shows.

        A lead that is not listed there is moved by the ordinary write.
        """
        if not tasks:
            return
        uids = self._uids()
        for task in tasks:
            uid = uids.get(task.lead.id)
            ids = self._composer.definitions.target(
                {n: t for n, t in task.write.properties.items() if n in STAGE},
                task.lead.pipeline_id,
            )
            if uid is None or "status_id" not in ids or ids["status_id"] == LOST:
                continue
            user = self._api.settings.responsible_user_id
            user = user or self._api.details.current_user_id or "0"
            body = {"user_id": int(user), "status_id": int(ids["status_id"])}
            # A refusal shows in what the ordinary write and the read-back say.
            self._api.accept(uid, body)

    def _uids(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for page in range(1, _MOST_UNSORTED_PAGES + 1):
            part = self._api.unsorted(page)
            for one in part.rows:
                found |= {lead.id: one.uid for lead in one.embedded.leads}
            if not part.more:
                break
        return found

    def _send(
        self,
        kind: str,
        tasks: Sequence[_Task],
        bodies: Mapping[str, Mapping[str, Body]],
        batches: Batches,
    ) -> None:
        concerned = [task for task in tasks if kind in task.wanted]
        keys = dict.fromkeys(task.key(kind) or "" for task in concerned)
        sent = batches.send(kind, {key: bodies[kind][key] for key in keys})
        for task in concerned:
            self._take(kind, task, sent)

    def _take(self, kind: str, task: _Task, sent: Sent) -> None:
        words = sent.refused.get(task.key(kind) or "")
        if words is None:
            return
        lead = task.lead.id
        if kind == "leads" and self._is_gone(lead):
            task.outcome = self._reader.endings([lead])[lead]
            return
        task.refuse(words)

    def _is_gone(self, lead_id: str) -> bool:
        """Ask whether a refusal means that the lead has ended meanwhile."""
        row = self._api.one("leads", lead_id)
        return row is None or row.is_deleted

    # -- after -------------------------------------------------------------------------

    def _confirm(self, tasks: Sequence[_Task]) -> None:
        """Read what amoCRM really holds; what differs was kept without a word."""
        if not tasks:
            return
        leads = self._rows.fetch("leads", [task.lead.id for task in tasks])
        linked = {
            kind: self._rows.fetch(
                kind, [t.key(kind) or "" for t in tasks if kind in t.wanted]
            )
            for kind in ("contacts", "companies")
        }
        for task in tasks:
            lead = leads.get(task.lead.id)
            if lead is None or lead.is_deleted:
                continue  # told as gone
            task.lead = lead
            rows = [
                lead if k == "leads" else linked[k].get(task.key(k) or "")
                for k in task.wanted
            ]
            kept = self._kept(task, dict(zip(task.wanted, rows, strict=True)))
            if kept:
                task.refuse(self._api.client.clean(f"amoCRM kept {', '.join(kept)}"))
            else:
                self._apply(task, [lead, *(row for row in rows if row)])

    def _kept(self, task: _Task, rows: Mapping[str, Row | None]) -> list[str]:
        """Return what is not as it was sent, in words."""
        kept: list[str] = []
        for kind, wanted in task.wanted.items():
            held = self._reader.properties(kind, rows[kind], tuple(wanted))
            task.now |= {_KINDS[kind] + name: value for name, value in held.items()}
            kept += [
                f"{_KINDS[kind]}{name} {held.get(name) or ''!r} instead of {asked!r}"
                for name, asked in wanted.items()
                if not self._same(kind, name, asked, held.get(name))
            ]
        return kept

    def _apply(self, task: _Task, rows: Sequence[Row], *, changed: bool = True) -> None:
        at = self._reader.updated_at(rows)
        task.outcome = Applied(token=task.write.token, changed=changed, updated_at=at)

    def _answers(
        self, writes: Sequence[Write], tasks: Sequence[_Task]
    ) -> list[WriteOutcome]:
        answers = {task.write.id: task.outcome for task in tasks if task.outcome}
        gone = [write.id for write in writes if write.id not in answers]
        endings = self._reader.endings(gone) if gone else {}
        return [answers.get(write.id) or endings[write.id] for write in writes]


def _parted(
    properties: Mapping[str, str],
) -> list[tuple[str, str, dict[str, str]]]:
    """Return kind, prefix and its own properties, for every kind that is written."""
    names = Names.of(properties)
    found = []
    for kind, prefix in _KINDS.items():
        own: tuple[str, ...] = getattr(names, kind)
        if own:
            found.append((kind, prefix, {one: properties[prefix + one] for one in own}))
    return found


def _open(tasks: Sequence[_Task]) -> list[_Task]:
    return [task for task in tasks if task.outcome is None]
