"""Write the package of a new adapter: complete, tested, on a toy to be replaced.

The template is a working plugin for a toy CRM; its files end in ``.txt`` so that no
tool takes them for code of Leadstate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

from leadstate.adapters.registry import installed_plugins
from leadstate.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Package", "PackageNames", "read_names", "write_package"]

_LONGEST: Final = 30
_SHORTEST: Final = 2
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_RULE: Final = (
    f"a name has {_SHORTEST} to {_LONGEST} characters: a small letter, then small "
    "letters, digits and single underscores (acme, pipe_works)"
)
# Words that a reader would take for something else.
_TAKEN: Final = frozenset(("testing", "adapters", "sandbox", "leadstate", "test"))
_SUFFIX: Final = ".txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageNames:
    """A name in every form in which a package needs it."""

    name: str

    @property
    def title(self) -> str:
        """For people: ``Pipe Works``."""
        return self.name.replace("_", " ").title()

    @property
    def classes(self) -> str:
        """For classes: ``PipeWorks``."""
        return self.title.replace(" ", "")

    @property
    def distribution(self) -> str:
        """For installing: ``leadstate-pipe-works``."""
        return f"leadstate-{self.name.replace('_', '-')}"

    @property
    def module(self) -> str:
        """For importing: ``leadstate_pipe_works``."""
        return f"leadstate_{self.name}"

    def put_into(self, text: str) -> str:
        """Return a text of the template with this name in the toy's place."""
        for old, new in (
            ("leadstate-tinycrm", self.distribution),
            ("TINYCRM", self.name.upper()),
            ("TinyCrm", self.classes),
            ("Tiny CRM", self.title),
            ("x-tinycrm", f"x-{self.name.replace('_', '-')}"),
            ("tinycrm", self.name),
        ):
            text = text.replace(old, new)
        return text


@dataclass(frozen=True, slots=True)
class Package:
    """What was written: the folder, and its files."""

    folder: Path
    files: tuple[Path, ...]


def read_names(name: str) -> PackageNames:
    """Return a name that a new adapter can have.

    Raises:
        UsageError: It cannot; the message says what is allowed, and what was meant.
    """
    if not _is_allowed(name):
        near = _nearest(name)
        hint = f" Did you mean {near!r}?" if near else ""
        raise UsageError(f"an adapter cannot be named {name!r}: {_RULE}.{hint}")
    if name in _TAKEN:
        raise UsageError(f"an adapter cannot be named {name!r}: the word is taken")
    if name in installed_plugins():
        raise UsageError(
            f"a plugin named {name!r} is installed already; look at it with: "
            f"leadstate adapters check {name}"
        )
    return PackageNames(name=name)


def write_package(folder: Path, names: PackageNames) -> Package:
    """Write the package into ``folder``, which must not exist or be empty.

    Raises:
        UsageError: Something is there already, or the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"nothing was written, because {folder} exists and is not an empty folder; "
            "name another with --folder"
        )
    texts = {folder / path: text for path, text in _texts(names).items()}
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return Package(folder, tuple(texts))


def _texts(names: PackageNames) -> dict[str, str]:
    """Return every file of the package by its path."""
    with as_file(files("leadstate").joinpath("_templates", "adapter")) as template:
        found = sorted(template.rglob(f"*{_SUFFIX}"))
        return {
            names.put_into(
                path.relative_to(template).as_posix().removesuffix(_SUFFIX)
            ): names.put_into(path.read_text(encoding="utf-8"))
            for path in found
        }


def _nearest(name: str) -> str:
    """Return the allowed name that is nearest to what was typed, or ""."""
    plain = name.strip().lower().removeprefix("leadstate-").removeprefix("leadstate_")
    plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_0123456789")[:_LONGEST].strip("_")
    return plain if _is_allowed(plain) else ""


def _is_allowed(name: str) -> bool:
    return _SHORTEST <= len(name) <= _LONGEST and bool(_NAME.fullmatch(name))
