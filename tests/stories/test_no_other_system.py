"""A whole sale with nothing outside but the simulator: each system that there may be is played."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stories.test_looked_at_first import TASK, policy, tasks
from tests.support.operator import SERVICE_SPECIFICATION, Operator
from tests.support.pages import pages_of
from tests.web.browser import Browser
from trunkline.adapters.address_register import use_outside_addresses
from trunkline.adapters.billing import use_billing
from trunkline.adapters.company_register import use_companies
from trunkline.adapters.payments import use_payment_provider
from trunkline.adapters.qualification import use_qualification
from trunkline.inventory.billing_feed.feed import use_feed
from trunkline.inventory.billing_feed.telling import follow_products
from trunkline.kernel.actor import Grant
from trunkline.onboarding.company_register import CompanyRegister, register_of
from trunkline.ordering.capture.credit_check import (
    CreditAnswer,
    CreditQuestion,
    use_credit_check,
)
from trunkline.ordering.payment.payments import use_payments
from trunkline.qualification.coverage import use_coverage
from trunkline.settings import load

__all__ = ["policy"]
COMPANY = "/api/onboarding/v1/company"
CHECK = "/tmf-api/serviceQualificationManagement/v4/checkServiceQualification"
SYSTEM = "/api/ordering/v1/outsideSystem"
VALIDATION = "/tmf-api/geographicAddressManagement/v4/geographicAddressValidation"
URLS = {"COMPANY_REGISTER": "/companies/tmf-api/party/v4", "BILLING_FEED": "/billing/v1",
        "PAYMENT": "/tmf-api/payment/v4", "QUALIFICATION": ""}  # fmt: skip


@pytest.fixture
def played(operator: Operator) -> Iterator[Operator]:
    """The operator, set to the simulator by the settings that an installation has."""
    services, network = operator.site.services, operator.network
    former: CompanyRegister | None = register_of(services)
    said = {f"TRUNKLINE_{name}_URL": network.url + path for name, path in URLS.items()}
    said |= {f"TRUNKLINE_{name}_TOKEN": network.token() for name in URLS}
    settings = load(said)
    use_companies(services, settings)
    use_qualification(services, settings)
    use_billing(services, settings)
    use_payment_provider(services, settings)
    yield operator
    services.extra["company_register"] = former
    use_coverage(services, None)
    use_feed(services, None)
    use_payments(services, None)
    services.fanout.remove(follow_products)


def checked(operator: Operator, customer: str, number: str) -> Any:
    """Return what the outside system says of fibre at a house."""
    (fibre,) = operator.find(SERVICE_SPECIFICATION, name="Internet%20Access")
    place = {"streetName": "Mill Lane", "streetNr": number, "city": "Nordhaven", "role": "site"}
    service = {"serviceSpecification": {"id": fibre["id"]}, "place": [place]}
    asked = {"relatedParty": [{"id": customer, "role": "customer"}],
             "serviceQualificationItem": [{"id": "1", "service": service}]}  # fmt: skip
    made = operator.make(CHECK, asked)
    operator.settle()
    return operator.read(CHECK, made["id"]).get("qualificationResult")


@pytest.mark.accepts("NFR-12")
def test_a_sale_needs_no_other_system(played: Operator, policy: Any) -> None:
    """The register of companies fills in a company, the coverage system says what can be had
    where, the payment provider takes a deposit, the network activates the services, and the
    billing system is told what is charged since when: all of them are the simulator, over HTTP."""
    found = played.staff.get(COMPANY, query_string="country=AT&companyId=FN%20122119m").json
    assert found["name"] == "Sample Works FN122119M"
    assert (found["city"], found["taxId"]) == ("Nordhaven", "ATFN122119M")
    unknown = played.staff.get(COMPANY, query_string="country=AT&companyId=FN%20120")
    assert unknown.status_code == 404
    played.network.behave(companies_away=True)
    away = played.staff.get(COMPANY, query_string="country=AT&companyId=FN%20122119m")
    assert (away.status_code, away.json["code"]) == (503, "registerAway")
    played.network.behave()

    ada = played.ada()
    assert checked(played, ada.id, "7") == "qualified"
    assert checked(played, ada.id, "20") == "unqualified"

    policy("Pay first", "prepayment", deposit={"unit": "EUR", "value": 25})
    order = ada.orders(ada.fibre(speed=500))
    played.settle()
    (task,) = tasks(played, order)
    assert played.in_network() == {}
    answer = played.staff.post(f"{TASK}/{task['id']}/pay", {"token": "card-1"})
    assert answer.status_code == 200, answer.json
    played.settle()
    assert order.state == "completed", order.steps
    (task,) = tasks(played, order)
    assert task["payment"]["state"] == "captured"
    assert "active" in {state for states in played.in_network().values() for state in states}

    fibre = order.product()
    told = played.network.ask("GET", f"/billing/v1/product/{fibre['id']}")
    assert (told["kind"], told["product"]["status"]) == ("started", "active")
    assert told["product"]["productPrice"] == fibre["productPrice"]
    counted = {one["key"]: one["effects"] for one in played.commands()}
    assert set(counted.values()) == {1}


TAGS = re.compile(r"<[^>]+>")
CODES = ("coverage-system", "address-register", "company-register", "credit-check",
         "payment-provider", "billing-feed")  # fmt: skip


@pytest.fixture
def watched(played: Operator) -> Iterator[Browser]:
    """The page of an administrator, with a register of addresses as well."""
    services, base = played.site.services, "/tmf-api/geographicAddressManagement/v4"
    said = {"URL": played.network.url + base, "TOKEN": played.network.token()}
    use_outside_addresses(
        services, load({f"TRUNKLINE_ADDRESS_REGISTER_{name}": one for name, one in said.items()})
    )
    _ = played.staff
    browser = Browser(pages_of(played.site))
    assert browser.sign_in("admin").status_code == 303
    yield browser
    for name in ("address_register", "credit_check"):
        services.extra.pop(name, None)


class House:
    """A credit house that counts how often it is asked."""

    asked = 0

    def ask(self, _question: CreditQuestion) -> CreditAnswer:
        self.asked += 1
        return CreditAnswer("accept", "pays well")


def row_of(browser: Browser, code: str) -> str:
    """Return what the page says of a system."""
    page = browser.get("/outside-systems")
    assert page.status_code == 200, page.text
    rows = [one for one in page.text.split("<tr>") if f">{code}</code>" in one]
    return " ".join(TAGS.sub(" ", rows[0]).split())


def test_each_of_them_is_called_within_its_hours(
    played: Operator, policy: Any, watched: Browser
) -> None:
    """Paused on the page of outside systems none of them is called: what can wait does so and is
    counted there, and goes on at once when it is called again; who waits is told to type."""
    house = House()
    use_credit_check(played.site.services, house)
    played.site.role("reads-orders", {"ProductOrder:read": Grant("all")})
    _ = played.site.user("clerk", roles=["reads-orders"], scopes=("ProductOrder:read",))
    clerk = Browser(pages_of(played.site))
    assert clerk.sign_in("clerk").status_code == 303
    assert clerk.get("/outside-systems").status_code == 403
    assert clerk.post("/outside-systems/credit-check/pause", {"minutes": "60"}).status_code == 403
    assert played.find(SYSTEM, code="credit-check") == []
    for code in CODES:
        form = {"minutes": "60", "reason": "Moving house"}
        assert watched.post(f"/outside-systems/{code}/pause", form).status_code == 303
    assert watched.post("/outside-systems/nobody/pause", {"minutes": "60"}).status_code == 404
    assert watched.post("/outside-systems/network/pause", {"minutes": "9"}).status_code == 400
    ada = played.ada()
    bought = ada.has(ada.add("1", "TV Basic")).product()["id"]
    policy("Credit", "creditCheck")
    policy("Pay first", "prepayment", deposit={"unit": "EUR", "value": 25})
    order = ada.orders(ada.add("1", "TV Basic"))
    assert checked(played, ada.id, "7") is None
    kinds = {one["kind"]: one for one in tasks(played, order)}
    card = played.staff.post(f"{TASK}/{kinds['prepayment']['id']}/pay", {"token": "card-1"})
    assert card.status_code == 200, card.json
    typed = {"provideAlternative": True, "submittedGeographicAddress": {
        "streetName": "Mill Lane", "city": "Nordhaven", "postcode": "9000"}}  # fmt: skip
    address = played.make(VALIDATION, typed)
    played.settle()
    answered = played.read(VALIDATION, address["id"])["answeredBy"]
    assert (house.asked, answered) == (0, "ownAddresses")
    away = played.staff.get(COMPANY, query_string="country=AT&companyId=FN%20122119m")
    assert (away.status_code, away.json["code"]) == (503, "registerAway")
    assert "takes no calls now" in away.json["message"]
    states = {one["kind"]: one.get("payment", one)["state"] for one in tasks(played, order)}
    assert states == {"creditCheck": "open", "prepayment": "requested"}
    (message,) = played.find("/api/inventory/v1/billingMessage", product__id=bought)
    assert message["state"] == "open"
    for code, count in zip(CODES, (1, 0, 0, 1, 1, 1), strict=True):
        row = row_of(watched, code)
        assert "Paused until" in row
        assert f" {count} " in row.partition("Moving house")[2], row

    for code in CODES:
        assert watched.post(f"/outside-systems/{code}/resume", {}).status_code == 303
    played.settle()
    assert house.asked == 1
    address = played.make(VALIDATION, typed)
    played.settle()
    assert played.read(VALIDATION, address["id"])["answeredBy"] == "register"
    assert (order.state, checked(played, ada.id, "7")) == ("completed", "qualified")
    (message,) = played.find("/api/inventory/v1/billingMessage", product__id=bought)
    assert message["state"] == "sent"
    assert "Fine" in row_of(watched, "coverage-system")


def test_each_of_them_is_called_at_its_pace_and_its_errors_are_shown(
    played: Operator, watched: Browser
) -> None:
    """With one call a minute the second waits, until there is no pace any more. What goes wrong is
    shown until it is well again."""
    ada = played.ada()
    (held,) = played.find(SYSTEM, code="coverage-system") or [
        played.make(SYSTEM, {"code": "coverage-system", "name": "Coverage"})
    ]
    paced = played.staff.patch(f"{SYSTEM}/{held['id']}", {"callsPerMinute": 1})
    assert paced.status_code == 200, paced.json
    assert [checked(played, ada.id, one) for one in ("7", "8")] == ["qualified", None]
    assert played.staff.patch(f"{SYSTEM}/{held['id']}", {"callsPerMinute": None}).status_code == 200
    played.settle()
    assert " 0 " in row_of(watched, "coverage-system")

    played.network.behave(companies_away=True)
    assert played.staff.get(COMPANY, query_string="country=AT&companyId=FN1").status_code == 503
    assert "In trouble" in row_of(watched, "company-register")
    played.network.behave()
    played.staff.get(COMPANY, query_string="country=AT&companyId=FN%20122119m")
    assert "well again" in row_of(watched, "company-register")
