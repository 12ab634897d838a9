"""The base that an operator has already comes in from files, without an order for each line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support.program import Site

JOBS = "/api/workspace/v1/jobs"
PRODUCT = "/tmf-api/productInventory/v4/product"
SERVICE = "/tmf-api/serviceInventory/v4/service"
FIBRE = "Fibre Access"


def loaded(site: Site, kind: str, rows: list[dict[str, Any]], match: str = "") -> list[Any]:
    """Import rows and return what became of each."""
    answer = site.admin.post(JOBS, {"kind": "import", "resource": kind, "rows": rows,
                                    "match": match})  # fmt: skip
    assert answer.status_code == 201, answer.json
    site.work()
    lines: list[Any] = site.admin.get(f"{JOBS}/{answer.json['id']}/line").json
    return lines


@pytest.mark.accepts("INV-06")
def test_an_existing_base_is_loaded_with_a_report(site: Site) -> None:
    """Resources, services and products by their own ids; each line that is wrong says why.

    No order is made, everything hangs together, and what was loaded can be ordered upon.
    """
    shop = Shop.open(site)
    customer = site.rows("select key from customer where id = %s", shop.customer)[0][0]
    orders = site.rows("select count(*) from product_order")[0][0]
    owner = f"{customer} (customer)"
    resources = loaded(site, "Resource", [
        {"id": "OLD-ONT-1", "name": "Optical Terminal", "serialNumber": "S-1",
         "resourceStatus": "available", "relatedParty": owner},
        {"id": "OLD-ONT-2", "name": "Optical Terminal", "resourceStatus": "melted"},
    ])  # fmt: skip
    assert [one["state"] for one in resources] == ["created", "refused"]
    assert resources[1]["fault"][0]["path"] == "resourceStatus"
    services = loaded(site, "Service", [
        {"id": "OLD-SVC-1", "name": FIBRE, "state": "active", "serviceSpecification": FIBRE,
         "relatedParty": owner, "supportingResource": "OLD-ONT-1"},
        {"id": "OLD-SVC-2", "name": FIBRE, "state": "active", "serviceSpecification": FIBRE,
         "relatedParty": owner, "supportingResource": "OLD-ONT-9"},
    ])  # fmt: skip
    assert [one["state"] for one in services] == ["created", "refused"]
    assert "OLD-ONT-9" in services[1]["fault"][0]["message"]
    products = loaded(site, "Product", [
        {"id": "OLD-PRD-1", "name": "Fibre 500", "status": "active", "relatedParty": owner,
         "realizingService": "OLD-SVC-1", "startDate": "2021-03-01"},
    ])  # fmt: skip
    assert [one["state"] for one in products] == ["created"], products
    product = site.admin.get(f"{PRODUCT}/OLD-PRD-1").json
    (service,) = product["realizingService"]
    held = site.admin.get(f"{SERVICE}/{service['id']}").json
    assert (product["status"], held["state"]) == ("active", "active")
    assert len(held["supportingResource"]) == 1
    assert site.rows("select count(*) from product_order")[0][0] == orders

    again = loaded(site, "Product", [{"id": "OLD-PRD-1", "name": "Fibre 500 plus"}], match="id")
    assert [one["state"] for one in again] == ["changed"]
    assert site.admin.get(f"{PRODUCT}/OLD-PRD-1").json["name"] == "Fibre 500 plus"

    end = {"id": "1", "action": "delete", "product": {"id": product["id"]}}
    order = shop.order(end)
    site.work()
    assert shop.read(order)["state"] == "completed", shop.steps(order)
    assert site.admin.get(f"{PRODUCT}/{product['id']}").json["status"] == "terminated"
