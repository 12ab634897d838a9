"""A large installation: many customers with what they have, through the one write path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from trunkline.demo.catalog import DemoCatalog, load
from trunkline.demo.people import DemoCustomer, add_customers
from trunkline.inventory.product import Product
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system

CUSTOMERS_PER_CHUNK = 100
PRODUCTS = ("Fibre 100M", "Fibre 500M", "Fibre 1G", "Voice Flat", "TV Basic", "TV Sports",
            "Mobile S", "Mobile M", "Mobile L", "Wi-Fi Router Wave 6")  # fmt: skip
PRODUCTS_PER_CUSTOMER = 6
DAYS_BACK = 1500


def seed_large(
    services: Services, *, size: int, seed: int = 1, progress: Callable[[int], None]
) -> int:
    """Store about `size` records and return how many; `progress` is told the number so far.

    Rules, references, audit and events are as for any write; only reactions are skipped, so that
    nothing is sent to the network or to subscribers. Each chunk is a transaction of its own: a
    run that is stopped keeps what it has stored, and the next one adds to it.
    """
    random = Random(seed)  # noqa: S311 - made-up data, the same for the same seed
    with as_system(services, "seed") as work:
        catalog = load(work)
    stored = number = 0
    while stored < size:
        with as_system(services, "seed") as work:
            work.skip_reactions = True
            customers = add_customers(work, random, CUSTOMERS_PER_CHUNK, first=number)
            products = [
                Product.wrap(_product(work, random, catalog, customer))
                for customer in customers
                for _ in range(PRODUCTS_PER_CUSTOMER)
            ]
            work.add(*products)
        number += len(customers)
        stored += len(products) + sum(3 + 2 * len(one.sites) for one in customers)
        progress(stored)
    return stored


def _product(
    work: Work, random: Random, catalog: DemoCatalog, customer: DemoCustomer
) -> dict[str, Any]:
    name = random.choice(PRODUCTS)
    started = work.now - timedelta(days=random.randint(1, DAYS_BACK))
    return {
        "name": name,
        "status": random.choices(("active", "suspended", "terminated"), (90, 3, 7))[0],
        "startDate": started.isoformat(),
        "productOffering": {"id": catalog.offerings[name]},
        "billingAccount": {"id": customer.billing_account},
        "relatedParty": [{"id": customer.id, "role": "customer"}],
        "place": [{"id": customer.sites[0], "role": "installation",
                   "@referredType": "GeographicSite"}],
        "productCharacteristic": [
            {"name": "loyaltyYears", "valueType": "integer", "value": random.randint(0, 9)},
            {"name": "note", "valueType": "string", "value": f"line {random.randint(1, 10**9)}"},
        ],
    }  # fmt: skip
