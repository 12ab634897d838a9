"""Countries: which there are, and how each writes its postcodes.

A country is named by its two letters (ISO 3166) wherever something depends on it; other words for
one are taken as they are and not looked into. Postcodes: Universal Postal Union, addressing guides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from babel import Locale

from trunkline.documents.errors import Fault
from trunkline.geography.address import GeographicAddress
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work

NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
DIGITS = {
    3: ("FO", "IS", "LS", "MG", "PG"),
    4: ("AF", "AL", "AM", "AT", "AU", "BD", "BE", "BG", "CH", "CY", "DK", "GE", "HU", "LI", "LU",
        "LV", "MD", "MK", "NO", "NZ", "PH", "SI", "TN", "ZA"),
    5: ("BA", "DE", "DZ", "EE", "EG", "ES", "FI", "FR", "GT", "HR", "ID", "IT", "KE", "KR", "KW",
        "LK", "LT", "MA", "MC", "ME", "MM", "MX", "MY", "NP", "PE", "PK", "RS", "SA", "SM", "TH",
        "TR", "UA", "UY"),
    6: ("BY", "CN", "CO", "EC", "IN", "KG", "KZ", "MN", "NG", "RO", "RU", "SG", "TJ", "TM", "UZ",
        "VN"),
    7: ("CL", "IL"),
}  # fmt: skip
OTHERS = {
    "AR": r"[A-Z]?\d{4}([A-Z]{3})?", "BR": r"\d{5}-?\d{3}", "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "CZ": r"\d{3} ?\d{2}", "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "GR": r"\d{3} ?\d{2}",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}", "JP": r"\d{3}-?\d{4}", "MT": r"[A-Z]{3} ?\d{2,4}",
    "NL": r"\d{4} ?[A-Z]{2}", "PL": r"\d{2}-?\d{3}", "PT": r"\d{4}(-\d{3})?",
    "SE": r"\d{3} ?\d{2}", "SK": r"\d{3} ?\d{2}", "US": r"\d{5}(-\d{4})?",
}  # fmt: skip
POSTCODES = {
    **{country: rf"\d{{{count}}}" for count, some in DIGITS.items() for country in some},
    **OTHERS,
}
EXAMPLES = {"GB": "SW1A 1AA", "CA": "K1A 0B1", "IE": "D02 X285", "NL": "1012 AB", "US": "94043"}


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Return the two letters of every country."""
    known: Iterable[str] = map(str, Locale.parse("en").territories)
    return frozenset(one for one in known if len(one) == 2 and one.isalpha()) - NO_COUNTRIES


@rule(GeographicAddress)
def address_is_written_as_its_country_does(
    _work: Work, old: GeographicAddress | None, new: GeographicAddress
) -> Iterator[Fault]:
    """Refuse a country that there is not, and a postcode that the country does not write so."""
    country, postcode = (new.country or "").strip().upper(), (new.postcode or "").strip()
    if old is not None and (old.country, old.postcode) == (new.country, new.postcode):
        return
    if len(country) == 2 and country not in countries():
        yield Fault("country", "unknownCountry", f"{country} is no country; see ISO 3166")
    if postcode and not is_postcode(postcode, country):
        example = EXAMPLES.get(country)
        such = f", such as {example}" if example else ""
        message = f"{postcode[:20]} is no postcode of {country}{such}; correct it or the country"
        yield Fault("postcode", "badPostcode", message)


def is_postcode(text: str, country: str) -> bool:
    """Return whether a country writes postcodes so; of one that is not known here, any."""
    pattern = POSTCODES.get(country)
    return pattern is None or re.fullmatch(pattern, text.upper()) is not None
