"""Identifiers: official numbers that only one person or company has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from trunkline.matching.normalise import country_code, folded, number_of

Sort: TypeAlias = Literal["national", "passport", "licence", "tax", "vat", "company", "other"]
EXACT: frozenset[Sort] = frozenset({"national", "passport", "tax", "vat", "company"})
"""Two records with the same number of one of these sorts are one person or one company."""
SORTS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("passport", re.compile(r"passport|reisepass|passeport")),
    ("licence", re.compile(r"licen[cs]e|fuhrerschein|permis")),
    ("vat", re.compile(r"vat(?!e)|umsatzsteuer|^ust|^tva")),
    ("tax", re.compile(r"tax|steuer|tin$|fiscal")),
    ("company", re.compile(
        r"compan|employer|registration|register|handels|hrb|duns|lei$|commerc|firm|siren"
    )),
    ("national", re.compile(
        r"nation|ident|persona|citizen|social|ssn|ausweis|resident|^id$|idcard|cpr|bsn|pesel|^nin$"
    )),
)  # fmt: skip
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
                country = country_code(one.get("issuingAuthority"))
                found = Identifier(sort_of(one.get("identificationType")), country, number)
                yield f"{name}[{index}].identificationId", found


def are_one(first: Identifier, second: Identifier) -> bool:
    """Tell whether two numbers are the same one; countries differ only where both are known."""
    return (
        first.sort == second.sort
        and first.number == second.number
        and (first.country is None or second.country is None or first.country == second.country)
    )
