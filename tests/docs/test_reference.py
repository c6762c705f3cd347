"""Whatever a person can type, import, configure or meet has its entry in the docs."""

from __future__ import annotations

import re
import subprocess
import sys
from pkgutil import resolve_name
from typing import TYPE_CHECKING

import pytest
from leadstate_amocrm import settings as amocrm
from leadstate_hubspot import settings as hubspot

import leadstate
from leadstate import adapters, errors
from leadstate import settings as core
from leadstate.definition import keys
from leadstate.definition.problems import CODES
from leadstate.domain.condition import Operator
from leadstate.domain.values import FieldType
from leadstate.guards import MISTAKES
from leadstate.service.failpoints import POINTS
from leadstate.store import schema
from scripts.generated_pages import ROOT, generated_pages
from scripts.reference import cli, hooks, mistakes

if TYPE_CHECKING:
    from types import ModuleType


def reference(name: str) -> str:
    """Return the text of a reference page."""
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def headings(name: str) -> set[str]:
    """Return the headings of a reference page."""
    return set(re.findall(r"^#+ (.+)$", reference(name), re.MULTILINE))


def test_generated_pages_are_up_to_date() -> None:
    """What the code says now is what the pages say."""
    pages = [str(page) for page in generated_pages()]
    told = subprocess.run(
        [sys.executable, "-m", "cogapp", "-P", "--check", *pages],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == told.returncode, (
        f"{told.stdout}{told.stderr}\nBring them up to date with: "
        "python -m cogapp -P -r $(python scripts/generated_pages.py)"
    )


def test_every_command_has_an_entry() -> None:
    """A command that can be typed is explained."""
    wanted = {" ".join(("leadstate", *path)) for path in cli.commands()}

    assert set() == wanted - headings("cli.md")


@pytest.mark.parametrize("path", list(cli.commands()), ids=" ".join)
def test_every_command_and_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    """A command without a sentence, or an option that is only a name, helps nobody."""
    text = cli.help_of(path)
    sentence = text.split("\n\n", 2)[1].strip()

    assert sentence[:1].isupper(), f"{path}: {text}"


def test_every_mistake_has_an_entry() -> None:
    """A code that is printed can be looked up."""
    assert set() == {*CODES, *MISTAKES} - headings("mistakes.md")


@pytest.mark.parametrize("code", mistakes.EXAMPLES)
def test_every_example_of_a_mistake_shows_its_code(code: str) -> None:
    """The example leads to the mistake it stands under."""
    assert mistakes.printed(code).startswith(f"{code} ")


def test_every_hook_has_an_entry_with_its_signature() -> None:
    """The heading is how the hook is declared."""
    assert ["perform_action", "register_adapter", "register_sandbox"] == sorted(
        hooks.names()
    )
    assert set() == {hooks.signature(name) for name in hooks.names()} - headings(
        "hooks.md"
    )


def test_every_setting_has_an_entry() -> None:
    """The file's settings and those of both adapters, each under its heading."""
    place = "connections.NAME"
    models = {
        "The file": ("", core._File),
        "workflows.NAME": ("workflows.NAME.", core.WorkflowSettings),
        "receiver": ("receiver.", core.ReceiverSettings),
        place: (f"{place}.", core.ConnectionSettings),
        "channels.NAME, of type webhook": ("channels.NAME.", core.WebhookSettings),
        "channels.NAME, of type slack": ("channels.NAME.", core.SlackSettings),
        "channels.NAME, of type email": ("channels.NAME.", core.EmailSettings),
    }
    for plugin, its in (("hubspot", hubspot), ("amocrm", amocrm)):
        own, oauth = f"{place}.settings", f"{place}.settings.oauth"
        models[f"{own}, for {plugin}"] = (f"{own}.", its.Settings)
        models[f"{oauth}, for {plugin}"] = (f"{oauth}.", its.OAuthSettings)
    page = reference("settings.md")

    for heading, (prefix, model) in models.items():
        part = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]

        names = [one.alias or name for name, one in model.model_fields.items()]
        assert [] == [name for name in names if f"| `{prefix}{name}` |" not in part]


def test_every_public_exception_has_an_entry() -> None:
    """Whoever catches one reads what to do."""
    assert set() == set(errors.__all__) - headings("errors.md")


def test_every_table_and_column_has_an_entry() -> None:
    """Whoever looks into the database knows what stands there."""
    page = reference("store.md")
    for table in schema.metadata.sorted_tables:
        part = page.partition(f"## {table.name}\n")[2].partition("\n## ")[0]

        assert [] == [one.name for one in table.columns if f"`{one.name}`" not in part]


def test_every_commit_point_has_an_entry() -> None:
    """Whoever kills a process there knows what to expect."""
    page = reference("commit-points.md")

    assert [] == [point for point in POINTS if f"| `{point}` |" not in page]


def test_every_key_of_a_file_has_an_entry() -> None:
    """A key that can be written is explained under its mapping."""
    page = reference("workflow-file.md")
    shapes = [one for one in vars(keys).values() if isinstance(one, keys.Shape)]
    for shape in shapes:
        part = page.partition(f"### {shape.name}\n")[2].partition("\n##")[0]

        assert [] == [name for name in shape.names if f"| `{name}` |" not in part]


def test_every_operator_and_type_has_an_entry() -> None:
    """A test that can be asked stands in the table."""
    page = reference("criteria-language.md")
    table = page.partition("| test |")[2].partition("\n\n")[0]
    words = {"has": "NAME has 'x'", "has not": "NAME does not have 'x'"}

    assert [] == [one for one in FieldType if f" {one} " not in table.split("\n")[0]]
    assert [] == [one for one in Operator if words.get(one, one) not in table]


def test_every_name_of_the_kit_has_an_entry() -> None:
    """What a plugin author imports is explained."""
    page = reference("python.md")

    assert [] == [name for name in adapters.__all__ if f"| `{name}` |" not in page]


@pytest.mark.parametrize("module", [leadstate, leadstate.reports])
def test_the_page_of_python_lists_the_front_door(module: ModuleType) -> None:
    """These names, in this order, and no other."""
    page = reference("python.md")
    part = page.partition(f"## {module.__name__}\n")[2].partition("\n## ")[0]

    assert module.__all__ == re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)


def test_every_import_that_is_promised_is_there() -> None:
    """The names on the page of Python can be imported."""
    page = reference("python.md")
    for name in re.findall(r"^\| `(leadstate\.[\w.]+)`", page, re.MULTILINE):
        assert resolve_name(name) is not None
