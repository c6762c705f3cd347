"""The page of hooks: signature, when it is called, what it is handed, who uses it."""

from __future__ import annotations

import inspect
import re
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
    "perform_action": (
        None,
        (
            "By the loop that calls plugins, for every `call` of the workflow, after "
            "the decision is committed. Asked are the plugins under `plugins:` in the "
            "settings, then those of the connections, then Leadstate's own. Any other "
            "exception than the two above is a mistake of the plugin: the call is "
            "tried again, twelve times in all, and is then a dead letter."
        ),
        """\
@hookimpl
def perform_action(name, settings, record_id, values, token):
    if name != "acme_page":
        return None
    page(settings["to"], values.get("company"), once=token)
    return True""",
    ),
}
_OWN = {"perform_action": "leadstate.adapters.own_actions"}


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
        if protocol is None:
            _sections(hook)
        else:
            inside = _unquoted(protocol.__call__).replace("(self, ", "(")
            print(f"`register` is a `{protocol.__name__}`: `register{inside}`.")
            print(summary(protocol.__call__))
            print(summary(protocol), "", sep="\n")
        print(f"Called: {called}", "", sep="\n")
        fenced(example, "text")
        users = [_own(_OWN[name])] if name in _OWN else map(_user, _USERS)
        print(f"Used by: {', '.join(users)}.", "", sep="\n")


def _user(plugin: str) -> str:
    page = f"../../plugins/{plugin}/leadstate_{plugin}/plugin.py"
    return f"[`leadstate_{plugin}.plugin`]({page})"


def _own(module: str) -> str:
    return f"[`{module}`](../../{module.replace('.', '/')}.py)"


def _sections(hook: object) -> None:
    """Print what the docstring says of arguments, answer and exceptions, as lists."""
    text = inspect.getdoc(hook) or ""
    for title in ("Args", "Returns", "Raises"):
        part = text.partition(f"\n{title}:\n")[2].partition("\n\n")[0]
        joined = re.sub(r"\n {8}", " ", part).replace("``", "`")
        for line in joined.splitlines():
            name, colon, said = line.strip().partition(": ")
            shown = f"`{name}`: {said}" if colon and " " not in name else line.strip()
            print(f"- {'' if title == 'Args' else f'{title.lower()} '}{shown}")
    print()
