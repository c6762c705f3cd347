"""A step of setting up, and how it is made: what the makers of steps share."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from leadstate.adapters import SetupStep
from leadstate.errors import ConfigurationError

from .errors import problem_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.adapters.http import ApiResponse

    from .api import HubSpotApi

__all__ = ["PIPELINE", "PlannedStep", "accepted", "by_hand"]

# HubSpot's own properties that hold a pipeline and its stage, by kind of object.
PIPELINE: Final = {
    "deals": ("pipeline", "dealstage"),
    "leads": ("hs_pipeline", "hs_pipeline_stage"),
}


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step, and how it is made; None where only a person can."""

    step: SetupStep
    make: Callable[[], str] | None = None


def by_hand(key: str, text: str, how: str) -> PlannedStep:
    """Return a step that only a person can do."""
    return PlannedStep(SetupStep(key=key, text=text, by_hand=how))


def accepted(api: HubSpotApi, answer: ApiResponse, what: str) -> ApiResponse:
    """Return a good answer, or raise `ConfigurationError` with HubSpot's words."""
    if answer.status >= HTTPStatus.BAD_REQUEST:
        words = api.client.clean(problem_of(answer).words())
        raise ConfigurationError(f"HubSpot refuses the {what}: {words}")
    return answer
