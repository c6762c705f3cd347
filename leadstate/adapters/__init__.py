"""The kit: everything that a plugin author imports."""

from leadstate.adapters.connection import Budget, Connection, Credentials
from leadstate.adapters.hooks import RegisterAdapter, RegisterSandbox, hookimpl
from leadstate.adapters.protocol import (
    Account,
    Adapter,
    Applied,
    ChangeHint,
    ChangePage,
    EventKind,
    Gone,
    GoneReason,
    InboundEvent,
    InboundRequest,
    Notes,
    PropertyInfo,
    Refused,
    RemoteObject,
    Write,
    WriteOutcome,
)

__all__ = [
    "Account",
    "Adapter",
    "Applied",
    "Budget",
    "ChangeHint",
    "ChangePage",
    "Connection",
    "Credentials",
    "EventKind",
    "Gone",
    "GoneReason",
    "InboundEvent",
    "InboundRequest",
    "Notes",
    "PropertyInfo",
    "Refused",
    "RegisterAdapter",
    "RegisterSandbox",
    "RemoteObject",
    "Write",
    "WriteOutcome",
    "hookimpl",
]
