"""The settings file: which database, which workflow, which CRM connections.

    database: leadstate.db
    workflow: workflows/b2b_lifecycle.yaml
    connections:
      hubspot:
        adapter: hubspot
        binding: workflows/b2b_lifecycle.hubspot.yaml
        poll_every: 60
        settings:
          token: {env: HUBSPOT_TOKEN}

Secrets are references, ``{env: NAME}`` or ``{file: PATH}``, never the text itself; they
are resolved when a connection opens and are never written anywhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leadstate.definition.nodes import ListNode, MapNode, TextNode
from leadstate.definition.problems import Mark, Problems, shown
from leadstate.definition.yaml import read_file
from leadstate.errors import ConfigurationError, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from leadstate.definition.nodes import Located

__all__ = ["ConnectionSettings", "Receiver", "Settings", "load_settings", "secret_key"]

_SECRET = re.compile(r"token|secret|password|api_?key", re.IGNORECASE)
_KEY_BYTES = 32
_START = Mark(1, 1)
_REFERENCES = ({"env"}, {"file"})
_NOT_A_MAPPING = frozenset({"model_type", "dict_type"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Receiver(_Strict):
    """Where webhooks come in.

    Attributes:
        public_url: The address that the CRM calls, without a path; the signature is
            over this address, so it must be the one the CRM sees (behind a proxy, the
            proxy's).
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8800
    public_url: str | None = None


class ConnectionSettings(_Strict):
    """One connection to one CRM account.

    Attributes:
        poll_every: Seconds between two looks for changes that no webhook told of.
        settings: The adapter's own settings; validated by the adapter.
    """

    adapter: str
    binding: str
    poll_every: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    settings: dict[str, object] = Field(default_factory=dict)


class _File(_Strict):
    database: str = "leadstate.db"
    workflow: str
    key: dict[str, str] | None = None
    receiver: Receiver = Receiver()
    connections: dict[str, ConnectionSettings] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation; relative paths start at the file's folder.

    Attributes:
        database: SQLAlchemy URL.
        key: Reference to the key that encrypts stored tokens, or None.
    """

    file: Path
    database: str
    workflow: Path
    receiver: Receiver
    connections: Mapping[str, ConnectionSettings] = field(default_factory=dict)
    key: Mapping[str, str] | None = None

    def binding_of(self, connection: str) -> Path:
        """Return the path of a connection's binding file."""
        return self.file.parent / self.connections[connection].binding

    def adapter_settings(self, connection: str) -> dict[str, object]:
        """Return an adapter's own settings with every secret reference resolved."""
        where = f"{self.file}: connections.{connection}.settings"
        raw = self.connections[connection].settings
        return {
            name: _resolved(value, self.file.parent, f"{where}.{name}")
            for name, value in raw.items()
        }


def load_settings(path: Path) -> Settings:
    """Read a settings file.

    Raises:
        WorkflowError: With every mistake of the file, each with its place.
    """
    problems = Problems(str(path))
    tree = read_file(path, problems)
    if tree is None or problems.lines():
        raise WorkflowError(problems.lines())
    _refuse_plain_secrets(tree, problems)
    _check_key(tree, problems)
    try:
        parsed = _File.model_validate(_plain(tree))
    except ValidationError as error:
        for detail in error.errors():
            _report(detail, tree, problems)
        raise WorkflowError(problems.lines()) from None
    if problems.lines():
        raise WorkflowError(problems.lines())
    return _settings(path, parsed)


def _settings(path: Path, parsed: _File) -> Settings:
    folder = path.parent
    database = parsed.database
    if "://" not in database:
        database = f"sqlite:///{folder / database}"
    return Settings(
        file=path,
        database=database,
        workflow=folder / parsed.workflow,
        receiver=parsed.receiver,
        connections=parsed.connections,
        key=parsed.key,
    )


def _plain(node: Located) -> object:
    """Return a tree as plain data; every scalar stays text for pydantic to read."""
    match node:
        case TextNode():
            return None if node.empty else node.value
        case ListNode():
            return [_plain(item) for item in node.items]
        case MapNode():  # pragma: no branch - every kind of node is named
            return {key.value: _plain(value) for key, value in node.items()}


def _report(detail: ErrorDetails, tree: Located, problems: Problems) -> None:
    path = list(detail["loc"])
    mark = tree.place(*path) if isinstance(tree, MapNode) and path else _START
    name = ".".join(str(part) for part in path) or "the file"
    if detail["type"] == "missing":
        problems.error("LS601", mark, f"{name!r} is missing")
    elif detail["type"] == "extra_forbidden":
        hint = problems.known(str(path[-1]), _known_at(path[:-1]))
        what = f"the setting {name!r} is unknown"
        problems.error("LS602", _key_mark(tree, path), what, hint=hint)
    elif detail["type"] in _NOT_A_MAPPING:
        problems.error("LS603", mark, f"{name!r} must be a mapping of names to values")
    else:
        said = detail["msg"]
        problems.error("LS603", mark, f"{name!r}: {said[:1].lower()}{said[1:]}")


def _key_mark(tree: Located, path: list[str | int]) -> Mark:
    """Return the place of the key itself, where a misspelt word stands."""
    around = tree.find(*path[:-1]) if path[:-1] else tree
    keys = around.keys if isinstance(around, MapNode) else []
    return next((key.mark for key in keys if key.value == path[-1]), _START)


def _known_at(path: list[str | int]) -> list[str]:
    """Return the settings possible at a place of the file."""
    if path[:1] == ["receiver"]:
        return list(Receiver.model_fields)
    if path[:1] == ["connections"]:
        return list(ConnectionSettings.model_fields)
    return list(_File.model_fields)


def _check_key(tree: Located, problems: Problems) -> None:
    key = tree.find("key")
    if isinstance(key, MapNode) and not _is_reference(key):
        what = "'key' must be one reference"
        hint = "Write key: {env: NAME} or {file: PATH}."
        problems.error("LS603", key.mark, what, hint=hint)


def _is_reference(node: MapNode) -> bool:
    values = [entry[1] for entry in node.items()]
    named = all(isinstance(one, TextNode) and not one.empty for one in values)
    return named and set(node.entries) in _REFERENCES


def _refuse_plain_secrets(tree: Located, problems: Problems) -> None:
    for name, value in _secrets(tree):
        for text in _plain_texts(value):
            problems.error(
                "LS604",
                text.mark,
                f"{shown(name)} holds a secret as plain text",
                why="and this file is read by many and kept in version control",
                hint=f"Write {shown(name)[1:-1]}: {{env: NAME}} or {{file: PATH}}.",
            )


def _secrets(node: Located) -> Iterator[tuple[str, Located]]:
    """Yield every value whose key says that it is a secret."""
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _secrets(item)
    if isinstance(node, MapNode):
        for key, value in node.items():
            if _SECRET.search(key.value):
                yield key.value, value
            else:
                yield from _secrets(value)


def _plain_texts(node: Located) -> Iterator[TextNode]:
    """Yield the texts inside that are not the names of a reference."""
    if isinstance(node, TextNode) and not node.empty:
        yield node
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _plain_texts(item)
    if isinstance(node, MapNode) and not _is_reference(node):
        for entry in node.items():
            yield from _plain_texts(entry[1])


def _resolved(value: object, folder: Path, where: str) -> object:
    if isinstance(value, list):
        return [_resolved(inner, folder, where) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) in _REFERENCES:
        return _secret(value, folder, where)
    return {
        name: _resolved(inner, folder, f"{where}.{name}")
        for name, inner in value.items()
    }


def _secret(reference: Mapping[str, object], folder: Path, where: str) -> str:
    if "env" in reference:
        name = str(reference["env"])
        found = os.environ.get(name)
        if found:
            return found
        raise ConfigurationError(
            f"{where} refers to the environment variable {name}, which is not set; "
            f"set it before starting: export {name}=..."
        )
    path = folder / str(reference["file"])
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigurationError(
            f"{where} refers to the file {path}, which cannot be read: {reason}"
        ) from None
    if found:
        return found
    raise ConfigurationError(f"{where} refers to the file {path}, which is empty")


def secret_key(settings: Settings) -> bytes | None:
    """Return the 32-byte key for stored tokens, or None when none is set."""
    if settings.key is None:
        return None
    text = _secret(settings.key, settings.file.parent, f"{settings.file}: key")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(
            f"{settings.file}: key must be 64 hexadecimal digits; make one with: "
            'python -c "import secrets; print(secrets.token_hex(32))"'
        )
    return key
