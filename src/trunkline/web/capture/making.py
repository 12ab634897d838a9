"""Making: a customer or a site made in the middle of an order, by the rules of the interfaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress, GeographicAddressValue
from trunkline.geography.site import GeographicSite
from trunkline.geography.validation import Verdict, find_candidates, judge
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.states import label_of
from trunkline.kernel.work import Work
from trunkline.matching.possible import SHOWN_FROM, possible_duplicates
from trunkline.matching.score import REASON_TITLES
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.rest.writing import create
from trunkline.web.capture.who import Who
from trunkline.web.duplicates.new_record import keep_why_of, may_check
from trunkline.web.duplicates.reasons import percent
from trunkline.web.forms import Form
from trunkline.web.records import called

LINES = {
    "streetName": "street", "streetNr": "number", "postcode": "postcode", "city": "city",
    "country": "country",
}  # fmt: skip
SITE_FIELDS = ("name", *LINES.values(), "use")
CUSTOMER_FIELDS = ("kind", "given", "family", "company", "mail", "use", "note")
AS_TYPED = "typed"


@dataclass(frozen=True)
class Alike:
    """A known address, or somebody known, who is like what was typed; of people with why."""

    id: str
    label: str
    key: str = ""
    percent: str = ""
    reasons: Sequence[str] = ()


class Unclear(Exception):
    """What was typed is like what is known; somebody has to say which it is."""

    def __init__(self, alike: list[Alike]) -> None:
        super().__init__("which one is it?")
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
    """Make a customer with its party and an account to bill, and return the customer's id.

    Raises Unclear where somebody known may be the one and nobody has said who it is, or why it is
    somebody else; of who is chosen the customer is taken, or made where the party is none yet.
    """
    if said["use"]:
        return known_customer(work, said["use"])
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
        made = _made_unless_known(work, Organization.resource, party, said["note"])
    else:
        name = f"{said['given']} {said['family']}"
        party |= {"givenName": said["given"], "familyName": said["family"]}
        made = _made_unless_known(work, Individual.resource, party, said["note"])
    return _customer_of(work, made, name)


def _customer_of(work: Work, party: Document, name: str) -> str:
    """Make a customer of a party, with an account to bill."""
    engaged = {"id": party.id, "@referredType": party.resource.name}
    customer = create(work, Customer.resource, {"name": name, "engagedParty": engaged})
    owner = [{"id": customer.id, "role": "customer", "@referredType": "Customer"}]
    account = {"name": f"{name}, main account", "state": "active", "relatedParty": owner}
    create(work, BillingAccount.resource, account)
    return customer.id


def _made_unless_known(work: Work, kind: Resource, party: dict[str, Json], note: str) -> Document:
    """Make a person or an organization; raises Unclear where one may be there already."""
    found = (
        possible_duplicates(work, kind, party, least=SHOWN_FROM)
        if not note and may_check(work, kind)
        else []
    )
    if found:
        raise Unclear([
            Alike(one.id, one.name, one.key, percent(one.score.value),
                  [REASON_TITLES[reason] for reason in one.score.reasons])
            for one in found[:5]
        ])  # fmt: skip
    made = create(work, kind, party)
    if note:
        keep_why_of(work, made, note)
    return made


def known_customer(work: Work, party: str) -> str:
    """Return the id of the newest customer that a known party is, made where it is none yet."""
    for kind in (Individual, Organization):
        work.actor.must(kind.resource, "read")
        found = work.get(kind, party)
        if found is None:
            continue
        customers = work.find(Customer, {"engagedParty.id": found.id}, limit=1)
        if customers:
            return customers[0].id
        return _customer_of(work, found, label_of(found.resource, found.raw) or found.key)
    raise Invalid.of([Fault("use", "notThere", "is not there any more; choose again")])


def unknown_customer() -> Invalid:
    """Return the refusal to make a site for nobody."""
    return Invalid.of([Fault("customer", "required", "choose the customer first")])


def _verdict(work: Work, lines: Mapping[str, Json]) -> Verdict:
    submitted = GeographicAddressValue.wrap(dict(lines))
    return judge(submitted, find_candidates(work, submitted))


def _alike(address: GeographicAddress) -> Alike:
    return Alike(address.id, called(address.resource, address.raw) or address.key)
