"""The beacon module: what an operator's own package brings."""

from trunkline.kernel.module import Module

MODULE = Module(
    name="beacon",
    package="trunkline_beacon",
    imports=("trunkline_beacon.beacon",),
    pages=("trunkline_beacon.beacon_page",),
)
