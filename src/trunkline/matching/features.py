"""Features: what of a person or a company is compared, taken from the documents about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trunkline.documents.shape import Json
from trunkline.matching.identifiers import Identifier, identifiers_of
from trunkline.matching.normalise import (
    code_of,
    company_words,
    country_code,
    email_of,
    folded,
    person_words,
    phone_of,
    street_of,
)


@dataclass(frozen=True)
class Address:
    """Where somebody is reached by post, normalised."""

    code: str | None
    city: str | None
    street: tuple[str, ...]
    house: str | None


@dataclass(frozen=True)
class Features:
    """What of a person or a company is compared, normalised.

    A company has its words in `family` and nothing in `given`. `born` is `YYYY-MM-DD`. `party` is
    the id of the person or company that a customer is.
    """

    kind: Literal["person", "company"]
    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    born: str | None = None
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    identifiers: frozenset[Identifier] = frozenset()
    addresses: tuple[Address, ...] = ()
    party: str | None = None


def features_of(
    document: Mapping[str, Json], party: Mapping[str, Json] | None = None, party_id: str = ""
) -> Features:
    """Return the features of a party, or of a customer with the party that it is.

    A customer's name counts where its party's is not known.
    """
    about = document if party is None else party
    media = list(_media(document)) + (list(_media(party)) if party is not None else [])
    country = _country(media)
    emails = (email_of(one.get("emailAddress")) for one in media)
    phones = (phone_of(one.get("phoneNumber"), country) for one in media)
    given, family, kind = _names(about)
    born = about.get("birthDate")
    return Features(
        kind=kind,
        given=given,
        family=family,
        born=born[:10] if isinstance(born, str) else None,
        emails=frozenset(one for one in emails if one),
        phones=frozenset(one for one in phones if one),
        identifiers=frozenset(identifiers_of(about)),
        addresses=tuple(dict.fromkeys(_addresses(media))),
        party=party_id or None,
    )


def _names(
    about: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[str, ...], Literal["person", "company"]]:
    if "familyName" in about or "givenName" in about:
        family = " ".join(filter(None, (about.get("familyNamePrefix"), about.get("familyName"))))
        return person_words(about.get("givenName")), person_words(family), "person"
    engaged = about.get("engagedParty")
    if isinstance(engaged, dict) and engaged.get("@referredType") == "Individual":
        words = person_words(about.get("name"))
        return words[:-1], words[-1:], "person"
    return (), company_words(about.get("tradingName") or about.get("name")), "company"


def _media(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    listed = document.get("contactMedium")
    for one in listed if isinstance(listed, list) else ():
        said = one.get("characteristic") if isinstance(one, dict) else None
        if isinstance(said, dict):
            yield {name: value for name, value in said.items() if isinstance(value, str)}


def _country(media: Iterable[Mapping[str, str]]) -> str | None:
    """Return the country of the first address, by its code, for numbers that lack theirs."""
    for one in media:
        if code := country_code(one.get("country")):
            return code
    return None


def _addresses(media: Iterable[Mapping[str, str]]) -> Iterator[Address]:
    for one in media:
        street, house = street_of(one.get("street1"))
        code, city = code_of(one.get("postCode")), folded(one.get("city", "")).strip() or None
        if code or (city and street):
            yield Address(code, city, street, house)
