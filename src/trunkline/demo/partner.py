"""The demonstration operator's partner: a carrier whose lines are resold, ordered by TMF622.

The simulator plays the carrier; where it listens differs from start to start.
"""

from __future__ import annotations

from decimal import Decimal

from trunkline.catalog.category import Category
from trunkline.catalog.offering import ProductOffering
from trunkline.catalog.price import ProductOfferingPrice
from trunkline.catalog.product_specification import ProductSpecification
from trunkline.demo.blueprint import choice
from trunkline.demo.catalog import CURRENCY
from trunkline.documents.shape import Json
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.ordering.design.outside_system import OutsideSystem

NAME, CODE, SECRET = "Leased Line", "harbour-carrier", "partner"
PATH = "/tmf-api/productOrderingManagement/v4"
PLAYED = "http://127.0.0.1:"
NOWHERE = f"{PLAYED}8641"
LIVE: dict[str, Json] = {"lifecycleStatus": "Active"}


def add_partner(services: Services) -> None:
    """Set the carrier up, and put its line on sale."""
    with as_system(services, "demo") as work:
        work.add(OutsideSystem.wrap(
            {"code": CODE, "name": "Harbour Carrier", "url": NOWHERE + PATH, "kind": "partner",
             "speaks": "TMF622", "credentials": {"kind": "bearer", "secret": SECRET},
             "offering": [{"specification": NAME, "offering": "WHOLESALE-7"}],
             "description": "Another carrier whose lines are resold."}
        ))  # fmt: skip
        _sell(work)


def point_partner(services: Services, url: str) -> None:
    """Let orders to the carrier go to the simulator at an address; one set by hand stays."""
    with as_system(services, "demo") as work:
        for one in work.find(OutsideSystem, {"code": CODE}, limit=1):
            if not str(one.url).startswith(PLAYED):
                continue
            with work.edit(OutsideSystem, one.id) as held:
                held.url = url + PATH


def _sell(work: Work) -> None:
    speed = choice("bandwidth", "100M", "1G", "10G")
    values = speed.pop("values")
    product = ProductSpecification.wrap(
        {"name": NAME, "brand": "Meridian", **LIVE,
         "productSpecCharacteristic": [{**speed, "productSpecCharacteristicValue": values}],
         "fulfilment": {"kind": "callout", "system": CODE, "title": "Order it at the carrier"}}
    )  # fmt: skip
    price = ProductOfferingPrice.wrap(
        {"name": f"{NAME}, monthly", "priceType": "recurring", **LIVE,
         "price": {"value": Decimal("249.00"), "unit": CURRENCY},
         "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1}
    )  # fmt: skip
    work.add(product)
    work.add(price)
    listed = work.find(Category, {"name": "Business"}, limit=1)
    category: list[Json] = [{"id": one.id} for one in listed]
    work.add(
        ProductOffering.wrap(
            {"name": NAME, "isBundle": False, "isSellable": True, **LIVE, "category": category,
             "productOfferingPrice": [{"id": price.id}],
             "productSpecification": {"id": product.id}}
        )
    )  # fmt: skip
