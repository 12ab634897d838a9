"""A whole sale with nothing outside but the simulator: each system that there may be is played."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stories.test_looked_at_first import TASK, policy, tasks
from tests.support.operator import SERVICE_SPECIFICATION, Operator
from trunkline.adapters.billing import use_billing
from trunkline.adapters.company_register import use_companies
from trunkline.adapters.payments import use_payment_provider
from trunkline.adapters.qualification import use_qualification
from trunkline.inventory.billing_feed.feed import use_feed
from trunkline.inventory.billing_feed.telling import follow_products
from trunkline.onboarding.company_register import CompanyRegister, register_of
from trunkline.ordering.payment.payments import use_payments
from trunkline.qualification.coverage import use_coverage
from trunkline.settings import load

__all__ = ["policy"]
COMPANY = "/api/onboarding/v1/company"
CHECK = "/tmf-api/serviceQualificationManagement/v4/checkServiceQualification"
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
    return operator.read(CHECK, made["id"])["qualificationResult"]


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
