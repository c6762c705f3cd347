"""The page of adapters: capabilities, the scorecard's rules, every promise."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from leadstate.adapters import Capability, Support
from leadstate.adapters.capabilities import PROSE
from leadstate.testing import AdapterConformance
from leadstate.testing.conformance.base import capability_of
from leadstate.testing.declared import PARTS
from leadstate.testing.scorecard import RULES
from scripts.reference.markdown import summary, table

if TYPE_CHECKING:
    from collections.abc import Callable

_SHADES = {
    Support.FULL: "It works; its promises are tested.",
    Support.PARTIAL: "It works within limits, which the note tells; tested as well.",
    Support.IMPOSSIBLE: "The CRM has no way to do it; the note says why.",
    Support.MISSING: "The CRM could, the adapter does not yet.",
}


def promises() -> dict[str, Callable[..., None]]:
    """Return every promise of the suite, in the order in which it is written."""
    found = inspect.getmembers(AdapterConformance, inspect.isfunction)
    tests = {name: test for name, test in found if name.startswith("test_")}
    classes = [one.__name__ for one in AdapterConformance.__mro__]

    def place(name: str) -> tuple[int, int]:
        group = tests[name].__qualname__.partition(".")[0]
        return classes.index(group), tests[name].__code__.co_firstlineno

    return {name: tests[name] for name in sorted(tests, key=place)}


def capabilities() -> None:
    """Print the capabilities with their protocols, and the shades."""
    rows = []
    for one in Capability:
        part = PARTS[one].__name__ if one in PARTS else ""
        part = "OAuthFlow" if one is Capability.OAUTH else part
        rows.append((f"`{one}`", PROSE[one], f"`{part}`" if part else ""))
    table(["capability", "what it means", "protocol"], rows)
    table(["shade", "meaning"], [(f"`{one}`", text) for one, text in _SHADES.items()])


def scorecard() -> None:
    """Print the rules, tier by tier."""
    table(
        ["tier", "rule", "what it asks for"],
        [(one.tier, f"`{one.key}`", one.sentence) for one in RULES],
    )


def suite() -> None:
    """Print every promise: of the core first, then of each capability."""
    for wanted in (None, *Capability):
        own = {n: t for n, t in promises().items() if capability_of(t) is wanted}
        if own:
            print(f"### {wanted.value if wanted else 'The core'}", "", sep="\n")
            table(
                ["promise", "in words"],
                [(f"`{name}`", summary(test)) for name, test in own.items()],
            )
