"""Onboarding: one answer of a form becomes party, contact, address, customer and account.

All of it is written in one transaction, each record by the same rules as alone; whatever any of
them refuses is told at once, under the part that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from trunkline.documents.errors import Conflict, Fault, Invalid, refuse
from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.governance.profiles import profiles
from trunkline.kernel.resource import Document, Resource
from trunkline.kernel.work import Work
from trunkline.onboarding.variant import VARIANTS, Variant
from trunkline.party.account import BillingAccount
from trunkline.party.contacts import PRIMARY
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.rest.writing import change, create

MERGE = "application/merge-patch+json"
STATES = ("prospect", "active")
REACHED = {"email": "emailAddress", "phone": "phoneNumber"}


@dataclass
class Onboarded:
    """What was made of an answer; the customer is always there."""

    customer: Customer
    party: Individual | Organization
    contact: Individual | None = None
    address: GeographicAddress | None = None
    account: BillingAccount | None = None


@dataclass
class _Told:
    """What the parts refused so far."""

    faults: list[Fault] = field(default_factory=list)
    conflict: Conflict | None = None

    @contextmanager
    def under(self, part: str, names: Mapping[str, str] | None = None) -> Iterator[None]:
        """Keep what is refused inside, under the part; `names` are other names of its paths."""
        try:
            yield
        except (Invalid, Conflict) as refusal:
            found = refusal.faults or (Fault("", refusal.code, refusal.message),)
            self.faults += [replace(one, path=_path(part, one.path, names or {})) for one in found]
            if isinstance(refusal, Conflict):
                self.conflict = self.conflict or refusal

    def end(self) -> None:
        """Refuse, where anything was refused."""
        if not self.faults:
            return
        if self.conflict is not None:
            self.conflict.faults = self.faults  # itself, as it may offer the record that is there
            raise self.conflict
        raise Invalid.of(self.faults)


def _path(part: str, path: str, names: Mapping[str, str]) -> str:
    known = next((name for begin, name in names.items() if path.startswith(begin)), None)
    return f"{part}.{known}" if known else f"{part}.{path}" if path else part


def offered(work: Work) -> list[Variant]:
    """Return the variants that the ways of working of this installation have."""
    on = {one.code for one in profiles(work).on} & {"retail", "wholesale"}
    return [one for one in VARIANTS.values() if not on or one.line_of_business in on]


def onboard(work: Work, sent: Json) -> Onboarded:
    """Take a customer on as it was said: `variant`, its parts, and `status` (prospect, active).

    Refuses all that is wrong at once, with the paths of what was sent.
    """
    if not isinstance(sent, dict):
        raise Invalid("badType", "the body must be an object")
    said = dict(sent)
    variant = _variant(work, said.pop("variant", None))
    status = said.pop("status", None) or "prospect"
    faults = [*variant.faults(said)]
    if status not in STATES:
        faults.append(Fault("status", "badValue", f"must be one of: {', '.join(STATES)}"))
    refuse(faults)
    return _write(work, variant, {part: said.get(part) or {} for part in variant.parts}, status)


def party_said(variant: Variant, said: Mapping[str, Json]) -> tuple[Resource, dict[str, Json]]:
    """Return the kind and the document of the party that would be made of what was said."""
    part = said.get("company" if variant.is_company else "person") or {}
    if variant.is_company:
        return Organization.resource, _company(part)
    return Individual.resource, _person(part, _country(said))


def _variant(work: Work, name: Json) -> Variant:
    known = {one.name: one for one in offered(work)}
    if name not in known:
        message = f"must be one of: {', '.join(known)}"
        raise Invalid.of([Fault("variant", "badValue", message, tuple(known))])
    return known[str(name)]


def _write(work: Work, variant: Variant, said: dict[str, dict[str, str]], status: str) -> Onboarded:
    told = _Told()
    person: Document | None = None
    company: Document | None = None
    address: Document | None = None
    if variant.is_company:
        with told.under("company", _told_numbers(said["company"])):
            company = _made(work, Organization.resource, _company(said["company"]))
    if said["person"] or not variant.is_company:
        with told.under("person", _places(said["person"])):
            body = _person(said["person"], _country(said))
            person = _made(work, Individual.resource, body)
    if said["address"]:
        with told.under("address"):
            address = _made(work, GeographicAddress.resource, dict(said["address"]))
    told.end()
    party = company if variant.is_company else person
    assert isinstance(party, (Individual, Organization))
    with told.under("customer"):
        made = _made(work, Customer.resource, _customer(variant, party, address))
    told.end()
    customer = work.lock(Customer, made.id)
    contact = person if isinstance(person, Individual) and variant.is_company else None
    if contact is not None:
        with told.under("person"):
            _made(work, PartyRole.resource, _contact(contact, customer))
    account = None
    if said["account"]:
        with told.under("account"):
            account = _made(work, BillingAccount.resource, _account(said["account"], customer))
    if status == "active":
        with told.under("customer"):
            change(work, customer, {"status": "active"}, MERGE)
    told.end()
    return Onboarded(
        customer,
        party,
        contact,
        address if isinstance(address, GeographicAddress) else None,
        account if isinstance(account, BillingAccount) else None,
    )


def _made(work: Work, resource: Resource, body: dict[str, Json]) -> Document:
    work.actor.must(resource, "create")
    return create(work, resource, body)


def _country(said: Mapping[str, Json]) -> str | None:
    """Return the country whose numbers a person writes without its code."""
    parts = (said.get(part) or {} for part in ("address", "company"))
    return next((one["country"] for one in parts if one.get("country")), None)


def _places(said: Mapping[str, str]) -> dict[str, str]:
    """Return what is told under other names: where it lies in the person's document."""
    ways = (one for one in REACHED if said.get(one))
    media = {f"contactMedium[{index}]": one for index, one in enumerate(ways)}
    return {"individualIdentification": "nationalId", **media}


