"""Bars: how much of a pool is free, taken and resting, as widths of a hundred. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.web.values import number

TONES = {"free": "good", "reserved": "warn", "assigned": "busy", "quarantined": "violet",
         "ported": "idle"}  # fmt: skip
WORDS = {"free": "Free", "reserved": "Reserved", "assigned": "Assigned",
         "quarantined": "Resting", "ported": "Ported out"}  # fmt: skip
"""What people call each state of a value."""

KINDS = {
    "msisdn": "Mobile numbers", "geographicNumber": "Geographic numbers", "sim": "SIM cards",
    "ipAddress": "IP addresses", "vlan": "VLANs", "port": "Ports", "other": "Others",
}  # fmt: skip
"""What people call the kinds of pools."""


def bar(levels: Mapping[str, int]) -> dict[str, Any]:
    """Return the parts of a bar, in the order of the states, with their numbers."""
    total = sum(levels.values())
    parts, start = [], 0.0
    for state, count in levels.items():
        width = 100 * count / total if total else 0.0
        parts.append(
            {"state": state, "word": WORDS[state], "tone": TONES[state], "count": number(count),
             "is_there": count > 0, "start": round(start, 3), "width": round(width, 3)}
        )  # fmt: skip
        start += width
    return {"parts": parts, "total": number(total), "is_empty": total == 0}


def is_low(levels: Mapping[str, int], warn_below: int | None) -> bool:
    """Tell whether fewer values are free than there should be."""
    return warn_below is not None and levels["free"] < warn_below
