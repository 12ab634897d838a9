"""The demonstration operator's customers: made-up persons, companies and partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from trunkline.demo.mapping import location_of, point_of
from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization

GIVEN_NAMES = (
    "Ada", "Alan", "Amira", "Bruno", "Carla", "Chidi", "Dana", "Edsger", "Elif", "Emre", "Farid",
    "Grace", "Hedy", "Ines", "Ivan", "Jana", "Joan", "Kenji", "Lena", "Linus", "Mai", "Marta",
    "Nadia", "Niklas", "Olga", "Omar", "Paula", "Radia", "Rosa", "Samir", "Sofia", "Tariq",
    "Teresa", "Ulrike", "Viktor", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip
FAMILY_NAMES = (
    "Adler", "Becker", "Borg", "Castro", "Demir", "Dupont", "Eriksen", "Fischer", "Fontana",
    "Garcia", "Haddad", "Hansen", "Hopper", "Ito", "Jansen", "Keller", "Kowalski", "Lange",
    "Lovelace", "Martin", "Moreau", "Novak", "Okafor", "Papadakis", "Perlman", "Rossi", "Sato",
    "Schmidt", "Silva", "Sommer", "Tanaka", "Turing", "Ursu", "Vogel", "Weber", "Yilmaz", "Zeman",
)  # fmt: skip
TRADES = ("Bakery", "Clinic", "Consulting", "Dental", "Furniture", "Gallery", "Garage", "Hotel",
          "Insurance", "Law Office", "Logistics", "Optics", "Pharmacy", "Print", "Robotics",
          "School", "Software", "Textiles", "Travel", "Winery")  # fmt: skip
STREETS = ("Station Road", "Mill Lane", "Harbour Street", "Linden Avenue", "Market Square",
           "Church Street", "Park Road", "River Walk", "Garden Row", "Castle Hill", "School Lane",
           "Bridge Street", "Meadow Way", "Orchard Close")  # fmt: skip
TOWNS = (("10115", "Nordhaven"), ("10243", "Eastmere"), ("10557", "Westerlin"),
         ("10823", "Southgate"), ("10999", "Millbrook"), ("12043", "Fairfield"),
         ("13347", "Highmoor"), ("14050", "Lakeside"))  # fmt: skip
COUNTRY = "DE"


@dataclass(frozen=True)
class DemoCustomer:
    """Where a customer's records are. `kind` is consumer, household, company or partner."""

    id: str
    name: str
    kind: str
    party: str
    billing_account: str
    sites: Sequence[str]


def kinds(random: Random, count: int) -> list[str]:
    """Return how the customers are mixed; the first ones show every kind."""
    first = ["consumer", "company", "partner", "household"]
    weights = (70, 22, 3, 5)
    rest = random.choices(("consumer", "company", "partner", "household"), weights, k=count)
    return [*first, *rest][:count]


def add_customers(work: Work, random: Random, count: int, *, first: int = 0) -> list[DemoCustomer]:
    """Store customers with party, account, address and sites, in one list per resource."""
    mix = kinds(random, count)
    names = [_name(random, kind, first + number) for number, kind in enumerate(mix)]
    persons = [
        Individual.wrap(_person(random, given, family, first + number))
        for number, (kind, (given, family, _)) in enumerate(zip(mix, names, strict=True))
        if kind == "consumer"
    ]
    others = [
        Organization.wrap(_organization(kind, name, first + number))
        for number, (kind, (_, _, name)) in enumerate(zip(mix, names, strict=True))
        if kind != "consumer"
    ]
    if persons:
        work.add(*persons)
    if others:
        work.add(*others)
    waiting = {True: iter([one.id for one in persons]), False: iter([one.id for one in others])}
    parties = [next(waiting[kind == "consumer"]) for kind in mix]
    customers = [
        Customer.wrap(
            {"name": name, "status": "active", "engagedParty": {"id": party},
             "customerType": {"partner": "wholesale"}.get(kind, kind)}
        )
        for kind, (_, _, name), party in zip(mix, names, parties, strict=True)
    ]  # fmt: skip
    work.add(*customers)
    idents = [one.id for one in customers]
    accounts = [_account(random, ident, name) for ident, (_, _, name) in
                zip(idents, names, strict=True)]  # fmt: skip
    work.add(*accounts)
    sites = _add_sites(work, random, mix, names, idents)
    return [
        DemoCustomer(ident, name, kind, party, account.id, sites[ident])
        for ident, (_, _, name), kind, party, account in zip(
            idents, names, mix, parties, accounts, strict=True
        )
    ]


