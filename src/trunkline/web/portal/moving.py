"""Moving: where a product goes to, as its customer says it: to an own place, or to an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trunkline.documents.errors import Fault, Invalid, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.geography.site import GeographicSite
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.installed import customer_of, place_of
from trunkline.qualification.check_offering import ProductOfferingQualification
from trunkline.qualification.offering_answer import answer
from trunkline.sales.self_care.own_place import NEEDED, alike
from trunkline.web.portal.own import own_sites, place_names
from trunkline.web.postal import address_line

ADDRESS = {"street": "streetName", "number": "streetNr", "postcode": "postcode", "city": "city"}
SITE = "GeographicSite"
CHECKED = "productOfferingQualificationItem"


def wanted_place(site: str, typed: Mapping[str, str]) -> dict[str, Json]:
    """Return a chosen site, or the lines of a typed address; refuses (400) neither of them."""
    if site:
        return {"id": site, "@referredType": SITE}
    lines: dict[str, Json] = {path: typed[name] for name, path in ADDRESS.items() if typed[name]}
    if any(one not in lines for one in NEEDED):
        message = "say where: choose one of your places, or type street, number and town"
        raise Invalid.of([Fault("place", "placeMissing", message)])
    return lines


def places_asked(work: Work, product: Product, typed: Callable[[str], str]) -> dict[str, Any]:
    """Return what a form shows of where something is, and of where it may go."""
    sites = {one.id: one for one in own_sites(work)}
    here = _here(product)
    said = {name: typed(name) for name in ADDRESS}
    chosen = typed("site")
    others = [one for one in sites.values() if one.id != here]
    try:
        place = wanted_place(chosen, said)
        like = [] if chosen or typed("sure") else alike(work, place)
    except Invalid:
        place, like = {}, []
    return {
        "sites": [{"id": one.id, "name": one.name or one.key, "chosen": one.id == chosen}
                  for one in others],
        "typed": said, "sure": typed("sure"), "site": chosen,
        "like": [address_line(one.raw) or "" for one in like],
        "place_before": place_names([product], sites).get(product.id, ""),
        "place_after": _named(place, sites),
    }  # fmt: skip


def place_of_move(work: Work, product: Product, typed: Callable[[str], str]) -> dict[str, Json]:
    """Return where a product is to go, as an order names it.

    Refuses (404) another's site, (400) where the product is already, and where it cannot be had.
    """
    place = wanted_place(typed("site"), {name: typed(name) for name in ADDRESS})
    sites = {one.id: one for one in own_sites(work)}
    ident = place.get("id")
    if ident is not None and ident not in sites:
        raise NotFound("notFound", "you have no such place; choose one of those that are shown")
    if ident is not None and ident == _here(product):
        raise Invalid.of([Fault("place", "samePlace", "is where it is now; choose another place")])
    refuse(list(_availability_faults(work, product, place)))
    if ident is not None:
        return place | {"role": "installation"}
    return place | {"name": _named(place, sites), "role": "installation"}


def _availability_faults(work: Work, product: Product, place: Mapping[str, Json]) -> list[Fault]:
    """Return that a product cannot be had at a place; an answer that has to be waited for is no."""
    body: dict[str, Json] = {
        "place": [{**place, "role": "installation"}],
        "relatedParty": [{"id": customer_of(product.related_party) or "", "role": "customer"}],
        CHECKED: [{"id": "1", "action": "modify", "product": {"id": product.id}}],
    }
    check = ProductOfferingQualification.wrap(body)
    answer(work, check)
    if check.qualification_result not in ("unqualified", "alternate"):
        return []
    why = [
        reason.label
        for item in check.product_offering_qualification_item
        for reason in item.eligibility_unavailability_reason
        if reason.label
    ]
    message = why[0] if why else "cannot be had at that place; choose another place, or call us"
    return [Fault("place", "notAvailable", message)]


def _here(product: Product) -> str | None:
    held: Mapping[str, Json] = place_of(product) or {}
    return held.get("id")


def _named(place: Mapping[str, Json], sites: Mapping[str, GeographicSite]) -> str:
    site = sites.get(str(place.get("id")))
    return str((site.name or site.key) if site is not None else address_line(dict(place)) or "")
