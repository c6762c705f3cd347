"""The demo's CRMs: what each sandbox is started with, and what the settings say of it.

A sandbox is a process of its own; nothing here knows what happens in one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

__all__ = ["AMOCRM", "HUBSPOT", "Crm", "amocrm", "hubspot", "running"]

HUBSPOT = "hubspot"
AMOCRM = "amocrm"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_TOKEN = "demo-token"  # noqa: S105 - the sandbox's own, worth nothing elsewhere
_SECRET = "demo-client-secret"  # noqa: S105 - the same
_PATH_SECRET = "demo-webhook-secret"  # noqa: S105 - the same
_APP_ID = "50780459"
# What an amoCRM account bears; a single integration has 7, and the story would drag on.
_CALLS_A_SECOND = "50"
_SALES_LEADS = "12"
_ENDS_WITHIN_SECONDS = 300.0  # at once, but on a machine with much else to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Crm:
    """One CRM of the demo.

    Attributes:
        options: What its sandbox is started with.
        secrets: File name -> secret, beside the settings file.
        settings: The adapter's settings, as text with a place for ``base_url``.
        path: What follows the receiver's address in the webhooks' address.
        signature: Secret that the sandbox signs webhooks with.
        switches: How it behaves besides, by its own names.
    """

    name: str
    options: tuple[str, ...]
    secrets: Mapping[str, str]
    settings: str
    path: str
    signature: str = ""
    switches: Mapping[str, object] = field(default_factory=dict)


def hubspot(records: int, seed: int, start: datetime) -> Crm:
    """Return marketing's CRM at ``start``."""
    return Crm(
        name=HUBSPOT,
        options=(
            *("--token", _TOKEN, "--client-secret", _SECRET, "--app-id", _APP_ID),
            *("--records", str(records), "--seed", str(seed)),
            *("--started-at-ms", _in_milliseconds(start)),
        ),
        secrets={"token": _TOKEN, "client-secret": _SECRET},
        settings=f"""\
      token: {{{{file: token}}}}
      client_secret: {{{{file: client-secret}}}}
      app_id: {_APP_ID}
      base_url: {{base_url}}""",
        path=f"/webhooks/{HUBSPOT}",
        signature=_SECRET,
        # Receivers refuse what is dated by another clock than theirs.
        switches={"signature_clock": "sandbox"},
    )


def amocrm(seed: int, start: datetime) -> Crm:
    """Return the sales team's CRM at ``start``, with a few leads of its own."""
    return Crm(
        name=AMOCRM,
        options=(
            *("--token", _TOKEN, "--rps", _CALLS_A_SECOND),
            *("--records", _SALES_LEADS, "--seed", str(seed)),
            *("--started-at-ms", _in_milliseconds(start)),
        ),
        secrets={"token": _TOKEN, "webhook-secret": _PATH_SECRET},
        settings=f"""\
      token: {{{{file: token}}}}
      webhook_secret: {{{{file: webhook-secret}}}}
      requests_per_second: {_CALLS_A_SECOND}
      base_url: {{base_url}}""",
        path=f"/webhooks/{AMOCRM}/{_PATH_SECRET}",
    )


def _in_milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


@contextmanager
def running(crm: Crm) -> Iterator[str]:
    """Run a sandbox as a process of its own; yield its address."""
    command = [sys.executable, "-m", "leadstate", "sandbox", crm.name, "--port", "0"]
    process = subprocess.Popen(  # noqa: S603 - our own command, no shell
        [*command, *crm.options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = _ADDRESS.search(line)
        if found is None:
            process.terminate()
            _, errors = process.communicate(timeout=_ENDS_WITHIN_SECONDS)
            raise click.ClickException(
                f"the sandbox {crm.name} did not start: {errors.strip()}"
            )
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=_ENDS_WITHIN_SECONDS)
