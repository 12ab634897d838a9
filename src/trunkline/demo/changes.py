"""Orders that change what customers have, and orders that came to another end than planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from trunkline.demo import orders
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.network import SeedNetwork
from trunkline.demo.people import DemoCustomer
from trunkline.demo.placing import place
from trunkline.documents.shape import format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.fallout_actions import skip
from trunkline.worker.steps import run_until_idle

PLAN, NUMBER_SERVICE = "Mobile M", "Mobile Subscription"
BARRED = ("numberBarred", "the number range is barred until further notice")
AT_THE_DOOR = {"id": "door", "name": "Door-to-door", "role": "sales"}


def change_lines(services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]) -> None:
    """Place an order for the mobile line of each of five of these people.

    One takes another plan, one rests its line, one ends it; one will rest it later, and one wanted
    to end it later and thought better of it.
    """
    other_plan = {"productOffering": {"id": catalog.offerings["Mobile L"], "name": "Mobile L"}}
    later = {"requestedStartDate": format_instant(services.now() + timedelta(days=20))}
    wanted: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("modify", other_plan, {}), ("suspend", {}, {}), ("delete", {}, {}),
        ("suspend", {}, later), ("delete", {}, later),
    )  # fmt: skip
    bodies = []
    with as_system(services, "demo") as work:
        for (one, held), (action, item, more) in zip(_lines(work, people), wanted, strict=False):
            line = {"id": "1", "action": action, "product": {"id": held}}
            bodies.append(orders.order(one, [line | item], **more))
    placed = place(services, bodies)
    with as_system(services, "demo") as work:
        reason = "Stays after all"
        order = {"productOrder": {"id": placed[-1]}, "cancellationReason": reason}
        work.add(CancelProductOrder.wrap(order))
    run_until_idle(services)


def _lines(work: Work, people: Sequence[DemoCustomer]) -> Iterator[tuple[DemoCustomer, str]]:
    """Yield who has a mobile line, and which."""
    for one in people:
        asked = {"relatedParty.id": one.id, "name": [PLAN, "Mobile S"], "status": "active"}
        found = work.find(Product, asked, limit=1)
        if found:
            yield one, found[0].id


def end_otherwise(
    services: Services, network: SeedNetwork, catalog: DemoCatalog, people: Sequence[DemoCustomer]
) -> None:
    """Place an order of which nothing could be done, and one of which half was done."""
    network.refusals[NUMBER_SERVICE] = [BARRED, BARRED]
    alone = [orders.item(catalog, "1", PLAN, None)]
    half = [*alone, orders.item(catalog, "2", "Wi-Fi Router Wave 7", None)]
    bodies = [orders.order(one, items) for one, items in zip(people, (alone, half), strict=True)]
    placed = place(services, bodies)
    network.refusals.clear()
    while stuck := _stuck(services, placed):
        with as_system(services, "demo") as work:
            for one in stuck:
                skip(work, one, "The customer does not want to wait for the number")
        run_until_idle(services)


def _stuck(services: Services, placed: Sequence[str]) -> list[str]:
    with as_system(services, "demo") as work:
        found = work.find(Fallout, {"productOrder.id": list(placed), "state": "open"})
        return [one.id for one in found]


def wait_for_approval(
    services: Services, catalog: DemoCatalog, people: Sequence[DemoCustomer]
) -> None:
    """Let somebody approve what is sold at the door, and place such an order."""
    with as_system(services, "demo") as work:
        work.add(OrderPolicy.wrap({
            "name": "What is sold at the door is approved", "effect": "approval",
            "isActive": True, "channel": [AT_THE_DOOR["id"]], "role": "order_manager",
            "message": "Call the customer and have the sale confirmed",
        }))  # fmt: skip
    items = [orders.item(catalog, "1", PLAN, None)]
    place(services, [orders.order(one, items, channel=[dict(AT_THE_DOOR)]) for one in people])
