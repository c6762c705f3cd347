"""The command: one line, a clean end, this machine only."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner
from leadstate_amocrm.sandbox import command

from leadstate.testing import PATIENCE_SECONDS

RUN = [sys.executable, "-m", "leadstate_amocrm.sandbox", "--port", "0"]


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_cleanly(wanted: signal.Signals) -> None:
    """One line when ready, exit code 0 on a signal, nothing on stderr."""
    with subprocess.Popen(
        [
            *(*RUN, "--records", "7", "--seed", "5", "--token", "t", "--rps", "9"),
            *("--started-at-ms", "1767220000000"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        base = line.split()[3]
        with httpx.Client(
            base_url=f"{base}/_sandbox", trust_env=False, timeout=PATIENCE_SECONDS
        ) as client:
            health = client.get("/health").json()
            policy = client.get("/policy").json()
        process.send_signal(wanted)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)

    assert line == f"amoCRM sandbox on {base} (7 leads, seed 5)"
    assert health["records"]["leads"] == 7
    assert health["now"].startswith("2025-12-31T22:")
    assert policy["rps"] == 9
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_it_refuses_other_machines(host: str) -> None:
    """An address others could reach is refused with what to do instead."""
    result = CliRunner().invoke(command, ["--host", host])

    assert result.exit_code == 2
    assert "use 127.0.0.1" in result.output


def test_a_taken_port_is_told_with_a_way_out() -> None:
    """The message names the option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(command, ["--port", port, "--records", "0"])

    assert result.exit_code == 1
    assert "Try --port 0" in result.output


def test_importing_the_command_is_cheap() -> None:
    """The web server is not loaded before it is needed."""
    code = (
        "import sys, leadstate_amocrm.sandbox as s;"
        "print(s.command.name, 'uvicorn' in sys.modules, 'starlette' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["amocrm", "False", "False"]
