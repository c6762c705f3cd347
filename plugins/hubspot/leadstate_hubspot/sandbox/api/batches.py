"""Up to 100 records at a time.

Inputs are processed, and results returned, in no particular order: join on id or on
objectWriteTraceId.  With a unique objectWriteTraceId on every input one bad input
yields 207; without, it fails the whole call ("Error handling", 2026-03-30).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.crm import automation, endings, writing
from leadstate_hubspot.sandbox.crm.object_types import DEALS, ObjectType
from leadstate_hubspot.sandbox.payloads import READ, as_properties
from leadstate_hubspot.sandbox.problems import ApiProblem, invalid, not_found

from .calls import Call, Reply, app_author
from .finding import check_id_property, look_up, missing
from .linking import WantedLink, make_links, read_links
from .shapes import View, batch_body, show, written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadstate_hubspot.sandbox.crm.records import Record
    from leadstate_hubspot.sandbox.site import Site

MOST_INPUTS = 100
MOST_WITH_HISTORY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One entry of a batch write."""

    id: str = ""
    id_property: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    trace: str | None = None
    links: Sequence[WantedLink] = ()


@dataclass(slots=True)
class BatchResult:
    """What a batch write has done so far."""

    results: list[dict[str, object]] = field(default_factory=list)
    errors: list[dict[str, object]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def inputs_of(call: Call, most: int = MOST_INPUTS) -> list[dict[str, object]]:
    """Return the entries of a batch, or refuse none and too many."""
    body = call.body()
    if "inputs" not in body:
        message = "Some required fields were not set: [inputs]"
        raise invalid(message)
    entries = READ.items(body["inputs"], at="inputs")
    if len(entries) > most:
        message = f"The maximum number of inputs supported in a batch request is {most}"
        raise invalid(message)
    return [READ.mapping(entry, at="inputs") for entry in entries]


def read(site: Site, call: Call) -> Reply:
    """Show many records, by id or a unique property; missing ids make it a 207."""
    started, kind, body = site.clock.now(), call.kind(), call.body()
    versions = body.get("propertiesWithHistory")
    view = View(
        properties=READ.texts(body.get("properties"), at="properties"),
        history=READ.texts(versions, at="propertiesWithHistory"),
    )
    id_property = READ.optional_text(body, "idProperty") or ""
    check_id_property(site.portal, kind, id_property)
    entries = inputs_of(call, MOST_WITH_HISTORY if view.history else MOST_INPUTS)
    wanted = dict.fromkeys(READ.required_text(entry, "id") for entry in entries)
    archived, found, lost = call.flag("archived"), {}, []
    for value in wanted:
        record = look_up(site.portal, kind, value, id_property)
        if record is None or (record.archived_at is not None) is not archived:
            lost.append(value)
        else:
            found[record.id] = record
    results = [show(site.portal, record, view) for record in found.values()]
    errors = [missing(kind, lost).batch_entry()] if lost else []
    _shuffle(site, results)
    body = batch_body(started, site.clock.now(), results, errors)
    return Reply(207 if errors else 200, body)


def create(site: Site, call: Call) -> Reply:
    """Create many records."""

    def write(kind: ObjectType, entry: Input) -> Record:
        author = app_author(site)
        record = writing.create(site.portal, kind, entry.properties, author)
        make_links(site.portal, record.id, list(entry.links), author)
        if kind is DEALS:
            automation.follow_deal(site.portal, record.id, created=True)
        return record

    def check(kind: ObjectType, entry: Input) -> None:
        writing.check(site.portal, kind, entry.properties, None, app_author(site))
        writing.require(kind, entry.properties)

    return _write_batch(site, call, check, write, done=201)


def update(site: Site, call: Call) -> Reply:
    """Write some properties of many records."""

    def write(kind: ObjectType, entry: Input) -> Record:
        record = _found(site, kind, entry)
        writing.update(site.portal, record, entry.properties, app_author(site))
        if kind is DEALS and "dealstage" in entry.properties:
            automation.follow_deal(site.portal, record.id, created=False)
        return record

    def check(kind: ObjectType, entry: Input) -> None:
        record = look_up(site.portal, kind, entry.id, entry.id_property)
        if record is not None:
            author = app_author(site)
            writing.check(site.portal, kind, entry.properties, record, author)

    return _write_batch(site, call, check, write)


def upsert(site: Site, call: Call) -> Reply:
    """Update the records that exist by a unique property, create the others."""
    new: set[int] = set()

    def write(kind: ObjectType, entry: Input) -> Record:
        author = app_author(site)
        record = look_up(site.portal, kind, entry.id, entry.id_property)
        if record is not None and record.archived_at is None:
            writing.update(site.portal, record, entry.properties, author)
            return record
        if not entry.id_property:
            raise not_found()
        given = {entry.id_property: entry.id} | entry.properties
        record = writing.create(site.portal, kind, given, author)
        new.add(record.id)
        return record

    def check(kind: ObjectType, entry: Input) -> None:
        record = look_up(site.portal, kind, entry.id, entry.id_property)
        author = app_author(site)
        writing.check(site.portal, kind, entry.properties, record, author)

    answer = _write_batch(site, call, check, write)
    results = READ.mapping(answer.body, at="body")["results"]
    for shown in READ.mappings(results, at="results"):
        shown["new"] = int(READ.text(shown["id"], at="id")) in new
    return answer


def archive(site: Site, call: Call) -> Reply:
    """Archive many records; ids that do not exist are passed over."""
    kind = call.kind()
    for entry in inputs_of(call):
        record = look_up(site.portal, kind, READ.required_text(entry, "id"), "")
        if record is not None:
            endings.archive(site.portal, record, app_author(site))
    return Reply(204)


def _write_batch(
    site: Site,
    call: Call,
    check: Callable[[ObjectType, Input], None],
    write: Callable[[ObjectType, Input], Record],
    done: int = 200,
) -> Reply:
    started, kind = site.clock.now(), call.kind()
    with_ids = not call.path.endswith("/create")
    raw = inputs_of(call)
    batch = BatchResult()
    lenient = _all_traced(raw)
    entries = _read_inputs(site, kind, raw, batch, with_ids=with_ids, lenient=lenient)
    if not lenient:
        for entry in entries:
            check(kind, entry)
        _refuse_twins(site, kind, entries)
    _shuffle(site, entries)
    for entry in entries:
        _write_one(site, kind, entry, write, batch)
    if batch.lost:
        batch.errors.append(missing(kind, batch.lost).batch_entry())
    _shuffle(site, batch.results)
    body = batch_body(started, site.clock.now(), batch.results, batch.errors)
    return Reply(207 if batch.errors else done, body)


def _write_one(
    site: Site,
    kind: ObjectType,
    entry: Input,
    write: Callable[[ObjectType, Input], Record],
    batch: BatchResult,
) -> None:
    try:
        record = write(kind, entry)
    except ApiProblem as refusal:
        if refusal.problem.category == "OBJECT_NOT_FOUND" and entry.trace is None:
            batch.lost.append(entry.id)
        else:
            batch.errors.append(refusal.problem.batch_entry(entry.trace))
        return
    shown = written(site.portal, record, entry.properties)
    if entry.trace is not None:
        shown["objectWriteTraceId"] = entry.trace
    batch.results.append(shown)


def _read_inputs(  # noqa: PLR0913 - the parts of one step
    site: Site,
    kind: ObjectType,
    raw: list[dict[str, object]],
    batch: BatchResult,
    *,
    with_ids: bool,
    lenient: bool,
) -> list[Input]:
    entries = []
    for given in raw:
        try:
            entries.append(_read_input(site, kind, given, with_ids=with_ids))
        except ApiProblem as refusal:
            if not lenient:
                raise
            trace = READ.optional_text(given, "objectWriteTraceId")
            batch.errors.append(refusal.problem.batch_entry(trace))
    return entries


def _read_input(
    site: Site, kind: ObjectType, given: dict[str, object], *, with_ids: bool
) -> Input:
    id_property = READ.optional_text(given, "idProperty") or ""
    check_id_property(site.portal, kind, id_property)
    return Input(
        id=READ.required_text(given, "id") if with_ids else "",
        id_property=id_property,
        properties=as_properties(given.get("properties")),
        trace=READ.optional_text(given, "objectWriteTraceId"),
        links=() if with_ids else read_links(site.portal, kind, given),
    )


def _all_traced(raw: list[dict[str, object]]) -> bool:
    traces = [READ.optional_text(given, "objectWriteTraceId") for given in raw]
    return None not in traces and len(set(traces)) == len(traces)


def _refuse_twins(site: Site, kind: ObjectType, entries: list[Input]) -> None:
    for name in site.portal.shelf(kind).unique:
        values = [
            entry.properties[name].strip().lower()
            for entry in entries
            if entry.properties.get(name)
        ]
        twins = sorted({value for value in values if values.count(value) > 1})
        if twins:
            message = f"Duplicate values of {name} found in batch input: {twins}"
            raise invalid(message)


def _found(site: Site, kind: ObjectType, entry: Input) -> Record:
    record = look_up(site.portal, kind, entry.id, entry.id_property)
    if record is None or record.archived_at is not None:
        raise not_found(ids=[entry.id])
    return record


def _shuffle(site: Site, items: list[dict[str, object]] | list[Input]) -> None:
    if site.policy.shuffle_batches:
        site.portal.random.shuffle(items)
