"""Ada ends what she was bound to: on a day, for a fee that her contract says, or not after all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stories.test_broken_down import sell
from tests.stories.test_bundle import bundle
from tests.stories.test_move import LIVE, OFFERING, PRICE, SPECIFICATION
from tests.support.operator import (
    CUSTOMER,
    ORDER,
    OWN,
    PRODUCT,
    Customer,
    Operator,
    Order,
    Record,
    codes,
)
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.kernel.actor import EVERY_CLASS, Grant

CONTRACT = "/api/contract/v1/contract"
DAY_S = 86_400
OWN_TERM: Record = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
HALF: Record = {"kind": "percent", "percent": 50}
PRICED: Record = {"name": "Monthly", "priceType": "recurring", "recurringChargePeriod": "month",
                  "price": {"dutyFreeAmount": {"value": 40, "unit": "EUR"}}}  # fmt: skip
ORDERS = {f"{name}:{verb}": Grant("all", EVERY_CLASS) for name in ("TMF622", "TMF637", "TMF629")
          for verb in ("create", "read")}  # fmt: skip


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def sold(
    operator: Operator, name: str, rule: Record | None, *, monthly: float = 30,
    period: str = "month",
) -> str:  # fmt: skip
    """Put something on sale for 24 months, which ends early by a rule; return the offering."""
    price = {"name": "Monthly", "priceType": "recurring", "recurringChargePeriodType": period,
             "price": {"unit": "EUR", "value": monthly}, **LIVE}  # fmt: skip
    term: Record = {"name": "24 months", "duration": {"amount": 24, "units": "months"}}
    if rule is not None:
        term["terminationRule"] = rule
    made = {
        "name": name, "isSellable": True, **LIVE,
        "productSpecification": {"id": operator.make(SPECIFICATION, {"name": name, **LIVE})["id"]},
        "productOfferingPrice": [{"id": operator.make(PRICE, price)["id"]}],
        "productOfferingTerm": [term],
    }  # fmt: skip
    return str(operator.make(OFFERING, made)["id"])


def bought(customer: Customer, offering: str) -> str:
    item = {"id": "1", "action": "add", "productOffering": {"id": offering}}
    return str(customer.has(item).product()["id"])


def ending(customer: Customer, product: str, **said: Any) -> Record:
    return {**customer.change("1", "delete", product), **said}


def contract_of(customer: Customer) -> Record:
    """Return what contracts with a customer say that last for nine months and a bit."""
    party = {"id": customer.id, "role": "customer", "@referredType": "Customer"}
    return {"relatedParty": [party], "state": "active", "billingAccount": {"id": customer.account},
            "validFor": {"startDateTime": in_days(0), "endDateTime": in_days(300)}}  # fmt: skip


def cancelled(operator: Operator, *contracts: Record) -> None:
    for one in contracts:
        said = {"state": "cancelled", "stateReason": "it was ended"}
        answer = operator.staff.patch(f"{CONTRACT}/{one['id']}", said)
        assert answer.status_code == 200, answer.json
    operator.settle()


def fee(order: Order) -> tuple[float, list[float]]:
    """Return the fee that an order's line says, and what the line charges."""
    (line,) = order.read()["productOrderItem"]
    charges = [one["price"]["dutyFreeAmount"]["value"] for one in line.get("itemPrice", [])]
    return float(line["terminationFee"]["amount"]["value"]), [float(one) for one in charges]


