"""What is kept for an answer is ours to say, and what is large is looked at whole."""

from __future__ import annotations

import pytest

from tests.qualification.conftest import (
    ACCOUNT,
    AREA,
    OFFER,
    ORDER,
    PRODUCT,
    Region,
    at,
    by_site,
    reasons,
    results,
)
from tests.qualification.test_offering_checks import ALEX, WEIMAR, first
from trunkline.qualification import asker_of, offering_answer


@pytest.fixture(scope="module", autouse=True)
def sold(region: Region) -> None:
    """Glass at an address, and something that needs none."""
    region.offer("Glass 100", "Glass Line", 100)
    region.offer("Shop Site", "Web Space")


def test_what_is_kept_is_said_by_us_alone(region: Region) -> None:
    """A number that is kept for somebody else is neither taken nor freed by an answer that claims
    in its question to have it; what is removed gives back what
    was kept for it, and nothing else."""
    pool = region.make("/api/pools/v1/resourcePool", {
        "name": "Claimed numbers", "poolType": "geographicNumber",
        "characteristic": "voiceNumber"})["id"]  # fmt: skip
    path = f"/api/pools/v1/resourcePool/{pool}"
    loaded = region.staff.post(f"{path}/range", {"first": "4936450200", "last": "4936450201"})
    assert loaded.status_code in (200, 201), loaded.json
    resource = region.make(
        "/tmf-api/resourceCatalog/v4/resourceSpecification",
        {"name": "Claimed number", "lifecycleStatus": "Active", "resourcePool": {"id": pool}},
    )
    region.spec("Claimed Voice", resourceSpecification=[
        {"id": resource["id"], "relationshipType": "requires"}])  # fmt: skip
    region.offer("Claimed Phone", "Claimed Voice")
    hers = {"value": ["4936450200"], "customer": region.customer("Ida Kern")}
    assert region.staff.post(f"{path}/reserve", hers).status_code == 201
    value = {"resourcePool": {"id": pool}, "characteristic": "voiceNumber", "value": "4936450200"}
    items = [{"id": "1", "action": "add",
              "productOffering": {"id": region.offers["Claimed Phone"]},
              "reservation": {"resourceValue": [value]}}]  # fmt: skip
    made = region.make(OFFER, {"reserve": True, "place": [at(**WEIMAR)], "relatedParty": [
        {"id": region.customer("Udo Vogt"), "role": "customer"}],
        "productOfferingQualificationItem": items})  # fmt: skip
    region.site.work()
    kept = first(region.read(OFFER, made["id"]))["reservation"]["resourceValue"]
    assert [one["value"] for one in kept] == ["4936450201"]
    service = {"id": "1", "service": {"serviceSpecification": {"id": region.specs["Web Space"]},
                                      "place": [at(**WEIMAR)]}}  # fmt: skip
    check = region.check({**service, "reservation": {"resourceValue": [value]}})
    assert "reservation" not in check["serviceQualificationItem"][0]

    area = region.area("Glass Line", city="Tonndorf", capacity=1)
    line = region.qualify("Glass 100", place=at(city="Tonndorf"), reserve=True)
    region.site.work()
    assert len(region.read(AREA, area)["hold"]) == 1
    for one in (made, line):
        assert region.staff.delete(f"{OFFER}/{one['id']}").status_code == 204
    assert "hold" not in region.read(AREA, area)
    left = {one["value"]: one["state"] for one in region.staff.get(f"{path}/value").json}
    assert left == {"4936450200": "reserved", "4936450201": "free"}


def test_a_large_customer_and_a_large_catalog_are_looked_at_whole(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond what is read at once of a customer's products and open orders, those asked about are
    found, and what stands at the place; a query that would leave offerings out is refused."""
    who = region.customer("Nils Amsel")
    home = region.home(who, **ALEX)
    owner = {"relatedParty": [{"id": who, "role": "customer"}]}
    owned = {"status": "active", **owner}
    oldest = region.make(PRODUCT, {
        "name": "The oldest", "productOffering": {"id": region.offers["Glass 100"]}, **owned,
        "place": [by_site(home)]})["id"]  # fmt: skip
    for number in range(2):
        region.make(PRODUCT, {
            "name": f"Site {number}", "productOffering": {"id": region.offers["Shop Site"]},
            **owned})  # fmt: skip
    monkeypatch.setattr(asker_of, "READ_MAX", 2)
    about = {"productOfferingQualificationItem": [
        {"id": "1", "action": "modify", "product": {"id": oldest}}]}  # fmt: skip
    changed = region.make(OFFER, {**owner, **about})
    assert results(changed) == ["qualified"]
    again = region.qualify("Glass 100", customer=who, place=by_site(home))
    assert reasons(first(again)) == {"alreadyThere"}
    account = region.make(ACCOUNT, {"name": "Nils", "state": "active", **owner})["id"]
    shop = {"id": "1", "action": "add", "productOffering": {"id": region.offers["Shop Site"]}}
    gone = {"id": "1", "action": "delete", "product": {"id": oldest}}
    for line in (gone, shop, shop):
        region.make(ORDER, {**owner, "billingAccount": {"id": account}, "productOrderItem": [line],
                            "requestedStartDate": "2041-01-01T00:00:00Z"})  # fmt: skip
    busy = region.make(OFFER, {**owner, **about})
    assert reasons(first(busy)) == {"openOrder"}
    monkeypatch.setattr(offering_answer, "QUERIED_MAX", 1)
    assert region.refused(OFFER, {"place": [at(**ALEX)]}) == {("tooMany", "category")}
