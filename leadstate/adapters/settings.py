"""Read a connection's settings, and tell every mistake with its remedy.

class Settings(StrictSettings):
token: Secret

settings = read_settings(Settings, "toy", connection.name, connection.settings)
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

__all__ = ["Identity", "Secret", "StrictSettings", "read_settings"]

SettingsT = TypeVar("SettingsT", bound=BaseModel)


def _text(value: object) -> object:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else value


Identity = Annotated[str, BeforeValidator(_text), Field(pattern=r"^[0-9]{1,20}$")]
"""A number that names something; often written without quotation marks."""

Secret = Annotated[SecretStr, Field(min_length=1)]
"""A text that no message, log or repr ever shows."""


class StrictSettings(BaseModel):
    """Settings that refuse unknown keys and never show what was given."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def read_settings(
    model: type[SettingsT], adapter: str, name: str, given: Mapping[str, object]
) -> SettingsT:
    """Return the settings of connection ``name``, or say everything that is wrong.

    Raises:
        ConfigurationError: Every mistake, never with a value: it may be a secret.
    """
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        found = error.errors(include_url=False)
    listed = "; ".join(_words(model, problem) for problem in found)
    raise ConfigurationError(f"connection {name!r} ({adapter}): {listed}")


def _words(model: type[BaseModel], problem: ErrorDetails) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"there is no setting {where!r}{_did_you_mean(model, problem['loc'])}"
    if problem["type"] == "missing":
        return f"setting {where!r} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    return f"setting {where!r}: {message}" if where else message


def _did_you_mean(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    known = _fields(model, loc[:-1])
    close = get_close_matches(str(loc[-1]), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"


def _fields(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the settings beside a mistake, also of a part such as ``oauth``."""
    for part in path:
        annotation = model.model_fields[str(part)].annotation
        inner = (annotation, *getattr(annotation, "__args__", ()))
        parts = [
            one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)
        ]
        if not parts:
            return []
        model = parts[0]
    return list(model.model_fields)
