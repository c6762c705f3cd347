"""Pipelines and stages: read, and stages added.  Won and lost are in the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.crm.owners import OWNERS
from leadstate_hubspot.sandbox.crm.pipelines import Pipeline, Stage
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import conflict, invalid, not_found

from .calls import Call, Reply

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site

# Stages of default pipelines are dated to the epoch (HubSpot's own client says so).
_DATED = {"createdAt": iso(0), "updatedAt": iso(0)}


def list_pipelines(site: Site, call: Call) -> Reply:
    """List the pipelines of an object type; types without any list none."""
    found = site.portal.pipelines.get(call.kind().plural, ())
    shown = [_show(pipeline, order) for order, pipeline in enumerate(found)]
    return Reply(200, {"results": shown})


def read_pipeline(site: Site, call: Call) -> Reply:
    """Show one pipeline."""
    return Reply(200, _show(_find(site, call), 0))


def list_stages(site: Site, call: Call) -> Reply:
    """List the stages of a pipeline."""
    stages = _find(site, call).stages
    shown = [_show_stage(stage, order) for order, stage in enumerate(stages)]
    return Reply(200, {"results": shown})


def create_stage(site: Site, call: Call) -> Reply:
    """Add a stage; HubSpot makes its id."""
    pipeline, body = _find(site, call), call.body()
    label = READ.required_text(body, "label")
    if any(stage.label.lower() == label.lower() for stage in pipeline.stages):
        message = f"A stage labelled {label[:100]} already exists in this pipeline"
        raise conflict(message)
    metadata = READ.mapping(body.get("metadata") or {}, at="metadata")
    given = {name: READ.text(value, at=name) for name, value in metadata.items()}
    if call.kind().plural == "deals" and "probability" not in given:
        message = "metadata.probability is required for deal stages"
        raise invalid(message)
    stage = Stage(
        id=str(site.portal.random.randrange(10**8, 10**9)),
        label=label,
        probability=given.get("probability"),
        closed=given.get("isClosed") == "true",
        lead_state=given.get("leadState"),
    )
    site.portal.add_stage(call.kind(), pipeline, stage)
    return Reply(201, _show_stage(stage, len(pipeline.stages)))


def read_stage(site: Site, call: Call) -> Reply:
    """Show one stage."""
    pipeline, stage = _find(site, call), _find_stage(site, call)
    return Reply(200, _show_stage(stage, pipeline.stages.index(stage)))


def audit_pipeline(site: Site, call: Call) -> Reply:
    """Tell who changed a pipeline."""
    return Reply(200, {"results": [_audit(site, _find(site, call).id)]})


def audit_stage(site: Site, call: Call) -> Reply:
    """Tell who changed a stage."""
    return Reply(200, {"results": [_audit(site, _find_stage(site, call).id)]})


def _find(site: Site, call: Call) -> Pipeline:
    pipelines = site.portal.pipelines.get(call.kind().plural, ())
    wanted = call.params["pipeline"]
    found = next((one for one in pipelines if one.id == wanted), None)
    if found is None:
        raise not_found()
    return found


def _find_stage(site: Site, call: Call) -> Stage:
    found = _find(site, call).stage(call.params["stage"])
    if found is None:
        raise not_found()
    return found


def _show(pipeline: Pipeline, order: int) -> dict[str, object]:
    stages = [_show_stage(stage, i) for i, stage in enumerate(pipeline.stages)]
    return {
        "id": pipeline.id,
        "label": pipeline.label,
        "displayOrder": order,
        "stages": stages,
        "archived": False,
    } | _DATED


def _show_stage(stage: Stage, order: int) -> dict[str, object]:
    return {
        "id": stage.id,
        "label": stage.label,
        "displayOrder": order,
        "metadata": stage.metadata,
        "archived": False,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    } | _DATED


def _audit(site: Site, identifier: str) -> dict[str, object]:
    return {
        "portalId": site.config.portal_id,
        "identifier": identifier,
        "action": "CREATE",
        "fromUserId": OWNERS[0].user_id,
        "timestamp": iso(0),
    }