def _name(random: Random, kind: str, number: int) -> tuple[str, str, str]:
    if number == 0:
        return "Ada", "Lovelace", "Ada Lovelace"
    given, family = random.choice(GIVEN_NAMES), random.choice(FAMILY_NAMES)
    if kind == "company":
        return given, family, f"{family} {random.choice(TRADES)}"
    if kind == "partner":
        return given, family, f"{family} Net"
    if kind == "household":
        return given, family, f"{family} household"
    return given, family, f"{given} {family}"


def _person(random: Random, given: str, family: str, number: int) -> dict[str, Any]:
    mail = f"{given}.{family}.{number}@example.com".lower()
    return {
        "givenName": given,
        "familyName": family,
        "status": "validated",
        "birthDate": f"{random.randint(1945, 2005)}-{random.randint(1, 12):02d}-15T00:00:00Z",
        "contactMedium": [
            {"mediumType": "email", "preferred": True, "characteristic": {"emailAddress": mail}},
            {"mediumType": "phone",
             "characteristic": {"phoneNumber": f"+49 30 {random.randint(1000000, 9999999)}"}},
        ],
    }  # fmt: skip


def _organization(kind: str, name: str, number: int) -> dict[str, Any]:
    mail = f"office.{number}@example.org"
    return {
        "tradingName": name,
        "isLegalEntity": kind != "household",
        "organizationType": {"company": "company", "partner": "operator"}.get(kind, "household"),
        "status": "validated",
        "contactMedium": [
            {"mediumType": "email", "preferred": True, "characteristic": {"emailAddress": mail}}
        ],
    }


def _account(random: Random, customer: str, name: str) -> BillingAccount:
    return BillingAccount.wrap(
        {
            "name": f"{name}, main account",
            "accountType": random.choice(("directDebit", "invoice")),
            "state": "active",
            "relatedParty": [{"id": customer, "role": "customer"}],
        }
    )


def _add_sites(
    work: Work,
    random: Random,
    mix: Sequence[str],
    names: Sequence[tuple[str, str, str]],
    customers: Sequence[str],
) -> dict[str, list[str]]:
    addresses, sites = [], []
    for kind, (_, _, name), customer in zip(mix, names, customers, strict=True):
        for site in range(random.randint(1, 3) if kind == "company" else 1):
            address = GeographicAddress.wrap(_address(random))
            addresses.append(address)
            sites.append((customer, kind, name, site))
    work.add(*addresses)
    documents = [
        GeographicSite.wrap(
            {
                "name": name if kind != "company" else f"{name}, site {site + 1}",
                "status": "active",
                "relatedParty": [{"id": customer, "role": "customer"}],
                "place": [{"id": address.id, "@referredType": "GeographicAddress",
                           "role": "address"}],
            }
        )
        for (customer, kind, name, site), address in zip(sites, addresses, strict=True)
    ]  # fmt: skip
    work.add(*documents)
    found: dict[str, list[str]] = {}
    for (customer, *_), document in zip(sites, documents, strict=True):
        found.setdefault(customer, []).append(document.id)
    return found


def _address(random: Random) -> dict[str, Any]:
    postcode, city = random.choice(TOWNS)
    street, house = random.choice(STREETS), str(random.randint(1, 180))
    return {
        "streetName": street,
        "streetNr": house,
        "postcode": postcode,
        "city": city,
        "country": COUNTRY,
        "geographicLocation": location_of(point_of(city, street, house, STREETS)),
    }
