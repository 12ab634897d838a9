"""Decides which outside address a callback may reach: at registration and again at each connect.

`check_url` is pure and judges the text of a URL. `resolve` asks for the addresses once and judges
every one of them; the sender then connects to exactly these, so a name that changes its answer
between check and use gains nothing. `ipaddress.is_global` alone is no guard: depending on the
Python version it passes NAT64, 6to4, multicast and IPv4-compatible forms of loopback.
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Protocol, Self, TypeAlias
from urllib.parse import urlsplit

import yarl

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

URL_LENGTH_MAX = 2048
PORTS = frozenset({443, 8443})


class Reason(StrEnum):
    """Names why a URL or an address was refused; the values are stable codes."""

    URL_TOO_LONG = "urlTooLong"
    URL_INVALID_CHARACTER = "urlInvalidCharacter"
    SCHEME_NOT_ALLOWED = "schemeNotAllowed"
    USERINFO_NOT_ALLOWED = "userinfoNotAllowed"
    QUERY_NOT_ALLOWED = "queryNotAllowed"
    FRAGMENT_NOT_ALLOWED = "fragmentNotAllowed"
    HOST_INVALID = "hostInvalid"
    HOST_NOT_QUALIFIED = "hostNotQualified"
    PARSERS_DISAGREE = "parsersDisagree"
    PORT_NOT_ALLOWED = "portNotAllowed"
    METADATA_ADDRESS = "metadataAddress"
    OWN_ADDRESS = "ownAddress"
    UNSPECIFIED_ADDRESS = "unspecifiedAddress"
    LOOPBACK_ADDRESS = "loopbackAddress"
    LINK_LOCAL_ADDRESS = "linkLocalAddress"
    PRIVATE_ADDRESS = "privateAddress"
    MULTICAST_ADDRESS = "multicastAddress"
    TUNNEL_ADDRESS = "tunnelAddress"
    RESERVED_ADDRESS = "reservedAddress"


class TargetRefused(Exception):
    """Tells that a URL must not be called; `code` is the stable reason."""

    def __init__(self, code: Reason, message: str) -> None:
        super().__init__(message)
        self.code = code


class NameNotResolved(Exception):
    """Tells that a host has no address at the moment; trying later may help."""


class Resolver(Protocol):
    """Looks up the addresses of a host name; `OSError` when there are none."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of the host as text, best first."""


@dataclass(frozen=True, slots=True)
class Target:
    """Holds the parts of a checked URL; an IP literal in `host` is canonical and unbracketed."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return the value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class AllowList:
    """Holds what the operator's server configuration opens beyond public https listeners.

    A network opens its private addresses to every name, on the usual ports. A host opens that
    spelling of the host only; without a port it stands for 80, 443 and 8443. Loopback opens only
    for a host spelled as a loopback address or `localhost`. `never` (own database, own admin
    pages, own public addresses) beats both, and so do metadata and link-local addresses.
    """

    networks: tuple[Network, ...] = ()
    hosts: frozenset[tuple[str, int | None]] = frozenset()
    never: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str, *, never: str = "") -> Self:
        """Return the list for `10.0.0.0/8, listener.example:8443`; ValueError names a bad entry."""
        entries = [entry for part in text.split(",") if (entry := part.strip())]
        return cls(
            networks=tuple(_private_network(entry) for entry in entries if "/" in entry),
            hosts=frozenset(_host_entry(entry) for entry in entries if "/" not in entry),
            never=tuple(ip_network(part.strip()) for part in never.split(",") if part.strip()),
        )

    def names(self, host: str, port: int) -> bool:
        """Return whether the operator named this host for this port."""
        usual = port in PORTS or port == 80
        return (host, port) in self.hosts or (usual and (host, None) in self.hosts)

    def opens(self, address: Address, reason: Reason, target: Target) -> bool:
        """Return whether an address refused for `reason` is open to this target nevertheless."""
        named = self.names(target.host, target.port)
        if reason is Reason.PRIVATE_ADDRESS:
            return named or any(address in network for network in self.networks)
        return reason is Reason.LOOPBACK_ADDRESS and named and _is_loopback_host(target.host)


def check_url(url: str, *, allow: AllowList, with_query: bool = False) -> Target:
    """Return the parts of a URL that may be called, or raise `TargetRefused`.

    What is fetched may have a ? part, which then belongs to the path; a callback may not.
    """
    _check_text(url, with_query=with_query)
    scheme, rest = url.split("://", 1)
    authority, slash, path = rest.partition("/")
    if "?" in authority:
        raise TargetRefused(Reason.HOST_INVALID, "The URL needs a / before its ? part.")
    host, port = _host_and_port(authority, default=443 if scheme.lower() == "https" else 80)
    target = Target(scheme.lower(), host, port, slash + path or "/")
    _check_parsers_agree(url, target)
    named = allow.names(host, port)
    if target.scheme == "http" and not named:
        message = f"The URL must start with https://{_unless_named(target)}"
        raise TargetRefused(Reason.SCHEME_NOT_ALLOWED, message)
    if port not in PORTS and not named:
        message = f"Port {port} is not open; use 443 or 8443{_unless_named(target)}"
        raise TargetRefused(Reason.PORT_NOT_ALLOWED, message)
    if (literal := _literal(host)) is not None:
        check_address(literal, target, allow=allow)
    elif not named:
        _check_name(target)
    return target


async def resolve(target: Target, *, allow: AllowList, resolver: Resolver) -> tuple[Address, ...]:
    """Return the checked addresses to connect to, best first; one bad address refuses them all."""
    if (literal := _literal(target.host)) is not None:
        return (check_address(literal, target, allow=allow),)
    try:
        answers = await resolver(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise NameNotResolved(f"{target.host} has no address: {error}") from error
    if not answers:
        raise NameNotResolved(f"{target.host} has no address.")
    checked = [check_address(ip_address(text), target, allow=allow) for text in answers]
    return tuple(dict.fromkeys(checked))


def check_address(address: Address, target: Target, *, allow: AllowList) -> Address:
    """Return the address to connect to (an IPv4-mapped one unwrapped), or raise `TargetRefused`."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network or _translated(address) in network for network in allow.never):
        raise TargetRefused(Reason.OWN_ADDRESS, f"{target.host} leads back to this installation.")
    reason = address_reason(address)
    if reason is None or allow.opens(address, reason, target):
        return address
    can_be_opened = reason in (Reason.PRIVATE_ADDRESS, Reason.LOOPBACK_ADDRESS)
    end = _unless_named(target) if can_be_opened else "."
    raise TargetRefused(reason, f"{target.host} leads to an address that may not be called{end}")


