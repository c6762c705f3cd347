"""Leadstate's commands in processes of their own, started quickly by `spawner.py`.

with sandbox(spawner, folder, "hubspot", "--records", "3") as url:
service = Service(spawner, spawner.start(["run"], {}, folder, out), out)
service.ended()
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadstate.testing import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Service", "Spawner", "sandbox"]

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Spawner:
    """Starts Leadstate's commands; see `spawner.py`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("spawner.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def start(self, argv: list[str], env: dict[str, str], cwd: Path, out: Path) -> int:
        """Start a command and return its process id."""
        asked: dict[str, object] = {
            "argv": argv,
            "env": env,
            "cwd": str(cwd),
            "out": str(out),
        }
        pid: int = self._ask(asked)["pid"]
        return pid

    def status(self, pid: int) -> int | None:
        """Return how a process ended, or None while it lives."""
        status: int | None = self._ask({"poll": pid})["status"]
        return status

    def close(self) -> None:
        """End."""
        self._process.communicate(timeout=PATIENCE_SECONDS)

    def _ask(self, asked: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@dataclass
class Service:
    """One process of Leadstate."""

    spawner: Spawner
    pid: int
    out: Path

    @property
    def status(self) -> int | None:
        """How it ended, or None while it lives."""
        return self.spawner.status(self.pid)

    @property
    def said(self) -> str:
        """What it printed."""
        return self.out.read_text(encoding="utf-8") if self.out.exists() else ""

    def kill(self, number: int = signal.SIGKILL) -> int:
        """Send a signal and return how the process ended."""
        if self.status is None:
            os.kill(self.pid, number)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end, and return how it ended."""
        wait_until(lambda: self.status is not None, lambda: f"it ends: {self.said}")
        status = self.status
        assert status is not None
        return status


@contextmanager
def sandbox(spawner: Spawner, folder: Path, crm: str, *options: str) -> Iterator[str]:
    """Run a CRM's sandbox on a free port, and yield its address."""
    out = folder / f"sandbox-{crm}.log"
    argv = ["sandbox", crm, "--port", "0", *options]
    service = Service(spawner, spawner.start(argv, {}, folder, out), out)
    wait_until(
        lambda: ADDRESS.search(service.said) or service.status is not None,
        lambda: f"the sandbox listens: {service.said}",
    )
    found = ADDRESS.search(service.said)
    assert found is not None, service.said
    yield found[0]
    service.kill(signal.SIGTERM)
