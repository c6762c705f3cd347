"""Deal and lead pipelines; won and lost are told by metadata, never by an id."""

from __future__ import annotations

from dataclasses import dataclass

from .definitions import Option

DEFAULT_DEALS = "default"
# The default lead pipeline's id is recalled, not documented (facts of 2026-11-22).
DEFAULT_LEADS = "lead-pipeline-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a pipeline, in the order it is listed."""

    id: str
    label: str
    probability: str | None = None
    closed: bool = False
    lead_state: str | None = None

    @property
    def metadata(self) -> dict[str, str]:
        """What HubSpot tells about the stage beside its label."""
        if self.lead_state is not None:
            return {"leadState": self.lead_state}
        closed = "true" if self.closed else "false"
        return {"isClosed": closed, "probability": self.probability or "0.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A pipeline with its stages."""

    id: str
    label: str
    stages: tuple[Stage, ...]

    def stage(self, stage_id: str) -> Stage | None:
        """Return the stage of this id."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)


def _deal(
    stage_id: str, label: str, probability: str, *, closed: bool = False
) -> Stage:
    return Stage(id=stage_id, label=label, probability=probability, closed=closed)


DEALS = Pipeline(
    id=DEFAULT_DEALS,
    label="Sales Pipeline",
    stages=(
        _deal("appointmentscheduled", "Appointment Scheduled", "0.2"),
        _deal("qualifiedtobuy", "Qualified To Buy", "0.4"),
        _deal("presentationscheduled", "Presentation Scheduled", "0.6"),
        _deal("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        _deal("contractsent", "Contract Sent", "0.9"),
        _deal("closedwon", "Closed Won", "1.0", closed=True),
        _deal("closedlost", "Closed Lost", "0.0", closed=True),
    ),
)
LEADS = Pipeline(
    id=DEFAULT_LEADS,
    label="Lead Pipeline",
    stages=(
        Stage(id="new-stage-id", label="New", lead_state="NEW"),
        Stage(id="attempting-stage-id", label="Attempting", lead_state="IN_PROGRESS"),
        Stage(id="connected-stage-id", label="Connected", lead_state="IN_PROGRESS"),
        Stage(id="qualified-stage-id", label="Qualified", lead_state="QUALIFIED"),
        Stage(
            id="unqualified-stage-id", label="Disqualified", lead_state="UNQUALIFIED"
        ),
    ),
)
PIPELINES: dict[str, tuple[Pipeline, ...]] = {"deals": (DEALS,), "leads": (LEADS,)}


def stage_options(pipeline: Pipeline) -> tuple[Option, ...]:
    """Return the stages as the options of the stage property."""
    return tuple(Option(stage.id, stage.label) for stage in pipeline.stages)
