"""Ranges: the values that somebody loads into a pool, written out and checked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json

AT_ONCE_MAX = 100_000
VALUE_MAX = 80
DIGITS: Mapping[str, tuple[int, int]] = {
    "msisdn": (7, 15), "geographicNumber": (4, 15), "sim": (18, 20), "vlan": (1, 4),
}  # fmt: skip
VLANS = range(1, 4095)
SEPARATORS = re.compile(r"[\s()/.-]+")
PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Loaded:
    """A value to be loaded, and what goes with it (a card's IMSI, say) by name."""

    value: str
    companion: Mapping[str, Json] = field(default_factory=dict)


Found: TypeAlias = tuple[list[Loaded], list[Fault]]


def loaded(pool_type: str, sent: Mapping[str, Json]) -> Found:
    """Return the values that are named by `first` and `last`, by `network` or by `value`."""
    listed, first, last = sent.get("value"), sent.get("first"), sent.get("last")
    network = sent.get("network")
    if isinstance(listed, list) and listed:
        return _listed(pool_type, listed)
    if isinstance(network, str) and pool_type == "ipAddress":
        return _in_network(network)
    if isinstance(first, str) and isinstance(last, str):
        return _between(pool_type, first, last)
    message = "send first and last, network, or a list of values"
    return [], [Fault("value", "required", message)]


def normal(pool_type: str, text: str) -> str | None:
    """Return a value as pools keep it; None where it is none of the kind."""
    if pool_type in DIGITS:
        digits = SEPARATORS.sub("", text).removeprefix("+")
        least, most = DIGITS[pool_type]
        if not (digits.isascii() and digits.isdigit() and least <= len(digits) <= most):
            return None
        return digits if pool_type != "vlan" else _vlan(digits)
    if pool_type == "ipAddress":
        try:
            return str(ip_address(text.strip()))
        except ValueError:
            return None
    found = text.strip()
    return found if PLAIN.fullmatch(found) and len(found) <= VALUE_MAX else None


def _vlan(digits: str) -> str | None:
    return str(int(digits)) if int(digits) in VLANS else None


def _listed(pool_type: str, listed: Sequence[Json]) -> Found:
    if len(listed) > AT_ONCE_MAX:
        return [], [_too_many("value")]
    found: dict[str, Loaded] = {}
    faults: list[Fault] = []
    for index, one in enumerate(listed):
        entry = one if isinstance(one, dict) else {"value": one}
        said, companion = entry.get("value"), entry.get("companion", {})
        value = normal(pool_type, said) if isinstance(said, str) else None
        if value is None or not isinstance(companion, dict):
            faults.append(Fault(f"value[{index}]", "badValue", f"is no value of kind {pool_type}"))
        elif value in found:
            faults.append(Fault(f"value[{index}]", "twice", f"{value} is there twice"))
        else:
            found[value] = Loaded(value, companion)
    return list(found.values()), faults


def _between(pool_type: str, first: str, last: str) -> Found:
    one, other = normal(pool_type, first), normal(pool_type, last)
    faults = [
        Fault(name, "badValue", f"is no value of kind {pool_type}")
        for name, value in (("first", one), ("last", other))
        if value is None
    ]
    if one is None or other is None:
        return [], faults
    if pool_type == "ipAddress":
        return _addresses(one, other)
    if pool_type not in DIGITS:
        return [], [Fault("value", "required", f"values of kind {pool_type} are listed one by one")]
    if pool_type != "vlan" and len(one) != len(other):
        return [], [Fault("last", "badRange", "must have as many digits as first")]
    count = int(other) - int(one) + 1
    if count < 1:
        return [], [Fault("last", "badRange", "must not be before first")]
    if count > AT_ONCE_MAX:
        return [], [_too_many("last")]
    width = 1 if pool_type == "vlan" else len(one)
    return [Loaded(f"{int(one) + step:0{width}d}") for step in range(count)], []


def _addresses(one: str, other: str) -> Found:
    first, last = ip_address(one), ip_address(other)
    count = int(last) - int(first) + 1
    if first.version != last.version or count < 1:
        return [], [Fault("last", "badRange", "must not be before first")]
    if count > AT_ONCE_MAX:
        return [], [_too_many("last")]
    return [Loaded(str(first + step)) for step in range(count)], []


def _in_network(text: str) -> Found:
    """Return the addresses of a network that a host may have."""
    try:
        network = ip_network(text.strip())
    except ValueError as error:
        return [], [Fault("network", "badValue", f"is no network such as 10.0.0.0/24: {error}")]
    if network.num_addresses > AT_ONCE_MAX:
        return [], [_too_many("network")]
    return [Loaded(str(one)) for one in network.hosts()], []


def _too_many(path: str) -> Fault:
    return Fault(path, "tooMany", f"names more than {AT_ONCE_MAX:,} values; load them in parts")
