"""Identifiers: official numbers that only one person or company has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from trunkline.matching.normalise import country_code, folded, number_of
from trunkline.party.identification import VAT

Sort: TypeAlias = Literal["national", "passport", "licence", "tax", "vat", "company", "other"]
EXACT: frozenset[Sort] = frozenset({"national", "passport", "tax", "vat", "company"})
"""Two records with the same number of one of these sorts are one person or one company."""
SORTS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("passport", re.compile(r"passport|reisepass|passeport")),
    ("licence", re.compile(r"licen[cs]e|fuhrerschein|permis")),
    ("vat", re.compile(r"vat(?!e)|umsatzsteuer|^ust|^tva")),
    ("tax", re.compile(r"tax|steuer|tin$|fiscal|^dic$")),
    ("company", re.compile(
        r"compan|employer|registration|register|handels|hrb|duns|lei$|commerc|firm|siren|^ico$"
    )),
    ("national", re.compile(
        r"nation|ident|birth|rodne|persona|citizen|social|ssn|ausweis|resident|^id$|idcard|cpr|bsn|pesel|^nin$"
    )),
)  # fmt: skip
LETTERED = frozenset({"vat", "tax"})
"""Sorts whose numbers may begin with the letters of their country, or be written without them."""
OTHERWISE = {"EL": "GR"}
LETTERS: frozenset[str] = frozenset(VAT) | frozenset(OTHERWISE)
LISTS = ("individualIdentification", "organizationIdentification")


class Identifier(NamedTuple):
    """An official number: of which sort, of which country if that is known, and the number."""

    sort: Sort
    country: str | None
    number: str


def sort_of(kind: str | None) -> Sort:
    """Return which sort of number a type names, however it is written."""
    plain = "".join(one for one in folded(kind or "") if one.isalnum())
    return next((name for name, pattern in SORTS if pattern.search(plain)), "other")


def identifiers_of(document: Mapping[str, Any]) -> Iterator[Identifier]:
    """Yield the official numbers of a person or a company."""
    for _, one in identifiers_at(document):
        yield one


def identifiers_at(document: Mapping[str, Any]) -> Iterator[tuple[str, Identifier]]:
    """Yield the official numbers of a person or a company with where they stand."""
    for name in LISTS:
        listed = document.get(name)
        for index, one in enumerate(listed if isinstance(listed, list) else ()):
            number = number_of(one.get("identificationId")) if isinstance(one, dict) else None
            if number is not None:
                country = country_code(one.get("country"))
                country = country or country_code(one.get("issuingAuthority"))
                found = Identifier(sort_of(one.get("identificationType")), country, number)
                yield f"{name}[{index}].identificationId", _without_letters(found)


def written(one: Identifier) -> set[str]:
    """Return how the number of an identifier may stand in a record, in letters and digits."""
    if one.sort not in LETTERED:
        return {one.number}
    theirs = {each for each in LETTERS if one.country in (None, OTHERWISE.get(each, each))}
    return {one.number, *(f"{each}{one.number}" for each in theirs)}


def _without_letters(one: Identifier) -> Identifier:
    """Return a tax number without the letters of its country before it, which say that instead."""
    letters, number = one.number[:2], one.number[2:]
    country = OTHERWISE.get(letters, letters)
    if one.sort not in LETTERED or letters not in LETTERS or one.country not in (None, country):
        return one
    return Identifier(one.sort, country, number)


def are_one(first: Identifier, second: Identifier) -> bool:
    """Tell whether two numbers are the same one; countries differ only where both are known."""
    return (
        first.sort == second.sort
        and first.number == second.number
        and (first.country is None or second.country is None or first.country == second.country)
    )