@pytest.mark.accepts("MAC-04")
def test_the_contract_says_what_the_early_end_costs(operator: Operator) -> None:
    """Contracts of 24 months end after nine and a bit: one costs a fixed sum, one all months
    that are left, one a part of these, one a sum that declines. Each is told before with how it
    comes about, billing hears of it as a charge of the completed order, and it waits for the bill
    of the customer, once."""
    ada = operator.ada()
    owed: list[float] = []
    rules: dict[str, tuple[Record, float]] = {
        "Fixed": ({"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}, 99),
        "Months": ({"kind": "remainingMonths"}, 15 * 30),
        "Part": ({"kind": "percent", "percent": 25}, 15 * 30 / 4),
        "Less": ({"kind": "declining", "amount": {"value": 240, "unit": "EUR"}}, 150),
    }
    bound = {name: bought(ada, sold(operator, name, rule)) for name, (rule, _) in rules.items()}
    for name, period, charge in (("Monthly", "monthly", 30), ("Yearly", "annual", 360)):
        rules[name] = rules["Months"]  # a month is a month, and a year twelve of them
        offering = sold(operator, name, rules[name][0], monthly=charge, period=period)
        bound[name] = bought(ada, offering)
    (term,) = operator.read(PRODUCT, bound["Fixed"])["productTerm"]
    begins, ends = (int(term["validFor"][name][:4]) for name in ("startDateTime", "endDateTime"))
    assert ends == begins + 2
    operator.site.move_clock(285 * DAY_S)
    for name, (_, amount) in rules.items():
        body = ada.body(ending(ada, bound[name], disconnectionReason="tooExpensive"))
        told = operator.staff.post(f"{OWN}/simulate", body).json
        once = [float(one["new"]) for one in told["price"] if one["priceType"] == "oneTime"]
        assert once == [amount]
        order = ada.has(ending(ada, bound[name], disconnectionReason="tooExpensive"))
        assert fee(order) == (amount, [amount])
        (why,) = order.read()["productOrderItem"][0]["terminationFee"]["explanation"]
        assert why.startswith(f"{name}, 24 months until ")
        (event,) = [
            one["event"]["productOrder"]
            for one in operator.events(order.id, "ProductOrderStateChangeEvent")
            if one["event"]["productOrder"]["state"] == "completed"
        ]
        assert event["productOrderItem"][0]["itemPrice"][0]["@type"] == "TerminationCharge"
        assert order.product()["status"] == "terminated"
        owed.append(amount)
        assert ada.fees() == owed


@pytest.mark.accepts("MAC-04")
def test_the_contract_that_covers_a_product_says_what_ending_it_costs(operator: Operator) -> None:
    """Products that a contract covers: it costs what its line or, for a part of the months, the
    whole contract says, in place of what the product's own term says, told before and owed once.
    The contract charges nothing more for them when it is cancelled; its sum is for it alone. It is
    waived alike, and what no rule of a contract is about costs what its own term says."""
    ada = operator.ada()
    names = ("Half", "Quarter", "Waived", "Plain")
    bound = {name: bought(ada, sold(operator, name, OWN_TERM)) for name in names}
    lines = [
        {"id": name, "product": {"id": bound[name]}, "quantity": 1, "price": [PRICED],
         **({"terminationRule": HALF} if name != "Quarter" else {})}
        for name in names[:3]
    ]  # fmt: skip
    said = contract_of(ada)
    held = operator.make(
        CONTRACT,
        {**said, "contractLine": lines, "terminationRule": {"kind": "percent", "percent": 25}},
    )
    sum_alone = operator.make(
        CONTRACT,
        {
            **said,
            "terminationRule": {"kind": "fixed", "amount": {"value": 70, "unit": "EUR"}},
            "contractLine": [{"id": "1", "product": {"id": bound["Plain"]}, "price": [PRICED]}],
        },
    )
    owed: list[float] = []
    for name, amount in (("Half", 200), ("Quarter", 100), ("Plain", 99)):
        told = operator.staff.post(f"{OWN}/simulate", ada.body(ending(ada, bound[name]))).json
        once = [float(one["new"]) for one in told["price"] if one["priceType"] == "oneTime"]
        assert once == [amount]
        order = ada.has(ending(ada, bound[name]))
        assert fee(order) == (amount, [amount])
        (why,) = order.read()["productOrderItem"][0]["terminationFee"]["explanation"]
        assert (f"{held['key']}, line {name}, contract until" in why) == (name != "Plain")
        owed.append(amount)
        assert ada.fees() == owed
    free = ada.has(ending(ada, bound["Waived"], feeWaiverReason="goodwill"))
    assert fee(free) == (200, [])
    states = [one["state"] for one in operator.read(CONTRACT, held["id"])["contractLine"]]
    assert states == ["cancelled"] * 3
    cancelled(operator, held, sum_alone)
    assert ada.fees() == [*owed, 70]


@pytest.mark.accepts("MAC-04")
def test_what_a_cancelled_contract_has_charged_is_not_charged_again(operator: Operator) -> None:
    """A contract is cancelled while an order waits to end what it covers, which then says that
    nothing more is due; so does one that is placed afterwards."""
    ada = operator.ada()
    product = bought(ada, sold(operator, "Late", OWN_TERM))
    line = {"id": "Late", "product": {"id": product}, "price": [PRICED], "terminationRule": HALF}
    held = operator.make(CONTRACT, {**contract_of(ada), "contractLine": [line]})
    blind = operator.site.role("sees-no-contract", ORDERS)
    clerk = operator.site.user("sees-no-contract", roles=[blind], scopes=tuple(ORDERS))
    sent = ada.body(ending(ada, product), requestedStartDate=in_days(1))
    waiting = Order(operator, clerk.post(ORDER, sent).json["id"])
    assert fee(waiting) == (200, [200])
    operator.settle()
    cancelled(operator, held)
    assert ada.fees() == [200]
    assert fee(waiting) == (0, [])
    waiting.cancel()
    assert fee(ada.has(ending(ada, product))) == (0, [])
    assert ada.fees() == [200]


def dealt(operator: Operator, name: str) -> tuple[Any, Record]:
    """Return a dealer with the role as it is shipped, and how one is named by customers."""
    north = operator.company(name)
    ensure_roles(operator.site.services)
    client = operator.site.user(
        f"dealer-{name}", roles=["partner"], party=north.party, partner=north.party,
        scopes=tuple(ROLES["partner"].permissions),
    )  # fmt: skip
    return client, {"id": north.party, "role": "partner", "@referredType": "Organization"}


@pytest.mark.accepts("MAC-04")
def test_a_dealer_who_ends_a_product_is_told_the_fee_of_the_contract(operator: Operator) -> None:
    """A dealer, who reads no contract, ends products of the own customer: the fee that the
    contract asks for is told and owed. That of a contract which another dealer has brought is owed
    as well, from when the order begins; the contracts themselves stay closed to the dealer."""
    ada = operator.ada()
    (client, own), (_, other) = dealt(operator, "North"), dealt(operator, "South")
    assert operator.staff.patch(f"{CUSTOMER}/{ada.id}", {"relatedParty": [own]}).status_code == 200
    for name, also, told in (("Own", [], 200), ("Other", [other], 99)):
        product = bought(ada, sold(operator, name, OWN_TERM))
        line = {"id": "1", "product": {"id": product}, "price": [PRICED], "terminationRule": HALF}
        said = contract_of(ada)
        said["relatedParty"] += also
        held = operator.make(CONTRACT, {**said, "contractLine": [line]})
        sent = ada.body(ending(ada, product))
        sent["relatedParty"].append(own)
        answer = client.post(ORDER, sent)
        assert answer.status_code == 201, answer.json
        order = Order(operator, answer.json["id"])
        assert fee(order) == (told, [told])
        operator.settle()
        assert (order.state, fee(order)) == ("completed", (200, [200]))
        assert client.get(f"{CONTRACT}/{held['id']}").status_code == 403
        assert client.get(f"{ORDER}/{order.id}").status_code == 200
    assert ada.fees() == [200, 200]


def by_hand(order: Order) -> None:
    """Report what people have to do for an order as done."""
    order.operator.settle()
    for one in order.plan["item"]:
        if (one["kind"], one["state"]) == ("manual", "ready"):
            done = order.operator.staff.post(f"{OWN}/task/{one['id']}/complete", {"evidence": "ok"})
            assert done.status_code == 200, done.json
    order.operator.settle()
    assert order.state == "completed", order.steps


@pytest.mark.accepts("MAC-04")
def test_one_end_costs_one_fee_whichever_is_first(operator: Operator) -> None:
    """A contract is cancelled while people are ending two of what it covers: the fees of their
    orders stand; the contract charges for the third alone and says, beforehand as well, which
    order charges the others. Where such an order comes to nothing, who ends the product later owes
    what the contract says; for what the contract has charged nothing is owed again."""
    ada = operator.ada()
    offering = sell(operator, "By hand", fulfilment={"kind": "manual", "role": "crew"})
    bound: dict[str, str] = {}
    for name in ("First", "Stays", "Kept"):
        bought_one = ada.orders({"id": "1", "action": "add", "productOffering": {"id": offering}})
        by_hand(bought_one)
        bound[name] = str(bought_one.product()["id"])
    lines = [{"id": name, "product": {"id": one}, "price": [PRICED], "terminationRule": HALF}
             for name, one in bound.items()]  # fmt: skip
    held = operator.make(CONTRACT, {**contract_of(ada), "contractLine": lines})
    first, stays = (ada.orders(ending(ada, bound[name])) for name in ("First", "Stays"))
    operator.settle()
    assert [(one.state, fee(one)) for one in (first, stays)] == [("inProgress", (200, [200]))] * 2
    told = operator.read(f"{CONTRACT}/{held['id']}/terminationFee")
    answer = operator.staff.post(f"{CONTRACT}/{held['id']}/cancel", {"reason": "it was ended"})
    assert answer.status_code == 200, answer.json
    operator.settle()
    now = operator.read(CONTRACT, held["id"])
    for said in (told, now["terminationFee"]):
        assert float(said["amount"]["value"]) == 200
        assert [one for one in said["explanation"] if "charged by" in one] == [
            f"line {name}: charged by order {one.key}, which ends it"
            for name, one in (("First", first), ("Stays", stays))
        ]
    assert ada.fees() == [200]
    by_hand(first)
    assert ada.fees() == [200, 200]
    assert stays.cancel()["cancellationResult"] == "canceled"
    for name, due in (("Stays", (200, [200])), ("Kept", (0, []))):
        last = ada.orders(ending(ada, bound[name]))
        by_hand(last)
        assert fee(last) == due
    assert ada.fees() == [200, 200, 200]


@pytest.mark.accepts("MAC-04")
def test_an_end_to_come_is_withdrawn_or_costs_what_its_day_says(operator: Operator) -> None:
    """To be ended next month; the fee is that of that day, follows another day, and is gone where
    the contract is over by then. The wish is withdrawn while it waits, and the product stays."""
    ada = operator.ada()
    rule = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
    product = bought(ada, sold(operator, "Bound", rule))
    wanted = ada.orders(ending(ada, product), requestedStartDate=in_days(30))
    operator.settle()
    assert fee(wanted) == (99, [99])
    address = f"{ORDER}/{wanted.id}"
    for days, is_charged in ((800, False), (40, True)):
        moved = operator.staff.patch(address, {"requestedStartDate": in_days(days)})
        assert moved.status_code == 200, moved.json
        assert ("terminationFee" in moved.json["productOrderItem"][0]) == is_charged
    assert wanted.cancel()["cancellationResult"] == "canceled"
    assert operator.read(PRODUCT, product)["status"] == "active"
    again = ada.orders(ending(ada, product), requestedStartDate=in_days(1))
    operator.settle()
    operator.site.move_clock(1 * DAY_S + 60)
    assert ada.fees() == []
    operator.wait_until(lambda: again.state == "completed")
    operator.settle()
    assert ada.fees() == [99]
    assert again.cancel()["cancellationResult"] == "refused"
    assert operator.read(PRODUCT, product)["status"] == "terminated"


@pytest.mark.accepts("MAC-04")
def test_a_fee_is_waived_by_right_and_reason_alone(operator: Operator) -> None:
    """Nobody sets a fee by hand. With the permission and a reason of the register it is waived:
    the order still says what it would have been. Without the permission that is forbidden."""
    ada = operator.ada()
    rule = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
    product = bought(ada, sold(operator, "Bound", rule))
    free = ending(ada, product, feeWaiverReason="goodwill")
    clerk = operator.site.user(
        "ends-orders", roles=[operator.site.role("ends-orders", ORDERS)], scopes=tuple(ORDERS)
    )
    refused = clerk.post(ORDER, ada.body(free))
    assert refused.status_code == 403
    assert "ordering:waiveFee" in refused.json["message"]
    unknown = ada.refused(ending(ada, product, feeWaiverReason="sympathy"))
    assert ("notInRegister", "productOrderItem[0].feeWaiverReason") in codes(unknown)
    cheaper = {"amount": {"value": 1, "unit": "EUR"}, "explanation": ["so there"]}
    sent = ada.orders(ending(ada, product, terminationFee=cheaper), requestedStartDate=in_days(9))
    operator.settle()
    assert fee(sent) == (99, [99])
    items = sent.read()["productOrderItem"]
    items[0]["itemPrice"][0]["price"]["dutyFreeAmount"]["value"] = 1
    answer = operator.staff.patch(f"{ORDER}/{sent.id}", {"productOrderItem": items})
    assert answer.status_code == 200
    assert fee(sent) == (99, [99])
    sent.cancel()
    dodged = ada.orders(
        ending(ada, product, operation="transfer"), requestedStartDate=in_days(9)
    )  # fmt: skip
    assert fee(dodged) == (99, [99])
    dodged.cancel()
    waived = ada.has(free)
    assert fee(waived) == (99, [])
    assert waived.read()["productOrderItem"][0]["terminationFee"]["isWaived"] is True
    assert ada.fees() == []


def test_a_fee_is_of_one_currency(operator: Operator) -> None:
    """What ends a bundle whose parts cost two currencies to end is refused, saying what it costs:
    none of the fees is left out in silence. One part by itself is charged, all of it is waived."""
    ada = operator.ada()
    had = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    whole, voice = had.product("1")["id"], had.product("3")["id"]
    dollars = {**PRICED, "price": {"dutyFreeAmount": {"value": 10, "unit": "USD"}}}
    lines = [
        {"id": item, "product": {"id": had.product(item)["id"]}, "price": [price],
         "terminationRule": HALF}
        for item, price in (("2", PRICED), ("3", dollars))
    ]  # fmt: skip
    operator.make(CONTRACT, {**contract_of(ada), "contractLine": lines})
    refused = ada.refused(ending(ada, whole))
    assert codes(refused) == {("currenciesMixed", "productOrderItem[0].product")}
    assert "EUR and USD" in refused.json["message"]
    at = in_days(9)
    ada.orders(ending(ada, whole, feeWaiverReason="goodwill"), requestedStartDate=at).cancel()
    assert fee(ada.orders(ending(ada, voice), requestedStartDate=at)) == (50, [50])
    wrong = ("currenciesMixed", "productOrderItem[0].product")
    odd = ada.body(ending(ada, whole, disconnectionReason="sympathy"))
    told = operator.staff.post(f"{OWN}/simulate", odd)
    assert told.status_code == 200, told.json
    assert codes(told) > {wrong}  # beside all else that is wrong
    line = {"id": "1", "action": "delete", "product": {"id": whole}}
    saved = {"relatedParty": contract_of(ada)["relatedParty"], "cartItem": [line]}
    cart = operator.make("/tmf-api/shoppingCart/v4/shoppingCart", saved)["id"]
    told = operator.staff.get(f"/api/sales/v1/shoppingCart/{cart}/check")
    assert ("currenciesMixed", "cartItem[0].product") in codes(told), told.json


def test_terms_that_cannot_be_counted_are_not_sold(operator: Operator) -> None:
    for rule, path in (
        ({"kind": "fixed"}, "productOfferingTerm[0].terminationRule.amount"),
        ({"kind": "percent", "percent": 120}, "productOfferingTerm[0].terminationRule.percent"),
    ):
        term = {"name": "24 months", "duration": {"amount": 24, "units": "months"}}
        answer = operator.staff.post(
            OFFERING, {"name": "Odd", "productOfferingTerm": [{**term, "terminationRule": rule}]}
        )
        assert codes(answer) == {("terminationRuleInvalid", path)}
