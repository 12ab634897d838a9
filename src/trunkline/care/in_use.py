"""What is in use or not any more: the lifecycle of the things that requests and records choose."""

from __future__ import annotations

from trunkline.documents.lifecycle import Lifecycle

IN_USE = Lifecycle(
    attribute="lifecycle_status",
    initial="active",
    moves={"active": ("retired",), "retired": ("active",)},
    starts=("retired",),
)
