"""The one direction of `lifecyclestage`, and the moves HubSpot makes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .definitions import Definition


def position(definitions: Mapping[str, Definition], stage: str) -> int:
    """Return where a stage stands in the portal's order; -1 for no stage."""
    options = definitions["lifecyclestage"].options
    return next((i for i, o in enumerate(options) if o.value == stage), -1)


def is_backward(
    definitions: Mapping[str, Definition], current: str, wanted: str
) -> bool:
    """Say whether a move goes against the order; leaving no stage never does."""
    return position(definitions, wanted) < position(definitions, current)


def furthest(definitions: Mapping[str, Definition], *stages: str) -> str:
    """Return the stage furthest along, which the survivor of a merge keeps."""
    return max(stages, key=lambda stage: position(definitions, stage))