def address_reason(address: Address) -> Reason | None:
    """Return why an address is not a public unicast address, or None when it is one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address_reason(address.ipv4_mapped)
        inner = _translated(address)
        if isinstance(inner, IPv4Address):
            return None if address_reason(inner) is None else Reason.TUNNEL_ADDRESS
        if int(address) >> 32 & 0xFDFF_FFFF == 0x5EFE:  # ISATAP carries any IPv4 address
            return Reason.TUNNEL_ADDRESS
    for reason, networks in _CLOSED:
        if any(address in network for network in networks):
            return reason
    unicast = isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST
    return None if unicast and address.is_global else Reason.RESERVED_ADDRESS


class SystemResolver:
    """Asks the operating system, on threads of its own: slow name servers delay nothing else."""

    def __init__(self, threads: int = 16) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of the host in the order of the system's preference."""
        rows = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM),
        )
        return list(dict.fromkeys(str(row[4][0]) for row in rows))

    def close(self) -> None:
        """Stop taking questions; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in text.split())


# The first match counts. What an allow-list can open is PRIVATE, and LOOPBACK when spelled out.
_PRIVATE = _networks("10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.168.0.0/16 198.18.0.0/15 fc00::/7")
# Cloud hosts answer with credentials here; one address lies in public space.
_METADATA = _networks(
    "169.254.169.254 169.254.170.0/24 100.100.100.200 168.63.129.16 192.0.0.192"
    " fd00:ec2::/32 fd20:ce::/32"
)
_RESERVED = _networks(
    "192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4"
    " 2001::/23 2001:db8::/32 3fff::/20"
)
_CLOSED = (
    (Reason.METADATA_ADDRESS, _METADATA),
    (Reason.UNSPECIFIED_ADDRESS, _networks("0.0.0.0/8 ::/128")),
    (Reason.LOOPBACK_ADDRESS, _networks("127.0.0.0/8 ::1/128")),
    (Reason.LINK_LOCAL_ADDRESS, _networks("169.254.0.0/16 fe80::/10")),
    (Reason.PRIVATE_ADDRESS, _PRIVATE),
    (Reason.MULTICAST_ADDRESS, _networks("224.0.0.0/4 ff00::/8")),
    (Reason.TUNNEL_ADDRESS, _networks("192.88.99.0/24 2001::/32 2002::/16")),
    (Reason.RESERVED_ADDRESS, _RESERVED),
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]*)(?::([0-9]*))?", re.IGNORECASE)
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label starts with a letter: some parsers read 127.1, 0x7f.1 or 2130706433 as addresses.
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?=[a-z]){_LABEL}")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)


def _check_text(url: str, *, with_query: bool) -> None:
    if len(url) > URL_LENGTH_MAX:
        raise TargetRefused(Reason.URL_TOO_LONG, f"The URL is over {URL_LENGTH_MAX} characters.")
    if not all("!" <= character <= "~" for character in url) or "\\" in url:
        raise TargetRefused(
            Reason.URL_INVALID_CHARACTER, "The URL may hold printable ASCII only, no backslash."
        )
    if _ENCODED_CONTROL.search(url):
        raise TargetRefused(Reason.URL_INVALID_CHARACTER, "The URL encodes a control character.")
    if not url.lower().startswith(("https://", "http://")):
        raise TargetRefused(Reason.SCHEME_NOT_ALLOWED, "The URL must start with https://.")
    if "#" in url:
        raise TargetRefused(Reason.FRAGMENT_NOT_ALLOWED, "The URL may have no # part.")
    # A query would swallow the path that is appended to a callback.
    if "?" in url and not with_query:
        raise TargetRefused(Reason.QUERY_NOT_ALLOWED, "The URL may have no ? part.")


def _host_and_port(authority: str, *, default: int) -> tuple[str, int]:
    if "@" in authority:
        raise TargetRefused(Reason.USERINFO_NOT_ALLOWED, "The URL may hold no user or password.")
    match = _AUTHORITY.fullmatch(authority)
    host = _canonical_host(match[1]) if match else None
    if match is None or host is None:
        raise TargetRefused(Reason.HOST_INVALID, "The URL needs a host name or an IP address.")
    if match[2] is None:
        return host, default
    if not _PORT.fullmatch(match[2]) or int(match[2]) > 65535:
        raise TargetRefused(Reason.PORT_NOT_ALLOWED, "The port is not a number from 1 to 65535.")
    return host, int(match[2])


def _canonical_host(text: str) -> str | None:
    bracketed = text.startswith("[")
    literal = _literal(text.strip("[]"))
    if literal is not None and bracketed == isinstance(literal, IPv6Address):
        return str(literal)
    host = text.lower()
    return host if _NAME.fullmatch(host) else None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _check_parsers_agree(url: str, target: Target) -> None:
    """Refuse a URL that the sending library or the standard library reads in another way."""
    try:
        standard, sending = urlsplit(url), yarl.URL(url)
        default = 443 if target.scheme == "https" else 80
        readings = {
            (standard.scheme, _canonical(standard.hostname), standard.port or default),
            (sending.scheme, _canonical(sending.raw_host), sending.port),
        }
    except ValueError as error:
        raise TargetRefused(Reason.PARSERS_DISAGREE, f"The URL is not valid: {error}.") from error
    if readings != {(target.scheme, target.host, target.port)}:
        raise TargetRefused(Reason.PARSERS_DISAGREE, "The URL can be read in more than one way.")


def _canonical(host: str | None) -> str | None:
    literal = _literal(host or "")
    return host if literal is None else str(literal)


def _unless_named(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f", unless the operator names {host}:{target.port} in TRUNKLINE_CALLBACK_ALLOW."


def _check_name(target: Target) -> None:
    host = target.host
    if _is_loopback_host(host):
        message = f"{host} is this machine itself, which is not called{_unless_named(target)}"
        raise TargetRefused(Reason.LOOPBACK_ADDRESS, message)
    if host in ("metadata.google.internal", "metadata.goog"):
        raise TargetRefused(Reason.METADATA_ADDRESS, f"{host} may not be called.")
    if "." not in host:
        raise TargetRefused(Reason.HOST_NOT_QUALIFIED, f"{host} needs its full domain name.")


def _is_loopback_host(host: str) -> bool:
    literal = _literal(host)
    if literal is not None:
        return address_reason(literal) is Reason.LOOPBACK_ADDRESS
    return host == "localhost" or host.endswith(".localhost")


def _translated(address: Address) -> Address:
    """Return the IPv4 address inside a NAT64 one; any other address as it is."""
    inside = isinstance(address, IPv6Address) and address in _NAT64
    return IPv4Address(int(address) & 0xFFFF_FFFF) if inside else address


def _private_network(entry: str) -> Network:
    network = ip_network(entry)
    for private in _PRIVATE:
        if network.network_address in private and network.prefixlen >= private.prefixlen:
            return network
    raise ValueError(f"{entry}: only private networks can be listed; list loopback as host:port")


def _host_entry(entry: str) -> tuple[str, int | None]:
    bare = _literal(entry)
    match = _AUTHORITY.fullmatch(f"[{entry}]" if isinstance(bare, IPv6Address) else entry)
    host = _canonical_host(match[1]) if match else None
    if match is None or host is None:
        raise ValueError(f"{entry}: not a host, host:port or network")
    if match[2] is not None and (not _PORT.fullmatch(match[2]) or int(match[2]) > 65535):
        raise ValueError(f"{entry}: the port is not a number from 1 to 65535")
    literal = _literal(host)
    openable = (None, Reason.PRIVATE_ADDRESS, Reason.LOOPBACK_ADDRESS)
    if literal is not None and address_reason(literal) not in openable:
        raise ValueError(f"{entry}: this address can never be opened")
    return host, int(match[2]) if match[2] else None
