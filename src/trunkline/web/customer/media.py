"""Ways to reach somebody: where what kind of contact is named, and the link that uses one."""

from __future__ import annotations

MEDIUM = "contactMedium.mediumType"
"""Where a record says what kind of contact one is, which the operator's register names."""


def reach_address(kind: str, text: str) -> str:
    """Return the link that writes to an address or calls a number; empty for what has none."""
    if kind == "email":
        return f"mailto:{text}"
    if kind == "phone":
        return "tel:" + "".join(one for one in text if one.isdigit() or one == "+")
    return ""
