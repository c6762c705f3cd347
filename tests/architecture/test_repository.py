"""What holds for the repository: it names no machine, and every hook has a user."""

from __future__ import annotations

import importlib
import os
import re
import tomllib
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from leadstate.adapters import hooks, own_actions
from leadstate.cli.plugged import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN_BUT_OURS = {".ci", ".importlinter", ".gitignore"}
MADE = {"__pycache__", "build", "dist", "htmlcov", "node_modules"}
# Put together here, so that this file is no finding itself.
FOLDERS = "work|root|home|Users|private|mnt"
MACHINE_PATH = re.compile(rf"((?<![\w.:/{{}}-])|file://)/({FOLDERS})/\w")
NEW_LINE = "\n"
REGISTRY = re.compile(
    "|".join(["py" + "pi" + r"\.", "python" + "hosted", "/simp" + "le/"])
)


def files(root: Path) -> Iterator[Path]:
    """Yield every file of the repository that somebody wrote."""
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in MADE
            and not name.endswith(".egg-info")
            and (not name.startswith(".") or name in HIDDEN_BUT_OURS)
        ]
        for name in names:
            if not name.startswith(".") or name in HIDDEN_BUT_OURS:
                yield Path(folder, name)


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of text, by its place."""
    for path in files(root):
        with suppress(UnicodeDecodeError):
            yield str(path.relative_to(root)), path.read_text(encoding="utf-8")


def naming(root: Path, wanted: re.Pattern[str]) -> list[str]:
    """Return where something is named: file and line."""
    return [
        f"{place}:{text.count(NEW_LINE, 0, found.start()) + 1}"
        for place, text in texts(root)
        for found in wanted.finditer(text)
    ]


def test_no_line_names_a_path_of_some_machine(root: Path) -> None:
    """What is written here holds wherever it is checked out."""
    assert [] == naming(root, MACHINE_PATH)


def test_no_line_names_the_address_of_a_registry(root: Path) -> None:
    """Where packages come from is the business of whoever installs."""
    assert [] == naming(root, REGISTRY)


def test_constraints_are_names_and_versions_only(root: Path) -> None:
    """Every pin reads ``name==version``: no address, no path, no option."""
    pins = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()

    pinned = [line for line in pins if line and not line.startswith("#")]

    assert pinned
    assert [] == [
        line for line in pinned if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)
    ]
    names = [re.sub("[-_.]+", "-", line.partition("==")[0]).lower() for line in pinned]
    assert sorted(set(names)) == sorted(names)


def test_the_tools_know_the_oldest_python_that_is_promised(root: Path) -> None:
    """What installs, what is checked and what is said of the versions is the same."""
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project, tools = told["project"], told["tool"]
    versions = re.findall(r":: Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    readme = (root / "README.md").read_text(encoding="utf-8")
    files = [*root.glob("plugins/*/pyproject.toml"), root / "demo/pyproject.toml"]
    others = [tomllib.loads(one.read_text(encoding="utf-8")) for one in files]

    assert sorted(versions, key=lambda one: int(one[2:])) == versions
    assert f"Python {versions[0]} or newer (tried up to {versions[-1]})" in readme
    assert f">={versions[0]}" == project["requires-python"]
    assert versions[0] == tools["mypy"]["python_version"]
    assert f"py{versions[0].replace('.', '')}" == tools["ruff"]["target-version"]
    assert [project["requires-python"]] * len(others) == [
        one["project"]["requires-python"] for one in others
    ]


def test_every_hook_has_a_real_user(plugins: tuple[Path, ...]) -> None:
    """A hook is there because the plugins of this repository implement it.

    Leadstate's own actions are a plugin like any other.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    specified = [
        name
        for name in vars(hooks)
        if manager.parse_hookspec_opts(hooks, name) is not None
    ]

    modules = [importlib.import_module(f"{one.name}.plugin") for one in plugins]
    users = {"perform_action": [own_actions]}
    assert ["register_adapter", "register_sandbox", "perform_action"] == specified
    for name in specified:
        for user in users.get(name, modules):
            assert manager.parse_hookimpl_opts(user, name) is not None


def test_commands_of_other_distributions_have_a_real_user() -> None:
    """The entry-point group is there because the demo uses it."""
    assert ["demo"] == [one.name for one in entry_points(group=GROUP)]


def test_the_wheel_of_leadstate_holds_leadstate_alone(root: Path) -> None:
    """The demo and the plugins are distributions of their own."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))

    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert ["leadstate"] == wheel["packages"]
    assert not (root / "leadstate" / "cli" / "demo").exists()
    for folder in ("plugins/hubspot", "plugins/amocrm", "demo"):
        assert (root / folder / "pyproject.toml").is_file()
