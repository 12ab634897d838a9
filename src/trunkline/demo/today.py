"""Orders of today: in every state in which one may rest, three stuck for different reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.changes import change_lines, end_otherwise, wait_for_approval
from trunkline.demo.network import SeedNetwork
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import place, store
from trunkline.documents.shape import format_instant
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.ordering.edits import set_state
from trunkline.ordering.product_order import ProductOrder
from trunkline.worker.steps import run_until_idle

REFUSALS = (
    ("Fibre Access", "noFreePort", "no port is free on the splitter at this address"),
    ("Mobile Subscription", "simUnknown", "the SIM card is not in the register of the network"),
    ("SD-WAN Overlay", "edgeUnreachable", "the edge device did not answer within 15 minutes"),
)
RECENT = 24
# The visit of a technician takes two hours: wished for earlier, an order is in danger.
TOO_EARLY_MIN = (60, 110)


def orders_of_today(
    services: Services,
    network: SeedNetwork,
    catalog: DemoCatalog,
    random: Random,
    people: Sequence[DemoCustomer],
) -> None:
    """Place today's orders: completed, waiting, stuck, on hold, cancelled, failed, drafts."""
    homes = [one for one in people if one.kind in {"consumer", "household"}]
    companies = [one for one in people if one.kind == "company"]
    recent = [orders.mobile(catalog, random, one) for one in homes[-RECENT:]]
    place(services, recent)
    _stuck(services, network, catalog, homes, companies)
    technician = [
        _with_technician(orders.order(one, [orders.item(
            catalog, "1", "Fibre 500M", one.sites[0], installation="technician")]))
        for one in homes[5:12]
    ]  # fmt: skip
    for body, minutes in zip(technician[1:], TOO_EARLY_MIN, strict=False):
        wished = services.now() + timedelta(minutes=minutes)
        body["requestedCompletionDate"] = format_instant(wished)
    waiting = place(services, technician)
    later = services.now() + timedelta(days=12)
    place(
        services,
        [
            orders.order(one, [orders.item(catalog, "1", "TV Sports", one.sites[0])],
                         requestedStartDate=format_instant(later))
            for one in homes[12:16]
        ],
    )  # fmt: skip
    drafts = [
        orders.order(one, [orders.item(catalog, "1", "Mobile L", None)], state="pending")
        for one in homes[16:19]
    ]
    place(services, drafts)
    _change_state(services, waiting[-1], "onHold")
    change_lines(services, catalog, homes[-RECENT:])
    end_otherwise(services, network, catalog, homes[21:23])
    wait_for_approval(services, catalog, homes[23:24])
    refused = orders.order(homes[20], [orders.item(catalog, "1", "Mobile S", None)],
                           requestedStartDate=format_instant(later))  # fmt: skip
    _change_state(services, store(services, [refused])[0], "rejected")
    run_until_idle(services)


def _stuck(
    services: Services,
    network: SeedNetwork,
    catalog: DemoCatalog,
    homes: Sequence[DemoCustomer],
    companies: Sequence[DemoCustomer],
) -> None:
    """Place three orders that the network refuses, each for its own reason."""
    for service, code, message in REFUSALS:
        network.refusals[service] = [(code, message)]
    place(
        services,
        [
            orders.order(homes[2], [orders.item(catalog, "1", "Wi-Fi Router Wave 7", None),
                                    orders.item(catalog, "2", "Mobile M", None)]),
            orders.order(companies[1], [orders.item(catalog, "1", "SD-WAN Site",
                                                    companies[1].sites[0])]),
            orders.order(companies[2], [orders.item(catalog, "1", "Fibre 1G",
                                                    companies[2].sites[0])]),
        ],
    )  # fmt: skip
    network.refusals.clear()


def _with_technician(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"note": [{"text": "Please call before coming; the gate is locked."}]}


def _change_state(services: Services, ident: str, state: str) -> None:
    with as_system(services, "demo") as work, work.edit(ProductOrder, ident) as order:
        set_state(order, state)
