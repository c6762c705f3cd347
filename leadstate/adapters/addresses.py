"""Where a token may be sent: to public addresses, unless the settings say more.

The text of an address is checked when it is read, without looking a name up; what the
name leads to is checked when it is connected to, and what is connected to is the very
number that was checked: a name that changes its mind in between leads nowhere else.
"""

from __future__ import annotations

import re
import socket
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CheckedTransport", "base_of", "is_loopback", "is_proxied", "is_public"]

_NAT64: Final = IPv6Network("64:ff9b::/96")
_OWN_NAT64: Final = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE: Final = IPv6Network("::/96")
# What systems read as a number, however it is written: 127.1, 0x7f000001, 017700000001.
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:\d+|0[xX][0-9a-fA-F]*)\.?")


def base_of(text: str, *, loopback: bool, allow_private: bool) -> httpx.URL:
    """Return the address if a token may be sent there, as far as its text goes.

    Args:
        loopback: Allow a sandbox on this machine, also without TLS.
        allow_private: Allow a CRM in a private network; TLS it must be.

    Raises:
        ConfigurationError: It is no such address; the address itself is not repeated.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.userinfo or url.query or url.fragment:
        raise ConfigurationError("base_url must be scheme, host and path only")
    if loopback and url.scheme in {"http", "https"} and is_loopback(url.host):
        return url
    private = _is_odd(url.host) or (not allow_private and _is_private(url.host))
    if url.scheme != "https" or not url.host or private:
        raise ConfigurationError(
            "base_url must be https and a public host; a sandbox is reached over "
            "http://127.0.0.1:PORT, a CRM in a private network with allow_private: true"
        )
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, plainly written."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(number: str) -> bool:
    """Whether an address is anybody's, also when it is wrapped in another form."""
    address = ip_address(number.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address in _OWN_NAT64:
            return False
        address = _wrapped(address) or address
    return address.is_global and not address.is_multicast


def is_proxied(url: httpx.URL) -> bool:
    """Whether the environment names a proxy, which then looks the name up itself."""
    proxies = getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(url.host)


class CheckedTransport(httpx.HTTPTransport):
    """Connects to public addresses only."""

    def __init__(self, limits: httpx.Limits) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context, limits=limits)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_PublicNetwork(),
        )


class _PublicNetwork(httpcore.SyncBackend):
    """Looks names up, and connects to what it found and checked."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first number of a name that answers."""
        options = list(socket_options or ())
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for number in _numbers(host, port):
            try:
                return super().connect_tcp(
                    number, port, timeout, local_address, options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def _numbers(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        words = f"the name {host} cannot be looked up: {error.strerror}"
        raise httpcore.ConnectError(words) from None
    numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(map(is_public, numbers)):
        raise ConfigurationError(
            f"base_url: {host} leads into a private network or to this machine; allow "
            "it with allow_private: true, if that is meant"
        )
    return numbers


def _is_odd(host: str) -> bool:
    """Whether a host is a number that is not written as one."""
    try:
        ip_address(host)
    except ValueError:
        return _NUMBER.fullmatch(host) is not None
    return False


def _is_private(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        name = host.rstrip(".").casefold()
        return name == "localhost" or name.endswith(".localhost")


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
