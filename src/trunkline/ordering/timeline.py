"""Orders on timelines."""

from __future__ import annotations

from trunkline.screens.timeline import Family, Happens, happens

ORDERS = Family("order", "Orders", "order", 10)

happens(
    Happens("ProductOrder", ORDERS, channel="channel.0.id"),
    Happens("ServiceOrder", ORDERS, clutters=True),
    Happens("ResourceOrder", ORDERS, clutters=True),
)
