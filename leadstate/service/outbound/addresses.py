"""Where messages may be sent: public HTTPS addresses, unless the settings say more.

A name is looked up when something is sent, and what is connected to is the very
address that was checked: a name that changes its mind in between leads nowhere else.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import httpx

from leadstate.adapters.addresses import is_public
from leadstate.errors import ConfigurationError, RetryLater, SkipRecord

__all__ = ["Target", "target_of"]

_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was checked, as far as its text goes.

    Attributes:
        allow_private: Whether it may lead into a private network or to this machine.
    """

    url: httpx.URL
    allow_private: bool = False

    def __repr__(self) -> str:
        """Show the host alone: the path may be a secret."""
        return f"<Target {self.url.host}>"

    @property
    def host(self) -> str:
        """The host as it stands in the address, for the header and for TLS."""
        return self.url.raw_host.decode("ascii")

    @property
    def authority(self) -> str:
        """Host and port, for the header."""
        return self.url.netloc.decode("ascii")

    def checked(self) -> tuple[httpx.URL, ...]:
        """Look the name up and return what may be connected to, by number.

        Raises:
            RetryLater: The name cannot be looked up now.
            SkipRecord: It leads into a private network.
        """
        port = self.url.port or _PORTS[self.url.scheme]
        try:
            found = socket.getaddrinfo(self.host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise RetryLater(
                f"the name {self.host} cannot be looked up: {error.strerror}"
            ) from None
        numbers = dict.fromkeys(str(entry[4][0]) for entry in found)
        if not self.allow_private and not all(map(is_public, numbers)):
            raise SkipRecord(
                f"{self.host} leads into a private network or to this machine; allow "
                "it with allow_private: true, if that is meant"
            )
        return tuple(self.url.copy_with(host=number) for number in numbers)


def target_of(
    text: str, where: str, *, allow_http: bool, allow_private: bool
) -> Target:
    """Return an address that messages may be posted to.

    Args:
        where: The setting, for the message.

    Raises:
        ConfigurationError: It is no such address; the address itself is not repeated.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in _PORTS or not url.host:
        raise ConfigurationError(f"{where} must be an address: https://HOST/PATH")
    if url.scheme == "http" and not allow_http:
        raise ConfigurationError(
            f"{where} must be https; what is sent over http can be read on the way. "
            "Allow it with allow_http: true"
        )
    if url.userinfo or url.fragment:
        raise ConfigurationError(f"{where} must be scheme, host, path and query only")
    if not allow_private and not _may_be_public(url.host):
        raise ConfigurationError(
            f"{where} leads into a private network or to this machine; allow it with "
            "allow_private: true, if that is meant"
        )
    return Target(url, allow_private)


def _may_be_public(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.rstrip(".").casefold() != "localhost"
    return is_public(host)
