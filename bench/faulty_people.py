"""People and companies with the faults that typing, hearing and time bring, from a seed.

Some are in the set twice with one to three faults; those pairs are returned as well. Others only
look alike: the members of a household, twins, father and son of one name, namesakes, branches of
other companies with the same ordinary word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trunkline.demo.people import FAMILY_NAMES, GIVEN_NAMES

Body = dict[str, Any]
SYLLABLES = ("ba be bi bo bu da de do fa fer ga ge go ha hel hol ja ka kel ki ko la le li lo ma "
             "mer mi mo na ne ni no pa pe po ra rei ri ro sa se si so ta te ti to va ver vi vo wa "
             "wei za zi").split()  # fmt: skip
ENDINGS = "mann er berg stein feld son sen ski ova wicz hof bach ley ton ard ini".split()
STREETS = ("Lindenstraße", "High Street", "Mill Road", "Rue Victor", "Hauptstraße", "Kings Avenue",
           "Bergweg", "Church Lane", "Marktplatz", "Station Road", "Gartenweg", "Rosenallee",
           "Schillerstraße", "Goethestraße", "Park Lane", "Queens Road")  # fmt: skip
TRADES = ("Logistics", "Consulting", "Telecommunications", "Systems", "Services", "Brothers",
          "International", "Technology", "Engineering", "Group")  # fmt: skip
SHORT = {"Logistics": "Log.", "Consulting": "Cons.", "Telecommunications": "Telecom",
         "Systems": "Sys", "Services": "Svcs", "Brothers": "Bros.", "International": "Intl",
         "Technology": "Tech", "Engineering": "Eng.", "Group": "Grp"}  # fmt: skip
FORMS = ("GmbH", "AG", "Ltd", "Limited", "S.A.", "KG", "B.V.")
HEARD = (("ph", "f"), ("f", "ph"), ("ck", "k"), ("k", "ck"), ("z", "s"), ("ie", "y"), ("y", "i"),
         ("tt", "t"), ("t", "tt"), ("nn", "n"), ("mm", "m"), ("th", "t"), ("v", "w"),
         ("ei", "ey"), ("er", "ar"), ("ss", "s"), ("ll", "l"), ("c", "k"))  # fmt: skip


@dataclass
class Faulty:
    """A set: the bodies of parties, and which two of them (by place, lower first) are one."""

    parties: list[Body] = field(default_factory=list)
    pairs: set[tuple[int, int]] = field(default_factory=set)


def faulty_people(seed: int, many: int, *, twice: float = 0.06) -> Faulty:
    """Return about so many people and companies, a share of which is in the set twice."""
    found = Faulty()
    for body, is_again in entries(seed, many, twice=twice):
        if is_again:
            found.pairs.add((len(found.parties) - 1, len(found.parties)))
        found.parties.append(body)
    return found


def entries(seed: int, many: int, *, twice: float = 0.06) -> Iterator[tuple[Body, bool]]:
    """Yield people and companies one by one; True where it is the one before, entered again."""
    random, count = Random(seed), 0
    while count < many:
        is_company = random.random() < 0.15
        first = company(random) if is_company else person(random)
        yield first, False
        count += 1
        chance = random.random()
        if chance < twice:
            faults = COMPANY_FAULTS if is_company else PERSON_FAULTS
            yield with_faults(random, first, faults), True
            count += 1
        elif chance < twice * 3:
            for other in alike(random, first):
                yield other, False
                count += 1


def person(random: Random) -> Body:
    """Return somebody with what a clerk would ask for."""
    given, family = random.choice(GIVEN_NAMES), surname(random)
    born = f"{random.randint(1935, 2007)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    body: Body = {
        "givenName": given,
        "familyName": family,
        "birthDate": f"{born}T00:00:00Z",
        "contactMedium": [mail(random, given, family), phone(random), post(random)],
    }
    if random.random() < 0.2:
        body["individualIdentification"] = [number(random, "nationalIdentityCard")]
    return body


def company(random: Random) -> Body:
    """Return a company with what a clerk would ask for."""
    name = f"{surname(random)} {random.choice(TRADES)}"
    if random.random() < 0.3:
        name = f"{surname(random)} & {name}"
    body: Body = {
        "tradingName": f"{name} {random.choice(FORMS)}",
        "contactMedium": [mail(random, "office", name.replace(" ", "").replace("&", "")),
                          phone(random), post(random)],
    }  # fmt: skip
    if random.random() < 0.2:
        body["organizationIdentification"] = [number(random, "companyRegistration")]
    return body


def surname(random: Random) -> str:
    """Return a family name, an ordinary or a made one."""
    if random.random() < 0.4:
        return random.choice(FAMILY_NAMES)
    made = "".join(random.choice(SYLLABLES) for _ in range(random.randint(1, 2)))
    return (made + random.choice(ENDINGS)).capitalize()


def mail(random: Random, given: str, family: str) -> Body:
    """Return a medium with an e-mail address."""
    name = f"{given}.{family}{random.randint(1, 9999)}".lower()
    return {"mediumType": "email", "characteristic": {"emailAddress": f"{name}@example.com"}}


def phone(random: Random) -> Body:
    """Return a medium with a phone number."""
    value = f"+4930{random.randint(1_000_000, 99_999_999)}"
    return {"mediumType": "phone", "characteristic": {"phoneNumber": value}}


def post(random: Random) -> Body:
    """Return a medium with an address."""
    return {
        "mediumType": "postalAddress",
        "characteristic": {
            "street1": f"{random.choice(STREETS)} {random.randint(1, 180)}",
            "postCode": f"{random.randint(10000, 19999)}",
            "city": random.choice(("Berlin", "Potsdam", "Leipzig", "Dresden")),
            "country": "DE",
        },
    }


def number(random: Random, kind: str) -> Body:
    """Return an official number."""
    value = f"L{random.randint(10**8, 10**9 - 1)}"
    return {"identificationType": kind, "identificationId": value, "issuingAuthority": "DE"}


# --- faults ---------------------------------------------------------------------------------

Fault = Callable[[Random, Body], None]


def with_faults(random: Random, body: Body, faults: tuple[Fault, ...]) -> Body:
    """Return the same one, entered a second time with one to three faults."""
    other = deepcopy(body)
    other.pop("individualIdentification", None)  # the same number would be refused
    other.pop("organizationIdentification", None)
    for fault in random.sample(faults, random.choice((1, 1, 2, 2, 3))):
        fault(random, other)
    return other


def _name(random: Random, body: Body, change: Callable[[str], str]) -> None:
    if "tradingName" in body:
        head, _, tail = body["tradingName"].partition(" ")
        body["tradingName"] = f"{change(head)} {tail}"
    else:
        name = random.choice(("givenName", "familyName"))
        body[name] = change(body[name])


def typo(random: Random, body: Body) -> None:
    """One letter of a name is another one, is missing or comes twice."""

    def change(text: str) -> str:
        at = random.randrange(1, len(text)) if len(text) > 1 else 0
        letter = random.choice("abdeiklmnorstu")
        return random.choice((
            text[:at] + letter + text[at + 1 :], text[:at] + text[at + 1 :] or text,
            text[:at] + text[at : at + 1] * 2 + text[at + 1 :],
        ))  # fmt: skip

    _name(random, body, change)


def transposed(random: Random, body: Body) -> None:
    """Two letters of a name changed places."""

    def change(text: str) -> str:
        if len(text) < 4:
            return text
        at = random.randrange(1, len(text) - 1)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    _name(random, body, change)


def by_ear(random: Random, body: Body) -> None:
    """A name is spelled as it sounds."""

    def change(text: str) -> str:
        fitting = [one for one in HEARD if one[0] in text.lower()[1:]]
        if not fitting:
            return text
        old, new = random.choice(fitting)
        at = text.lower().index(old, 1)
        return text[:at] + new + text[at + len(old) :]

    _name(random, body, change)


def swapped(random: Random, body: Body) -> None:
    """Given and family name were entered the other way round."""
    body["givenName"], body["familyName"] = body["familyName"], body["givenName"]


def initial(random: Random, body: Body) -> None:
    """Of the given name only the first letter was written."""
    body["givenName"] = body["givenName"][0] + "."


def plain_letters(random: Random, body: Body) -> None:
    """Capitals, a title, a second given name."""
    body["familyName"] = body["familyName"].upper()
    body["givenName"] = random.choice((f"Dr. {body['givenName']}", f"{body['givenName']} Maria"))


def abbreviated(random: Random, body: Body) -> None:
    """A word of a company's name is abbreviated and its legal form is missing or another one."""
    words = [SHORT.get(one, one) for one in body["tradingName"].split()]
    kept = [one for one in words if one not in FORMS]
    body["tradingName"] = " ".join([*kept, *random.choice(((), ("GmbH",), ("Ltd",)))])


