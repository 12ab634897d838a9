"""Offering qualification (TMF679): who may have what, beside what, where, and what instead."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.qualification.conftest import (
    ACCOUNT,
    AREA,
    CATALOG,
    OFFER,
    ORDER,
    OWN,
    PRODUCT,
    Region,
    at,
    by_site,
    reasons,
    results,
)

ALEX = {"streetName": "Alexanderstraße", "streetNr": "12", "postcode": "99441",
        "city": "Kranichfeld"}  # fmt: skip
WEIMAR = {**ALEX, "streetName": "Weimarer Weg"}
BURG = {**ALEX, "streetName": "Burgplatz"}


@pytest.fixture(scope="module", autouse=True)
def shelf(region: Region) -> None:
    """Three glass offers, one of copper, and extras with conditions."""
    region.offer("Glass 1000", "Glass Line", 1000)
    region.offer("Glass 300", "Glass Line", 300)
    region.offer("Glass 100", "Glass Line", 100)
    region.offer("Copper 50", "Copper Line", 50)
    region.offer("Shop Site", "Web Space")
    region.offer("Office Mail", "Web Space", qualification={"customerType": ["company"]})
    region.offer("Rented Phone", "Web Space", qualification={"creditScoreMinimum": 500})
    region.offer("Shop Deal", "Web Space", channel=[{"id": "shop-1", "name": "Shop"}])
    region.offer("Club Bonus", "Web Space", qualification={"customerSegment": ["premium"]})
    region.offer(
        "Backup Radio",
        "Web Space",
        productOfferingRelationship=[
            {"id": region.offers["Glass 300"], "name": "Glass 300", "relationshipType": "requires"}
        ],
    )
    region.offer(
        "Light Radio",
        "Web Space",
        productOfferingRelationship=[
            {"id": region.offers["Shop Site"], "name": "Shop Site", "relationshipType": "excludes"}
        ],
    )


def first(check: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = check["productOfferingQualificationItem"][0]
    return found


def alternatives(check: dict[str, Any]) -> list[str]:
    found = first(check).get("alternateProductOfferingProposal", [])
    return [one["alternateProductOffering"]["name"] for one in found]


def test_what_is_slower_or_later_is_offered_instead(region: Region) -> None:
    """The nearest offers that the address allows stand in for the wanted one, with their day."""
    slower = region.qualify("Glass 1000", place=at(**WEIMAR))
    assert results(slower) == ["alternate"]
    assert alternatives(slower) == ["Glass 300", "Glass 100", "Copper 50"]
    later = region.qualify("Glass 300", place=at(**BURG))
    assert alternatives(later)[0] == "Glass 300"
    proposal = first(later)["alternateProductOfferingProposal"][0]
    assert proposal["alternateActivationDate"].startswith("2031-04-01")
    plain = region.qualify("Glass 1000", place=at(**WEIMAR), provideAlternative=False,
                           provideUnavailabilityReason=False)  # fmt: skip
    assert results(plain) == ["unqualified"]
    assert alternatives(plain) == []
    assert reasons(first(plain)) == set()
    assert reasons(first(region.qualify("Glass 1000"))) == {"placeMissing"}


@pytest.mark.accepts("QLF-07")
def test_who_asks_and_what_they_have_decides(region: Region) -> None:
    """Type, segment, credit, channel, what is installed, ordered and asked for beside it count."""
    profile = {"creditProfileDate": "2026-01-01T00:00:00Z", "creditScore": 620,
               "validFor": {"startDateTime": "2026-01-01T00:00:00Z"}}  # fmt: skip
    office = region.customer("Nuno Prado", customerType="company", customerSegment="premium",
                             creditProfile=[profile])  # fmt: skip
    poor = region.customer("Ilse Brandt", customerType="consumer",
                           creditProfile=[{**profile, "creditScore": 300}])  # fmt: skip
    plain = region.customer("Tove Lund")
    names = ("Office Mail", "Rented Phone", "Club Bonus", "Shop Deal")
    through = {"channel": {"id": "shop-1", "name": "Shop"}}
    assert set(results(region.qualify(*names, customer=office, **through))) == {"qualified"}
    told = region.qualify(*names, customer=poor)["productOfferingQualificationItem"]
    assert [reasons(one) for one in told] == [
        {"wrongCustomerType"}, {"creditTooLow"}, {"wrongSegment"}, {"wrongChannel"}
    ]  # fmt: skip
    assert reasons(first(region.qualify("Rented Phone", customer=plain))) == {"creditUnknown"}

    assert reasons(first(region.qualify("Backup Radio", customer=plain))) == {"required"}
    home = region.home(plain, **ALEX)
    both = region.qualify("Backup Radio", "Glass 300", customer=plain, place=by_site(home))
    assert results(both) == ["qualified", "qualified"]
    held = region.make(PRODUCT, {
        "name": "Tove's site", "status": "active",
        "productOffering": {"id": region.offers["Shop Site"]},
        "relatedParty": [{"id": plain, "role": "customer"}],
    })["id"]  # fmt: skip
    assert reasons(first(region.qualify("Light Radio", customer=plain))) == {"excluded"}

    account = region.make(ACCOUNT, {"name": "Tove", "state": "active", "relatedParty": [
        {"id": plain, "role": "customer"}]})["id"]  # fmt: skip
    order = region.make(ORDER, {
        "relatedParty": [{"id": plain, "role": "customer"}], "billingAccount": {"id": account},
        "productOrderItem": [
            {"id": "1", "action": "add", "productOffering": {"id": region.offers["Glass 300"]},
             "product": {"place": [by_site(home)]}},
            {"id": "2", "action": "delete", "product": {"id": held}}],
    })  # fmt: skip
    again = region.qualify("Glass 300", customer=plain, place=by_site(home))
    assert reasons(first(again)) == {"openOrder"}
    assert order["key"] in first(again)["eligibilityUnavailabilityReason"][0]["label"]
    assert results(region.qualify("Backup Radio", customer=plain)) == ["qualified"]
    change = {"id": "1", "action": "modify", "product": {"id": held}}
    busy = region.make(OFFER, {"productOfferingQualificationItem": [change],
                               "relatedParty": [{"id": plain, "role": "customer"}]})  # fmt: skip
    assert reasons(first(busy)) == {"openOrder"}

    query = region.make(OFFER, {"relatedParty": [{"id": poor, "role": "customer"}],
                                "place": [at(**WEIMAR)], "provideOnlyAvailable": True})  # fmt: skip
    had = {one["productOffering"]["name"]: one["qualificationItemResult"]
           for one in query["productOfferingQualificationItem"]}  # fmt: skip
    assert had == {"Copper 50": "qualified", "Glass 100": "qualified", "Glass 300": "qualified",
                   "Glass 1000": "alternate", "Light Radio": "qualified",
                   "Shop Site": "qualified"}  # fmt: skip


def test_what_is_there_already_is_changed_and_not_sold_twice(region: Region) -> None:
    """At a place with the offer installed it is not to be had again; faster it is, by a change."""
    who = region.customer("Elio Conti")
    home = region.home(who, **ALEX)
    line = region.make(PRODUCT, {
        "name": "Elio's line", "status": "active", "place": [by_site(home)],
        "productOffering": {"id": region.offers["Glass 300"]},
        "relatedParty": [{"id": who, "role": "customer"}],
    })["id"]  # fmt: skip
    twice = region.qualify("Glass 300", customer=who, place=by_site(home))
    assert reasons(first(twice)) == {"alreadyThere"}
    faster = {"id": "1", "action": "modify", "product": {"id": line},
              "productOffering": {"id": region.offers["Glass 1000"]}}  # fmt: skip
    body = {"relatedParty": [{"id": who, "role": "customer"}]}
    made = region.make(OFFER, {**body, "productOfferingQualificationItem": [faster]})
    assert results(made) == ["qualified"]
    stranger = {
        **faster,
        "product": {
            "id": region.make(
                PRODUCT,
                {
                    "name": "Another's",
                    "status": "active",
                    "relatedParty": [{"id": region.customer("Ada Kern"), "role": "customer"}],
                },
            )["id"]
        },
    }
    wrong = region.make(OFFER, {**body, "productOfferingQualificationItem": [stranger]})
    assert reasons(first(wrong)) == {"productUnknown"}
    assert region.refused(OFFER, {"productOfferingQualificationItem": [
        {"id": "1"}, {"id": "1", "action": "modify", "productOffering": {
            "id": region.offers["Glass 300"]}}]}) == {
        ("offeringMissing", "productOfferingQualificationItem[0].productOffering"),
        ("duplicateItem", "productOfferingQualificationItem[1].id"),
        ("productMissing", "productOfferingQualificationItem[1].product.id")}  # fmt: skip


def test_an_order_does_not_rely_on_an_expired_answer(region: Region) -> None:
    """A draft may wait as long as it likes; sent in it needs an answer that holds, and is about the
    order's customer."""
    region.offer("Glass Short", "Glass Line", 100, qualification={"validDays": 1})
    who = region.customer("Rhea Blum")
    home = region.home(who, **ALEX)
    account = region.make(ACCOUNT, {"name": "Rhea", "state": "active", "relatedParty": [
        {"id": who, "role": "customer"}]})["id"]  # fmt: skip
    check = region.qualify("Glass Short", customer=who, place=by_site(home))

    def order(**more: Any) -> Any:
        return region.staff.post(ORDER, {
            "relatedParty": [{"id": who, "role": "customer"}], "billingAccount": {"id": account},
            "productOfferingQualification": [{"id": check["id"]}], **more,
            "productOrderItem": [
                {"id": "1", "action": "add", "product": {"place": [by_site(home)]},
                 "productOffering": {"id": region.offers["Glass Short"]}}],
        })  # fmt: skip

    other = region.qualify("Glass Short", customer=region.customer("Otto Ohm"), place=at(**ALEX))
    foreign = order(productOfferingQualification=[{"id": other["id"]}])
    assert {(one["code"], one["path"]) for one in foreign.json["fault"]} == {
        ("qualificationForeign", "productOfferingQualification[0].id")
    }
    draft = order(state="pending").json["id"]
    region.site.move_clock(2 * 86_400)
    try:
        late = order()
        assert late.status_code == 400
        found = {(one["code"], one["path"]) for one in late.json["fault"]}
        assert found == {("qualificationExpired", "productOfferingQualification[0].id")}
        submit = f"/api/ordering/v1/productOrder/{draft}/submit"
        assert region.staff.post(submit).status_code == 400
        again = f"{OWN}/productOfferingQualification/{check['key']}/checkAgain"
        assert region.staff.post(again).json["qualificationResult"] == "qualified"
        assert region.staff.post(submit).status_code == 200
    finally:
        region.site.move_clock(-2 * 86_400)


