"""What the tests of bills share: a customer with an account, bills and payments of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.support.overrides import ACCOUNT, active_customer, made
from tests.support.program import Client, Site

BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
RATES = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
PAYMENTS = "/tmf-api/payment/v4/payment"
REFUNDS = "/tmf-api/payment/v4/refund"
BILLING = "/api/billing/v1"
Record = dict[str, Any]


def money(value: str | int, unit: str = "EUR") -> Record:
    return {"unit": unit, "value": float(value)}


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


class Debtor:
    """A customer with an account of its own, as the billing system and an agent see it."""

    def __init__(self, site: Site, client: Client, number: Callable[[], int], **account: Any):
        self.site, self.client, self.number = site, client, number
        self.customer = active_customer(client)
        party = {"id": self.customer, "role": "customer", "@referredType": "Customer"}
        body = {"name": "Ada's account", "state": "active", "relatedParty": [party], **account}
        self.account = made(client, ACCOUNT, body)

    def post(self, path: str, body: Record, *, status: int = 201) -> Any:
        answer = self.client.post(path, body)
        assert answer.status_code == status, answer.json
        return answer

    def body(self, gross: str | int, *, due: str | None = None, unit: str = "EUR",
             **said: Any) -> Record:  # fmt: skip
        net = (Decimal(gross) / Decimal("1.19")).quantize(Decimal("0.01"))
        tax = {"taxCategory": "VAT", "taxRate": 19, "taxAmount": money(Decimal(gross) - net, unit)}
        found = {
            "billNo": f"INV-{self.number()}", "state": "sent",
            "billingAccount": {"id": self.account}, "taxExcludedAmount": money(net, unit),
            "taxItem": [tax], "taxIncludedAmount": money(gross, unit), **said,
        }  # fmt: skip
        return found | ({"paymentDueDate": f"{due}T00:00:00Z"} if due else {})

    def bill(self, gross: str | int, **said: Any) -> Record:
        found: Record = self.post(BILLS, self.body(gross, **said)).json
        self.site.work()
        return found

    def pays(self, value: str | int, *, unit: str = "EUR", **said: Any) -> Record:
        body = {"account": {"id": self.account}, "paymentMethod": {"name": "Bank transfer"},
                "totalAmount": money(value, unit), **said}  # fmt: skip
        found: Record = self.post(PAYMENTS, body).json
        self.site.work()
        return self.read(PAYMENTS, found["id"])

    def read(self, path: str, ident: str) -> Record:
        answer = self.client.get(f"{path}/{ident}")
        assert answer.status_code == 200, answer.json
        found: Record = answer.json
        return found

    def stands(self, bill: Record) -> tuple[str, float]:
        found = self.read(BILLS, bill["id"])
        return found["state"], found["remainingAmount"]["value"]

    def standing(self) -> list[Record]:
        answer = self.client.get(f"{BILLING}/billingAccount/{self.account}/standing")
        assert answer.status_code == 200, answer.json
        found: list[Record] = answer.json["currency"]
        return found


@pytest.fixture(scope="module")
def new_debtor(site: Site) -> Callable[..., Debtor]:
    numbers = iter(range(1, 100_000))
    return lambda **account: Debtor(site, site.admin, lambda: next(numbers), **account)


@pytest.fixture
def debtor(new_debtor: Callable[..., Debtor]) -> Debtor:
    return new_debtor()
