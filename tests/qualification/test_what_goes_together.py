"""What does not go together, and what needs another one: asked alike wherever something is sold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.qualification.conftest import (
    ACCOUNT,
    OFFER,
    ORDER,
    PRODUCT,
    Record,
    Region,
    reasons,
    results,
)

CART = "/tmf-api/shoppingCart/v4/shoppingCart"
QUOTE = "/tmf-api/quoteManagement/v4/quote"
CLASH, LACK = "excluded", "required"


@pytest.fixture(scope="module", autouse=True)
def shelf(region: Region) -> None:
    """Night does not go with Day, which says nothing of it; Booster needs Day."""
    day = region.offer("Day", "Web Space")
    region.offer("Night", "Web Space", productOfferingRelationship=[
        {"id": day, "name": "Day", "relationshipType": "excludes"}])  # fmt: skip
    region.offer("Booster", "Web Space", productOfferingRelationship=[
        {"id": day, "relationshipType": "requires"}])  # fmt: skip
    bundled = {"numberRelOfferLowerLimit": 1, "numberRelOfferUpperLimit": 1}
    region.offer("Night Box", "Web Space", isBundle=True, bundledProductOffering=[
        {"id": region.offers["Night"], "bundledProductOfferingOption": bundled}])  # fmt: skip


class Buyer:
    """A customer of their own, with an account, and what they ask for."""

    def __init__(self, region: Region, name: str) -> None:
        self.region, self.id = region, region.customer(name)
        self.who = [{"id": self.id, "role": "customer"}]
        billed = {"name": name, "state": "active", "relatedParty": self.who}
        self.account = {"id": region.make(ACCOUNT, billed)["id"]}

    def line(self, ident: str, name: str, action: str = "add", **more: Any) -> Record:
        return {"id": ident, "action": action,
                "productOffering": {"id": self.region.offers[name]}, **more}  # fmt: skip

    def order(self, *lines: Record, **more: Any) -> Any:
        return self.region.staff.post(ORDER, {
            "relatedParty": self.who, "billingAccount": self.account,
            "productOrderItem": list(lines), **more})  # fmt: skip

    def has(self, name: str) -> Record:
        return self.region.make(PRODUCT, {
            "name": name, "status": "active", "relatedParty": self.who,
            "productOffering": {"id": self.region.offers[name]}})  # fmt: skip

    def told(self, *names: str) -> list[set[str]]:
        check = self.region.qualify(*names, customer=self.id)
        return [reasons(one) for one in check["productOfferingQualificationItem"]]


def faults(answer: Any) -> set[tuple[str, str]]:
    assert answer.status_code == 400, answer.json
    return {(one["code"], one["path"]) for one in answer.json["fault"]}


def test_what_excludes_another_is_excluded_by_it_in_orders_quotes_and_carts(
    region: Region,
) -> None:
    """Whichever of two offerings says it: neither goes beside the other, in one order, beside what
    is installed or ordered; the fault names both, and an exchange in one order is no clash."""
    tilda = Buyer(region, "Tilda Voss")
    both = tilda.order(tilda.line("1", "Day"), tilda.line("2", "Night"))
    first, second = "productOrderItem[0]", "productOrderItem[1]"
    assert faults(both) == {(CLASH, f"{first}.productOffering.id"),
                            (CLASH, f"{second}.productOffering.id")}  # fmt: skip
    said = {one["message"].partition(";")[0] for one in both.json["fault"]}
    assert said == {"Day does not go with Night (item 2)", "Night does not go with Day (item 1)"}
    assert tilda.told("Day", "Night") == [{CLASH}, {CLASH}]

    held = tilda.has("Night")
    alone = tilda.order(tilda.line("1", "Day"))
    assert faults(alone) == {(CLASH, f"{first}.productOffering.id")}
    assert f"(product {held['key']})" in alone.json["fault"][0]["message"]
    assert tilda.told("Day") == [{CLASH}]
    query = region.make(OFFER, {"relatedParty": tilda.who})
    had = {one["productOffering"]["name"]: reasons(one)
           for one in query["productOfferingQualificationItem"]}  # fmt: skip
    assert (had["Day"], had["Night Box"]) == ({CLASH}, set())

    cart = region.make(CART, {"relatedParty": tilda.who, "billingAccount": tilda.account,
                              "cartItem": [tilda.line("1", "Day")]})  # fmt: skip
    out = region.staff.post(f"/api/sales/v1/shoppingCart/{cart['id']}/checkOut", {})
    assert faults(out) == {(CLASH, "cartItem[0].productOffering.id")}
    asks = {"relatedParty": tilda.who, "quoteItem": [tilda.line("1", "Day")]}
    quoted = region.staff.post(QUOTE, asks)
    assert faults(quoted) == {(CLASH, "quoteItem[0].productOffering.id")}
    other = tilda.has("Booster")
    over = tilda.line("1", "Day", "modify", product={"id": other["id"]})
    assert faults(tilda.order(over)) == {(CLASH, f"{first}.productOffering.id")}

    ends = {"id": "2", "action": "delete", "product": {"id": held["id"]}}
    later = tilda.order(ends, requestedStartDate="2031-01-01T00:00:00Z").json
    assert faults(tilda.order(tilda.line("1", "Day"))) == {(CLASH, f"{first}.productOffering.id")}
    link = [{"id": later["id"], "relationshipType": "startsAfter"}]
    after = tilda.order(tilda.line("1", "Day"), orderRelationship=link)
    assert after.status_code == 201, after.json
    again = Buyer(region, "Ole Voss")
    former = {"id": "2", "action": "delete", "product": {"id": again.has("Night")["id"]}}
    assert again.order(again.line("1", "Day"), former).status_code == 201


def test_what_needs_another_is_refused_without_it_wherever_it_is_asked_for(region: Region) -> None:
    """What needs another one goes with it in the same order, beside one that is on order or there,
    and beside none that the order ends."""
    nils = Buyer(region, "Nils Orth")
    spot = "productOrderItem[0].productOffering.id"
    lone = nils.order(nils.line("1", "Booster"))
    assert faults(lone) == {(LACK, spot)}
    assert "Booster needs Day" in lone.json["fault"][0]["message"]
    assert nils.told("Booster") == [{LACK}]
    assert nils.told("Booster", "Day") == [set(), set()]
    asks = {"relatedParty": nils.who, "quoteItem": [nils.line("1", "Booster")]}
    quote = f"{QUOTE}/{region.make(QUOTE, asks)['id']}"
    ready = region.staff.patch(quote, {"state": "pending"})
    assert (LACK, "quoteItem[0].productOffering.id") in faults(ready)
    day = {"productOrderItem": [nils.line("1", "Day")], "relatedParty": nils.who,
           "billingAccount": nils.account}  # fmt: skip
    made = region.make(ORDER, day)
    assert nils.told("Booster") == [set()]
    assert nils.order(nils.line("1", "Booster")).status_code == 201
    assert nils.told("Night Box") == [{CLASH}]
    assert made["key"] in nils.order(nils.line("1", "Night")).json["fault"][0]["message"]

    berit = Buyer(region, "Berit Orth")
    ends = {"id": "2", "action": "delete", "product": {"id": berit.has("Day")["id"]}}
    assert faults(berit.order(berit.line("1", "Booster"), ends)) == {(LACK, spot)}
    assert results(region.qualify("Booster", customer=berit.id)) == ["qualified"]
    assert berit.order(berit.line("1", "Booster")).status_code == 201


def test_what_others_need_is_ended_with_them_and_not_alone(region: Region) -> None:
    """A product that an installed or ordered one needs, by catalog or by relation, ends with that
    one, or while another of its kind stays; by itself it is refused, and the fault names the other
    one. A qualification says the same."""
    gro = Buyer(region, "Gro Orth")
    day, booster = gro.has("Day"), gro.has("Booster")
    ends = {"id": "1", "action": "delete", "product": {"id": day["id"]}}
    also = {"id": "2", "action": "delete", "product": {"id": booster["id"]}}
    spot = ("stillNeeded", "productOrderItem[0].product.id")
    alone = gro.order(ends)
    assert faults(alone) == {spot}
    (fault,) = alone.json["fault"]
    assert fault["message"] == (
        f"Day ({day['key']}) is needed by Booster (product {booster['key']}); end both in one "
        "order, or keep it"
    )
    items = [{"id": one["id"], "action": "delete", "product": one["product"]}
             for one in (ends, also)]  # fmt: skip
    for asked, told in ((items[:1], [{"stillNeeded"}]), (items, [set(), set()])):
        check = region.make(OFFER, {"relatedParty": gro.who,
                                    "productOfferingQualificationItem": asked})  # fmt: skip
        assert [reasons(one) for one in check["productOfferingQualificationItem"]] == told
    other = gro.has("Day")
    assert gro.order({**ends, "product": {"id": other["id"]}}).status_code == 201
    assert faults(gro.order(ends)) == {spot}  # the other one is about to end
    unneeded = gro.order({**also, "id": "1"}, requestedStartDate="2031-01-01T00:00:00Z").json
    refused = gro.order(ends)
    assert f"follow {unneeded['key']}," in refused.json["fault"][0]["message"]
    swapped = gro.order(ends, gro.line("2", "Day"))
    assert swapped.status_code == 201, swapped.json

    eli = Buyer(region, "Eli Orth")
    line, extra = eli.has("Night"), eli.has("Night")
    relation = [{"relationshipType": "reliesOn", "product": {"id": line["id"]}}]
    answer = region.staff.patch(f"{PRODUCT}/{extra['id']}", {"productRelationship": relation})
    assert answer.status_code == 200, answer.json
    whole = region.make(PRODUCT, {
        "name": "Whole", "status": "active", "relatedParty": eli.who, "isBundle": True,
        "productOffering": {"id": region.offers["Night Box"]}, "product": [{"id": line["id"]}],
    })  # fmt: skip
    assert faults(eli.order({**ends, "product": {"id": whole["id"]}})) == {spot}
    assert region.staff.delete(f"{PRODUCT}/{whole['id']}").status_code == 204
    ends["product"], also["product"] = {"id": line["id"]}, {"id": extra["id"]}
    assert faults(eli.order(ends)) == {spot}
    later = eli.order(also, requestedStartDate="2031-01-01T00:00:00Z").json
    refused = eli.order(ends)
    assert faults(refused) == {spot}
    told = f"let this order follow {later['key']}, which ends that, or keep it"
    assert told in refused.json["fault"][0]["message"]
    link = [{"id": later["id"], "relationshipType": "startsAfter"}]
    after = eli.order(ends, orderRelationship=link)
    assert after.status_code == 201, after.json
