"""Service qualification (TMF645): places, services that there are, lines, and what is refused."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.qualification.conftest import (
    AREA,
    CHECK,
    OWN,
    QUERY,
    SERVICE,
    Region,
    at,
    by_site,
    item,
    reasons,
    results,
)
from trunkline.kernel.work import as_system
from trunkline.qualification.coverage_area import CoverageArea

ALEX = {"streetName": "Alexanderstrasse", "streetNr": "12a", "postcode": "99441",
        "city": "Kranichfeld"}  # fmt: skip
WEIMAR = {**ALEX, "streetName": "Weimarer Weg"}
BURG = {**ALEX, "streetName": "Burgplatz"}
ELSEWHERE = {"streetName": "Ringstraße", "streetNr": "1", "postcode": "07743", "city": "Jena"}


def test_a_place_is_covered_later_less_or_not_at_all(region: Region) -> None:
    """Each address gets its own answer: at once, slower, later by another line, or not."""
    glass, street = region.specs["Glass Line"], {**ALEX, "streetName": "Alexanderstraße"}
    made = region.check(
        item("1", glass, at(**street), downloadSpeed=1000),
        item("2", glass, at(**WEIMAR), downloadSpeed=1000),
        item("3", glass, at(**BURG), downloadSpeed=500),
        item("4", glass, at(**ELSEWHERE)),
        item("5", glass, at(**{**street, "streetNr": "77"})),
    )
    assert made["state"] == "done"
    assert results(made) == ["qualified", "alternate", "alternate", "unqualified", "alternate"]
    first, slower, later, none, copper = made["serviceQualificationItem"]
    assert first["coverageArea"]["id"]
    proposed = slower["alternateServiceProposal"][0]["alternateService"]
    assert proposed["serviceCharacteristic"] == [{"name": "downloadSpeed", "value": 300}]
    assert reasons(slower) == {"valueTooHigh"}
    assert reasons(later) == {"notYetAvailable"}
    assert later["expectedServiceAvailabilityDate"].startswith("2031-04-01")
    dates = [one.get("alternateServiceAvailabilityDate") for one in
             later["alternateServiceProposal"]]  # fmt: skip
    assert dates[0].startswith("2031-04-01")
    names = [one["alternateService"]["serviceSpecification"]["name"] for one in
             copper["alternateServiceProposal"]]  # fmt: skip
    assert names == ["Copper Line"]
    assert reasons(none) == {"notCovered"}
    assert made["qualificationResult"] == "unqualified"


@pytest.mark.accepts("QLF-03")
def test_results_roll_up_to_lines_and_to_the_whole(region: Region) -> None:
    """Items that hang together share one result; of the whole the worst line decides."""
    glass, copper = region.specs["Glass Line"], region.specs["Copper Line"]
    good, slow = at(**WEIMAR), at(**WEIMAR)
    both = region.check(
        {**item("1", glass, slow, downloadSpeed=900),
         "qualificationItemRelationship": [{"id": "2", "relationshipType": "bundles"}]},
        item("2", copper, good, downloadSpeed=20),
        item("3", copper, good, downloadSpeed=20),
    )  # fmt: skip
    assert results(both) == ["alternate", "alternate", "qualified"]
    assert both["qualificationResult"] == "alternate"
    fine = region.check(item("1", glass, good, downloadSpeed=300), item("2", copper, good))
    assert fine["qualificationResult"] == "qualified"
    worst = region.check(
        item("1", glass, slow, downloadSpeed=900), item("2", glass, at(**ELSEWHERE))
    )
    assert worst["qualificationResult"] == "unqualified"


@pytest.mark.accepts("QLF-06")
def test_an_upgrade_looks_at_what_is_installed(region: Region) -> None:
    """A service that there is gives place, values and specification; one that ended gives none."""
    who = region.customer("Marek Dvorak")
    home = region.home(who, **WEIMAR)
    running = region.make(SERVICE, {
        "name": "Marek's line", "state": "active",
        "serviceSpecification": {"id": region.specs["Glass Line"]}, "place": [by_site(home)],
        "relatedParty": [{"id": who, "role": "customer"}],
        "serviceCharacteristic": [{"name": "downloadSpeed", "value": 100}],
    })["id"]  # fmt: skip

    def upgrade(speed: int | None) -> str | None:
        wanted = [{"name": "downloadSpeed", "value": speed}] if speed else []
        service = {"id": running, "serviceCharacteristic": wanted}
        made = region.check({"id": "1", "service": service}, customer=who)
        return results(made)[0]

    fast = {"serviceCharacteristic": [{"name": "downloadSpeed", "value": 900}]}
    assert region.staff.patch(f"{SERVICE}/{running}", fast).status_code == 200
    assert upgrade(None) == "alternate"  # as it is, it could not be had here any more
    slow = {"serviceCharacteristic": [{"name": "downloadSpeed", "value": 100}]}
    assert region.staff.patch(f"{SERVICE}/{running}", slow).status_code == 200
    assert [upgrade(None), upgrade(250), upgrade(800)] == ["qualified", "qualified", "alternate"]
    beside = region.check({"id": "1", "service": {
        "serviceSpecification": {"id": region.specs["Copper Line"]},
        "serviceRelationship": [{"relationshipType": "reference", "service": {"id": running}}],
    }}, customer=who)  # fmt: skip
    assert results(beside) == ["qualified"]
    stranger = region.customer("Vlasta Novak")
    foreign = region.check({"id": "1", "service": {"id": running}}, customer=stranger)
    assert reasons(foreign["serviceQualificationItem"][0]) == {"serviceUnknown"}
    region.staff.patch(f"{SERVICE}/{running}", {"state": "terminated", "stateReason": "moved"})
    gone = region.check({"id": "1", "service": {"id": running}}, customer=who)
    assert results(gone) == ["unqualified"]
    assert reasons(gone["serviceQualificationItem"][0]) == {"serviceEnded"}


def test_a_check_that_cannot_be_answered_is_refused(region: Region) -> None:
    """Everything that lacks is named in one answer, and nothing is stored."""
    count = region.site.rows("select count(*) from check_service_qualification")
    glass = region.specs["Glass Line"]
    assert region.refused(CHECK, {
        "serviceQualificationItem": [{"id": "1", "service": {}}, item("1", glass)]
    }) == {("partyMissing", "relatedParty"),
           ("placeMissing", "serviceQualificationItem[0].service.place"),
           ("specificationMissing", "serviceQualificationItem[0].service.serviceSpecification"),
           ("duplicateItem", "serviceQualificationItem[1].id"),
           ("placeMissing", "serviceQualificationItem[1].service.place")}  # fmt: skip
    who = [{"id": region.customer(), "role": "customer"}]
    for body in (
        {},
        {"relatedParty": who},
        {"relatedParty": who, "serviceQualificationItem": [{"service": {}}]},
        {"relatedParty": who, "serviceQualificationItem": [{"id": "1"}]},
        {"relatedParty": who, "serviceQualificationItem": [
            item("1", "019bd000-0000-7000-8000-000000000000", at(**ALEX))]},
        {"relatedParty": [{"id": "019bd000-0000-7000-8000-000000000000", "role": "customer"}],
         "serviceQualificationItem": [item("1", glass, at(**ALEX))]},
    ):  # fmt: skip
        assert region.refused(CHECK, body)
    assert region.site.rows("select count(*) from check_service_qualification") == count
    said = region.check(item("1", glass, at(**ALEX)))
    refused = region.staff.patch(f"{CHECK}/{said['id']}", {"qualificationResult": "none"})
    assert refused.status_code == 400
    assert region.staff.patch(f"{CHECK}/{said['id']}", {"state": "inProgress"}).status_code == 400


def test_a_query_names_what_can_be_had(region: Region) -> None:
    """Without a service in mind the map tells all that there is at the address, with its speeds,
    and what does not depend on the place; not what that is made of. A category narrows it."""
    region.spec("Web Space Node", **{"@type": "ResourceFacingServiceSpecification"})
    region.spec("Web Space Disk", serviceType="ResourceFacingService")
    made = region.make(QUERY, {"searchCriteria": {"service": {"place": [at(**WEIMAR)]}}})
    told = {
        one["service"]["serviceSpecification"]["name"]: one["service"].get("serviceCharacteristic")
        for one in made["serviceQualificationItem"]
    }
    speed = "downloadSpeed"
    assert told == {"Glass Line": [{"name": speed, "value": 300}],
                    "Copper Line": [{"name": speed, "value": 50}], "Web Space": None}  # fmt: skip
    assert made["state"] == "done"
    base = "/tmf-api/serviceCatalogManagement/v4"
    shelf = region.make(f"{base}/serviceCategory", {"name": "Hosting"})["id"]
    region.make(f"{base}/serviceCandidate", {
        "name": "Web Space", "lifecycleStatus": "Active", "category": [{"id": shelf}],
        "serviceSpecification": {"id": region.specs["Web Space"]}})  # fmt: skip
    wanted = {"category": {"id": shelf}, "service": {"place": [at(**WEIMAR)]}}
    (only,) = region.make(QUERY, {"searchCriteria": wanted})["serviceQualificationItem"]
    assert only["service"]["serviceSpecification"]["name"] == "Web Space"
    assert region.refused(QUERY, {"searchCriteria": {}}) == {
        ("placeMissing", "searchCriteria.service.place")
    }


def test_a_large_map_is_read_whole_and_names_are_compared_as_people_read_them(
    region: Region,
) -> None:
    """Of more streets than fit a page each is found, whatever case and punctuation it is written
    in; a value that is no number is compared with nothing."""
    region.spec("City Ring")
    ring = {"serviceSpecification": {"id": region.specs["City Ring"]}, "maxDownloadSpeed": 500}
    with as_system(region.site.services, "tests") as work:
        streets = [
            CoverageArea.wrap({
                **ring, "name": f"Ring {number}", "city": "Rīga", "postcodeFrom": "LV-1010",
                "streetName": f"{number}. Ūdens iela", "numberFrom": 1, "numberTo": 9,
            })
            for number in range(510)
        ]  # fmt: skip
        work.add(*streets)
    region.area("City Ring", city="St. Gallen", streetName="Bahnhofstraße",
                maxDownloadSpeed=500)  # fmt: skip
    found = region.check(
        *(item(str(number), region.specs["City Ring"],
               at(city="RĪGA", postcode="lv1010", streetName=f"{number} ŪDENS IELA", streetNr="3²"))
          for number in (0, 509)),
        item("odd", region.specs["City Ring"], downloadSpeed="NaN",
             place=at(city="St Gallen", streetName="Bahnhofstrasse")),
        item("none", region.specs["City Ring"],
             at(city="RĪGA", postcode="lv1010", streetName="510 ŪDENS IELA")),
    )  # fmt: skip
    assert results(found) == ["qualified", "qualified", "qualified", "unqualified"]
    fast = region.check(
        item(
            "1",
            region.specs["City Ring"],
            downloadSpeed="Infinity",
            place=at(city="Rīga", postcode="LV-1010", streetName="7. Ūdens iela", streetNr="1"),
        )
    )
    assert results(fast) == ["alternate"]


def test_a_polygon_on_the_map_covers_what_lies_inside(region: Region) -> None:
    """An area of the map counts for addresses with a point inside of it, holes left out."""
    region.spec("Air Link")
    outer = [[10.0, 50.0], [11.0, 50.0], [11.0, 51.0], [10.0, 51.0], [10.0, 50.0]]
    hole = [[10.4, 50.4], [10.6, 50.4], [10.6, 50.6], [10.4, 50.6], [10.4, 50.4]]
    region.area("Air Link", area={"type": "Polygon", "coordinates": [outer, hole]})
    bad = {"name": "x", "serviceSpecification": {"id": region.specs["Air Link"]},
           "area": {"type": "Point", "coordinates": [10.0, 50.0]}}  # fmt: skip
    assert ("badGeometry", "area.coordinates") in region.refused(AREA, bad)

    def there(*point: float) -> str | None:
        geometry = {"@type": "GeoJsonPoint", "geoJson": {"type": "Point", "coordinates": point}}
        spot = {**at(city="Kranichfeld"), "geographicLocation": geometry}
        return results(region.check(item("1", region.specs["Air Link"], spot)))[0]

    assert [there(10.2, 50.2), there(10.5, 50.5), there(12.0, 50.2)] == [
        "qualified", "unqualified", "unqualified"
    ]  # fmt: skip


def test_answers_expire_as_the_specification_says_and_are_asked_again(region: Region) -> None:
    """Copper's answers hold ten days; asked again they hold from that day on."""
    made = region.check(item("1", region.specs["Copper Line"], at(**ALEX)))
    ends, began = (
        datetime.fromisoformat(made[name])
        for name in ("expirationDate", "effectiveQualificationDate")
    )
    assert (ends - began).days == 10
    answer = region.staff.post(f"{OWN}/checkServiceQualification/{made['id']}/checkAgain")
    assert answer.status_code == 200, answer.json
    assert answer.json["qualificationResult"] == "qualified"
    assert (
        region.staff.post(f"{OWN}/checkServiceQualification/nobody/checkAgain").status_code == 404
    )
