"""Write a first project folder: settings, a workflow, its binding and examples."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from leadstate.domain.mode import ConnectionMode

__all__ = [
    "ADDED_SETTINGS",
    "Written",
    "settings_text",
    "shipped_files",
    "shipped_workflows",
    "write_files",
    "write_project",
]

_SETTINGS = """\
# Leadstate's settings.  Relative paths start at this file's folder.
database: {database}
workflow: workflows/{workflow}.yaml

# Where the CRM sends webhooks.  public_url is the address that the CRM calls, without a
# path; the path is /webhooks/NAME, with the connection's name.
receiver:
  host: 127.0.0.1
  port: {receiver_port}
{public_url}
connections:
{connections}
"""

_CONNECTION = """\
  {name}:
    adapter: {name}
    binding: workflows/{workflow}.{name}.yaml
    # Seconds between two looks for changes that no webhook told of.
    poll_every: {poll_every}
{mode}    settings:
{adapter_settings}"""

_HUBSPOT = """\
      # A service key or a private app's token.  Secrets are references, never text.
      token: {env: HUBSPOT_TOKEN}
      # For webhooks: the app's client secret and id.
      # client_secret: {env: HUBSPOT_CLIENT_SECRET}
      # app_id: 123456"""

_AMOCRM = """\
      base_url: https://SUBDOMAIN.amocrm.ru
      # A long-lived token of an integration.
      token: {env: AMOCRM_TOKEN}
      # For webhooks: the last part of their address, which only amoCRM knows.
      # webhook_secret: {env: AMOCRM_WEBHOOK_SECRET}"""

ADDED_SETTINGS = {"amocrm": _AMOCRM}
"""CRMs that can carry the same leads beside HubSpot -> their first settings."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written."""

    files: tuple[Path, ...]


def shipped_workflows() -> Traversable:
    """Return the folder of the workflows that come with Leadstate."""
    packaged = files("leadstate").joinpath("_workflows")
    if packaged.is_dir():
        return packaged
    # An editable install reads them where they are edited: in the repository.
    beside = files("leadstate").joinpath("..", "workflows")
    if beside.is_dir():
        return beside
    raise UsageError(
        "this installation of leadstate has no workflows; install it again"
    )


def settings_text(  # noqa: PLR0913 - what differs between installations, keyword-only
    *,
    workflow: str,
    database: str = "leadstate.db",
    receiver_port: int = 8800,
    public_url: str | None = None,
    poll_every: float = 60,
    mode: ConnectionMode | None = None,
    adapter_settings: str = _HUBSPOT,
    beside: Mapping[str, str] | None = None,
) -> str:
    """Return the text of a settings file.

    Args:
        workflow: Name of a shipped workflow.
        database: SQLAlchemy URL, or a path.
        receiver_port: Where webhooks come in.
        public_url: The address that CRMs call, without a path.
        poll_every: Seconds between two looks for changes, of every connection.
        mode: How every connection begins; None leaves that unsaid.
        adapter_settings: HubSpot's settings, indented for their place.
        beside: Adapters of further CRMs that carry the same leads -> their settings,
            indented the same.
    """
    line = (
        f"  public_url: {public_url}\n"
        if public_url
        else "  # public_url: https://leads.example.com\n"
    )
    every = {"hubspot": adapter_settings, **(beside or {})}
    connections = "\n".join(
        _CONNECTION.format(
            name=name,
            workflow=workflow,
            poll_every=f"{poll_every:g}",
            mode=f"    mode: {mode}\n" if mode else "",
            adapter_settings=text,
        )
        for name, text in every.items()
    )
    return _SETTINGS.format(
        workflow=workflow,
        database=database,
        receiver_port=receiver_port,
        public_url=line,
        connections=connections,
    )


def write_project(folder: Path, workflow: str, settings: str) -> Written:
    """Write the settings file and the workflow's files; never overwrite one.

    Raises:
        UsageError: A file is there already, or the workflow is not a shipped one.
    """
    # A binding for a CRM that nobody named would only puzzle.
    adapters = {"hubspot"} | {
        name for name in ADDED_SETTINGS if f"{workflow}.{name}.yaml" in settings
    }
    texts = {folder / "leadstate.yaml": settings}
    for name, text in shipped_files(workflow, adapters=adapters).items():
        texts[folder / "workflows" / name] = text
    existing = [str(path) for path in texts if path.exists()]
    if existing:
        raise UsageError(
            f"nothing was written, because these exist: {', '.join(existing)}"
        )
    return Written(write_files(texts))


def shipped_files(workflow: str, *, adapters: Collection[str]) -> dict[str, str]:
    """Return the files of a shipped workflow, with the schemas, by their names.

    Args:
        workflow: Its name.
        adapters: The CRMs whose bindings are wanted.

    Raises:
        UsageError: It is not a shipped one.
    """
    source = sorted(shipped_workflows().iterdir(), key=lambda one: one.name)
    known = [
        one.name.removesuffix(".yaml")
        for one in source
        if one.name.count(".") == 1 and one.name.endswith(".yaml")
    ]
    if workflow not in known:
        raise UsageError(
            f"there is no workflow {workflow!r}; known: {', '.join(known)}"
        )
    names = {f"{workflow}.yaml", f"{workflow}.scenarios.yaml"} | {
        f"{workflow}.{adapter}.yaml" for adapter in adapters
    }
    return {
        one.name: one.read_text(encoding="utf-8")
        for one in source
        if one.name in names or one.name.endswith(".schema.json")
    }


def write_files(texts: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write files where none is; return those that were not there as they should be.

    Raises:
        UsageError: One is there with another text, or cannot be written; then nothing
            was written that was not named before it.
    """
    missing = {path: text for path, text in texts.items() if not _is(path, text)}
    existing = [str(path) for path in missing if path.exists()]
    if existing:
        raise UsageError(
            f"nothing was written, because these exist: {', '.join(existing)}"
        )
    for path, text in missing.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return tuple(missing)


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
