"""One record at a time: list, create, read, update, archive, merge, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.crm import automation, endings, writing
from leadstate_hubspot.sandbox.crm.object_types import DEALS
from leadstate_hubspot.sandbox.payloads import READ, as_properties
from leadstate_hubspot.sandbox.problems import invalid, not_found

from .calls import Call, Reply, app_author
from .finding import find, look_up
from .linking import make_links, read_links
from .shapes import View, page_body, show, written

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site

PAGE = 100
PAGE_WITH_HISTORY = 50


def view_of(call: Call) -> View:
    """Return what the query asks to see."""
    return View(
        properties=call.listed("properties"),
        history=call.listed("propertiesWithHistory"),
        associations=call.listed("associations"),
    )


def list_records(site: Site, call: Call) -> Reply:
    """Page through records by id; half the page size with history."""
    view, kind = view_of(call), call.kind()
    limit = call.limit(10, PAGE_WITH_HISTORY if view.history else PAGE)
    after = call.first("after", "0")
    last = whole_number(after)
    if last is None:
        message = f"after is not a paging cursor: {after[:50]}"
        raise invalid(message)
    living = site.portal.shelf(kind).living(archived=call.flag("archived"))
    following = sorted((r for r in living if r.id > last), key=lambda r: r.id)
    page = following[:limit]
    more = str(page[-1].id) if len(following) > limit else None
    shown = [show(site.portal, record, view) for record in page]
    return Reply(200, page_body(shown, more, call.path))


def create(site: Site, call: Call) -> Reply:
    """Create one record with its associations."""
    body, kind, author = call.body(), call.kind(), app_author(site)
    links = read_links(site.portal, kind, body)
    given = as_properties(body.get("properties"))
    record = writing.create(site.portal, kind, given, author)
    make_links(site.portal, record.id, links, author)
    if kind is DEALS:
        automation.follow_deal(site.portal, record.id, created=True)
    return Reply(201, written(site.portal, record, given))


def read(site: Site, call: Call) -> Reply:
    """Show one record."""
    archived = call.flag("archived")
    record = find(
        site.portal,
        call.kind(),
        call.params["id"],
        call.first("idProperty"),
        archived=archived,
    )
    return Reply(200, show(site.portal, record, view_of(call)))


def update(site: Site, call: Call) -> Reply:
    """Write some properties of one record."""
    given = as_properties(call.body().get("properties"))
    kind = call.kind()
    record = find(site.portal, kind, call.params["id"], call.first("idProperty"))
    writing.update(site.portal, record, given, app_author(site))
    if kind is DEALS and "dealstage" in given:
        automation.follow_deal(site.portal, record.id, created=False)
    return Reply(200, written(site.portal, record, given))


def archive(site: Site, call: Call) -> Reply:
    """Archive one record; one already archived is no mistake."""
    record = look_up(
        site.portal, call.kind(), call.params["id"], call.first("idProperty")
    )
    if record is None:
        raise not_found()
    endings.archive(site.portal, record, app_author(site))
    return Reply(204)


def merge(site: Site, call: Call) -> Reply:
    """Merge two records; the answer's id is the survivor."""
    body, kind = call.body(), call.kind()
    primary = find(site.portal, kind, READ.required_text(body, "primaryObjectId"))
    other = find(site.portal, kind, READ.required_text(body, "objectIdToMerge"))
    survivor = endings.merge(site.portal, primary, other, app_author(site))
    return Reply(200, show(site.portal, survivor, View()))


def privacy_delete(site: Site, call: Call) -> Reply:
    """Delete a contact beyond recovery, archived or not."""
    body = call.body()
    record = look_up(
        site.portal,
        call.kind(),
        READ.required_text(body, "objectId"),
        READ.optional_text(body, "idProperty") or "",
    )
    if record is None:
        raise not_found()
    endings.forget(site.portal, record, app_author(site))
    return Reply(204)
