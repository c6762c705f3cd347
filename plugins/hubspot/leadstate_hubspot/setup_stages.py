"""The stages that an account's pipelines lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadstate.adapters import SetupStep

from .payloads import read
from .payloads_account import Pipeline, Pipelines, PipelineStage
from .setup_steps import PIPELINE, PlannedStep, accepted, by_hand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate.adapters import Wanted

    from .api import HubSpotApi

__all__ = ["StageSteps"]

_OPEN_PROBABILITY: Final = "0.5"


@dataclass(frozen=True, slots=True)
class StageSteps:
    """Plans the stages of the pipelines of one kind of object."""

    api: HubSpotApi
    kind: str

    def steps(self, wanted: Wanted) -> Iterator[PlannedStep]:
        """Yield the stages that are written and not there."""
        kind = self.kind
        pipeline_name, stage_name = PIPELINE.get(kind, ("", ""))
        asked = {
            label: values
            for label, values in wanted.stages.items()
            if values.get(stage_name)
        }
        if not asked:
            return
        path = self.api.paths.pipelines(kind)
        listed = read(Pipelines, self.api.get("pipelines.list", path)).results
        pipelines = [one for one in listed if not one.archived]
        for label, values in asked.items():
            chosen = _chosen(pipelines, values.get(pipeline_name))
            held = {one.id for one in (chosen.stages if chosen else ())}
            if values[stage_name] not in held:
                yield self._stage(kind, label, values, chosen)

    def _stage(
        self, kind: str, label: str, values: Mapping[str, str], chosen: Pipeline | None
    ) -> PlannedStep:
        pipeline_name, stage_name = PIPELINE[kind]
        value = values[stage_name]
        key = f"stage {kind}.{value}"
        text = f"create the stage {label!r} in the {kind} pipeline"
        if chosen is None:
            how = (
                f"say in the binding which pipeline it is ({pipeline_name}: ID); "
                "pipelines are under Settings > Objects"
            )
            return by_hand(key, text, how)
        text = f"{text} {chosen.label!r}"
        twin = _labelled(chosen, label)
        if twin is not None:
            how = (
                f"HubSpot has this stage under the id {twin.id}: write "
                f"{stage_name}: '{twin.id}' instead of {value!r} into the binding"
            )
            return by_hand(key, text, how)
        if kind != "deals":  # what a lead's stage must carry is not established
            how = (
                f"create it in HubSpot (Settings > Objects > Leads > Pipelines), and "
                f"write its id instead of {value!r} into the binding"
            )
            return by_hand(key, text, how)
        step = SetupStep(key=key, text=text)
        return PlannedStep(step, lambda: self._create_stage(kind, label, value, chosen))

    def _create_stage(
        self, kind: str, label: str, value: str, pipeline: Pipeline
    ) -> str:
        body = {
            "label": label,
            "displayOrder": len(pipeline.stages),
            "metadata": {"probability": _OPEN_PROBABILITY, "isClosed": "false"},
        }
        path = self.api.paths.stages(kind, pipeline.id)
        answer = self.api.change("pipelines.create_stage", path, body)
        accepted(self.api, answer, f"stage {label!r}")
        made = read(PipelineStage, answer, sent=True)
        return (
            f"HubSpot gave the stage the id {made.id}: write it instead of {value!r} "
            "into the binding, and set its probability (won, lost) in HubSpot"
        )


def _chosen(pipelines: Sequence[Pipeline], wanted: str | None) -> Pipeline | None:
    """Return the pipeline that the binding names, or the only one there is."""
    if wanted:
        return next((one for one in pipelines if one.id == wanted), None)
    return pipelines[0] if len(pipelines) == 1 else None


def _labelled(pipeline: Pipeline, label: str) -> PipelineStage | None:
    for stage in pipeline.stages:
        if not stage.archived and stage.label.casefold() == label.casefold():
            return stage
    return None
