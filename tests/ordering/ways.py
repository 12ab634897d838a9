"""The ways in which orders are captured: each orders something and tells what came of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

from tests.ordering.scripted import Shop
from tests.support.pages import pages_of
from tests.web.browser import Browser, source_of, words_of
from tests.web.test_capture import opened, step

ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
V5 = "/tmf-api/productOrderingManagement/v5/productOrder"
OWN, SALES = "/api/ordering/v1", "/api/sales/v1"
CART = "/tmf-api/shoppingCart/v4/shoppingCart"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
JOBS = "/api/workspace/v1/jobs"
PRODUCT = "/tmf-api/productInventory/v4/product"
CONTRACT = "/api/contract/v1/contract"
SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
SERVICE = "/tmf-api/serviceInventory/v4/service"
SPECIFICATION = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
PRODUCT_SPECIFICATION = "/tmf-api/productCatalogManagement/v4/productSpecification"
LATER = {"Prefer": "respond-async"}
TASK = f"{OWN}/headerTask"
KINDS = {"services": "serviceOrder"}
CARD = {"token": "card"}
TOO_MANY = "is 1001; order 1 to 1000 at once"
Values = dict[str, Any]
NUMBERS = count(1)
MISTAKE: Mapping[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 7, "installation": "balloon"}
GOOD: Mapping[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500, "installation": "self"}
WRONG = {"uploadSpeed must be 50 or 250 or 500 or 10000", "installation must be self or technician"}


@dataclass(frozen=True)
class Wanted:
    """What is ordered: an offering added, or, of a product that there is, values changed."""

    values: Values
    product: str = ""
    quantity: int = 1

    def line(self, shop: Shop) -> dict[str, Any]:
        if not self.product:
            return {**shop.line("1", "Fibre 1G", **self.values), "quantity": self.quantity}
        values = [{"name": name, "value": value} for name, value in self.values.items()]
        held = {"id": self.product, "productCharacteristic": values}
        return {"id": "1", "action": "modify", "product": held}


@dataclass(frozen=True)
class Told:
    """What came of it: the order, or what is wrong, in words."""

    order: str = ""
    faults: frozenset[str] = frozenset()


Path: TypeAlias = Callable[[Shop, Wanted], Told]


def refusal(faults: list[dict[str, Any]]) -> Told:
    return Told(faults=frozenset(one["message"] for one in faults))


def told(answer: Any) -> Told:
    return refusal(answer.json["fault"]) if answer.status_code >= 300 else Told(answer.json["id"])


def party(shop: Shop) -> list[dict[str, Any]]:
    return [{"id": shop.customer, "role": "customer", "@referredType": "Customer"}]


def body(shop: Shop, wanted: Wanted) -> dict[str, Any]:
    return {"relatedParty": party(shop), "billingAccount": {"id": shop.account},
            "productOrderItem": [wanted.line(shop)]}  # fmt: skip


def by_tmf622(shop: Shop, wanted: Wanted) -> Told:
    """The published interface."""
    return told(shop.site.admin.post(ORDER, body(shop, wanted)))


def by_version_5(shop: Shop, wanted: Wanted) -> Told:
    """Its newer version."""
    customer = {"id": shop.customer, "@referredType": "Customer"}
    sent = body(shop, wanted) | {
        "relatedParty": [{"role": "customer", "partyOrPartyRole": customer}]
    }
    return told(shop.site.admin.post(V5, sent))


def by_request(shop: Shop, wanted: Wanted) -> Told:
    """Taken at once and carried in later."""
    answer = shop.site.admin.post(ORDER, body(shop, wanted), headers=LATER)
    assert answer.status_code == 202, answer.json
    shop.site.work()
    found = shop.site.admin.get(answer.headers["Location"]).json
    is_wrong = found["state"] == "error"
    return refusal(found["fault"]) if is_wrong else Told(found["productOrder"]["id"])


def by_draft(shop: Shop, wanted: Wanted) -> Told:
    """A draft that is handed in."""
    made = shop.site.admin.post(ORDER, body(shop, wanted) | {"state": "pending"}).json
    return told(shop.site.admin.post(f"{OWN}/productOrder/{made['id']}/submit", {}))


def by_cart(shop: Shop, wanted: Wanted) -> Told:
    """A cart that is checked out."""
    cart = {"relatedParty": party(shop), "billingAccount": {"id": shop.account},
            "cartItem": [wanted.line(shop)]}  # fmt: skip
    made = shop.site.admin.post(CART, cart).json
    return told(shop.site.admin.post(f"{SALES}/shoppingCart/{made['id']}/checkOut", {}))


def by_quote(shop: Shop, wanted: Wanted) -> Told:
    """An accepted quote; it says at once what could not be ordered."""
    quote = {"relatedParty": party(shop), "billingAccount": [{"id": shop.account}],
             "quoteItem": [wanted.line(shop)]}  # fmt: skip
    made = shop.site.admin.post(QUOTE, quote)
    if made.status_code >= 300:
        return refusal(made.json["fault"])
    for verb in ("present", "accept", "complete", "order"):
        answer = shop.site.admin.post(f"{SALES}/quote/{made.json['id']}/{verb}", {})
        assert answer.status_code < 300, answer.json
    return Told(shop.site.admin.get(f"{QUOTE}/{made.json['id']}").json["productOrder"][0]["id"])


def by_file(shop: Shop, wanted: Wanted) -> Told:
    """A line of a table."""
    number = f"P-{next(NUMBERS)}"
    of_line = (("Product", wanted.product), ("Action", "modify")) if wanted.product else (
        ("Offering", "Fibre 1G"), ("Quantity", str(wanted.quantity)), ("Site", shop.place)
    )  # fmt: skip
    cells = [("Order", number), ("Customer", shop.customer), ("Account", shop.account),
             *of_line, *wanted.values.items()]  # fmt: skip
    text = "\n".join(";".join(str(one[at]) for one in cells) for at in (0, 1))
    content = base64.b64encode(text.encode()).decode()
    taken = shop.site.admin.post(f"{OWN}/orderFile", {"name": "o.csv", "content": content})
    assert taken.status_code == 202, taken.json
    shop.site.work()
    (line,) = shop.site.admin.get(f"{JOBS}/{taken.json['id']}/line").json
    if line["state"] == "refused":
        return refusal(line["fault"])
    (order,) = shop.site.admin.get(ORDER, query_string=f"externalId={number}").json
    return Told(order["id"])


def by_page(shop: Shop, wanted: Wanted) -> Told:
    """An agent's page, from blank or from the product that is changed."""
    browser = agent(shop)
    if wanted.product:
        key = shop.site.admin.get(f"{PRODUCT}/{wanted.product}").json["key"]
        fields, _ = step(browser, opened(browser, product=key, do="change"), "open")
    else:
        fields = opened(browser, customer=shop.customer)
        fields, _ = step(browser, fields, f"add:{shop.offerings['Fibre 1G']}")
        fields |= {"line.1.quantity": [str(wanted.quantity)]}
    chosen = {f"c:1:{name}": [str(value)] for name, value in wanted.values.items()}
    answer = browser.post("/order/new", fields | chosen | {"step": "submit"})
    if answer.status_code == 303:
        found = re.search(r"/order/(ORD\d+)", answer.headers["location"])
        assert found is not None
        return Told(shop.site.admin.get(f"{ORDER}/{found.group(1)}").json["id"])
    words = words_of(source_of(answer))
    return Told(faults=frozenset(one for one in {*WRONG, TOO_MANY} if one in words))


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
        quantity=item["quantity"],
    )  # fmt: skip
    answer = acted(shop, ident, "order")
    return refusal(answer.json["fault"]) if answer.status_code >= 300 else Told(answer.json["id"])


