"""Which reasons are words of the workflow, and which are somebody's own text.

A reason is a word where the workflow lists reasons; elsewhere a person may have written
anything, a name too, and so it counts as personal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.definition.workflow import load_workflow_text
from leadstate.errors import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.store import View

__all__ = ["listed_reasons"]


def listed_reasons(lifecycle: Lifecycle, view: View) -> frozenset[str]:
    """Return the reasons that this lifecycle or an older version of it lists."""
    return frozenset(
        reason for one in _versions(lifecycle, view) for reason in _reasons(one)
    )


def _versions(lifecycle: Lifecycle, view: View) -> Iterator[Lifecycle]:
    yield lifecycle
    for row in view.workflows.all(lifecycle.name):
        if row.version != lifecycle.version:
            try:
                yield load_workflow_text(row.source)
            except WorkflowError:
                continue  # an older Leadstate could read it; its reasons stay unlisted


def _reasons(lifecycle: Lifecycle) -> Iterator[str]:
    yield from lifecycle.reasons
    for transition in lifecycle.transitions.values():
        yield from transition.reasons
    for stage in lifecycle.stages.values():
        yield from (sla.reason for sla in stage.slas if sla.reason)
