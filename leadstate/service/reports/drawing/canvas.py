"""Turn a report into a picture file: find who draws it, render, write it whole."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from leadstate.errors import ConfigurationError, UsageError
from leadstate.service.destination import written

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.reports.scope import About

__all__ = ["ENDINGS", "png", "save_chart", "svg"]

ENDINGS: Final = (".svg", ".png")
"""What the name of a picture may end with."""

# the report's type -> the module that draws it, by its function `draw`
_DRAWN: Final = {
    "Funnel": "funnel",
    "StageTimes": "times",
    "Flow": "flow",
    "Sla": "slas",
    "Responsibility": "responsibility",
    "Cost": "cost",
}
_PIXELS_A_POINT: Final = 2.0
_NEEDED: Final = frozenset({"altair", "vl_convert"})


def save_chart(report: object, target: Path) -> None:
    """Write a report's picture; SVG or PNG by the end of the file's name.

    Raises:
        UsageError: The name ends otherwise, nobody draws such a report, or the file
            cannot be written.
        ConfigurationError: What draws is not installed.
    """
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"the picture {target} has to end with {' or '.join(ENDINGS)}; name it so, "
            "for instance funnel.svg"
        )
    content = svg(report).encode() if ending == ".svg" else png(report)
    with written(target) as out:
        out.write(content)


def svg(report: object) -> str:
    """Return a report as SVG: text stays text, nothing is loaded from elsewhere."""
    text: str = _converter().vegalite_to_svg(_spec(report), allowed_base_urls=[])
    return text if text.endswith("\n") else f"{text}\n"


def png(report: object) -> bytes:
    """Return a report as PNG, two pixels a point."""
    content: bytes = _converter().vegalite_to_png(
        _spec(report), scale=_PIXELS_A_POINT, allowed_base_urls=[]
    )
    return content


def _spec(report: object) -> dict[str, Any]:
    module = _DRAWN.get(type(report).__name__)
    if module is None:
        about: About | None = getattr(report, "about", None)
        named = about.report if about is not None else type(report).__name__
        raise UsageError(
            f"there is no picture of {named!r}; there is one of "
            f"{', '.join(sorted(_DRAWN))}. Take --json, or the export, for tools of "
            "your own"
        )
    try:
        draw = import_module(f"{__package__}.{module}").draw
        spec: dict[str, Any] = draw(report).to_dict()
    except ImportError as error:
        raise _missing(error) from error
    return spec


def _converter() -> Any:
    try:
        return import_module("vl_convert")
    except ImportError as error:
        raise _missing(error) from error


def _missing(error: ImportError) -> Exception:
    if error.name not in _NEEDED:
        return error
    return ConfigurationError(
        f"pictures need {error.name}; install it with: pip install 'leadstate[charts]'"
    )
