"""Leadstate: a configurable lead lifecycle state machine for CRMs.

The front door: what a program needs, each name imported when it is asked for.

    from leadstate import Changed, Move, Record, decide, load_workflow

The author of an adapter imports `leadstate.adapters`, `leadstate.domain`,
`leadstate.errors` and `leadstate.testing`; everything else may change without a word.
"""

# Type checkers believe it; `typing` itself would be an import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from leadstate import reports
    from leadstate.definition.binding import load_binding
    from leadstate.definition.conditions import parse_condition
    from leadstate.definition.workflow import check_workflow, load_workflow
    from leadstate.domain.decision import Move, Orphaned, Stay
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Happening, Record
    from leadstate.domain.signal import Changed, ManualMove
    from leadstate.engine.decide import decide, examine
    from leadstate.engine.destinations import destinations
    from leadstate.engine.receipts import receipt_data, receipt_lines
    from leadstate.guards import Facts, compile_guard
    from leadstate.hours import compile_hours
    from leadstate.store import open_store

__all__ = [
    "Changed",
    "Facts",
    "Happening",
    "Lifecycle",
    "ManualMove",
    "Move",
    "Orphaned",
    "Record",
    "Stay",
    "check_workflow",
    "compile_guard",
    "compile_hours",
    "decide",
    "destinations",
    "examine",
    "load_binding",
    "load_workflow",
    "open_store",
    "parse_condition",
    "receipt_data",
    "receipt_lines",
    "reports",
]

_HOMES = {
    "Changed": "domain.signal",
    "Facts": "guards",
    "Happening": "domain.record",
    "Lifecycle": "domain.lifecycle",
    "ManualMove": "domain.signal",
    "Move": "domain.decision",
    "Orphaned": "domain.decision",
    "Record": "domain.record",
    "Stay": "domain.decision",
    "check_workflow": "definition.workflow",
    "compile_guard": "guards",
    "compile_hours": "hours",
    "decide": "engine.decide",
    "destinations": "engine.destinations",
    "examine": "engine.decide",
    "load_binding": "definition.binding",
    "load_workflow": "definition.workflow",
    "open_store": "store",
    "parse_condition": "definition.conditions",
    "receipt_data": "engine.receipts",
    "receipt_lines": "engine.receipts",
}


def __getattr__(name: str) -> object:
    """Import a name of the front door when it is asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - `import leadstate` itself imports nothing

    if name not in _HOMES:
        return importlib.import_module(f"{__name__}.{name}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # once is enough
    return found


def __dir__() -> list[str]:
    """List the front door."""
    return list(__all__)
