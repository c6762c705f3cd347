"""The page of what a program may import: each name with its first sentence."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING

from scripts.reference.markdown import attributes, cell, summary, table

if TYPE_CHECKING:
    import types

# Aliases of types carry no docstring of their own.
_ALIASES = {
    "CreateOutcome": "What `Creator.create` answers: `Created` or `Refused`.",
    "PATIENCE_SECONDS": "Longer than anything takes, on a busy machine too.",
    "REDIRECT_URI": "Where consent leads back to when a browser flow is proved.",
    "WriteOutcome": (
        "What `Adapter.write` answers: `Applied`, `Refused`, `Overtaken` or `Gone`."
    ),
    "hookimpl": "Marks a function of a plugin as the implementation of a hook.",
}


def names(module: str) -> list[str]:
    """Return what a module offers."""
    return sorted(importlib.import_module(module).__all__)


def listing(module: str) -> None:
    """Print a row a name."""
    found = importlib.import_module(module)
    rows = [(f"`{name}`", _said(found, name)) for name in names(module)]
    table(["name", "what it is"], rows)


def _said(module: types.ModuleType, name: str) -> str:
    return _ALIASES.get(name) or summary(getattr(module, name))


def methods(module: str, name: str) -> None:
    """Print the methods of a protocol with what they promise."""
    protocol = getattr(importlib.import_module(module), name)
    for method, function in vars(protocol).items():
        if method.startswith("_") or not inspect.isfunction(function):
            continue
        signature = str(inspect.signature(function)).replace("'", "")
        print(f"#### {name}.{method}", "", sep="\n")
        shown = signature.replace("(self, ", "(").replace("(self)", "()")
        print("```text", f"{method}{shown}", "```", sep="\n")
        print()
        for part in (inspect.getdoc(function) or "").split("\n\n"):
            print(cell(part), "", sep="\n")


def fields(module: str, name: str) -> None:
    """Print the attributes that a class explains."""
    thing = getattr(importlib.import_module(module), name)
    rows = [(f"`{key}`", text) for key, text in attributes(thing).items()]
    table(["attribute", "meaning"], rows)