@pytest.mark.accepts("QLF-09")
def test_a_line_is_kept_until_the_answer_expires(region: Region) -> None:
    """Of two lines two askers get one each; the third gets none until an answer expires unused."""
    region.spec("Tower Link")
    region.offer("Tower 50", "Tower Link", 50, qualification={"validDays": 3})
    there = {"streetName": "Turmgasse", "streetNr": "1", "postcode": "99442",
             "city": "Kranichfeld"}  # fmt: skip
    area = region.area("Tower Link", city="Kranichfeld", capacity=2)

    def ask() -> dict[str, Any]:
        made = region.qualify("Tower 50", place=at(**there), reserve=True)
        region.site.work()
        return region.read(OFFER, made["id"])

    one, two, three = ask(), ask(), ask()
    assert [results(each) for each in (one, two, three)] == [
        ["qualified"], ["qualified"], ["unqualified"]
    ]  # fmt: skip
    assert first(one)["reservation"]["coverageArea"]["id"] == area
    assert first(one)["reservation"]["until"] == one["expirationDate"]
    assert reasons(first(three)) == {"noCapacity"}
    assert len(region.read(AREA, area)["hold"]) == 2
    assert region.staff.patch(f"{AREA}/{area}", {"capacity": 3}).status_code == 200
    both = [region.qualify("Tower 50", place=at(**there), reserve=True) for _ in range(2)]
    assert [results(each) for each in both] == [["qualified"], ["qualified"]]
    region.site.work()
    after = [region.read(OFFER, each["id"]) for each in both]
    assert sorted(results(each)[0] or "" for each in after) == ["qualified", "unqualified"]
    assert len(region.read(AREA, area)["hold"]) == 3
    below = region.staff.patch(f"{AREA}/{area}", {"capacity": 1})
    assert below.status_code == 400, below.json
    region.site.move_clock(4 * 86_400)
    try:
        with region.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now()")
        region.site.work()
        assert "hold" not in region.read(AREA, area)
        assert results(ask()) == ["qualified"]
    finally:
        region.site.move_clock(-4 * 86_400)


