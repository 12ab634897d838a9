"""What the network assigns to a new service: ONT, port, VLAN, numbers. Pure and repeatable.

The values depend on the seed, the command key and the item only. Numbers stand in ranges that
no subscriber has: country code 999 is not in use, 901-99 is no operator, 198.18.0.0/15 is
kept for measurements.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Iterator
from functools import lru_cache
from typing import Any

Taken = Container[tuple[str, str]]

_FIXED = frozenset(
    "fibre fiber ftth fttb gpon xgspon pon ont access broadband internet dsl vdsl copper".split()
)
_VOICE = frozenset("voice voip telephone telephony phone sip pstn line".split())
_MOBILE = frozenset("mobile sim esim gsm lte 4g 5g msisdn imsi".split())
_TELEVISION = frozenset("tv iptv television video".split())
_ADDRESS = frozenset("ip ipv4 address".split())


def assigned(
    names: tuple[str, ...], requested: dict[str, Any], *, origin: str, taken: Taken
) -> Iterator[tuple[str, Any]]:
    """Yield name and value of each characteristic that the network adds to a new service.

    `names`: id and name of the specification. `requested`: what the order asks for; a value it
    carries is kept, an empty one is filled. `origin`: text that the values are made from.
    """
    filled = {_plain(name) for name, value in requested.items() if value not in (None, "")}
    empty = {_plain(name): name for name in requested if _plain(name) not in filled}
    wanted = [name for name in _expected(names) if _plain(name) not in filled]
    wanted += [name for name in _MAKERS if _plain(name) in empty and name not in wanted]
    for name in wanted:
        yield empty.get(_plain(name), name), _free(name, origin, taken)


def _expected(names: tuple[str, ...]) -> list[str]:
    words = frozenset[str]().union(*(_words(name) for name in names))
    if words & _MOBILE:
        return ["msisdn", "imsi", "iccid"]
    expected: list[str] = []
    if words & _FIXED:
        expected += ["ontSerialNumber", "oltName", "ponPort", "vlan"]
    if words & _VOICE:
        expected += ["voiceNumber", "sipUser"]
    if words & _TELEVISION:
        expected += ["setTopBoxSerialNumber"]
    if words & _ADDRESS:
        expected += ["ipAddress"]
    return expected or ["networkReference"]


@lru_cache(maxsize=1024)
def _words(name: str) -> frozenset[str]:
    """Split `RfsFibreAccess`, `fibre-access` and `Fibre access` alike into lower-case words."""
    found = re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+[A-Za-z]*", name)
    return frozenset(word.lower() for word in found)


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _free(name: str, origin: str, taken: Taken) -> Any:
    """Make values until one is free; only what must be unique is ever in `taken`."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{origin}/{name}/{attempt}".encode()).digest()
        value = _MAKERS[name](int.from_bytes(digest[:16], "big"))
        if (name, str(value)) not in taken:
            return value
        attempt += 1


def _iccid(number: int) -> str:
    body = f"8999901{number % 10**11:011d}"
    doubled = [int(digit) * (2 - position % 2) for position, digit in enumerate(reversed(body))]
    check = -sum(value // 10 + value % 10 for value in doubled) % 10
    return f"{body}{check}"


def _address(number: int) -> str:
    return f"198.{18 + number % 2}.{number // 2 % 256}.{number // 512 % 254 + 1}"


UNIQUE = frozenset(
    {
        "ontSerialNumber",
        "voiceNumber",
        "msisdn",
        "imsi",
        "iccid",
        "setTopBoxSerialNumber",
        "networkReference",
    }
)
"""Names of characteristics that no two services may share."""

_MAKERS: dict[str, Callable[[int], Any]] = {
    "ontSerialNumber": lambda number: f"TRNK{number % 16**8:08X}",
    "oltName": lambda number: f"OLT-{number % 240 + 1:03d}",
    "ponPort": lambda number: f"1/{number % 16 + 1}/{number // 16 % 16 + 1}",
    "vlan": lambda number: number % 3900 + 100,
    "voiceNumber": lambda number: f"+99920{number % 10**8:08d}",
    "sipUser": lambda number: f"sip{number % 16**10:010x}",
    "msisdn": lambda number: f"+99970{number % 10**8:08d}",
    "imsi": lambda number: f"90199{number % 10**10:010d}",
    "iccid": _iccid,
    "setTopBoxSerialNumber": lambda number: f"STB{number % 10**10:010d}",
    "ipAddress": _address,
    "networkReference": lambda number: f"NET-{number % 16**10:010X}",
}
