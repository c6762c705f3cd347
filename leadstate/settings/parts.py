"""What every part of the settings file is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["PLUGIN", "Strict"]

PLUGIN = "plugin"
"""What stands for the plugins where a row names who is to carry it out."""


class Strict(BaseModel):
    """A part of the file: unknown names are mistakes, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
