"""Dialing: connections to addresses that somebody named, none of them into what is our own.

The name is asked once and every answer is judged; the connection goes to one of exactly these
addresses. What the name leads to a moment later, and a proxy in the environment, count for nothing.
"""

from __future__ import annotations

import socket
import ssl
import time
from ipaddress import ip_address

from trunkline.hub.guard import AllowList, Target, check_address

ADDRESSES_TRIED_MAX = 4


def dial(target: Target, *, allow: AllowList, timeout_s: float) -> socket.socket:
    """Return a connection to a target, with TLS where it asks for that.

    Raises TargetRefused where it leads to what may not be called, and OSError.
    """
    rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    found = [check_address(ip_address(row[4][0]), target, allow=allow) for row in rows]
    *others, last = list(dict.fromkeys(str(one) for one in found))[:ADDRESSES_TRIED_MAX]
    until = time.monotonic() + timeout_s
    for one in others:
        try:
            return _connected(one, target, until)
        except OSError:
            continue
    return _connected(last, target, until)


def _connected(address: str, target: Target, until: float) -> socket.socket:
    left_s = max(0.1, until - time.monotonic())
    opened = socket.create_connection((address, target.port), timeout=left_s)
    if target.scheme != "https":
        return opened
    try:
        context = ssl.create_default_context()
        return context.wrap_socket(opened, server_hostname=target.host)
    except BaseException:
        opened.close()
        raise
