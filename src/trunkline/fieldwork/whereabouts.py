"""Whereabouts: the lines of an address by which teams know where they go."""

from __future__ import annotations

from typing import Any

from trunkline.documents.shape import Json
from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.kernel.work import Work

LINES = ("country", "city", "postcode", "streetName", "streetNr")


def where(work: Work, place: Any) -> dict[str, str]:
    """Return the lines of a place: those that it says itself, else those of its record.

    `place` is a shape of a place, by value or by reference to a site or an address, or None.
    """
    if place is None:
        return {}
    said = _lines(place.raw)
    ident = place.raw.get("id")
    if said or not ident:
        return said
    site = work.get(GeographicSite, ident)
    inner = [one.id for one in site.place if one.id] if site is not None else [ident]
    for one in inner:
        address = work.get(GeographicAddress, one)
        if address is not None:
            return _lines(address.raw)
    return {}


def _lines(raw: Json) -> dict[str, str]:
    return {name: str(raw[name]) for name in LINES if raw.get(name)}
