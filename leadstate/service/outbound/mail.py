"""The channel that sends e-mail by SMTP.

The message's id is made from the token, so that a repetition is the same message to
everybody who looks; no value can become a header or an address.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import structlog

from leadstate.errors import RetryLater, SkipRecord
from leadstate.settings import Tls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.service.channel import Message
    from leadstate.settings import EmailSettings

__all__ = ["EmailChannel", "open_mail"]

LONGEST_SUBJECT: Final = 200
"""Characters of a subject; a longer one ends in ``…``."""

_PORTS: Final = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}
_LASTING: Final = 500  # answers from here on are final (RFC 5321, 4.2.1)
_SHOWN: Final = 200
log = structlog.get_logger("leadstate.push")


class EmailChannel:
    """Sends to the addresses of the settings; one connection a message."""

    def __init__(
        self,
        settings: EmailSettings,
        password: str | None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare; nothing is connected yet.  ``tls`` replaces the usual trust."""
        self._settings, self._password = settings, password
        self._domain = settings.sender.rpartition("@")[2]
        self._tls = tls or ssl.create_default_context()

    def __repr__(self) -> str:
        """Show the server alone."""
        return f"<EmailChannel {self._settings.host}>"

    def send(self, message: Message, *, now: datetime) -> str:
        """Send one message to everybody; say who of them was refused."""
        mail = self._mail(message, now)
        stage = _Progress()
        try:
            with self._connect() as server:
                stage.sending = True
                refused = server.send_message(mail)
                stage.accepted = True
        except smtplib.SMTPException as error:
            if not stage.accepted:
                raise _failure(error, sent=stage.sending) from None
        except OSError as error:
            if not stage.accepted:
                words = f"the mail server cannot be reached ({type(error).__name__})"
                raise RetryLater(words, sent=stage.sending) from None
        return self._refused_text(refused)

    def close(self) -> None:
        """Nothing is held open."""

    def _mail(self, message: Message, now: datetime) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.sender
        mail["To"] = ", ".join(self._settings.to)
        mail["Subject"] = _line(message.subject or message.text.partition("\n")[0])
        mail["Date"] = format_datetime(now)
        name = sha256(message.token.encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{name}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no robot answers it
        mail.set_content(_readable(message.text))
        return mail

    def _connect(self) -> smtplib.SMTP:
        one = self._settings
        port = one.port or _PORTS[one.tls]
        name, wait = self._domain, one.timeout
        if one.tls is Tls.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                one.host, port, local_hostname=name, timeout=wait, context=self._tls
            )
        else:
            server = smtplib.SMTP(one.host, port, local_hostname=name, timeout=wait)
        try:
            if one.tls is Tls.STARTTLS:
                server.starttls(context=self._tls)
            if one.username is not None and self._password is not None:
                server.login(one.username, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _refused_text(self, refused: Mapping[str, tuple[int, bytes]]) -> str:
        if not refused:
            return "sent"
        words = "; ".join(
            f"{address}: {_answer(code, text)}"
            for address, (code, text) in refused.items()
        )
        log.warning("mail refused for some", refused=words)
        return f"sent, but refused for {words}"


class _Progress:
    """How far a message came; a connection that breaks afterwards changes nothing."""

    __slots__ = ("accepted", "sending")

    def __init__(self) -> None:
        self.sending = self.accepted = False


def _failure(error: smtplib.SMTPException, *, sent: bool) -> RetryLater | SkipRecord:
    """Return what an answer of the mail server means.

    A refused password is for a person to mend, and the message then still goes out.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = max(error.recipients.values(), key=lambda one: -one[0])
        words = f"the mail server refuses every address: {_answer(code, text)}"
        return SkipRecord(words) if code >= _LASTING else RetryLater(words)
    if isinstance(error, smtplib.SMTPResponseException):
        answer = _answer(error.smtp_code, error.smtp_error)
        words = f"the mail server answers {answer}"
        login = isinstance(error, smtplib.SMTPAuthenticationError)
        if error.smtp_code >= _LASTING and sent and not login:
            return SkipRecord(words)
        return RetryLater(words)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return RetryLater(f"the mail server lacks what the settings ask for: {error}")
    return RetryLater(f"the mail server went away ({type(error).__name__})", sent=sent)


def _answer(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = "".join(sign if sign.isprintable() else " " for sign in said)
    return f"{code} {' '.join(shown.split())[:_SHOWN]}".strip()


def _line(text: str) -> str:
    """Return one line for a header, whatever stands in the text."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(shown.split())
    short = len(line) <= LONGEST_SUBJECT
    return line if short else f"{line[: LONGEST_SUBJECT - 1]}…"


def _readable(text: str) -> str:
    """Return a body that can be encoded: half of a surrogate pair is no letter."""
    return text.encode("utf-8", "replace").decode("utf-8")


def open_mail(settings: EmailSettings, password: str | None) -> EmailChannel:
    """Open an e-mail channel; the server is connected to when a message goes out."""
    return EmailChannel(settings, password)
