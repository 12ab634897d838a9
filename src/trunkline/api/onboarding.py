"""Taking customers on: all of one in one request, and what a register knows of a company."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import falcon

from trunkline.api.asking import Asked, address_of, answer_json, mention, only_parameters
from trunkline.documents.errors import Fault, Invalid, NotFound
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.services import Services
from trunkline.onboarding.api import LOOK_UP, ONBOARDING
from trunkline.onboarding.company_register import CompanyFacts, register_of
from trunkline.onboarding.onboard import Onboarded, offered, onboard
from trunkline.onboarding.variant import PARTS, Variant
from trunkline.party.customer import Customer
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape, whole

CREATE = f"{Customer.resource.name}:create"
SCHEMAS: Mapping[str, Object] = {
    "OnboardingVariant": shape(
        "A way to take a customer on: its parts, and the paths that are needed.",
        {"variant": "text", "title": "text", "part": "list text", "needed": "list text"},
        "variant title part needed",
    ),
    # What no variant asks for is refused there, with all else that is wrong.
    "OnboardingAsked": whole(shape(
        "What is known of a customer to be taken on, by the parts of the variant.",
        {"variant": "text", "status": "text", **dict.fromkeys(PARTS, "object")},
        "variant",
    )),
    "Onboarding": shape(
        "What was made: references to the records.",
        {"customer": "object", "party": "object", "contact": "object", "address": "object",
         "account": "object"},
        "customer party",
    ),
    "RegisteredCompany": shape(
        "What the register of companies says of a company.",
        {"country": "text", "companyId": "text", "name": "text", "legalForm": "text",
         "taxId": "text", "streetName": "text", "streetNr": "text", "postcode": "text",
         "city": "text"},
        "country companyId name",
    ),
}  # fmt: skip


class OnboardingVariants(Asked):
    """`/variant`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the ways to take a customer on that this installation has."""
        only_parameters(req)

        def answer(known: Known) -> None:
            known.actor.must(Customer.resource, "create")
            with self.work(req, known) as work:
                found = [_variant(one) for one in offered(work)]
            answer_json(resp, found)

        self.as_known(req, answer)


class OnboardedCustomers(Asked):
    """`/customer`."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take a customer on: everything is made, or nothing."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must(Customer.resource, "create")
            with self.work(req, known) as work:

                def act() -> None:
                    found = onboard(work, sent)
                    resp.status = falcon.HTTP_201
                    answer_json(resp, _told(req, found))
                    resp.set_header("Location", address_of(req, found.customer))

                self.once(req, resp, work, act)

        self.as_known(req, answer)


class RegisteredCompanies(Asked):
    """`/company?country=…&companyId=…`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer what the register of companies has under a number."""
        only_parameters(req, "country", "companyId")
        country, number = req.get_param("country") or "", req.get_param("companyId") or ""
        missing = [("country", country), ("companyId", number)]
        faults = [Fault(name, "missing", "is needed; send it") for name, one in missing if not one]
        if faults:
            raise Invalid.of(faults)

        def answer(known: Known) -> None:
            known.actor.must_have(LOOK_UP)
            register = register_of(self.services)
            if register is None:
                raise NotFound("noRegister", "no register of companies is connected")
            found = register.find(country, number)
            if found is None:
                raise NotFound("notFound", f"the register has no company {number} in {country}")
            answer_json(resp, _facts(found))

        self.as_known(req, answer)


def _variant(one: Variant) -> Json:
    return {
        "variant": one.name,
        "title": one.title,
        "part": list(one.parts),
        "needed": sorted(one.needed),
    }


def _told(req: falcon.Request, found: Onboarded) -> dict[str, Json]:
    parts: dict[str, Document | None] = {
        "customer": found.customer, "party": found.party, "contact": found.contact,
        "address": found.address, "account": found.account,
    }  # fmt: skip
    return {
        name: mention(req, one)
        for name, one in parts.items()
        if one is not None
    }  # fmt: skip


def _facts(found: CompanyFacts) -> dict[str, Json]:
    told = {
        "country": found.country, "companyId": found.company_id, "name": found.name,
        "legalForm": found.legal_form, "taxId": found.tax_id, "streetName": found.street_name,
        "streetNr": found.street_nr, "postcode": found.postcode, "city": found.city,
    }  # fmt: skip
    return {name: one for name, one in told.items() if one}


def verbs() -> Iterator[Verb]:
    """Yield the operations."""
    yield Verb(
        api=ONBOARDING, method="get", path="/variant", name="listOnboardingVariants",
        summary="List the ways to take a customer on", scope=CREATE, about="OnboardingVariant",
        answers="OnboardingVariant", is_list=True,
    )  # fmt: skip
    yield Verb(
        api=ONBOARDING, method="post", path="/customer", name="onboardCustomer",
        summary="Take a customer on: party, contact, address, customer and account at once",
        scope=CREATE, status="201", about="Onboarding", takes="OnboardingAsked",
        answers="Onboarding", conflicts=True, parameters="Idempotency-Key",
    )  # fmt: skip
    yield Verb(
        api=ONBOARDING, method="get", path="/company", name="lookUpCompany",
        summary="Look a company up in the register of companies", scope=LOOK_UP,
        about="RegisteredCompany", answers="RegisteredCompany",
        filters={"country": "Where it is registered (ISO 3166)", "companyId": "Its number there"},
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    app.add_route(f"{ONBOARDING.base}/variant", OnboardingVariants(services, doorman))
    app.add_route(f"{ONBOARDING.base}/customer", OnboardedCustomers(services, doorman))
    app.add_route(f"{ONBOARDING.base}/company", RegisteredCompanies(services, doorman))
