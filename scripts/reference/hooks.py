"""The page of hooks: signature, when it is called, what it is handed, who uses it."""

from __future__ import annotations

import inspect
from types import FunctionType

from leadstate.adapters import hooks
from scripts.reference.markdown import fenced, summary

_USERS = ("hubspot", "amocrm")
# hook -> (what its argument is, when it is called, the smallest example)
_MORE = {
    "register_adapter": (
        hooks.RegisterAdapter,
        (
            "When a connection of the settings file names the plugin: by `run`, by "
            "`record move` and `record link`, by `status --compare`, by "
            "`dead-letters replay`, by `connect`, `doctor` and `setup`, and by "
            "`workflow check --live`; and by `leadstate adapters`. "
            "Otherwise an installed plugin that no connection names is never imported."
        ),
        """\
@hookimpl
def register_adapter(register: RegisterAdapter) -> None:
    register(AdapterSpec(name="hubspot", title="HubSpot", open=HubSpotAdapter))""",
    ),
    "register_sandbox": (
        hooks.RegisterSandbox,
        "When `leadstate sandbox NAME` names the plugin.",
        """\
@hookimpl
def register_sandbox(register: RegisterSandbox) -> None:
    register("hubspot", make_command)  # () -> click.Command""",
    ),
}


def names() -> list[str]:
    """Return the name of every hook, in file order."""
    return [
        name
        for name, found in vars(hooks).items()
        if isinstance(found, FunctionType) and hasattr(found, "leadstate_spec")
    ]


def signature(name: str) -> str:
    """Return a hook as it is declared: its name, arguments and answer."""
    return f"{name}{_unquoted(getattr(hooks, name))}"


def _unquoted(function: object) -> str:
    return str(inspect.signature(function)).replace("'", "")  # type: ignore[arg-type]


def page() -> None:
    """Print an entry a hook."""
    for name in names():
        hook = getattr(hooks, name)
        protocol, called, example = _MORE[name]
        print(f"## {signature(name)}", "", sep="\n")
        print(summary(hook), "", sep="\n")
        inside = _unquoted(protocol.__call__).replace("(self, ", "(")
        print(f"`register` is a `{protocol.__name__}`: `register{inside}`.")
        print(summary(protocol.__call__))
        print(summary(protocol), "", sep="\n")
        print(f"Called: {called}", "", sep="\n")
        fenced(example, "text")
        print(f"Used by: {', '.join(map(_user, _USERS))}.", "", sep="\n")


def _user(plugin: str) -> str:
    page = f"../../plugins/{plugin}/leadstate_{plugin}/plugin.py"
    return f"[`leadstate_{plugin}.plugin`]({page})"
