"""What every part of the settings file is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["Strict"]


class Strict(BaseModel):
    """A part of the file: unknown names are mistakes, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
