"""What is installed: the plugins with their distributions, and the pages they bring.

Unlike `registry`, this asks every plugin: it is for people who look around, never for
the running service.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadstate.adapters import hooks
from leadstate.adapters.registry import adapter_spec, installed_plugins
from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from leadstate.adapters.capabilities import AdapterSpec

__all__ = [
    "DocPage",
    "Installed",
    "distribution_of",
    "entry_point_of",
    "folder_of",
    "guide_of",
    "installed_adapters",
]

_ABOVE: Final = 4  # folders above a package in which its guide may stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A plugin that is installed; ``problem`` says why it cannot be used."""

    name: str
    package: str
    version: str
    spec: AdapterSpec | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DocPage:
    """A page for people: where it stands, and its text; None when it is an address."""

    where: str
    text: str | None = None


def installed_adapters() -> tuple[Installed, ...]:
    """Return every installed plugin, sorted by name; a broken one with its problem."""
    return tuple(_installed(name) for name in installed_plugins())


def entry_point_of(name: str) -> EntryPoint:
    """Return where plugin ``name`` is loaded from.

    Raises:
        ConfigurationError: There is no such plugin.
    """
    found = [one for one in entry_points(group=hooks.PROJECT) if one.name == name]
    if not found:
        adapter_spec(name)  # tells what is installed, and what was meant
    return found[0]


def distribution_of(point: EntryPoint) -> tuple[str, str]:
    """Return the name and the version of a plugin's distribution; "" where unknown."""
    if point.dist is None:
        return "", ""
    return point.dist.name or "", point.dist.version


def folder_of(point: EntryPoint) -> Path:
    """Return the folder of a plugin's package."""
    module = importlib.import_module(point.module)
    return Path(inspect.getfile(module)).resolve().parent


def guide_of(name: str) -> DocPage | None:
    """Return the page that tells how adapter ``name`` is connected, if it is there.

    The plugin names an address, or a file in its package or in a folder above it.
    """
    guide = adapter_spec(name).guide
    if guide.startswith(("https://", "http://")):
        return DocPage(guide)
    home = folder_of(entry_point_of(name))
    for folder in (home, *list(home.parents)[:_ABOVE]):
        file = folder / guide
        if guide and file.is_file():
            return DocPage(guide, file.read_text(encoding="utf-8", errors="replace"))
    return None


def _installed(name: str) -> Installed:
    package, version = distribution_of(entry_point_of(name))
    try:
        spec = adapter_spec(name)
    except ConfigurationError as error:
        return Installed(
            name=name, package=package, version=version, problem=str(error)
        )
    return Installed(name=name, package=package, version=version, spec=spec)
