"""Postal: the lines of an address in the sequence in which its country writes them.

Source: the Universal Postal Union, "Postal addressing systems in member countries". Countries
that are not in the table write as most do: the number after the street, the postcode before the
town. A country's table names places for parts; what an address lacks goes with its punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from babel import Locale

from trunkline.documents.shape import Json

STREET, HOUSE = "{street} {number}", "{number} {street}"
USUAL = (STREET, "{locality}", "{postcode} {town}")
WITH_STATE = (STREET, "{locality}", "{postcode} {town} {state}")
HOUSE_FIRST = (HOUSE, "{locality}", "{postcode} {town}")
STATE_CODE = (HOUSE, "{locality}", "{town} {state} {postcode}")
POSTCODE_AFTER = (HOUSE, "{locality}", "{town} {postcode}")
POSTCODE_BELOW = (HOUSE, "{locality}", "{town}", "{postcode}")
STATE_BELOW = (HOUSE, "{locality}", "{town} {postcode}", "{state}")
COMMA = ("{street}, {number}", "{locality}", "{postcode} {town}")
TOWN_STATE_POSTCODE = ("{street}, {number}", "{locality}", "{town}", "{state}", "{postcode}")
IN_TOWN = (HOUSE, "{locality}, {town}", "{state} {postcode}")

FORMATS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("CR", "DZ", "FR", "IR", "LU", "MA", "MC", "RE", "TN"), HOUSE_FIRST),
    **dict.fromkeys(("AU", "CA", "PR"), STATE_CODE),
    **dict.fromkeys(
        ("BD", "BH", "IL", "JO", "LB", "LK", "NP", "NZ", "OM", "PK", "QA", "SA", "SG"),
        POSTCODE_AFTER,
    ),
    **dict.fromkeys(("GB", "GG", "GI", "IE", "IM", "JE", "KE", "MT", "ZA"), POSTCODE_BELOW),
    **dict.fromkeys(("IN", "NG"), STATE_BELOW),
    **dict.fromkeys(("BY", "KZ", "RU", "UA"), TOWN_STATE_POSTCODE),
    **dict.fromkeys(("ES", "PT"), COMMA),
    **dict.fromkeys(("IT", "SM"), WITH_STATE),
    **dict.fromkeys(("PH", "TH", "VN"), IN_TOWN),
    "AE": (HOUSE, "{locality}", "{town} {postcode}", "{state}"),
    "AR": (*USUAL, "{state}"),
    "BR": ("{street}, {number}", "{locality}", "{town} - {state}", "{postcode}"),
    "CL": (*USUAL, "{state}"),
    "CN": (HOUSE, "{locality}", "{town}", "{state}, {postcode}"),
    "CO": (STREET, "{locality}", "{town}, {state}, {postcode}"),
    "EG": (HOUSE, "{locality}", "{town}", "{state}", "{postcode}"),
    "HK": (HOUSE, "{locality}", "{town}", "{state}", "{postcode}"),
    "HU": ("{town}", "{locality}", STREET, "{postcode}"),
    "ID": (STREET, "{locality}", "{town}", "{state} {postcode}"),
    "JP": (HOUSE, "{locality}", "{town}, {state} {postcode}"),
    "KR": (HOUSE, "{locality}", "{town}", "{state} {postcode}"),
    "LV": (STREET, "{locality}", "{town}, {postcode}"),
    "MX": (STREET, "{locality}", "{postcode} {town}, {state}"),
    "MY": (HOUSE, "{locality}", "{postcode} {town}", "{state}"),
    "TR": (STREET, "{locality}", "{postcode} {town}/{state}"),
    "TW": (HOUSE, "{locality}", "{town}, {state} {postcode}"),
    "US": (HOUSE, "{locality}", "{town}, {state} {postcode}"),
}
PLACE = re.compile(r"\{(\w+)\}")


def address_lines(document: Mapping[str, Json], language: str) -> list[str]:
    """Return the lines of an address as they stand on an envelope, its country by name."""
    country = _part(document, "country")
    name = Locale.parse(language).territories.get(country.upper(), country)
    return [*_lines(_parts(document), country), *([name] if name else [])]


def address_line(document: Mapping[str, Json]) -> str:
    """Return an address in one line, without its country."""
    return ", ".join(_lines(_parts(document), _part(document, "country")))


def contact_line(medium: Mapping[str, Json], language: str) -> str:
    """Return the postal address of a contact in one line, its country by name."""
    country = _part(medium, "country")
    parts = {
        "street": _part(medium, "street1"),
        "locality": _part(medium, "street2"),
        "postcode": _part(medium, "postCode"),
        "town": _part(medium, "city"),
        "state": _part(medium, "stateOrProvince"),
    }
    name = Locale.parse(language).territories.get(country.upper(), country)
    return ", ".join(one for one in (*_lines(parts, country), name) if one)


def _parts(document: Mapping[str, Json]) -> dict[str, str]:
    """Return the parts of an address by their places in the table."""
    number = _part(document, "streetNr", "streetNrSuffix")
    last = _part(document, "streetNrLast", "streetNrLastSuffix")
    city, locality = _part(document, "city"), _part(document, "locality")
    return {
        "street": _part(document, "streetName", "streetType", "streetSuffix"),
        "number": f"{number}–{last}" if last else number,
        "locality": locality if city else "",
        "postcode": _part(document, "postcode"),
        "town": city or locality,
        "state": _part(document, "stateOrProvince"),
    }


def _part(document: Mapping[str, Json], *names: str) -> str:
    found = " ".join(str(document[name]) for name in names if document.get(name))
    return " ".join(found.split())


def _lines(parts: Mapping[str, str], country: str) -> Iterator[str]:
    """Yield the lines that have something in them."""
    for line in FORMATS.get(country.upper(), USUAL):
        made, between = "", ""
        for place, piece in enumerate(PLACE.split(line)):
            if place % 2 == 0:
                between = piece
            elif found := parts.get(piece):
                made += f"{between if made else ''}{found}"
        if made:
            yield made