@pytest.mark.accepts("QLF-09")
def test_a_number_is_kept_for_the_customer_until_the_answer_expires(region: Region) -> None:
    """Of two numbers each asker keeps one; the third is told that none is left."""
    pool = region.make("/api/pools/v1/resourcePool", {
        "name": "Kranichfeld numbers", "poolType": "geographicNumber",
        "characteristic": "voiceNumber"})  # fmt: skip
    address = f"/api/pools/v1/resourcePool/{pool['id']}/range"
    loaded = region.staff.post(address, {"first": "4936450100", "last": "4936450101"})
    assert loaded.status_code in (200, 201), loaded.json
    resource = region.make(
        "/tmf-api/resourceCatalog/v4/resourceSpecification",
        {"name": "Town number", "lifecycleStatus": "Active", "resourcePool": {"id": pool["id"]}},
    )
    region.spec("Town Voice", resourceSpecification=[
        {"id": resource["id"], "relationshipType": "requires"}])  # fmt: skip
    region.offer("Town Phone", "Town Voice", qualification={"validDays": 2})

    def ask() -> dict[str, Any]:
        made = region.qualify("Town Phone", customer=region.customer("Bo Falk"), reserve=True)
        region.site.work()
        return first(region.read(OFFER, made["id"]))

    kept = [ask()["reservation"]["resourceValue"][0]["value"] for _ in range(2)]
    assert sorted(kept) == ["4936450100", "4936450101"]
    third = ask()
    assert "reservation" not in third
    assert reasons(third) == {"noValueLeft"}
    region.site.move_clock(3 * 86_400)
    try:
        assert ask()["reservation"]["resourceValue"][0]["value"] in kept
    finally:
        region.site.move_clock(-3 * 86_400)


