"""Behind proxies: who really asks and by which address, as proxies that are trusted say."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from falcon import Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
WsgiProgram = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")
_PORT_OF_V4 = re.compile(r":[0-9]{1,5}$")


@dataclass(frozen=True)
class Hop:
    """What one proxy said of the request that it took: from whom, by which scheme and host."""

    address: str
    scheme: str | None = None
    host: str | None = None


def behind_proxies(app: WsgiProgram, trusted: Sequence[str]) -> WsgiProgram:
    """Return the program that sees the client's address, scheme and host as the proxies do.

    Only what trusted proxies wrote is believed: the list of hops is read from its end, up to the
    first address that is not one of theirs. What clients send themselves stands before that.
    """
    if not trusted:
        return app
    networks = [ipaddress.ip_network(one) for one in trusted]

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen = client_of(environ, networks)
        if seen is not None:
            environ["REMOTE_ADDR"] = seen.address
            environ["wsgi.url_scheme"] = seen.scheme or environ["wsgi.url_scheme"]
            if seen.host is not None:
                environ["HTTP_HOST"] = seen.host
        return app(environ, start_response)

    return answer


def client_of(environ: dict[str, Any], networks: Sequence[Network]) -> Hop | None:
    """Return who a request comes from; None where the peer itself is the client.

    A proxy passes on the kind of header that it does not write as the client sent it. So where
    both kinds come and name different clients, neither is believed.
    """
    if not _is_trusted(_address(environ.get("REMOTE_ADDR", "")), networks):
        return None
    found = [
        hop
        for hops in (_forwarded_for(environ), _forwarded(environ))
        if hops and (hop := _client(hops, networks)) is not None
    ]
    if not found or any(one.address != found[0].address for one in found):
        return None
    return found[0]


def _client(hops: Sequence[Hop], networks: Sequence[Network]) -> Hop | None:
    """Return the last hop from an address that is not a trusted proxy's, else the first one."""
    client = None
    for hop in reversed(hops):
        address = _address(hop.address)
        if address is None:
            break
        client = Hop(str(address), _scheme(hop.scheme), _host(hop.host))
        if not _is_trusted(address, networks):
            break
    return client


def _forwarded_for(environ: dict[str, Any]) -> list[Hop]:
    """Return the hops of the X-Forwarded headers; scheme and host count from the end, too."""
    addresses = _listed(environ, "FOR")
    schemes, hosts = _listed(environ, "PROTO"), _listed(environ, "HOST")
    return [
        Hop(address, _from_end(schemes, place), _from_end(hosts, place))
        for place, address in zip(range(len(addresses), 0, -1), addresses, strict=True)
    ]


def _listed(environ: dict[str, Any], name: str) -> list[str]:
    text = str(environ.get(f"HTTP_X_FORWARDED_{name}", ""))
    return [one.strip() for one in text.split(",")] if text else []


def _from_end(values: Sequence[str], place: int) -> str | None:
    """Return the value at a place from the end; a shorter list holds the first proxy's last."""
    return values[-min(place, len(values))] if values else None


def _forwarded(environ: dict[str, Any]) -> list[Hop]:
    """Return the hops of the Forwarded header (RFC 7239)."""
    if "HTTP_FORWARDED" not in environ:
        return []
    found = Request(environ).forwarded or []
    return [Hop(one.src or "", one.scheme, one.host) for one in found]


def _address(text: str) -> Address | None:
    """Return the IP address of a hop; None for what is none, such as `unknown`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = _PORT_OF_V4.sub("", text)
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_trusted(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in one for one in networks)


def _scheme(text: str | None) -> str | None:
    return text.lower() if text is not None and text.lower() in {"http", "https"} else None


def _host(text: str | None) -> str | None:
    return text if text is not None and _HOST.fullmatch(text) else None
