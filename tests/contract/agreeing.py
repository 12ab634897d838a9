"""Companies that agree with us, in tests: what they buy, and their agreements."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.support.overrides import ACCOUNT, CATALOG, made
from tests.support.program import Client, Site
from tests.support.waiting import wait_until

AGREEMENTS = "/tmf-api/agreementManagement/v4/agreement"
QUOTES = "/tmf-api/quoteManagement/v4/quote"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
CARTS = "/tmf-api/shoppingCart/v4/shoppingCart"
PARTY = "/tmf-api/party/v4"
CUSTOMER = "/tmf-api/customerManagement/v4/customer"
OWN = "/api/contract/v1"
SALES = "/api/sales/v1"
DAY = 86_400


class Company:
    """A company with an account, and what it may buy."""

    def __init__(
        self, client: Client, *, above: str | None = None, name: str = "Analytical Engines"
    ):
        self.client = client
        body: dict[str, Any] = {"tradingName": name, "isLegalEntity": True}
        if above:
            body["organizationParentRelationship"] = {
                "relationshipType": "parent", "organization": {"id": above},
            }  # fmt: skip
        self.party = made(client, f"{PARTY}/organization", body)
        role = {"name": name, "status": "active", "engagedParty": {"id": self.party}}
        self.customer = made(client, CUSTOMER, role)
        self.named = {"id": self.customer, "role": "customer", "@referredType": "Customer"}
        account = {"name": f"{name}, account", "state": "active", "relatedParty": [self.named]}
        self.account = made(client, ACCOUNT, account)

    def order_body(self, offering: str, quantity: int = 1, **said: Any) -> dict[str, Any]:
        item = {"id": "1", "action": "add", "quantity": quantity,
                "productOffering": {"id": offering}}  # fmt: skip
        return {
            "relatedParty": [self.named],
            "billingAccount": {"id": self.account},
            "productOrderItem": [item],
            **said,
        }

    def order(self, offering: str, quantity: int = 1, **said: Any) -> dict[str, Any]:
        return created(self.client, ORDERS, self.order_body(offering, quantity, **said))

    def quote(self, offering: str, **said: Any) -> dict[str, Any]:
        line = {"action": "add", "productOffering": {"id": offering}}
        body = {"relatedParty": [self.named], "billingAccount": [{"id": self.account}],
                "quoteItem": [line], **said}  # fmt: skip
        return created(self.client, QUOTES, body)

    def completed(self, offering: str, **said: Any) -> dict[str, Any]:
        quote = self.quote(offering, **said)
        for verb in ("present", "accept", "complete"):
            answer = self.client.post(f"{SALES}/quote/{quote['key']}/{verb}", {})
            assert answer.status_code == 200, answer.json
        return quote


def created(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, body)
    assert answer.status_code == 201, (path, answer.json)
    found: dict[str, Any] = answer.json
    return found


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json.get("fault", [])}


def offering(
    client: Client, monthly: float = 49.90, once: float | None = None, name: str = "Office line"
) -> str:
    """Return a new offering on sale with a monthly charge, and one for its setup."""
    prices = [made(client, f"{CATALOG}/productOfferingPrice", {
        "name": "Monthly", "lifecycleStatus": "Active", "priceType": "recurring",
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        "price": {"unit": "EUR", "value": monthly},
    })]  # fmt: skip
    if once is not None:
        prices.append(made(client, f"{CATALOG}/productOfferingPrice", {
            "name": "Setup", "lifecycleStatus": "Active", "priceType": "oneTime",
            "price": {"unit": "EUR", "value": once},
        }))  # fmt: skip
    specification = {"name": "Line", "lifecycleStatus": "Active"}
    return made(client, f"{CATALOG}/productOffering", {
        "name": name, "lifecycleStatus": "Active", "isSellable": True,
        "productSpecification": {"id": made(client, f"{CATALOG}/productSpecification",
                                            specification)},
        "productOfferingPrice": [{"id": one} for one in prices],
        "productOfferingTerm": [{"name": "12 months",
                                 "duration": {"amount": 12, "units": "month"}}],
    })  # fmt: skip


def price(value: float, kind: str = "recurring", period: str | None = "month") -> dict[str, Any]:
    return {
        "name": "Agreed", "priceType": kind,
        **({"recurringChargePeriod": period} if period else {}),
        "price": {"dutyFreeAmount": {"unit": "EUR", "value": value}},
    }  # fmt: skip


def now(site: Site) -> datetime:
    with site.services.database.app.connection() as connection:
        ((offset,),) = connection.execute("select offset_s from clock").fetchall()
    return site.services.machine_now() + timedelta(seconds=float(offset))


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def agreement_body(
    site: Site, company: Company, items: list[dict[str, Any]], *, starts: float = -1,
    days: float = 365, **said: Any,
) -> dict[str, Any]:  # fmt: skip
    begin = now(site) + timedelta(days=starts)
    return {
        "name": "Frame agreement", "agreementType": "commercial",
        "engagedParty": [company.named],
        "agreementPeriod": {"startDateTime": stamp(begin),
                            "endDateTime": stamp(begin + timedelta(days=days))},
        "agreementItem": items,
        **said,
    }  # fmt: skip


def agreed(
    site: Site, company: Company, items: list[dict[str, Any]], **said: Any
) -> dict[str, Any]:
    """Return an agreement that was approved; its first day may have come."""
    body = agreement_body(site, company, items, **said) | {"status": "approved"}
    found = created(site.admin, AGREEMENTS, body)
    site.work()
    return read(site, AGREEMENTS, found["id"])


def until(site: Site, ident: str, status: str) -> dict[str, Any]:
    """Return an agreement once it has come into a state by itself."""

    def arrived() -> bool:
        site.work()
        return bool(read(site, AGREEMENTS, ident)["status"] == status)

    wait_until(arrived, f"agreement {ident} to be {status}")
    return read(site, AGREEMENTS, ident)


def read(site: Site, path: str, ident: str) -> dict[str, Any]:
    answer = site.admin.get(f"{path}/{ident}")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def monthly(item: dict[str, Any], name: str = "itemPrice") -> list[float]:
    return [
        float(one["price"]["dutyFreeAmount"]["value"])
        for one in item[name]
        if one.get("recurringChargePeriod")
    ]