@pytest.mark.accepts("QLF-08")
def test_addresses_of_a_file_are_checked_in_the_background(region: Region) -> None:
    """Each row gets its answer, a bad one its reason; the file comes back with the answers."""
    rows = ["ref;Street;Number;Postcode;City"]
    rows += [f"A{n};Alexanderstraße;{n};99440;Kranichfeld" for n in range(1, 61)]
    rows.append("B1;Weimarer Weg;3;99440;Kranichfeld")
    body = {"name": "sites.csv", "productOffering": ["Glass 1000"],
            "content": base64.b64encode("\n".join(rows).encode()).decode()}  # fmt: skip
    answer = region.staff.post(f"{OWN}/addressCheck", body)
    assert answer.status_code == 201, answer.json
    job = answer.json["id"]
    region.site.work()
    told = region.staff.get(f"/api/workspace/v1/jobs/{job}").json
    assert told["state"] == "done", told
    assert told["total"] == 61
    file = region.staff.get(f"/api/workspace/v1/jobs/{job}/file")
    assert file.status_code == 200
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 62
    assert lines[0].startswith("ref,Street,Number,Postcode,City,Qualification,Offering,Result")
    assert [one.split(",")[7] for one in (lines[1], lines[40], lines[60])] == [
        "qualified", "qualified", "alternate"
    ]  # fmt: skip
    assert ",alternate," in lines[61]
    assert "Glass 300" in lines[61]
    for wrong in ({**body, "productOffering": ["Nothing"]}, {**body, "content": "?"},
                  {**body, "content": base64.b64encode(b"a;b\n1;2").decode()}):  # fmt: skip
        assert region.staff.post(f"{OWN}/addressCheck", wrong).status_code == 400
    bob = region.site.unentitled()
    assert bob.post(f"{OWN}/addressCheck", body).status_code == 403
    assert region.staff.get(f"{CATALOG}/productOffering").status_code in (200, 206)
