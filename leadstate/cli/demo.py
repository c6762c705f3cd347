"""What stands in for ``leadstate demo`` while its distribution is not installed."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(
    name="demo",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
def command() -> None:
    """See Leadstate do its job against sandbox CRMs; leadstate-demo brings it."""
    raise click.ClickException(
        "the demo is a distribution of its own; install it with: "
        "pip install leadstate-demo 'leadstate-amocrm[sandbox]' "
        "(from a checkout: make demo)"
    )
