"""Operating models: what retail and wholesale ask of parties, and what wholesale has no use for.

One of the two profiles turned on makes a retail or a wholesale operator of the installation; both
make a hybrid, in which the customer's line of business decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.governance.operating_models import declare_models
from trunkline.governance.profiles import profiled
from trunkline.governance.shipped_profiles import ship_profile
from trunkline.governance.status_checks import check
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.account import ACCOUNT_TYPES, AnyAccount
from trunkline.party.acting import holds
from trunkline.party.customer import Customer, names_of
from trunkline.party.identification import plain_type
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.operating_models import RETAIL, WHOLESALE

COMPANY_NUMBERS = ("companyid", "registrationnumber")
TAX_NUMBERS = ("taxid", "vat")
POSTAL = ("street1", "city", "postCode")


@profiled(Customer)
def customer_itself(_work: Work, customer: Document) -> Document:
    """A customer goes by its own line of business."""
    return customer


@profiled(*ACCOUNT_TYPES)
def customer_of_account(work: Work, account: AnyAccount) -> Customer | None:
    """An account goes by the customer that it names."""
    named = [one.id for one in account.related_party if one.id]
    return next(iter(work.many(Customer, named).values()), None)


@profiled(Individual, Organization)
def customer_of_party(work: Work, party: Individual | Organization) -> Customer | None:
    """A party goes by the customer that it is; a new one is none yet."""
    if "meta" not in party.__dict__ or not party.meta.key:
        return None
    return next(iter(work.find(Customer, {"engagedParty.id": party.id}, limit=1)), None)


@check("hasPersonAndAddress", Customer, title="A person and an address are known")
def has_person_and_address(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find that nobody is known to talk to, or no place to write to."""
    party = _party_of(work, customer)
    if not isinstance(party, Individual) and not _contacts(work, customer):
        message = "no person is known yet; add one as a party role of the customer first"
        yield Fault("status", "noPerson", message)
    media = [*customer.contact_medium, *(party.contact_medium if party is not None else [])]
    if not customer.place and not any(_is_postal(one.raw) for one in media):
        yield Fault("place", "noAddress", "no address is known yet; add a place of the customer")


@check("hasNationality", Customer, title="The nationality of a consumer is known")
def has_nationality(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find that a person's nationality is not known."""
    party = _party_of(work, customer)
    if isinstance(party, Individual) and not party.nationality:
        message = f"{party.key} has no nationality; fill it in there first"
        yield Fault("engagedParty", "noNationality", message)


@check("hasCompanyNumber", Customer, title="A company's number is known")
def has_company_number(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find that a company has no number in a register of companies."""
    yield from _numbered(work, customer, COMPANY_NUMBERS, "number in the register of companies")


@check("hasTaxNumber", Customer, title="A company's tax number is known")
def has_tax_number(work: Work, customer: Customer) -> Iterator[Fault]:
    """Find that a company has no tax number."""
    yield from _numbered(work, customer, TAX_NUMBERS, "tax number")


def _numbered(work: Work, customer: Customer, types: Sequence[str], told: str) -> Iterator[Fault]:
    party = _party_of(work, customer)
    if isinstance(party, Organization) and not any(
        one.identification_id and plain_type(one) in types
        for one in party.organization_identification
    ):
        message = f"{party.key} has no {told}; add an identification of type {types[0]} there first"
        yield Fault("engagedParty", "noNumber", message)


def _party_of(work: Work, customer: Customer) -> Individual | Organization | None:
    ident = customer.engaged_party.id or ""
    return work.get(Individual, ident) or work.get(Organization, ident) if ident else None


def _contacts(work: Work, customer: Customer) -> list[PartyRole]:
    roles = work.find(PartyRole, {"relatedParty.id": names_of(customer.id, customer.raw)})
    return [one for one in roles if one.engaged_party is not None and holds(work, one)]


def _is_postal(medium: dict[str, Json]) -> bool:
    held = medium.get("characteristic")
    return isinstance(held, dict) and any(held.get(name) for name in POSTAL)


declare_models(RETAIL, WHOLESALE)
ship_profile(
    RETAIL,
    {
        "name": "Retail",
        "translation": [{"language": "de", "name": "Endkundengeschäft"},
                        {"language": "ar", "name": "التجزئة"}],
        "description": "Full care of consumers and companies, from onboarding to the last bill.",
        "position": 10,
        "condition": "!('lineOfBusiness' in record) || record.lineOfBusiness != 'wholesale'",
        "needed": [
            {"appliesTo": "Customer", "attribute": "customerType",
             "message": "say what the customer is: consumer, company, ..."},
        ],
        "check": [
            {"appliesTo": "Customer", "check": "hasPersonAndAddress",
             "condition": "record.status == 'active'"},
            {"appliesTo": "Customer", "check": "hasNationality",
             "condition": "record.customerType == 'foreignConsumer'"},
            {"appliesTo": "Customer", "check": "hasCompanyNumber",
             "condition": "record.customerType == 'company' && record.status == 'active'"},
        ],
    },
)  # fmt: skip
ship_profile(
    WHOLESALE,
    {
        "name": "Wholesale",
        "translation": [{"language": "de", "name": "Großhandel"},
                        {"language": "ar", "name": "الجملة"}],
        "description": "A reference of customers, accounts and contacts for contracts and systems.",
        "position": 20,
        "condition": "'lineOfBusiness' in record && record.lineOfBusiness == 'wholesale'",
        "hidden": [
            *({"appliesTo": "Customer", "attribute": one}
              for one in ("customerSegment", "rating", "contactPreference", "creditProfile")),
            *({"appliesTo": "Individual", "attribute": one}
              for one in ("birthDate", "deathDate", "gender", "maritalStatus", "disability",
                          "placeOfBirth", "countryOfBirth", "contactPreference", "skill",
                          "languageAbility")),
        ],
        "needed": [
            {"appliesTo": "Customer", "attribute": "lineOfBusiness",
             "condition": "true", "message": "say wholesale; the contract stands on it"},
        ],
    },
)  # fmt: skip
