"""Pipelines and their statuses, and why leads are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import catalog
from leadstate_amocrm.sandbox.crm.pipelines import CLOSED, LOST, WON, Pipeline, Status
from leadstate_amocrm.sandbox.payloads import READ, items_of
from leadstate_amocrm.sandbox.problems import invalid, not_found, refused

from .bulk import Row, request_id
from .calls import Call, Reply
from .pages import listed, whole
from .shapes import link_to, show_reason

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.site import Site

MOST_PIPELINES = 50
MOST_STATUSES = 100


def list_pipelines(site: Site, call: Call) -> Reply:
    """List every pipeline with its statuses."""
    rows = sorted(site.account.pipelines.values(), key=lambda p: p.sort)
    return whole(call, "pipelines", [_show(site, call, p) for p in rows])


def read_pipeline(site: Site, call: Call) -> Reply:
    """Show one pipeline; here an unknown id is 404, as live accounts answer."""
    return Reply(200, _show(site, call, _pipeline(site, call)))


def create_pipelines(site: Site, call: Call) -> Reply:
    """Create pipelines; the two ends and unsorted come by themselves."""
    _check_admin(call)
    account, rows = site.account, []
    for index, item in enumerate(items_of(call.raw, 10)):
        if len(account.pipelines) >= MOST_PIPELINES:
            raise refused(422, f"an account has at most {MOST_PIPELINES} pipelines")
        number = account.next_id("pipelines")
        statuses = catalog.system_statuses(number, account.next_id("statuses"))
        pipeline = Pipeline(
            id=number,
            name=READ.required_text(item, "name"),
            sort=READ.whole(item.get("sort", 10), at="sort"),
            is_main=False,
            statuses={status.id: status for status in statuses},
            is_unsorted_on=READ.flag(item.get("is_unsorted_on", True), at="unsorted"),
        )
        embedded = READ.mapping(item.get("_embedded") or {}, at="_embedded")
        for one in READ.items(embedded.get("statuses"), at="statuses"):
            _put_status(site, pipeline, READ.mapping(one, at="statuses"))
        if len(pipeline.statuses) == len(statuses):
            _put_status(site, pipeline, {"name": "First contact", "sort": 20})
        account.pipelines[number] = pipeline
        if item.get("is_main"):
            _make_main(site, pipeline)
        shown = _show(site, call, pipeline)
        rows.append(shown | {"request_id": request_id(item, index)})
    return whole(call, "pipelines", rows)


def update_pipeline(site: Site, call: Call) -> Reply:
    """Rename or reorder a pipeline, or make it the main one."""
    _check_admin(call)
    pipeline, body = _pipeline(site, call), call.body()
    if "name" in body:
        pipeline.name = READ.required_text(body, "name")
    if "sort" in body:
        pipeline.sort = READ.whole(body["sort"], at="sort")
    if "is_unsorted_on" in body:
        pipeline.is_unsorted_on = READ.flag(body["is_unsorted_on"], at="unsorted")
    if body.get("is_main"):
        _make_main(site, pipeline)
    return Reply(200, _show(site, call, pipeline))


def delete_pipeline(site: Site, call: Call) -> Reply:
    """Delete a pipeline, unless leads or the account need it."""
    _check_admin(call)
    pipeline = _pipeline(site, call)
    leads = site.account.shelves["leads"].values()
    if pipeline.is_main or any(r.pipeline_id == pipeline.id for r in leads):
        message = "the main pipeline, and one with leads, cannot be deleted"
        raise invalid(message)
    del site.account.pipelines[pipeline.id]
    return Reply(204)


def list_statuses(site: Site, call: Call) -> Reply:
    """List the statuses of a pipeline."""
    rows = [_show_status(site, call, s) for s in _pipeline(site, call).in_order()]
    return whole(call, "statuses", rows)


def read_status(site: Site, call: Call) -> Reply:
    """Show one status."""
    return Reply(200, _show_status(site, call, _status(site, call)))


def create_statuses(site: Site, call: Call) -> Reply:
    """Create statuses in a pipeline."""
    _check_admin(call)
    pipeline, rows = _pipeline(site, call), []
    for index, item in enumerate(items_of(call.raw, MOST_STATUSES)):
        if len(pipeline.statuses) >= MOST_STATUSES:
            raise refused(422, f"a pipeline has at most {MOST_STATUSES} statuses")
        status = _put_status(site, pipeline, item)
        shown = _show_status(site, call, status)
        rows.append(shown | {"request_id": request_id(item, index)})
    return whole(call, "statuses", rows)


def update_status(site: Site, call: Call) -> Reply:
    """Rename, recolour or reorder a status; the ends can only be renamed."""
    _check_admin(call)
    status, body = _status(site, call), call.body()
    if not status.editable and set(body) - {"name"}:
        message = "of a system status only the name can be changed"
        raise invalid(message)
    if "name" in body:
        status.name = READ.required_text(body, "name")
    if "sort" in body:
        status.sort = READ.whole(body["sort"], at="sort")
    if "color" in body:
        status.color = READ.text(body["color"], at="color")
    return Reply(200, _show_status(site, call, status))


def delete_status(site: Site, call: Call) -> Reply:
    """Delete a status; its leads go to the first one."""
    _check_admin(call)
    pipeline, status = _pipeline(site, call), _status(site, call)
    ordinary = [s for s in pipeline.statuses.values() if s.editable]
    if not status.editable or len(ordinary) == 1:
        message = "a system status, and the last ordinary one, cannot be deleted"
        raise invalid(message)
    del pipeline.statuses[status.id]
    for lead in site.account.shelves["leads"].values():
        if (lead.pipeline_id, lead.status_id) == (pipeline.id, status.id):
            lead.status_id = pipeline.first().id
    return Reply(204)


def list_reasons(site: Site, call: Call) -> Reply:
    """List why leads are lost."""
    rows = list(site.account.loss_reasons.values())
    return listed(site, call, "loss_reasons", rows, lambda r: show_reason(call, r))


def read_reason(site: Site, call: Call) -> Reply:
    """Show one reason."""
    found = site.account.loss_reasons.get(call.number() or 0)
    if found is None:
        message = "Loss reason not found"
        raise not_found(message)
    return Reply(200, show_reason(call, found))


def _pipeline(site: Site, call: Call) -> Pipeline:
    found = site.account.pipelines.get(call.number("pipeline") or 0)
    if found is None:
        message = "Pipeline not found"
        raise not_found(message)
    return found


def _status(site: Site, call: Call) -> Status:
    found = _pipeline(site, call).statuses.get(call.number("status") or 0)
    if found is None:
        message = "Status not found"
        raise not_found(message)
    return found


def _put_status(site: Site, pipeline: Pipeline, item: Row) -> Status:
    given = item.get("id")
    if isinstance(given, int) and given in CLOSED:
        status = pipeline.statuses[WON if given == WON else LOST]
        status.name = READ.required_text(item, "name")
        return status
    status = Status(
        id=site.account.next_id("statuses"),
        name=READ.required_text(item, "name"),
        sort=READ.whole(item.get("sort", 100), at="sort"),
        pipeline_id=pipeline.id,
        color=READ.text(item.get("color") or "#fffeb2", at="color"),
        type=0,
    )
    pipeline.statuses[status.id] = status
    return status


def _make_main(site: Site, pipeline: Pipeline) -> None:
    for other in site.account.pipelines.values():
        other.is_main = other is pipeline


def _check_admin(call: Call) -> None:
    if not call.caller.is_admin:
        raise refused(403, "only an administrator may change pipelines")


def _show(site: Site, call: Call, pipeline: Pipeline) -> Row:
    statuses = [_show_status(site, call, s) for s in pipeline.in_order()]
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "sort": pipeline.sort,
        "is_main": pipeline.is_main,
        "is_unsorted_on": pipeline.is_unsorted_on,
        "is_archive": pipeline.is_archive,
        "account_id": site.config.account_id,
        "_links": link_to(call, f"leads/pipelines/{pipeline.id}"),
        "_embedded": {"statuses": statuses},
    }


def _show_status(site: Site, call: Call, status: Status) -> Row:
    where = f"leads/pipelines/{status.pipeline_id}/statuses/{status.id}"
    shown: Row = {
        "id": status.id,
        "name": status.name,
        "sort": status.sort,
        "is_editable": status.editable,
        "pipeline_id": status.pipeline_id,
        "color": status.color,
        "type": status.type,
        "account_id": site.config.account_id,
        "_links": link_to(call, where),
    }
    if "descriptions" in call.with_():
        shown["descriptions"] = status.descriptions
    return shown
