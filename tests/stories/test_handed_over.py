"""Ada's telephone becomes Grace's: with its number, its contract and her deposit, by both wills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.stories.test_ended_early import (
    CONTRACT,
    HALF,
    PRICED,
    cancelled,
    contract_of,
    in_days,
    sold,
)
from tests.support.operator import (
    ACCOUNT,
    CUSTOMER,
    OWN,
    PARTY,
    PRODUCT,
    RESOURCE,
    SERVICE,
    Customer,
    Operator,
    Record,
    codes,
    linked,
    values,
)
from tests.support.pages import browser_of
from tests.web.browser import words_of
from trunkline.documents.shape import format_instant
from trunkline.kernel.actor import EVERY_CLASS, Grant

OWN_REACH = Grant("own", EVERY_CLASS)
TRANSFER = f"{OWN}/ownershipTransfer"
DAY_S = 86_400


@dataclass
class Flat:
    """Ada with a line and what runs on it; Grace has nothing yet."""

    operator: Operator
    ada: Customer
    grace: Customer
    product: Record

    def wish(self, **more: Any) -> Record:
        return {
            "product": [{"id": self.product["id"]}],
            "fromCustomer": {"id": self.ada.id},
            "toCustomer": {"id": self.grace.id},
            "billingAccount": {"id": self.grace.account},
            "reason": "Grace takes the flat over",
            **more,
        }

    def asked(self, **more: Any) -> str:
        return str(self.operator.make(TRANSFER, self.wish(**more))["id"])

    def says(self, transfer: str, side: str, verb: str = "consent") -> Any:
        body = {"side": side, "name": side.title(), "channel": "phone", "text": "I agree to it"}
        return self.operator.staff.post(f"{TRANSFER}/{transfer}/{verb}", body)

    def both_agree(self, transfer: str) -> None:
        for side in ("giving", "taking"):
            answer = self.says(transfer, side)
            assert answer.status_code == 200, answer.json
        self.operator.settle()

    def read(self, transfer: str) -> Record:
        return self.operator.read(TRANSFER, transfer)

    def of(self, customer: Customer) -> list[Record]:
        return self.operator.find(PRODUCT, relatedParty__id=customer.id)


def another(operator: Operator) -> Customer:
    party = operator.make(f"{PARTY}/individual", {"givenName": "Grace", "familyName": "Hopper"})
    role = {"name": "Grace Hopper", "status": "active", "engagedParty": {"id": party["id"]}}
    ident = operator.make(CUSTOMER, role)["id"]
    owner = [{"id": ident, "role": "customer"}]
    account = {"name": "Grace", "state": "active", "relatedParty": owner}
    return Customer(operator, ident, party["id"], operator.make(ACCOUNT, account)["id"])


@pytest.fixture
def flat(operator: Operator) -> Flat:
    ada = operator.ada()
    product = ada.has(ada.fibre("1")).product()
    return Flat(operator, ada, another(operator), product)


@pytest.mark.accepts("MAC-07")
def test_everything_passes_on_by_both_wills(flat: Flat) -> None:
    """Nothing happens before both have agreed. Then Grace has the product, on the same services
    and resources, which the network never hears of; price and deposit come along, Ada's product
    has ended for no fee, and each of the two reads her own part of the story alone."""
    operator = flat.operator
    deposit = {"balanceType": "deposit", "amount": {"value": 50, "unit": "EUR"},
               "validFor": {"startDateTime": "2026-01-01T00:00:00Z"}}  # fmt: skip
    operator.staff.patch(f"{ACCOUNT}/{flat.ada.account}", {"accountBalance": [deposit]})
    before, commands = flat.product, len(operator.commands())
    services = linked(before, "realizingService")
    ran_on = operator.in_network()
    transfer = flat.asked(
        deposit={"treatment": "transferred", "amount": {"value": 50, "unit": "EUR"}}
    )
    assert flat.says(transfer, "giving").status_code == 200
    operator.settle()
    assert (flat.read(transfer)["state"], flat.of(flat.grace)) == ("requested", [])
    assert flat.says(transfer, "giving").status_code == 409
    assert flat.says(transfer, "taking").status_code == 200
    operator.settle()
    told = flat.read(transfer)
    assert (told["state"], told["depositPassed"]) == ("completed", True)
    assert [one["name"] for one in told["consent"]] == ["Giving", "Taking"]
    assert all(one["at"] and one["recordedBy"] and one["text"] for one in told["consent"])
    (new,) = flat.of(flat.grace)
    assert new["status"] == "active"
    assert linked(new, "realizingService") == services
    assert values(new) == values(before)
    assert [one["price"] for one in new["productPrice"]] == [
        one["price"] for one in before["productPrice"] if one["priceType"] != "oneTime"
    ]
    assert new["billingAccount"]["id"] == flat.grace.account
    assert (len(operator.commands()), operator.in_network()) == (commands, ran_on)
    (old,) = flat.of(flat.ada)
    assert (old["id"], old["status"]) == (before["id"], "terminated")
    for account, held in ((flat.ada.account, 0), (flat.grace.account, 50)):
        (balance,) = operator.read(ACCOUNT, account)["accountBalance"]
        assert float(balance["amount"]["value"]) == held
    for ident in services:
        service = operator.read(SERVICE, ident)
        assert (service["state"], linked(service, "relatedParty")) == ("active", {flat.grace.id})
    assert operator.find(RESOURCE, relatedParty__id=flat.ada.id) == []
    later = flat.grace.orders(flat.grace.change("1", "suspend", new["id"]))
    operator.settle()
    assert (later.state, operator.read(PRODUCT, new["id"])["status"]) == ("completed", "suspended")


@pytest.mark.accepts("MAC-07")
def test_neither_reads_what_is_the_others(flat: Flat) -> None:
    """By her own login Ada reads her ended product, her orders and nothing of Grace; Grace reads
    what is hers from the day on: not what was before, and not the wish with what both have said."""
    operator = flat.operator
    flat.both_agree(flat.asked())
    (new,), (old,) = flat.of(flat.grace), flat.of(flat.ada)
    role = operator.site.role("reads-own", {"*:read": OWN_REACH})
    logins = {
        name: operator.site.user(
            f"{name}-of-the-flat", roles=[role], party=party, scopes=("*:read",)
        )
        for name, party in (("ada", flat.ada.party), ("grace", flat.grace.party))
    }
    for name, mine, foreign, others in (
        ("ada", old, new, flat.grace), ("grace", new, old, flat.ada),
    ):  # fmt: skip
        client = logins[name]
        assert client.get(f"{PRODUCT}/{mine['id']}").status_code == 200
        assert client.get(f"{PRODUCT}/{foreign['id']}").status_code == 404
        assert [one["id"] for one in client.get(PRODUCT).json] == [mine["id"]]
        seen = ""
        for path in (PRODUCT, SERVICE, RESOURCE, "/tmf-api/event/v4/event",
                     "/tmf-api/productOrderingManagement/v4/productOrder"):  # fmt: skip
            seen += client.get(path).text
        for ident in linked(new, "realizingService"):
            for word in ("", "?at=2026-01-01T00:00:00Z", f"?at={old['startDate']}"):
                seen += client.get(
                    f"/api/inventory/v1/service/{ident}/configuration{word.partition('?')[0]}",
                    query_string=word.removeprefix("?"),
                ).text
        for secret in (others.id, others.party, others.account):
            assert secret not in seen
        assert client.get(TRANSFER).status_code == 403
    assert "Fibre" in logins["grace"].get(SERVICE).text
    assert logins["ada"].get(SERVICE).json == []


@pytest.mark.accepts("MAC-07")
def test_what_stands_against_it_is_named(flat: Flat) -> None:
    """A busy product, a debt, a bill that is overdue, a customer's own product, somebody else's
    account: each is refused by name, and a second consent is, too, when something has come up
    meanwhile."""
    operator, ada = flat.operator, flat.ada

    def against(**more: Any) -> set[tuple[str, str]]:
        return codes(operator.staff.post(TRANSFER, flat.wish(**more)))

    assert against(toCustomer={"id": ada.id}) >= {("sameCustomer", "toCustomer.id")}
    assert against(billingAccount={"id": ada.account}) == {
        ("billingAccountForeign", "billingAccount.id")
    }
    money = {"treatment": "transferred", "amount": {"value": 5, "unit": "EUR"}}
    assert against(deposit=money) == {("depositMissing", "deposit.amount")}
    transfer = flat.asked()
    assert flat.says(transfer, "giving").status_code == 200
    ada.orders(ada.faster(flat.product["id"]))
    assert against() == {("conflictOpenOrder", "product")}
    assert codes(flat.says(transfer, "taking")) == {("conflictOpenOrder", "product")}
    operator.settle()
    debt = {"balanceType": "overdue", "amount": {"value": 9, "unit": "EUR"}, "validFor": {}}
    operator.staff.patch(f"{ACCOUNT}/{ada.account}", {"accountBalance": [debt]})
    assert codes(flat.says(transfer, "taking")) == {("debtOpen", "fromCustomer.id")}
    operator.staff.patch(f"{ACCOUNT}/{ada.account}", {"accountBalance": []})
    overdue = {"billNo": "R-2026-1", "state": "sent", "billingAccount": {"id": ada.account},
               "taxIncludedAmount": {"value": 30, "unit": "EUR"},
               "paymentDueDate": "2026-01-31T00:00:00Z"}  # fmt: skip
    operator.make("/tmf-api/customerBillManagement/v4/customerBill", overdue)
    operator.settle()
    disputed = {**overdue, "billNo": "R-2026-2"}
    bill = operator.make("/tmf-api/customerBillManagement/v4/customerBill", disputed)["id"]
    hold = {"billingAccount": {"id": ada.account}, "reason": "dispute",
            "customerBill": {"id": bill}}  # fmt: skip
    operator.make("/api/billing/v1/dunningHold", hold)
    assert against() == {("debtOpen", "fromCustomer.id")}
    for reach, is_told in (("all", True), ("own", False)):
        rights = {f"{one}:read": Grant("all", EVERY_CLASS) for one in ("TMF637", "TMF666")}
        rights |= {"TMF629:read": Grant(reach, EVERY_CLASS),
                   "OwnershipTransfer:create": Grant("all", EVERY_CLASS)}  # fmt: skip
        role = operator.site.role(f"hands-over-{reach}", rights)
        clerk = operator.site.user(f"hands-over-{reach}", roles=[role], scopes=tuple(rights))
        told = clerk.post(TRANSFER, flat.wish())
        assert (("debtOpen", "fromCustomer.id") in codes(told)) is is_told, told.json
        assert "30 EUR" not in str(told.json)  # who reads no bills is not told how much it is
    assert "owes 30 EUR of" in str(operator.staff.post(TRANSFER, flat.wish()).json)
    assert codes(flat.says(transfer, "taking")) == {("debtOpen", "fromCustomer.id")}
    paid = {"account": {"id": ada.account}, "totalAmount": {"value": 30, "unit": "EUR"},
            "paymentMethod": {"name": "Bank transfer"}}  # fmt: skip
    operator.make("/tmf-api/payment/v4/payment", paid)
    operator.settle()
    assert flat.says(transfer, "taking").status_code == 200
    held = ada.refused(ada.faster(flat.product["id"], 100))
    assert "conflictOpenOrder" in {code for code, _ in codes(held)}
    operator.settle()
    assert flat.read(transfer)["state"] == "completed"


@pytest.mark.accepts("INV-04")
def test_what_was_hers_is_told_of_the_day_before(flat: Flat) -> None:
    """The installed base of a day says what each had then: product, services and resources are
    Ada's before the line is handed over, and Grace's after it; of now it is the other way round."""
    operator = flat.operator
    before = format_instant(operator.site.services.now())
    operator.site.move_clock(DAY_S)

    def base(customer: Customer, at: str = "") -> list[set[str]]:
        path = f"/api/inventory/v1/installedBase?customer={customer.id}&at={at}"
        found = operator.read(path)
        return [{one["id"] for one in found[kind]} for kind in ("product", "service", "resource")]

    had = base(flat.ada, before)
    assert [len(one) for one in had] == [1, 2, 2]
    flat.both_agree(flat.asked())
    assert base(flat.ada, before) == had
    assert base(flat.grace, before) == [set(), set(), set()]
    assert base(flat.grace)[1:] == had[1:]
    assert base(flat.ada) == [had[0], set(), set()]


def test_it_is_refused_withdrawn_and_forgotten(flat: Flat) -> None:
    """One side refuses and the wish has ended; another one waits two weeks and expires; one for a
    later day is withdrawn, and the product stays whose it was."""
    refused = flat.asked()
    assert flat.says(refused, "taking", "refuse").json["state"] == "refused"
    assert flat.says(refused, "giving").status_code == 409
    forgotten = flat.asked()
    flat.operator.settle()
    flat.operator.site.move_clock(15 * DAY_S)
    flat.operator.hurry()
    assert flat.read(forgotten)["state"] == "expired"
    later = flat.asked(requestedStartDate="2031-01-01T00:00:00Z")
    flat.both_agree(later)
    assert flat.read(later)["state"] == "inProgress"
    said = flat.operator.staff.post(f"{TRANSFER}/{later}/withdraw", {"reason": "we stay friends"})
    assert said.status_code == 200
    flat.operator.settle()
    assert flat.read(later)["state"] == "withdrawn"
    assert (flat.of(flat.grace), flat.of(flat.ada)[0]["status"]) == ([], "active")
    flat.ada.has(flat.ada.faster(flat.product["id"]))


def test_a_contract_goes_on_as_it_is(operator: Operator) -> None:
    """24 months that Ada agreed to bind Grace to their old end, and Ada pays no fee for leaving;
    that the offering is not sold any more does not matter."""
    ada, grace = operator.ada(), another(operator)
    rule = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
    offering = sold(operator, "Bound", rule)
    had = ada.has({"id": "1", "action": "add", "productOffering": {"id": offering}})
    flat = Flat(operator, ada, grace, had.product())
    address = f"/tmf-api/productCatalogManagement/v4/productOffering/{offering}"
    assert operator.staff.patch(address, {"lifecycleStatus": "Retired"}).status_code == 200
    transfer = flat.asked()
    flat.both_agree(transfer)
    (new,) = flat.of(grace)
    assert new["productTerm"] == flat.product["productTerm"]
    (ended,) = operator.find(
        "/tmf-api/productOrderingManagement/v4/productOrder", relatedParty__id=ada.id,
        category="ownershipTransfer",
    )  # fmt: skip
    assert "itemPrice" not in ended["productOrderItem"][0]
    left = grace.has(grace.change("1", "delete", new["id"]))
    assert left.read()["productOrderItem"][0]["terminationFee"]["amount"]["value"] == 99


def test_a_deposit_that_is_gone_by_then_is_told(flat: Flat) -> None:
    """It was promised to pass on with the product next week, and was used up before: no money is
    made of nothing, and the transfer says that none has passed."""
    operator = flat.operator

    def has(amount: int) -> None:
        held = {"balanceType": "deposit", "amount": {"value": amount, "unit": "EUR"},
                "validFor": {"startDateTime": "2026-01-01T00:00:00Z"}}  # fmt: skip
        operator.staff.patch(f"{ACCOUNT}/{flat.ada.account}", {"accountBalance": [held]})

    has(50)
    money = {"treatment": "transferred", "amount": {"value": 50, "unit": "EUR"}}
    transfer = flat.asked(deposit=money, requestedStartDate=in_days(7))
    flat.both_agree(transfer)
    has(20)
    operator.site.move_clock(7 * DAY_S + 60)
    operator.wait_until(lambda: flat.read(transfer)["state"] == "completed")
    assert flat.read(transfer)["depositPassed"] is False
    assert not operator.read(ACCOUNT, flat.grace.account).get("accountBalance")
    page = browser_of(operator.site, "admin").get(f"/transfer/{flat.read(transfer)['key']}")
    assert "was not there any more and did not pass on" in words_of(page.text)


@pytest.mark.accepts("MAC-07")
def test_what_a_contract_says_of_a_product_passes_on(operator: Operator) -> None:
    """Ada's contract covers two lines, of which one is handed over. Grace has a contract of her own
    from that day to the same end, with this line at its price and what ending it costs; Ada keeps
    the other one, and pays for it alone when she cancels. Neither contract names the other side."""
    ada, grace = operator.ada(), another(operator)
    had = ada.has(*(ada.add(item, "Mobile S") for item in ("1", "2")))
    lines = [
        {"id": item, "product": {"id": had.product(item)["id"]}, "quantity": 1,
         "price": [PRICED, {**PRICED, "priceType": "oneTime", "recurringChargePeriod": None}],
         "terminationRule": HALF}
        for item in ("1", "2")
    ]  # fmt: skip
    held = operator.make(CONTRACT, {**contract_of(ada), "name": "Home", "contractLine": lines})
    flat = Flat(operator, ada, grace, had.product("1"))
    flat.both_agree(flat.asked())
    (new,) = flat.of(grace)
    (taken,) = operator.find(CONTRACT, relatedParty__id=grace.id)
    (line,) = taken["contractLine"]
    assert (taken["state"], line["state"], line["product"]["id"]) == ("active", "active", new["id"])
    assert (taken["name"], line["price"]) == ("Home", held["contractLine"][0]["price"][:1])
    assert taken["validFor"]["endDateTime"] == held["validFor"]["endDateTime"]
    now = operator.read(CONTRACT, held["id"])
    assert [one["state"] for one in now["contractLine"]] == ["cancelled", "active"]
    for said, secrets in ((taken, (ada, held["id"])), (now, (grace, taken["id"]))):
        other, contract = secrets
        assert not [one for one in (other.id, other.account, contract) if one in str(said)]
    left = grace.has(grace.change("1", "delete", new["id"]))
    assert left.read()["productOrderItem"][0]["terminationFee"]["amount"]["value"] == 200
    cancelled(operator, held)
    assert (grace.fees(), ada.fees()) == ([200], [200])


def test_a_renewed_contract_and_a_sum_for_the_whole_pass_on_once(operator: Operator) -> None:
    """Ada's contract, with a sum for ending the whole, is renewed already when its only line is
    handed over: Grace has both terms, the second from its own day on, and owes the sum; Ada, whose
    contracts cover nothing any more, owes nothing for ending them."""
    ada, grace = operator.ada(), another(operator)
    had = ada.has(ada.add("1", "Mobile S"), ada.add("2", "Mobile S"))
    rule = {"kind": "fixed", "amount": {"value": 500, "unit": "EUR"}}
    late = {"startDateTime": in_days(30), "endDateTime": in_days(200)}
    lines = [{"id": "1", "product": {"id": had.product("1")["id"]}, "price": [PRICED]},
             {"id": "2", "product": {"id": had.product("2")["id"]}, "price": [PRICED],
              "validFor": late}]  # fmt: skip
    said = {**contract_of(ada), "termMonths": 12, "renewal": {"kind": "auto"}}
    held = operator.make(CONTRACT, {**said, "contractLine": lines, "terminationRule": rule})
    answer = operator.staff.post(f"{CONTRACT}/{held['id']}/renew", {})
    assert answer.status_code in (200, 201), answer.json
    products = [{"id": had.product(item)["id"]} for item in ("1", "2")]
    flat = Flat(operator, ada, grace, had.product("1"))
    flat.both_agree(flat.asked(product=products))
    found = operator.find(CONTRACT, relatedParty__id=grace.id)
    now, then = sorted(found, key=lambda one: str(one["validFor"]["startDateTime"]))
    assert [one["state"] for one in (now, then)] == ["active", "draft"]
    end = held["validFor"]["endDateTime"]
    assert now["validFor"]["endDateTime"] == end == then["validFor"]["startDateTime"]
    assert ("renewal" in now, "renewal" in then) == (False, True)
    assert [one["state"] for one in now["contractLine"]] == ["active", "draft"]
    assert now["contractLine"][1]["validFor"] == held["contractLine"][1]["validFor"]
    cancelled(operator, now, held)
    assert (grace.fees(), ada.fees()) == ([500], [])
    operator.site.move_clock(301 * DAY_S)
    operator.wait_until(lambda: operator.read(CONTRACT, then["id"])["state"] == "active")