def _person(said: Mapping[str, str], country: str | None) -> dict[str, Json]:
    body: dict[str, Json] = {
        name: said[name] for name in ("givenName", "familyName", "nationality") if said.get(name)
    }
    if said.get("birthDate"):
        body["birthDate"] = f"{said['birthDate']}T00:00:00Z"
    if said.get("nationalId"):
        body["individualIdentification"] = [
            {"identificationType": "nationalId", "identificationId": said["nationalId"],
             **({"country": said["nationality"]} if said.get("nationality") else {})}
        ]  # fmt: skip
    media = _media(said, country)
    return body | ({"contactMedium": media} if media else {})


def _media(said: Mapping[str, str], country: str | None) -> list[Json]:
    where = {"country": country} if country else {}
    return [
        {"mediumType": kind, "preferred": kind == "email" or not said.get("email"),
         "characteristic": {name: said[kind], **where}}
        for kind, name in REACHED.items()
        if said.get(kind)
    ]  # fmt: skip


def _numbers(said: Mapping[str, str]) -> list[str]:
    return [kind for kind in ("companyId", "taxId") if said.get(kind)]


def _told_numbers(said: Mapping[str, str]) -> dict[str, str]:
    """Return what a company's numbers are called here, by where they lie in its document."""
    named = {f"organizationIdentification[{at}]": one for at, one in enumerate(_numbers(said))}
    return named | {"organizationIdentification": "companyId"}


def _company(said: Mapping[str, str]) -> dict[str, Json]:
    country = {"country": said["country"]} if said.get("country") else {}
    numbers: list[Json] = [
        {"identificationType": kind, "identificationId": said[kind], **country}
        for kind in _numbers(said)
    ]
    body: dict[str, Json] = {"tradingName": said.get("tradingName"), "isLegalEntity": True}
    if said.get("legalForm"):
        body["legalForm"] = said["legalForm"]
    return body | ({"organizationIdentification": numbers} if numbers else {})


def _customer(
    variant: Variant, party: Individual | Organization, address: Document | None
) -> dict[str, Json]:
    if isinstance(party, Individual):
        name = " ".join(one for one in (party.given_name, party.family_name) if one)
    else:
        name = party.trading_name or ""
    body: dict[str, Json] = {
        "name": name,
        "customerType": variant.name,
        "lineOfBusiness": variant.line_of_business,
        "engagedParty": {"id": party.id, "@referredType": party.resource.name},
    }
    if address is not None:
        place = {"id": address.id, "role": "primary", "@referredType": "GeographicAddress"}
        body["place"] = [place]
    return body


def _contact(person: Individual, customer: Customer) -> dict[str, Json]:
    named = {"id": customer.id, "role": "customer", "@referredType": "Customer"}
    return {
        "name": "Primary contact", "roleType": PRIMARY, "relatedParty": [named],
        "engagedParty": {"id": person.id, "@referredType": "Individual"},
    }  # fmt: skip


def _account(said: Mapping[str, str], customer: Customer) -> dict[str, Json]:
    named = {"id": customer.id, "role": "customer", "@referredType": "Customer"}
    body: dict[str, Json] = {"name": said.get("name") or customer.name, "relatedParty": [named]}
    return body | ({"currency": said["currency"]} if said.get("currency") else {})
