"""What messages leave from, and where they arrive: real servers on loopback.

The office is an installation with one record and a real store; nothing decides there.
The servers answer as they are told and keep what they got.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import shutil
import ssl
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from leadstate.definition import load_workflow_text
from leadstate.domain.record import Record
from leadstate.service.app import App
from leadstate.store import NewRecord, OutboxItem, OutboxKind, open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from leadstate.clock import Clock
    from leadstate.store import OutboxRow

LIFECYCLE = load_workflow_text(
    "workflow: demo\n"
    "stages: {lead: {initial: true}, won: {kind: won}}\n"
    "transitions: {win: {from: lead, to: won}}\n"
)


@dataclass
class Office:
    """One installation, and short ways to put rows and to ask what became of them."""

    app: App
    clock: FrozenClock

    def put(self, kind: OutboxKind, connection: str, **payload: object) -> int:
        """Put a row into the outbox; return its id."""
        token = f"r-1:{uuid4().hex[:8]}"
        with self.app.store.begin() as work:
            work.outbox.add(
                [
                    OutboxItem(
                        token=token,
                        record_id="r-1",
                        connection=connection,
                        object="",
                        external_id="7",
                        kind=kind,
                        payload=payload,
                        created_at=self.app.clock.now(),
                        due_at=self.app.clock.now(),
                    )
                ]
            )
            work.commit()
        with self.app.store.read() as view:
            rows = view.outbox.open_for(["r-1"])["r-1"]
        return next(row.id for row in rows if row.token == token)

    def message(self, channel: str = "ops", **payload: object) -> int:
        """Put a message into the outbox."""
        usual = {"subject": "A lead waits", "text": "Call Ada", "event": "warned"}
        return self.put(OutboxKind.MESSAGE, channel, **(usual | payload))

    def row(self, id: int) -> OutboxRow:  # noqa: A002
        """Return a row as it is now."""
        with self.app.store.read() as view:
            found = view.outbox.get(id)
        assert found is not None
        return found

    def ended(self, id: int) -> tuple[str, str]:  # noqa: A002
        """Return a row's state and outcome."""
        row = self.row(id)
        return str(row.state), row.outcome

    def letters(self) -> list[tuple[str, str, str]]:
        """Return the open dead letters: where to, reason, detail."""
        with self.app.store.read() as view:
            found = view.dead_letters.list()
        return [(one.connection, one.reason, one.detail) for one in found]

    def with_(self, **parts: Any) -> Office:
        """Return the same office with other parts."""
        return replace(self, app=replace(self.app, **parts))


def offices(folder: Path) -> Iterator[Callable[..., Office]]:
    """Yield a function that opens an office on a fresh database; close all after."""
    template = folder / "template.db"
    open_store(f"sqlite:///{template}").close()
    opened: list[Office] = []

    def make(*, clock: Clock | None = None, **parts: Any) -> Office:
        path = folder / f"{uuid4().hex}.db"
        shutil.copy(template, path)
        own = FrozenClock()
        app = App(
            lifecycle=LIFECYCLE,
            store=open_store(f"sqlite:///{path}"),
            clock=clock or own,
            connections={},
        )
        with app.store.begin() as work:
            record = Record(id="r-1", stage="lead")
            work.records.add(
                [NewRecord(record=record, workflow="demo", created_at=own.now())]
            )
            work.commit()
        opened.append(Office(replace(app, **parts), own))
        return opened[-1]

    yield make
    for office in opened:
        office.app.close()


# -- HTTP ------------------------------------------------------------------------------


@dataclass
class Taken:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass
class Endpoint:
    """An HTTP server on loopback.

    Attributes:
        answers: What the next requests get: status, headers, body; then 200.
        silent: Whether it closes the connection without an answer.
    """

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    silent: bool = False
    port: int = 0

    @property
    def url(self) -> str:
        """Where to post."""
        return f"http://127.0.0.1:{self.port}/hooks/canary?key=canary"

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Give the next request this answer."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self.answers.append((status, named, body))


def endpoints() -> Iterator[Endpoint]:
    """Yield an endpoint that runs; stop it at the end."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            endpoint.taken.append(Taken(self.path, headers, body))
            if endpoint.silent:
                self.close_connection = True
                return
            empty: tuple[int, dict[str, str], bytes] = (200, {}, b"")
            status, more, said = endpoint.answers.pop(0) if endpoint.answers else empty
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield endpoint
    server.shutdown()
    thread.join()
    server.server_close()


# -- SMTP ------------------------------------------------------------------------------


@dataclass
class PostOffice:
    """A mail server on loopback.

    Attributes:
        answers: What the next messages get at the end of their data; then 250.
        refusing: Address -> what the server says to it.
    """

    mails: list[Message] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refusing: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    password: bytes = b""
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Take an address, or refuse it."""
        del server, session, rcpt_options
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a message, or refuse it."""
        del server, session
        if self.answers:
            return self.answers.pop(0)
        import email
        from email.policy import default

        raw = envelope.content
        assert isinstance(raw, bytes)
        self.mails.append(email.message_from_bytes(raw, policy=default))
        self.envelopes.append((envelope.mail_from or "", tuple(envelope.rcpt_tos)))
        return "250 OK"

    def login(self, *given: Any) -> AuthResult:
        """Take a login whose password is the right one."""
        data = given[-1]
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == self.password, handled=False)


class _Controller(Controller):
    """A controller whose port the system chooses."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def post_offices(
    tls: ssl.SSLContext | None = None, *, login: bool = False
) -> Iterator[PostOffice]:
    """Yield a mail server that runs; stop it at the end."""
    office = PostOffice()
    more = {"auth_required": True, "authenticator": office.login} if login else {}
    controller = _Controller(
        office, hostname="127.0.0.1", port=0, tls_context=tls, **more
    )
    controller.start()
    office.port = controller.port
    yield office
    controller.stop()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server on loopback shows, and what a client trusts it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "loopback.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        made.public_bytes(pem)
        + key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))
