"""Pipelines and stages.  Won and lost are in the metadata, as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.crm.owners import OWNERS
from leadstate_hubspot.sandbox.crm.pipelines import (
    PIPELINES,
    Pipeline,
    Stage,
    find_pipeline,
)
from leadstate_hubspot.sandbox.problems import not_found

from .calls import Answer, Call

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site

# Stages of default pipelines are dated to the epoch (HubSpot's own client says so).
_DATED = {"createdAt": iso(0), "updatedAt": iso(0)}


def list_pipelines(site: Site, call: Call) -> Answer:
    """List the pipelines of an object type; types without any list none."""
    del site
    found = PIPELINES.get(call.kind().plural, ())
    shown = [_show(pipeline, order) for order, pipeline in enumerate(found)]
    return Answer(200, {"results": shown})


def read_pipeline(site: Site, call: Call) -> Answer:
    """Show one pipeline."""
    del site
    return Answer(200, _show(_find(call), 0))


def list_stages(site: Site, call: Call) -> Answer:
    """List the stages of a pipeline."""
    del site
    stages = _find(call).stages
    shown = [_show_stage(stage, order) for order, stage in enumerate(stages)]
    return Answer(200, {"results": shown})


def read_stage(site: Site, call: Call) -> Answer:
    """Show one stage."""
    del site
    pipeline, stage = _find(call), _find_stage(call)
    return Answer(200, _show_stage(stage, pipeline.stages.index(stage)))


def audit_pipeline(site: Site, call: Call) -> Answer:
    """Tell who changed a pipeline."""
    return Answer(200, {"results": [_audit(site, _find(call).id)]})


def audit_stage(site: Site, call: Call) -> Answer:
    """Tell who changed a stage."""
    return Answer(200, {"results": [_audit(site, _find_stage(call).id)]})


def _find(call: Call) -> Pipeline:
    found = find_pipeline(call.kind().plural, call.params["pipeline"])
    if found is None:
        raise not_found()
    return found


def _find_stage(call: Call) -> Stage:
    found = _find(call).stage(call.params["stage"])
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
