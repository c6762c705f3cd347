"""Say how an installed adapter is connected, step by step; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.adapters.installed import guide_of
from leadstate.adapters.registry import adapter_spec, sandbox_command
from leadstate.errors import ConfigurationError
from leadstate.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FirstStep", "first_steps"]


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step, with the command for it, if there is one."""

    text: str
    command: str = ""


def first_steps(name: str, settings_file: Path) -> tuple[FirstStep, ...]:
    """Return how adapter ``name`` is connected in the installation of a settings file.

    Raises:
        ConfigurationError: There is no such plugin, it cannot be used, or the settings
            file has mistakes.
    """
    title = adapter_spec(name).title
    guide = guide_of(name)
    steps: list[FirstStep] = []
    if guide is not None:
        steps.append(FirstStep(f"Read how {title} is connected: {guide.where}"))
    if _has_sandbox(name):
        steps.append(
            FirstStep(
                "Try it without an account, if you like:", f"leadstate sandbox {name}"
            )
        )
    return (*steps, *_in_settings(name, title, settings_file))


def _in_settings(name: str, title: str, settings_file: Path) -> Iterator[FirstStep]:
    connections, chosen = [], [""]
    if not settings_file.exists():
        yield FirstStep("Write a first settings file:", "leadstate init")
    else:
        found = load_settings(settings_file)
        bound = found.connections
        connections = [key for key, one in bound.items() if one.adapter == name]
        # Of several workflows, each has its own properties to make.
        chosen = [f" --workflow {one}" for one in found.workflows] or chosen
    if not connections:
        yield FirstStep(
            f"Add a connection under 'connections:' in {settings_file}, with 'adapter: "
            f"{name}' and its 'binding:'"
        )
    for connection in connections or [name]:
        given = f"{connection} --settings {settings_file}"
        yield FirstStep(
            f"Authorise an account of {title}:", f"leadstate connect {given}"
        )
        for which in chosen:
            setup = f"leadstate setup {given}{which}"
            yield FirstStep("See what the account lacks:", setup)
            yield FirstStep("Make what is missing:", f"{setup} --apply")
        yield FirstStep("Examine the connection:", f"leadstate doctor {given}")
        live = f"leadstate go-live {given}"
        yield FirstStep(
            "Let 'leadstate run' observe it, and see what would follow:",
            f"{live} --dry-run",
        )
        yield FirstStep("Let it act:", live)


def _has_sandbox(name: str) -> bool:
    try:
        sandbox_command(name)
    except (ConfigurationError, ImportError):
        return False
    return True
