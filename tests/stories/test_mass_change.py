"""Mass change: one plan replaced by another for all who have it, tried, in batches, reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.operator import ORDER, OWN, PRODUCT, Customer, Operator, codes
from tests.support.sql_counter import counted
from trunkline.documents.shape import format_instant
from trunkline.kernel.actor import Grant
from trunkline.worker.steps import LANES, carry_out, claim

MASS = f"{OWN}/massChange"
JOB = "/api/workspace/v1/jobs"
LINES = 5


@dataclass
class Fleet:
    """The mobile lines of one customer, each on the small plan."""

    operator: Operator
    customer: Customer
    lines: list[str]

    @property
    def of_small_plan(self) -> str:
        small = self.operator.offerings["Mobile S"]
        return f"productOffering.id={small}&status=active&relatedParty.id={self.customer.id}"

    @property
    def plans(self) -> set[str]:
        names = {ident: name for name, ident in self.operator.offerings.items()}
        read = [self.operator.read(PRODUCT, one) for one in self.lines]
        return {names[one["productOffering"]["id"]] for one in read}

    def orders(self) -> list[Any]:
        found = f"{ORDER}?category=massChange&limit=100&relatedParty.id={self.customer.id}"
        return list(self.operator.staff.get(found).json)


@pytest.fixture
def fleet(operator: Operator) -> Fleet:
    ada = operator.ada()
    had = ada.has(*(ada.add(str(one), "Mobile S") for one in range(LINES)))
    return Fleet(operator, ada, [str(had.product(str(one))["id"]) for one in range(LINES)])


def asked(operator: Operator, **more: Any) -> dict[str, Any]:
    plan = {"id": operator.offerings["Mobile M"]}
    return {"action": "modify", "reason": "The small plan ends", "productOffering": plan, **more}


def begun(operator: Operator, **sent: Any) -> str:
    answer = operator.staff.post(MASS, asked(operator, **sent))
    assert answer.status_code == 202, answer.json
    return str(answer.json["id"])


def report(operator: Operator, ident: str) -> Any:
    return operator.staff.get(f"{MASS}/{ident}").json


def later(hours: int) -> str:
    return format_instant(datetime.now(UTC) + timedelta(hours=hours))


@pytest.mark.accepts("MAC-09")
def test_a_plan_is_replaced_for_all_of_a_filter_in_batches(fleet: Fleet) -> None:
    """Tried first: each product with its price or why it is refused, and the sum. Then two begin
    at once, two an hour later, the last after two hours; what is busy is refused and reported."""
    operator, ada = fleet.operator, fleet.customer
    product = [{"id": one} for one in (*fleet.lines, "PRD999999")]
    tried = operator.staff.post(f"{MASS}/try", asked(operator, product=product)).json
    assert [len(one["fault"]) for one in tried["tried"]] == [0] * LINES + [1]
    (monthly,) = (one for one in tried["price"] if one["priceType"] == "recurring")
    assert (monthly["old"], monthly["new"]) == (LINES * 9.9, LINES * 19.9)
    assert fleet.orders() == []
    met = operator.staff.post(f"{MASS}/try", asked(operator, query=fleet.of_small_plan)).json
    assert (met["total"], len(met["tried"]), met["price"]) == (LINES, LINES, tried["price"])
    odd = operator.staff.post(f"{MASS}/try", asked(operator, query="colour=red"))
    assert (odd.status_code, odd.json["fault"][0]["path"]) == (400, "colour")
    busy = ada.has(ada.add("1", "Mobile S")).product("1")["id"]
    ada.orders(ada.change("1", "modify", busy, "Mobile L"), requestedStartDate=later(900))
    ident = begun(operator, query=fleet.of_small_plan, batchSize=2, pauseMinutes=60)
    operator.site.work()
    assert report(operator, ident)["line"] == {"created": LINES, "refused": 1}
    starts = sorted((one.get("requestedStartDate") or "")[:16] for one in fleet.orders())
    assert starts[:2] == ["", ""]
    assert len(set(starts)) == 3
    (refused,) = operator.staff.get(f"{JOB}/{ident}/line?state=refused").json
    assert busy in str(refused)
    operator.site.move_clock(3 * 3600)
    operator.wait_until(lambda: report(operator, ident)["order"] == {"completed": LINES})
    with counted() as sent:
        report(operator, ident)
    assert not [one for one in sent if "product_order" in one and ".doc" in one], "read whole"
    assert fleet.plans == {"Mobile M"}


@pytest.mark.accepts("MAC-09")
def test_it_is_stopped_goes_on_and_is_taken_back(fleet: Fleet) -> None:
    """While it is stopped nothing is ordered. What waits for its day is called off when it is
    taken back, and the products stay as they were."""
    operator = fleet.operator
    ident = begun(
        operator, product=[{"id": one} for one in fleet.lines], requestedStartDate=later(2000)
    )
    assert operator.staff.post(f"{JOB}/{ident}/stop").status_code < 300
    operator.site.work()
    assert fleet.orders() == []
    assert operator.staff.post(f"{JOB}/{ident}/resume").status_code < 300
    operator.site.work()
    assert len(fleet.orders()) == LINES
    undo = operator.staff.post(f"{JOB}/{ident}/takeBack")
    assert undo.status_code == 201, undo.json
    operator.site.work()
    operator.settle()
    assert report(operator, ident)["order"] == {"cancelled": LINES}
    assert fleet.plans == {"Mobile S"}


@pytest.mark.accepts("MAC-09")
def test_what_has_changed_since_it_was_found_is_left_out(fleet: Fleet) -> None:
    """It has found its products and is stopped; one gets another plan meanwhile. When it goes on
    that one keeps what was chosen for it, which the report says, and the others are changed."""
    operator, ada = fleet.operator, fleet.customer
    ident = begun(operator, query=fleet.of_small_plan)
    found = "select collected from job where id = %s"
    while not operator.site.rows(found, ident)[0][0]:
        for lane in LANES:
            rows = claim(operator.site.services, lane=lane, worker="one", limit=1)
            carry_out(operator.site.services, rows)
    assert operator.staff.post(f"{JOB}/{ident}/stop").status_code < 300
    ada.has(ada.change("1", "modify", fleet.lines[0], "Mobile L"))
    assert operator.staff.post(f"{JOB}/{ident}/resume").status_code < 300
    operator.settle()
    assert report(operator, ident)["line"] == {"created": LINES - 1, "refused": 1}
    (refused,) = operator.staff.get(f"{JOB}/{ident}/line?state=refused").json
    assert "has changed since it was found" in str(refused)
    assert fleet.plans == {"Mobile L", "Mobile M"}


@pytest.mark.accepts("MAC-09")
def test_nobody_changes_by_it_what_they_may_not_order(fleet: Fleet) -> None:
    """Who may not place orders may not try it either; the report is of who asked, and 404 else."""
    operator = fleet.operator
    ident = begun(operator, product=[{"id": fleet.lines[0]}], requestedStartDate=later(2000))
    role = operator.site.role("lookers", {"*:read": Grant()})
    other = operator.site.user("looker", roles=[role], scopes=("*:read",))
    product = [{"id": fleet.lines[0]}]
    assert other.post(f"{MASS}/try", asked(operator, product=product)).status_code == 403
    assert other.post(MASS, asked(operator, product=product)).status_code == 403
    assert other.get(f"{MASS}/{ident}").status_code == 404


def test_what_is_wrong_is_named_at_once(operator: Operator) -> None:
    sent = {"action": "swap", "reason": " ", "batchSize": 0, "requestedStartDate": "soon"}
    answer = operator.staff.post(MASS, sent)
    assert codes(answer) == {
        ("badValue", "action"), ("required", "reason"), ("outOfRange", "batchSize"),
        ("required", "batchSize"), ("badDateTime", "requestedStartDate"),
    }  # fmt: skip
    for odd in ([], {}, None, 1):
        answer = operator.staff.post(MASS, {"action": odd, "reason": "x"})
        assert ("badValue", "action") in codes(answer)
    nothing = operator.staff.post(MASS, {"action": "modify", "reason": "x", "query": "a=b"})
    assert codes(nothing) == {("nothingAsked", "action")}
    assert codes(operator.staff.post(MASS, asked(operator))) == {("required", "product")}
    said = {"suspensionReason": 1, "disconnectionReason": "quality", "emergencyTold": "yes"}
    answer = operator.staff.post(MASS, {"action": "suspend", "reason": "x", **said})
    assert codes(answer) == {
        ("badType", "suspensionReason"), ("badValue", "disconnectionReason"),
        ("badType", "emergencyTold"),
    }  # fmt: skip


def test_all_orders_say_why_and_that_the_customer_was_told(fleet: Fleet) -> None:
    """A reason of the operator's register and that emergency calls end stand in each order."""
    operator = fleet.operator
    sent = {"action": "suspend", "reason": "Not paid", "suspensionReason": "nonPayment",
            "emergencyTold": True, "product": [{"id": one} for one in fleet.lines[:2]]}  # fmt: skip
    assert operator.staff.post(MASS, sent).status_code == 202
    operator.site.work()
    items = [one["productOrderItem"][0] for one in fleet.orders()]
    assert [(one["suspensionReason"], one["emergencyTold"]) for one in items] == [
        ("nonPayment", True)
    ] * 2
