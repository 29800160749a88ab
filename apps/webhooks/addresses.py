"""Where a webhook may point: the text of a URL, and the addresses that its host stands for.

A server that sends requests wherever a tenant says is a way into the network it stands in. So a URL is accepted in one
spelling only, and what it resolves to must be on the public internet, every address of it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from apps.webhooks.models import URL_LENGTH
from apps.webhooks.refusals import invalid_url

_DEFAULT_PORTS = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024
_PRINTABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
# What C libraries and browsers take for an IPv4 address: 2130706433, 0x7f.1, 017700000001.
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

# Beyond what the standard library calls global.
_REFUSED_IPV4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "168.63.129.16/32",  # Azure's metadata and DNS, at an address that looks public
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # relays of 6to4
            "224.0.0.0/4",  # multicast
        ),
    )
)
# All of the public IPv6 internet lies in 2000::/3, and these lie in it without being that.
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_IPV6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # Teredo, which holds an IPv4 address, and other protocols
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which holds an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
# How hosts without IPv4 reach the IPv4 internet: the last 32 bits are the address that counts.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL says: host in lower case, without brackets; the path with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_literal(self) -> bool:
        """Whether the host is an address already."""
        return is_address(self.host)


def parse_url(url: str) -> Target:
    """The parts of a URL that something may be sent to, as far as its text tells.

    Raises:
        InvalidInput: it is longer than 2,048 characters or holds others than printable ASCII; is not https; names a user,
            a fragment, or a port below 1024 that is not 443; or its host is spelt in a way that not everybody reads alike.
    """
    if len(url) > URL_LENGTH or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise invalid_url(f"write at most {URL_LENGTH} characters of ASCII, without blanks or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise invalid_url("it cannot be read.") from None
    if parts.scheme not in _schemes():
        raise invalid_url(f"the scheme must be {' or '.join(_schemes())}.")
    if "@" in parts.netloc:
        raise invalid_url("leave out user and password.")
    if "#" in url:
        raise invalid_url("leave out the fragment.")
    if port is None:
        port = _DEFAULT_PORTS[parts.scheme]
    if port < _FIRST_FREE_PORT and port != _DEFAULT_PORTS[parts.scheme]:
        raise invalid_url(f"the port must be {_DEFAULT_PORTS[parts.scheme]}, or {_FIRST_FREE_PORT} or more.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(parts.netloc, parts.hostname or ""), port, path)


def is_address(host: str) -> bool:
    """Whether it is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def may_be_reached(address: str, *, scheme: str = "https") -> bool:
    """Whether a request may go to this address: on the public internet, or a loopback where the settings allow that.

    Args:
        address: IPv4 or IPv6.
        scheme: http is for loopback addresses alone.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if settings.WEBHOOKS_ALLOW_LOOPBACK and ip.is_loopback:
        return True
    return scheme == "https" and _is_public(ip)


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return _is_public(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
        return ip in _PUBLIC_IPV6 and ip.is_global and not any(ip in network for network in _REFUSED_IPV6)
    return ip.is_global and not any(ip in network for network in _REFUSED_IPV4)


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.WEBHOOKS_ALLOW_LOOPBACK else ("https",)


def _host(netloc: str, host: str) -> str:
    if netloc.startswith("["):
        if not is_address(host) or "%" in host:
            raise invalid_url("the host is no IPv6 address.")
        return str(ipaddress.ip_address(host))
    if _NUMERIC_END.fullmatch(host):
        if not is_address(host):
            raise invalid_url("write an IPv4 address as four decimal numbers.")
        return host
    if not _HOST_NAME.fullmatch(host):
        raise invalid_url("the host is no name; write one with other letters as xn--...")
    return host
