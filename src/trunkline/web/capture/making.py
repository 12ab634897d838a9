"""Making: a customer or a site made in the middle of an order, by the rules of the interfaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress, GeographicAddressValue
from trunkline.geography.site import GeographicSite
from trunkline.geography.validation import Verdict, find_candidates, judge
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.writing import create
from trunkline.web.capture.who import Who
from trunkline.web.forms import Form

LINES = {
    "streetName": "street", "streetNr": "number", "postcode": "postcode", "city": "city",
    "country": "country",
}  # fmt: skip
SITE_FIELDS = ("name", *LINES.values(), "use")
CUSTOMER_FIELDS = ("kind", "given", "family", "company", "mail")
AS_TYPED = "typed"


@dataclass(frozen=True)
class Alike:
    """A known address that is like the one that was typed."""

    id: str
    label: str


class Unclear(Exception):
    """The address is like known ones; somebody has to say which it is."""

    def __init__(self, alike: list[Alike]) -> None:
        super().__init__("which address is it?")
        self.alike = alike


def typed(form: Form, about: str, names: Iterable[str]) -> dict[str, str]:
    """Return what was typed for something new (`site` or `customer`), by the names of fields."""
    return {name: form.text(f"new.{about}.{name}") for name in names}


def make_site(work: Work, who: Who, said: Mapping[str, str]) -> str:
    """Make a site of a customer and return its id.

    Its address is the known one that it agrees with; raises Unclear where it is only like some
    and nobody has said which.
    """
    lines: dict[str, Json] = {path: said[name] for path, name in LINES.items() if said[name]}
    faults = [
        Fault(name, "required", "is needed to find the address")
        for path, name in LINES.items()
        if name in ("street", "number", "city") and path not in lines
    ]
    refuse(faults)
    address = said["use"] if said["use"] not in ("", AS_TYPED) else ""
    if not address:
        verdict = _verdict(work, lines)
        if verdict.valid is not None:
            address = verdict.valid.id
        elif verdict.alternates and not said["use"]:
            raise Unclear([_alike(one) for one in verdict.alternates[:5]])
        else:
            address = create(work, GeographicAddress.resource, lines).id
    name = said["name"] or f"{who.customer.label}, {said['street']} {said['number']}"
    body: dict[str, Json] = {
        "name": name,
        "status": "active",
        "relatedParty": [{"id": who.customer.id, "role": "customer", "@referredType": "Customer"}],
        "place": [{"id": address, "role": "address", "@referredType": "GeographicAddress"}],
    }
    return create(work, GeographicSite.resource, body).id


def make_customer(work: Work, said: Mapping[str, str]) -> str:
    """Make a customer with its party and an account to bill, and return the customer's id."""
    is_company = said["kind"] == "company"
    needed = ("company",) if is_company else ("given", "family")
    refuse([Fault(one, "required", "say the name") for one in needed if not said[one]])
    party: dict[str, Json] = {}
    if said["mail"]:
        mail = {"emailAddress": said["mail"]}
        medium = {"mediumType": "email", "preferred": True, "characteristic": mail}
        party["contactMedium"] = [medium]
    if is_company:
        name = said["company"]
        party |= {"tradingName": name, "isLegalEntity": True}
        made = create(work, Organization.resource, party)
    else:
        name = f"{said['given']} {said['family']}"
        party |= {"givenName": said["given"], "familyName": said["family"]}
        made = create(work, Individual.resource, party)
    kind = made.resource.name
    engaged = {"id": made.id, "@referredType": kind}
    customer = create(work, Customer.resource, {"name": name, "engagedParty": engaged})
    owner = [{"id": customer.id, "role": "customer", "@referredType": "Customer"}]
    account = {"name": f"{name}, main account", "state": "active", "relatedParty": owner}
    create(work, BillingAccount.resource, account)
    return customer.id


def unknown_customer() -> Invalid:
    """Return the refusal to make a site for nobody."""
    return Invalid.of([Fault("customer", "required", "choose the customer first")])


def _verdict(work: Work, lines: Mapping[str, Json]) -> Verdict:
    submitted = GeographicAddressValue.wrap(dict(lines))
    return judge(submitted, find_candidates(work, submitted))


def _alike(address: GeographicAddress) -> Alike:
    return Alike(address.id, label_of(address.resource, address.raw) or address.key)
