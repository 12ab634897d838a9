"""Orders from contracts: the same order and the same checks as on every other way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.ordering.test_paths import WRONG, Told, Wanted, by_tmf622, model, party, refusal
from tests.support.program import Site

CONTRACT = "/api/contract/v1/contract"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"


@pytest.fixture(scope="module")
def shop(site: Site) -> Shop:
    """A shop whose customer has a line already, which what is added shares."""
    made = Shop.open(site)
    made.order(made.fibre())
    site.work()
    return made


def contract(shop: Shop, **line: Any) -> str:
    """Return a contract in force over one line."""
    body = {
        "name": "Lines for Ada", "relatedParty": party(shop), "state": "active",
        "billingAccount": {"id": shop.account},
        "contractLine": [{"id": "1", "quantity": 1, **line}],
    }  # fmt: skip
    answer = shop.site.admin.post(CONTRACT, body)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def acted(shop: Shop, ident: str, action: str, **said: Any) -> Any:
    return shop.site.admin.post(f"{CONTRACT}/{ident}/order", {"action": action, **said})


def by_contract(shop: Shop, wanted: Wanted) -> Told:
    """A line of a contract that is ordered."""
    item: Mapping[str, Any] = wanted.line(shop)
    product = item["product"]
    ident = contract(
        shop, productOffering=item["productOffering"],
        productCharacteristic=product["productCharacteristic"], place=product["place"][0],
    )  # fmt: skip
    answer = acted(shop, ident, "order")
    return refusal(answer.json["fault"]) if answer.status_code >= 300 else Told(answer.json["id"])


def test_a_line_of_a_contract_is_ordered_as_on_each_other_way(shop: Shop) -> None:
    """A wrong line is refused with the faults of TMF622; the right one becomes the same order."""
    wrong = Wanted({"downloadSpeed": 1000, "uploadSpeed": 7, "installation": "balloon"})
    right = Wanted({"downloadSpeed": 1000, "uploadSpeed": 500, "installation": "self"})
    assert by_contract(shop, wrong).faults == WRONG
    found = [one(shop, right).order for one in (by_tmf622, by_contract)]
    shop.site.work()
    plain, other = (model(shop, one) for one in found)
    assert plain["state"] == "completed"
    assert other == plain


def test_what_a_contract_covers_is_suspended_resumed_and_ended_by_orders(shop: Shop) -> None:
    """Each act becomes an order of the line's product, which is what becomes of the product."""
    order = shop.order(shop.fibre())
    shop.site.work()
    product = shop.products(shop.read(order))[0]["id"]
    ident = contract(shop, product={"id": product})
    assert acted(shop, ident, "order").json["fault"][0]["path"] == "line"
    assert acted(shop, ident, "suspend", line=["7"]).json["fault"][0]["code"] == "lineUnknown"
    assert acted(shop, ident, "paint").json["fault"][0]["path"] == "action"
    for act, said, status in (
        ("suspend", {"reason": "customerRequest"}, "suspended"),
        ("resume", {}, "active"),
        ("end", {"reason": "movesAway"}, "terminated"),
    ):
        answer = acted(shop, ident, act, **said)
        assert answer.status_code == 200, answer.json
        shop.site.work()
        made = shop.site.admin.get(f"{ORDER}/{answer.json['id']}").json
        assert made["state"] == "completed", made
        assert shop.site.admin.get(f"{PRODUCT}/{product}").json["status"] == status
