"""A catalog manager writes the catalog by its interfaces, and removes what is not sold any more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import EVENT, Operator, Record
from trunkline.access.standard import ROLES

PRODUCTS = "/tmf-api/productCatalogManagement/v4"
SERVICES = "/tmf-api/serviceCatalogManagement/v4"
RESOURCES = "/tmf-api/resourceCatalog/v4"
WRITTEN = (
    (PRODUCTS, "catalog"), (PRODUCTS, "category"), (PRODUCTS, "productOffering"),
    (PRODUCTS, "productOfferingPrice"), (PRODUCTS, "productSpecification"),
    (SERVICES, "serviceSpecification"), (SERVICES, "serviceCategory"),
)  # fmt: skip
ARCHIVED = (
    (PRODUCTS, "productSpecification"), (SERVICES, "serviceSpecification"),
    (RESOURCES, "resourceSpecification"), (PRODUCTS, "productOffering"),
)  # fmt: skip
PICTURED = ("productOffering", "productSpecification", "serviceSpecification")
LIVE = {"lifecycleStatus": "Active"}


def made(operator: Operator, base: str, path: str, **more: Any) -> tuple[str, Record]:
    """Make an entry and return its address and what was answered."""
    found = operator.make(f"{base}/{path}", {"name": "Old copper", **more})
    return f"{base}/{path}/{found['id']}", found


@pytest.mark.accepts("CAT-13")
@pytest.mark.parametrize(("base", "path"), WRITTEN, ids=[path for _, path in WRITTEN])
def test_entries_are_written_and_read_by_the_interface(
    operator: Operator, base: str, path: str
) -> None:
    """Each kind of entry is made, changed, read and found by its own interface, and with what is
    attached to it by the role of a catalog manager."""
    address, entry = made(operator, base, path)
    picture = {"attachmentType": "image", "name": "Box", "url": "https://shop.example/box.png"}
    more = {"attachment": [picture]} if path in PICTURED else {}
    held = dict(ROLES["catalog"].permissions)
    toni = operator.site.user(
        "toni", roles=[operator.site.role("catalog", held)], scopes=tuple(held)
    )
    changed = toni.patch(address, {"description": "in the old town", **more})
    assert (changed.status_code, changed.json["description"]) == (200, "in the old town")
    assert changed.json.get("attachment") == more.get("attachment")
    assert operator.read(address) == changed.json
    assert [one["id"] for one in operator.find(f"{base}/{path}", id=entry["id"])] == [entry["id"]]


@pytest.mark.accepts("CAT-13", "API-11")
@pytest.mark.parametrize(("base", "path"), ARCHIVED, ids=[path for _, path in ARCHIVED])
def test_a_draft_goes_and_what_was_live_is_archived(
    operator: Operator, base: str, path: str
) -> None:
    """A draft is gone. What is live, or retired, is kept as obsolete, with an event for each step;
    removed again it stays so. So with many that are removed at once."""
    more: Record = {}
    if path == "productOffering":
        specification = operator.make(
            f"{PRODUCTS}/productSpecification", {"name": "Copper", **LIVE}
        )
        more = {"productSpecification": {"id": specification["id"]}}
    draft, _ = made(operator, base, path, **more)
    assert operator.staff.delete(draft).status_code == 204
    assert operator.staff.get(draft).status_code == 404
    for steps in (["Retired", "Obsolete"], ["Obsolete"]):
        address, entry = made(operator, base, path, **more, **LIVE)
        if len(steps) == 1:
            retired = operator.staff.patch(address, {"lifecycleStatus": "Retired"})
            assert retired.status_code == 200, retired.json
        before = len(operator.find(EVENT, subject=entry["id"]))
        for _ in range(2):
            assert operator.staff.delete(address).status_code == 204
            assert operator.read(address)["lifecycleStatus"] == "Obsolete"
        told = operator.find(EVENT, subject=entry["id"])
        kinds = {one["eventType"] for one in told}
        assert len(told) - before == len(steps)
        assert not any(one.endswith("DeleteEvent") for one in kinds), kinds
    address, entry = made(operator, base, path, **more, **LIVE)
    many = {"kind": "remove", "resource": path[0].upper() + path[1:], "id": [entry["id"]]}
    operator.make("/api/workspace/v1/jobs", many)
    operator.settle()
    assert operator.read(address)["lifecycleStatus"] == "Obsolete"


@pytest.mark.accepts("CAT-13", "API-11")
def test_what_is_used_is_not_removed(operator: Operator) -> None:
    """A specification that an offering stands on is kept, and the refusal says what uses it."""
    address, specification = made(operator, PRODUCTS, "productSpecification", **LIVE)
    _, offering = made(
        operator, PRODUCTS, "productOffering", productSpecification={"id": specification["id"]}
    )
    refused = operator.staff.delete(address)
    assert (refused.status_code, refused.json["code"]) == (409, "conflictReferenced")
    assert offering["id"] in refused.json["message"]
    assert operator.read(address)["lifecycleStatus"] == "Active"


@pytest.mark.accepts("CAT-13", "API-11")
def test_a_removed_price_ends_today(operator: Operator) -> None:
    """Also one that an offering has: it ends now and is not asked for any more, and what ended
    before stays as it is. A draft of a price that nobody uses goes."""
    money = {"priceType": "recurring", "price": {"unit": "EUR", "value": 5}}
    address, price = made(operator, PRODUCTS, "productOfferingPrice", **money, **LIVE)
    start = {"startDateTime": "2020-01-01T00:00:00.000Z"}
    dated, _ = made(operator, PRODUCTS, "productOfferingPrice", **money, **LIVE, validFor=start)
    made(operator, PRODUCTS, "productOffering", productOfferingPrice=[{"id": price["id"]}])
    for one in (address, dated):
        assert operator.staff.delete(one).status_code == 204
        ended = operator.read(one)
        day = operator.site.services.now().strftime("%Y-%m-%d")
        assert ended["validFor"]["endDateTime"].startswith(day)
        assert ended["lifecycleStatus"] == "Active"
        assert operator.staff.delete(one).status_code == 204
        assert operator.read(one) == ended
    assert operator.read(dated)["validFor"]["startDateTime"].startswith("2020-01-01")
    draft, _ = made(operator, PRODUCTS, "productOfferingPrice", **money)
    coming, _ = made(operator, PRODUCTS, "productOfferingPrice", **money, **LIVE,
                     validFor={"startDateTime": "2099-01-01T00:00:00Z"})  # fmt: skip
    for one in (draft, coming):
        assert operator.staff.delete(one).status_code == 204
        assert operator.staff.get(one).status_code == 404
