"""Python on a page runs; YAML on a page is a file that loads, or a piece of one."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

import pytest
import yaml
from sybil.document import Document
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.resolver import BaseResolver
from yaml.serializer import Serializer

from leadstate.clock import SystemClock
from leadstate.definition.binding import load_binding
from leadstate.definition.file_mapping import load_mapping
from leadstate.definition.people import load_people
from leadstate.definition.scenarios import load_scenarios
from leadstate.definition.workflow import load_workflow
from leadstate.service.scenarios import run_scenarios
from leadstate.settings import load_settings
from scripts.generated_pages import ROOT, every_page

if TYPE_CHECKING:
    from sybil import Example

WORKFLOWS = ROOT / "workflows"
SHIPPED = WORKFLOWS / "b2b_lifecycle.yaml"
PAGES = [page for page in every_page() if "```" in page.read_text(encoding="utf-8")]


def load_yaml(example: Example) -> None:
    """Load a block as the file that its keys say it is."""
    text = str(example.parsed)
    keys = set(yaml.safe_load(text))
    with TemporaryDirectory() as folder:
        for shipped in WORKFLOWS.glob("*.yaml"):
            (Path(folder) / shipped.name).write_bytes(shipped.read_bytes())
        file = Path(folder) / "shown.yaml"
        file.write_text(text, encoding="utf-8")
        if "binding" in keys:
            load_binding(file, load_workflow(SHIPPED))
        elif "scenarios" in keys:
            outcomes = run_scenarios(load_scenarios(file), SystemClock().now())
            assert [] == [one.differences for one in outcomes if not one.holds]
        elif "connections" in keys:
            load_settings(file)
        elif "import" in keys:
            load_mapping(file, load_workflow(SHIPPED))
        elif keys == {"people"}:
            load_people(file, load_workflow(SHIPPED))
        else:
            file.write_text(in_place(text), encoding="utf-8")
            load_workflow(file)


class Plain(Emitter, Serializer, SafeRepresenter, BaseResolver):
    """Writes texts without quotation marks wherever YAML itself needs none."""

    def __init__(self, stream: IO[str], **given: Any) -> None:
        looks = {k: given[k] for k in ("allow_unicode",)}
        Emitter.__init__(self, stream, **looks)
        Serializer.__init__(self)
        SafeRepresenter.__init__(
            self, default_flow_style=False, sort_keys=given["sort_keys"]
        )
        BaseResolver.__init__(self)


def in_place(piece: str) -> str:
    """Return the shipped workflow with a piece of one put into it."""
    # As texts: other readers of YAML take `on` for true.
    whole = yaml.load(SHIPPED.read_text(encoding="utf-8"), yaml.BaseLoader)
    for key, value in yaml.load(piece, yaml.BaseLoader).items():
        whole[key] = {**whole[key], **value} if isinstance(value, dict) else value
    return yaml.dump(whole, Dumper=Plain, sort_keys=False, allow_unicode=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_on_a_page_works(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of one page share their names, in the order of the page."""
    monkeypatch.chdir(ROOT)
    parsers = (PythonCodeBlockParser(), CodeBlockParser("yaml", load_yaml))
    document = Document.parse(os.fspath(page), *parsers)

    for example in document.examples():
        example.evaluate()


def test_the_pages_have_examples_to_run() -> None:
    """The test above would be green without any."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert text.count("```python") >= 5
    assert text.count("```yaml") >= 10


OFFERED = re.compile(r"leadstate(\.(adapters|domain|errors|testing)(\..*)?)?")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_a_page_imports_only_what_is_offered(page: Path) -> None:
    """The front door and the four packages of the kit; nobody builds on the rest."""
    document = Document.parse(os.fspath(page), PythonCodeBlockParser())
    imported = {
        module
        for example in document.examples()
        for node in ast.walk(ast.parse(str(example.parsed)))
        for module in modules_of(node)
        if module.partition(".")[0] == "leadstate"
    }

    assert [] == sorted(one for one in imported if not OFFERED.fullmatch(one))


def modules_of(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports, or imports from."""
    match node:
        case ast.Import(names=names):
            return [one.name for one in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
    return []
