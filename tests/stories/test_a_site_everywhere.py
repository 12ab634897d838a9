"""A site of a company: entered once with address and point, and chosen wherever it matters."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.support.operator import ADDRESS, PRODUCT, SITE, Operator
from tests.web.browser import Browser
from tests.web.test_forms import fields_of

LOCATION = "/tmf-api/geographicLocation/v4/geographicLocation"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
CARE = "/api/care/v1"


@pytest.mark.accepts("FND-06")
def test_a_site_is_added_and_chosen(operator: Operator, browser: Browser) -> None:
    """Analytical Engines has two sites, each with an address and a point on the map. The mill is
    chosen on a quote, on an order and so on what it delivers, on what was installed before, and on
    a case; a record elsewhere is not a place. Each form asks for it."""
    engines = operator.company("Tower")
    owner = [{"id": engines.id, "role": "customer"}]
    address = operator.make(ADDRESS, {"streetName": "Mill Lane", "city": "Nordhaven"})
    point = operator.make(LOCATION, {"@type": "GeoJsonPoint", "name": "Mill", "geoJson": {
        "type": "Point", "coordinates": [9.93, 53.55]}})  # fmt: skip
    mill = operator.make(SITE, {"name": "Mill", "relatedParty": owner, "place": [
        {"id": address["id"], "@referredType": "GeographicAddress", "role": "address"},
        {"id": point["id"], "@referredType": "GeographicLocation"}]})  # fmt: skip
    engines.places.append(mill["id"])
    sites = operator.find(SITE, relatedParty__id=engines.id)
    assert {one["name"] for one in sites} == {"Tower", "Mill"}
    by_role = operator.find(SITE, relatedParty__id=engines.id, place__role="address")
    assert mill["id"] in {one["id"] for one in by_role}
    there = {"id": mill["key"], "role": "installation"}

    line = engines.add("1", "Fibre 1G", at=1, downloadSpeed=1000, uploadSpeed=500,
                       installation="self")  # fmt: skip
    quote = operator.make(QUOTE, {"relatedParty": owner, "billingAccount": [
        {"id": engines.account}], "quoteItem": [line], "externalId": "Q-1"})  # fmt: skip
    assert operator.read(QUOTE, "Q-1")["id"] == quote["id"], "also by the id of who asked for it"
    order = engines.has(line)
    delivered = order.product()
    installed = operator.make(PRODUCT, {"name": "Old line", "status": "active",
                                        "relatedParty": owner, "place": [there]})  # fmt: skip
    asked = {"name": "Noise", "targetProcess": "dispute", "handledBy": "administrator"}
    kind = operator.make(f"{CARE}/requestType", asked)["id"]
    case = operator.make(f"{CARE}/customerRequest", {
        "requestType": {"id": kind}, "relatedParty": owner,
        "relatedEntity": [{"id": mill["key"], "role": "subject"}]})  # fmt: skip
    for places in (
        quote["quoteItem"][0]["product"]["place"], delivered["place"], installed["place"],
        order.read()["productOrderItem"][0]["product"]["place"], case["relatedEntity"],
    ):  # fmt: skip
        assert [(one["id"], one["name"]) for one in places] == [(mill["id"], "Mill")]
    wrong = {**line, "product": {"place": [{"id": engines.id, "role": "installation"}]}}
    assert engines.refused(wrong).json["fault"][0]["path"].endswith("place[0].id")
    for form, steps in (
        ("geographicSite", ("add:place",)), ("product", ("add:place",)),
        ("customerRequest", ("add:relatedEntity",)),
        ("quote", ("add:quoteItem", "open:quoteItem[0].product", "add:quoteItem[0].product.place")),
    ):  # fmt: skip
        page = browser.get(f"/r/{form}/new")
        for step in steps:
            page = browser.post(f"/r/{form}/new/form", fields_of(page) | {"step": step})
            assert page.status_code == 200, (form, step)
        (asked,) = re.findall(r'data-look-up="([^"]*GeographicSite[^"]*)"', page.text)
        found = browser.get(f"{unescape(asked)}?q={mill['key']}")
        assert mill["key"] in found.text, form
