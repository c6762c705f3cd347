"""Connect in the browser, with real processes: the command, a sandbox, a browser."""

from __future__ import annotations

import contextlib
import re
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from processes import Service, Spawner, sandbox

from leadstate.domain.mode import ConnectionMode
from leadstate.service.setup.project import settings_text, write_project
from leadstate.testing import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "canary-client-secret-71c0e2"
CLIENT = "11111111-2222-4333-8444-555555555555"
KEY = "5e" * 32
PATH = "/oauth/callback"
OPTIONS = {
    "hubspot": ("--auth", "oauth", "--token", "an-older-refresh-token"),
    "amocrm": ("--refresh-token", "an-older-refresh-token"),
}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Project:
    """A project folder with a connection that nobody authorised yet."""

    spawner: Spawner
    crm: str
    folder: Path
    port: int
    started: list[Service] = field(default_factory=list)

    @property
    def redirect_uri(self) -> str:
        """Where the browser returns to."""
        return f"http://localhost:{self.port}{PATH}"

    @property
    def back(self) -> str:
        """The same address, as a test calls it."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    @contextlib.contextmanager
    def connecting(self, *words: str) -> Iterator[tuple[Service, str]]:
        """Start the command; yield it with the address that it shows."""
        process = self.start("connect", self.crm, "--oauth", "--no-browser", *words)
        try:
            yield process, self.address(process)
        finally:
            process.kill()

    def address(self, process: Service) -> str:
        """Wait until the address is shown."""
        shown = re.compile(r"http://127\.0\.0\.1\S+(?=\s)")
        wait_until(
            lambda: shown.search(process.said) or process.status is not None,
            lambda: f"an address is shown: {process.said}",
        )
        found = shown.search(process.said)
        assert found is not None, process.said
        return found[0]

    def start(self, *argv: str) -> Service:
        """Start a command."""
        out = self.folder / f"process-{len(self.started)}.log"
        env = {"CLIENT_SECRET": SECRET, "LEADSTATE_KEY": KEY}
        pid = self.spawner.start(list(argv), env, self.folder, out)
        self.started.append(Service(self.spawner, pid, out))
        return self.started[-1]

    def call(self, *argv: str) -> tuple[int, str]:
        """Run a command to its end."""
        process = self.start(*argv)
        return process.ended(), process.said


@contextlib.contextmanager
def project(
    spawner: Spawner, crm: str, folder: Path, *options: str
) -> Iterator[Project]:
    """Run a sandbox, and write a project that is bound to it."""
    port = free_port()
    uri = f"http://localhost:{port}{PATH}"
    given = ["--client-id", CLIENT, "--client-secret", SECRET, "--records", "3"]
    given += ["--redirect-uri", uri] if crm == "amocrm" else []
    with sandbox(spawner, folder, crm, *given, *OPTIONS[crm], *options) as url:
        adapter = f"""\
      base_url: {url}
      oauth:
        client_id: {CLIENT}
        client_secret: {{env: CLIENT_SECRET}}
        redirect_uri: {uri}"""
        text = settings_text(
            workflow="b2b_lifecycle",
            mode=ConnectionMode.LIVE,
            adapter_settings=adapter,
        )
        text = text.replace("  hubspot:\n", f"  {crm}:\n")
        text = text.replace("adapter: hubspot", f"adapter: {crm}")
        text = text.replace("lifecycle.hubspot.yaml", f"lifecycle.{crm}.yaml")
        text = f"key: {{env: LEADSTATE_KEY}}\n{text}"
        write_project(folder, "b2b_lifecycle", text)
        yield Project(spawner, crm, folder, port)


@pytest.fixture(name="office", params=["hubspot", "amocrm"])
def _office(
    request: pytest.FixtureRequest, spawner: Spawner, tmp_path: Path
) -> Iterator[Project]:
    """An office for each CRM whose plugin and sandbox are installed."""
    pytest.importorskip(f"leadstate_{request.param}.sandbox")
    with project(spawner, request.param, tmp_path) as found:
        yield found


@pytest.fixture(name="browser")
def _browser() -> Iterator[httpx.Client]:
    """A browser that follows redirects, on its own machine too."""
    with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        yield client


def consent(browser: httpx.Client, address: str) -> str:
    """Agree, and return the address that the CRM sends the browser to."""
    answer = browser.get(address)
    assert answer.is_redirect, answer.text
    return answer.headers["location"].replace("//localhost:", "//127.0.0.1:")


def test_an_account_is_connected_in_the_browser(
    office: Project, browser: httpx.Client
) -> None:
    """The page says so after the tokens are kept; other processes work with them."""
    with office.connecting() as (process, address):
        page = browser.get(consent(browser, address))
        ended, said = process.ended(), process.said

    assert 200 == page.status_code, page.text
    assert "is connected" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 0 == ended, said
    assert f"{office.crm} is connected to" in said
    status, told = office.call("doctor", office.crm)
    assert "ok   credentials" in told, told
    assert status in {0, 1}
    stored = (office.folder / "leadstate.db").read_bytes()
    assert SECRET not in told + said + page.text
    assert SECRET.encode() not in stored


def test_an_admin_who_says_no_is_told_how_to_go_on(
    office: Project, browser: httpx.Client
) -> None:
    """In the terminal and on the page; nothing is connected."""
    with office.connecting() as (process, address):
        [state] = parse_qs(urlsplit(address).query)["state"]
        query = {"error": "access_denied", "state": state}
        page = browser.get(office.back, params=query)
        ended, said = process.ended(), process.said

    assert "Not connected" in page.text
    assert 1 == ended
    assert "not granted" in said or "access" in said


def test_a_stranger_and_a_second_answer_change_nothing(
    office: Project, browser: httpx.Client
) -> None:
    """A wrong state is refused and does not end the waiting; one answer is taken."""
    with office.connecting() as (process, address):
        elsewhere = browser.get(f"http://127.0.0.1:{office.port}/favicon.ico")
        forged = browser.get(office.back, params={"code": "x", "state": "forged"})
        doubled = browser.get(f"{office.back}?code=x&state=a&state=b")
        page = browser.get(consent(browser, address))
        ended, said = process.ended(), process.said

    assert [404, 400, 400] == [one.status_code for one in (elsewhere, forged, doubled)]
    assert 200 == page.status_code
    assert 0 == ended, said


def test_nobody_who_comes_back_ends_the_waiting(office: Project) -> None:
    """With what to look at."""
    with office.connecting("--timeout", "1") as (process, _):
        ended, said = process.ended(), process.said

    assert 1 == ended
    assert "nobody came back from the browser within 1 seconds" in said
    assert office.redirect_uri in said


def test_a_port_that_is_taken_is_told(office: Project) -> None:
    """Before anybody is sent to the browser."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", office.port))
        taken.listen()
        status, said = office.call("connect", office.crm, "--oauth", "--no-browser")

    assert 1 == status
    assert f"cannot listen on port {office.port}" in said
    assert "--redirect-uri" in said


def test_without_a_connection_the_remedy_is_told(office: Project) -> None:
    """Doctor names the command."""
    status, said = office.call("doctor", office.crm)

    assert 1 == status
    assert "leadstate connect" in said


def test_an_account_is_connected_again_after_a_crash(
    office: Project, browser: httpx.Client
) -> None:
    """Killed while the browser was away: what was kept before goes on working."""
    with office.connecting() as (process, address):
        browser.get(consent(browser, address))
        process.ended()
    with office.connecting() as (process, address):
        consent(browser, address)
        process.kill()

    _, told = office.call("doctor", office.crm)
    with office.connecting() as (process, address):
        page = browser.get(consent(browser, address))
        process.ended()

    assert "ok   credentials" in told
    assert "is connected" in page.text
