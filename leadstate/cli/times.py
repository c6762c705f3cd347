"""How moments are written on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import date

__all__ = ["Time"]


class Time(click.ParamType["date"]):
    """A day of the workflow's time zone, or a moment with an offset."""

    name = "time"

    def convert(
        self,
        value: str | date,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        """Return it as it was meant."""
        from leadstate.errors import UsageError
        from leadstate.service.reports.scope import read_time

        if not isinstance(value, str):
            return value
        try:
            return read_time(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)
