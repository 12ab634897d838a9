"""Order bodies of the demonstration operator, as its channels would send them."""

from __future__ import annotations

from random import Random
from typing import Any

from trunkline.demo import blueprint
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.people import DemoCustomer

Body = dict[str, Any]


def item(catalog: DemoCatalog, ident: str, name: str, site: str | None, **values: Any) -> Body:
    """Return an order item that adds an offering at a site, with chosen characteristics."""
    product: Body = {}
    if site is not None:
        product["place"] = [{"id": site, "role": "installation", "@referredType": "GeographicSite"}]
    if values:
        product["productCharacteristic"] = [
            {"name": one, "value": value} for one, value in values.items()
        ]
    return {
        "id": ident,
        "action": "add",
        "quantity": 1,
        "productOffering": {"id": catalog.offerings[name], "name": name},
        "product": product,
    }


def order(customer: DemoCustomer, items: list[Body], **more: Any) -> Body:
    """Return an order of a customer on its account."""
    return {
        "category": "business" if customer.kind in {"company", "partner"} else "residential",
        "priority": "2" if customer.kind in {"company", "partner"} else "4",
        "relatedParty": [{"id": customer.id, "role": "customer", "@referredType": "Customer"}],
        "billingAccount": {"id": customer.billing_account},
        "productOrderItem": items,
        **more,
    }


def home(catalog: DemoCatalog, random: Random, customer: DemoCustomer) -> Body:
    """Return a household's order: the bundle with some of its parts, or one line alone."""
    site = customer.sites[0]
    if random.random() < 0.45:
        parts = [name for name, lower, _ in blueprint.BUNDLES["Fibre Home"]["parts"]
                 if lower or random.random() < 0.5]  # fmt: skip
        bundle = item(catalog, "1", "Fibre Home", site)
        bundle["productOrderItemRelationship"] = [
            {"id": str(number), "relationshipType": "bundles"}
            for number in range(2, 2 + len(parts))
        ]
        return order(
            customer,
            [bundle, *(item(catalog, str(n), one, site) for n, one in enumerate(parts, 2))],
        )
    lines = [random.choice(("Fibre 100M", "Fibre 500M", "Fibre 1G", "Fibre 10G"))]
    if random.random() < 0.5:
        lines.append("Voice Flat")
    return order(customer, [item(catalog, str(n), one, site) for n, one in enumerate(lines, 1)])


def mobile(catalog: DemoCatalog, random: Random, customer: DemoCustomer) -> Body:
    """Return an order for one or two mobile plans."""
    names = random.choices(("Mobile S", "Mobile M", "Mobile L"), k=random.randint(1, 2))
    return order(customer, [item(catalog, str(n), one, None) for n, one in enumerate(names, 1)])


def sites(catalog: DemoCatalog, random: Random, customer: DemoCustomer) -> Body:
    """Return a company's order: a controller, and every site of the company joined to it."""
    joined = [
        item(catalog, str(n), "SD-WAN Site", site, bandwidth=random.choice((50, 100, 500)),
             optimization=random.choice(("on", "off")))
        for n, site in enumerate(customer.sites, 3)
    ]  # fmt: skip
    bundle = item(catalog, "1", "SD-WAN Network", None)
    bundle["productOrderItemRelationship"] = [
        {"id": one["id"], "relationshipType": "bundles"} for one in [{"id": "2"}, *joined]
    ]
    return order(customer, [bundle, item(catalog, "2", "SD-WAN Controller", None), *joined])


def wholesale(catalog: DemoCatalog, random: Random, customer: DemoCustomer) -> Body:
    """Return a partner's order for lines to pass on."""
    return order(
        customer,
        [
            item(catalog, str(n), "Wholesale Access", customer.sites[0],
                 downloadSpeed=random.choice((100, 500, 1000)))
            for n in range(1, random.randint(2, 4))
        ],
    )  # fmt: skip


def typical(catalog: DemoCatalog, random: Random, customer: DemoCustomer) -> Body:
    """Return an order that a customer of its kind is likely to place."""
    if customer.kind == "partner":
        return wholesale(catalog, random, customer)
    if customer.kind == "company":
        return sites(catalog, random, customer)
    return home(catalog, random, customer)