def moved(random: Random, body: Body) -> None:
    """Another address."""
    body["contactMedium"][-1] = post(random)


def other_phone(random: Random, body: Body) -> None:
    """Another phone number than the old one."""
    body["contactMedium"][1] = phone(random)


def other_mail(random: Random, body: Body) -> None:
    """Another e-mail address."""
    body["contactMedium"][0] = mail(random, "new", "address")


def street_otherwise(random: Random, body: Body) -> None:
    """The street is written in another way."""
    said = body["contactMedium"][-1]["characteristic"]
    said["street1"] = (
        said["street1"].replace("straße", "str.").replace("Street", "St").replace("Road", "Rd")
    )


def without_birth(random: Random, body: Body) -> None:
    """Nobody asked for the date of birth."""
    body.pop("birthDate", None)


def birth_turned(random: Random, body: Body) -> None:
    """Day and month changed places, or one digit is wrong."""
    if "birthDate" not in body:
        return
    year, month, day = body["birthDate"][:10].split("-")
    if int(day) <= 12:
        month, day = day, month
    else:
        day = f"{(int(day) % 10) or 1:02}" if int(day) >= 20 else f"{int(day) % 10 + 20:02}"
    body["birthDate"] = f"{year}-{month}-{day}T00:00:00Z"


PERSON_FAULTS: tuple[Fault, ...] = (
    typo, transposed, by_ear, swapped, initial, plain_letters, moved, other_phone, other_mail,
    street_otherwise, without_birth, birth_turned,
)  # fmt: skip
COMPANY_FAULTS: tuple[Fault, ...] = (
    typo, transposed, by_ear, abbreviated, moved, other_phone, other_mail, street_otherwise,
)  # fmt: skip


