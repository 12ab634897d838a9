"""The interface of pools, and what may be done there beside keeping the pools themselves."""

from __future__ import annotations

from trunkline.access.function import declare_verbs
from trunkline.kernel.resource import Api

POOLS = Api(
    "pools", "Pools of numbers, cards, addresses and ports", "1.0.0", "/api/pools/v1"
)  # fmt: skip
RESERVE = "pools:reserve"
"""Take a value for a while, and give it back."""
OPERATE = "pools:operate"
"""Load values, assign, release and quarantine them, and port them in and out."""

declare_verbs("pools", "reserve", "operate")
