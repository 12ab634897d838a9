"""Bills of our own in stories: who runs them, on which days, and what stands on them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.support.operator import PRODUCT, Customer, Operator, Record
from tests.support.program import Client
from trunkline.billing.bill.customer_bill import TaxTold
from trunkline.billing.charging.owing import owe
from trunkline.kernel.work import as_system
from trunkline.shared.money import Money

ACCOUNT = "/tmf-api/accountManagement/v4/billingAccount"
BILLS = "/tmf-api/customerBillManagement/v4/customerBill"
RATES = "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate"
ON_DEMAND = "/tmf-api/customerBillManagement/v4/customerBillOnDemand"
RUNS = "/api/billing/v1/billRun"
ENTRIES = "/api/billing/v1/billRunEntry"
PREVIEW = "/api/billing/v1/billPreview"


class BillingDesk:
    """Who runs bills, on days of a year that lies ahead, and who agrees to them."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        # One without a leap day in it or in the year after, so that parts are always the same.
        self.year = next(one for one in range(datetime.now(UTC).year + 1, 9999) if one % 4 == 1)
        self.second: Client = operator.site.user("controller", roles=["administrator"])

    def day(self, month: int, day: int) -> datetime:
        """Let it be nine o'clock on a day."""
        site = self.operator.site
        at = datetime(self.year, month, day, 9, tzinfo=UTC)
        ((passed,),) = site.rows("select offset_s from clock")
        site.move_clock(int((at - datetime.now(UTC)).total_seconds() - passed) + 1)
        self.operator.settle()
        return at

    def run(self, **said: Any) -> Record:
        """Run bills and see the drafts made."""
        made = self.operator.make(RUNS, said)
        self.operator.settle()
        return self.operator.read(RUNS, made["id"])

    def does(self, run: Record, verb: str, by: Client | None = None) -> Any:
        answer = (by or self.second).post(f"{RUNS}/{run['id']}/{verb}", {})
        self.operator.settle()
        return answer

    def issued(self, run: Record) -> Record:
        """Agree to a run as somebody else, and issue it."""
        assert self.does(run, "approve").status_code == 200
        answer = self.does(run, "issue")
        assert answer.status_code == 200, answer.json
        return self.operator.read(RUNS, run["id"])

    def entry(self, run: Record, ada: Customer) -> Record:
        found = self.operator.find(ENTRIES, billRun__id=run["id"], billingAccount__id=ada.account)
        return found[0] if found else {}

    def bills(self, ada: Customer) -> list[Record]:
        found = self.operator.find(BILLS, billingAccount__id=ada.account)
        return sorted(found, key=lambda one: str(one.get("billNo")))

    def lines(self, bill: Record) -> list[tuple[str, str, str, str]]:
        """Return type, first day, day after the last one, and net amount of each line."""
        found = self.operator.find(RATES, bill__id=bill["id"])
        return sorted(
            (one["type"], _day(one, "startDateTime"), _day(one, "endDateTime"),
             f"{one['taxExcludedAmount']['value']:.2f}")
            for one in found
        )  # fmt: skip


def _day(line: Record, name: str) -> str:
    return str(line.get("periodCoverage", {}).get(name, ""))[5:10]


def amount(bill: Record, name: str = "amountDue") -> str:
    return f"{bill[name]['value']:.2f}"


def product(operator: Operator, ada: Customer, net: float, start: datetime, **said: Any) -> str:
    """Let Ada have a product at a monthly price, as a load of the installed base brings it."""
    price = {"name": "Line rental", "priceType": "recurring", "recurringChargePeriod": "month",
             "price": {"dutyFreeAmount": {"unit": "EUR", "value": net}, "taxRate": 19}}  # fmt: skip
    body = {"name": "Line", "status": "active", "startDate": start.isoformat(),
            "billingAccount": {"id": ada.account}, "productPrice": [price],
            "relatedParty": [{"id": ada.id, "role": "customer"}], **said}  # fmt: skip
    return str(operator.make(PRODUCT, body)["id"])


def put_down(operator: Operator, ada: Customer, key: str, net: str, kind: str) -> bool:
    """Put a credit or a fee down, as other parts of the program do; tell whether it was new."""
    with as_system(operator.site.services, "tests") as work:
        made = owe(
            work, key=key, account=ada.account, product=None, name=kind.capitalize(), kind=kind,
            amount=Money.of(net, "EUR"), tax=[TaxTold(tax_category="VAT", tax_rate=Decimal(19))],
            day=work.now,
        )  # fmt: skip
    return made is not None