# --- alike, but others ----------------------------------------------------------------------


def alike(random: Random, body: Body) -> Iterator[Body]:
    """Yield others who look like somebody."""
    other = deepcopy(body)
    other.pop("individualIdentification", None)
    other.pop("organizationIdentification", None)
    if "tradingName" in body:
        tail = body["tradingName"].split(" ", 1)[1]
        other["tradingName"] = f"{surname(random)} {tail}"
        other["contactMedium"][:2] = [mail(random, "office", tail.replace(" ", "")), phone(random)]
        yield other
        return
    kind = random.choice(("household", "twin", "father", "namesake"))
    age = random.choice((-31, -28, -25, 2, 3, -2)) if kind == "household" else 0
    if kind in {"household", "twin"}:
        others = [one for one in GIVEN_NAMES if one[0] != body["givenName"][0]]
        other["givenName"] = random.choice(others)
        year = int(body["birthDate"][:4]) + age
        other["birthDate"] = f"{year}{body['birthDate'][4:]}"
        if age:
            other["birthDate"] = (
                f"{year}-{random.randint(1, 12):02}-{random.randint(1, 28):02}T00:00:00Z"
            )
        other["contactMedium"][0] = mail(random, other["givenName"], other["familyName"])
        if random.random() < 0.4:
            other["contactMedium"][1] = phone(random)
    else:
        fresh = person(random)
        other["birthDate"] = fresh["birthDate"]
        other["contactMedium"][:2] = fresh["contactMedium"][:2]
        if kind == "father":
            year = max(int(body["birthDate"][:4]) - random.randint(22, 40), 1901)
            other["birthDate"] = f"{year}-{fresh['birthDate'][5:]}"
        else:
            other["contactMedium"] = fresh["contactMedium"]
    yield other