def by_service_order(shop: Shop, wanted: Wanted) -> Told:
    """The interface for services, of a service that takes the values of the product."""
    return told(shop.site.admin.post(SERVICE_ORDER, service_body(shop, wanted)))


def service_body(shop: Shop, wanted: Wanted) -> dict[str, Any]:
    item = wanted.line(shop)
    service = {
        "serviceSpecification": {"id": service_specification(shop)},
        "serviceCharacteristic": item["product"]["productCharacteristic"],
        "place": item["product"]["place"],
    }
    return {
        "relatedParty": party(shop),
        "serviceOrderItem": [
            {"id": "1", "action": "add", "quantity": wanted.quantity, "service": service}
        ],
    }


def service_specification(shop: Shop) -> str:
    """Return a service that asks for what the fibre product asks for, to the same bounds."""
    query = "name=Home Line"
    for found in shop.site.admin.get(SPECIFICATION, query_string=query).json:
        return str(found["id"])
    query = "name=Fibre Internet"
    (product,) = shop.site.admin.get(PRODUCT_SPECIFICATION, query_string=query).json
    body = {
        "name": "Home Line",
        "lifecycleStatus": "Active",
        "specCharacteristic": [
            {
                "name": one["name"],
                "valueType": one["valueType"],
                "configurable": True,
                "characteristicValueSpecification": one["productSpecCharacteristicValue"],
            }
            for one in product["productSpecCharacteristic"]
        ],
    }
    answer = shop.site.admin.post(SPECIFICATION, body)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


WAYS: Mapping[str, Path] = {
    "agent from blank": by_page,
    "quote": by_quote,
    "cart": by_cart,
    "published interface": by_tmf622,
    "own interface": by_draft,
    "services": by_service_order,
    "contract": by_contract,
    "file": by_file,
}
"""All ways but that from the inventory, which changes what is there."""


OTHERS: list[Path] = [by_version_5, by_request]
OF_CHANGES: list[Path] = [by_cart, by_quote, by_file, by_page]


def agent(shop: Shop) -> Browser:
    """Return a browser in which an agent has signed in."""
    _ = shop.site.admin
    found = Browser(pages_of(shop.site))
    assert found.sign_in("admin").status_code == 303
    return found
