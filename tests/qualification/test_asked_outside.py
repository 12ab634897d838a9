"""Coverage asked of an outside system: at once, later, by a late call, or not at all."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from tests.qualification.conftest import (
    CATALOG,
    CHECK,
    OFFER,
    OWN,
    QUERY,
    Region,
    at,
    item,
    reasons,
    results,
)
from trunkline.adapters.http_connection import HttpConnections
from trunkline.adapters.qualification import OutsideCoverage
from trunkline.qualification import many
from trunkline.qualification.coverage import Finding, Question, Unanswered, use_coverage
from trunkline.simulator.running import start

KIRCH = {"streetName": "Kirchplatz", "postcode": "99441", "city": "Kranichfeld"}
RESULT = f"{OWN}/checkServiceQualification"


class Later:
    """An outside system that takes note of what it is asked and calls back, or is out of order."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.is_down = False

    def ask(
        self, kind: str, ident: str, questions: Sequence[Question]
    ) -> Mapping[str, Finding] | None:
        if self.is_down:
            raise Unanswered("nobody answers at the coverage system")
        self.asked += questions
        return None


@pytest.fixture
def later(region: Region) -> Iterator[Later]:
    outside = Later()
    use_coverage(region.site.services, outside)
    yield outside
    use_coverage(region.site.services, None)


def tell(region: Region, check: str, *items: dict[str, Any]) -> Any:
    return region.staff.post(f"{RESULT}/{check}/result", {"serviceQualificationItem": list(items)})


def said(ident: str, result: str | None = "qualified", **more: Any) -> dict[str, Any]:
    return {"id": ident, **({"qualificationResult": result} if result else {}), **more}


@pytest.mark.accepts("QLF-02")
def test_a_check_is_answered_at_once_or_by_the_result_call(region: Region) -> None:
    """201 with an id; what answers at once is done, what takes longer is done by its call."""
    copper = region.specs["Copper Line"]
    inside = region.check(item("1", copper, at(**KIRCH)))
    assert (inside["state"], results(inside)) == ("done", ["qualified"])
    with start() as network:
        use_coverage(region.site.services, OutsideCoverage(HttpConnections(network.url)))
        made = region.check(
            item("1", copper, at(**KIRCH, streetNr="11"), downloadSpeed=500),
            item("2", copper, at(**KIRCH, streetNr="15"), downloadSpeed=500),
            item("3", copper, at(**KIRCH, streetNr="20"), downloadSpeed=500),
        )
        assert (made["state"], results(made)) == ("accepted", [None, None, None])
        region.site.work()
        done = region.read(CHECK, made["id"])
        assert (done["state"], results(done)) == (
            "done", ["qualified", "alternate", "unqualified"]
        )  # fmt: skip
        silent = region.check(item("1", copper, at(**KIRCH, streetNr="404")))
        region.site.work()
        assert region.read(CHECK, silent["id"])["qualificationResult"] == "none"
    use_coverage(region.site.services, Later())
    try:
        slow = region.check(item("1", copper, at(**KIRCH)), item("2", copper, at(**KIRCH)))
        assert slow["id"]
        region.site.work()
        assert region.read(CHECK, slow["id"])["state"] == "inProgress"
        assert tell(region, slow["id"], said("1")).json["state"] == "inProgress"
        ended = tell(region, slow["key"], said("2", "unqualified"))
        assert ended.json["qualificationResult"] == "unqualified"
        assert region.read(CHECK, slow["id"])["state"] == "done"
    finally:
        use_coverage(region.site.services, None)
    assert tell(region, "019bd000-0000-7000-8000-000000000000", said("1")).status_code == 404


def test_results_that_cannot_be_are_refused(region: Region, later: Later) -> None:
    """Each has its error; nothing of a refused result is kept, and a repeat changes nothing."""
    copper = region.specs["Copper Line"]
    check = region.check(item("1", copper, at(**KIRCH)), item("2", copper, at(**KIRCH)))["id"]
    region.site.work()

    def faults(*items: dict[str, Any]) -> set[str]:
        answer = tell(region, check, *items)
        assert answer.status_code == 400, answer.json
        return {one["code"] for one in answer.json["fault"]}

    assert faults() == {"resultMissing"}
    assert faults(said("1", None)) == {"resultMissing"}
    assert faults(said("1", "perhaps")) == {"badResult"}
    assert faults({"id": "1", "qualificationResult": ["qualified"]}) == {"badResult"}
    assert faults(said("1"), said("1", "unqualified")) == {"duplicateItem"}
    assert faults(said("9")) == {"unknownItem"}
    assert faults(said("1"), said("2")) == {"differentLines"}
    assert faults(said("1", expirationDate="soon")) == {"badType"}
    assert results(region.read(CHECK, check)) == [None, None]
    assert tell(region, check, said("1", "pending")).status_code == 200
    assert tell(region, check, said("1")).status_code == 200
    assert tell(region, check, said("2")).status_code == 200
    before = region.read(CHECK, check)
    assert tell(region, check, said("2")).status_code == 200
    assert region.read(CHECK, check) == before
    assert tell(region, check, said("2", "unqualified")).status_code == 409
    bob = region.site.unentitled()
    assert bob.post(f"{RESULT}/{check}/result", {}).status_code == 403


@pytest.mark.accepts("QLF-10")
def test_no_answer_is_none_and_may_be_asked_again(region: Region, later: Later) -> None:
    """Out of order, or silent too long: the result is none, and asking again gives the answer."""
    copper = region.specs["Copper Line"]
    later.is_down = True
    check = region.check(item("1", copper, at(**KIRCH)))["id"]
    region.site.work()
    failed = region.read(CHECK, check)
    assert (failed["state"], failed["qualificationResult"]) == ("terminatedWithError", "none")
    assert failed["serviceQualificationItem"][0]["terminationError"][0]["id"] == "noAnswer"
    later.is_down = False
    assert region.staff.post(f"{RESULT}/{check}/checkAgain").json["state"] == "inProgress"
    region.site.work()
    region.site.move_clock(3600)
    try:
        with region.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now()")
        region.site.work()
        assert region.read(CHECK, check)["qualificationResult"] == "none"
    finally:
        region.site.move_clock(-3600)
    late = tell(region, check, said("1", "alternate", alternateServiceProposal=[
        {"alternateService": {"serviceSpecification": {"id": copper}}}]))  # fmt: skip
    assert late.json == late.json | {"state": "done", "qualificationResult": "alternate"}


def test_offerings_wait_for_the_outside_too(region: Region, later: Later) -> None:
    """An offering is answered when its services are; the alternative is one that is sold."""
    if "Outside 500" not in region.offers:
        region.offer("Outside 500", "Glass Line", 500)
        region.offer("Outside 100", "Glass Line", 100)
    made = region.qualify("Outside 500", place=at(**KIRCH))
    assert made["state"] == "acknowledged"
    region.site.work()
    (question,) = later.asked
    assert question.values == {"downloadSpeed": 500}
    service = {"serviceSpecification": {"id": region.specs["Glass Line"]},
               "serviceCharacteristic": [{"name": "downloadSpeed", "value": 100}]}  # fmt: skip
    told = said(question.item, "alternate", alternateServiceProposal=[
        {"alternateService": service}],
        eligibilityUnavailabilityReason=[{"code": "slow", "label": "only 100 here"}])  # fmt: skip
    answer = region.staff.post(f"{OWN}/productOfferingQualification/{made['id']}/result",
                               {"serviceQualificationItem": [told]})  # fmt: skip
    assert answer.status_code == 200, answer.json
    done = region.read(OFFER, made["id"])
    first = done["productOfferingQualificationItem"][0]
    assert (done["state"], results(done)) == ("done", ["alternate"])
    assert reasons(first) == {"slow"}
    names = [one["alternateProductOffering"]["name"] for one in
             first["alternateProductOfferingProposal"]]  # fmt: skip
    assert names == ["Outside 100"]


def test_services_of_one_offering_are_told_one_by_one(region: Region, later: Later) -> None:
    """An offering of two services waits for both, whichever is told first; repeats change nothing,
    a service that was not asked about is refused, and late ones complete what was told in time."""
    for name, spec in (("Duo Glass", "Glass Line"), ("Duo Copper", "Copper Line")):
        region.offer(name, spec)
    one = {"numberRelOfferLowerLimit": 1, "numberRelOfferUpperLimit": 1}
    parts = [{"id": region.offers[name], "name": name, "bundledProductOfferingOption": one}
             for name in ("Duo Glass", "Duo Copper")]  # fmt: skip
    duo = region.make(f"{CATALOG}/productOffering", {
        "name": "Duo", "lifecycleStatus": "Active", "isSellable": True, "isBundle": True,
        "bundledProductOffering": parts})  # fmt: skip
    region.offers["Duo"] = duo["id"]

    def told(check: dict[str, Any], *items: dict[str, Any]) -> Any:
        path = f"{OWN}/productOfferingQualification/{check['id']}/result"
        return region.staff.post(path, {"serviceQualificationItem": list(items)})

    made = region.qualify("Duo", place=at(**KIRCH))
    region.site.work()
    first, second = (each.item for each in later.asked)
    assert told(made, said(f"{first}9")).status_code == 400
    reason = [{"code": "duct", "label": "the duct is full"}]
    late = said(second, "unqualified", eligibilityUnavailabilityReason=reason)
    assert told(made, late).json["state"] == "inProgress"
    assert told(made, said(first)).json["qualificationResult"] == "unqualified"
    done = region.read(OFFER, made["id"])
    assert reasons(done["productOfferingQualificationItem"][0]) == {"duct"}
    assert (told(made, said(first)).status_code, told(made, late).status_code) == (200, 200)
    assert told(made, said(first, "unqualified")).status_code == 409
    assert region.read(OFFER, made["id"]) == done

    made = region.qualify("Duo", place=at(**KIRCH))
    region.site.work()
    assert told(made, said(first)).status_code == 200
    region.site.move_clock(3600)
    try:
        with region.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now()")
        region.site.work()
        assert region.read(OFFER, made["id"])["qualificationResult"] == "none"
    finally:
        region.site.move_clock(-3600)
    assert told(made, said(second)).json["qualificationResult"] == "qualified"
    whole = region.qualify("Duo", place=at(**KIRCH))
    region.site.work()
    assert told(whole, said("1")).json["state"] == "done"

    curt = {"provideUnavailabilityReason": False, "provideAlternative": False}
    service = {"serviceSpecification": {"id": region.specs["Copper Line"]}}
    slower = late | {"alternateServiceProposal": [{"alternateService": service}]}
    for parts_told in ((said(first), slower),), ((slower,), (said(first),)):
        made = region.qualify("Duo", place=at(**KIRCH), **curt)
        region.site.work()
        for one_call in (*parts_told, *parts_told):
            assert told(made, *one_call).status_code == 200
        done = region.read(OFFER, made["id"])
        assert (done["state"], results(done)) == ("done", ["unqualified"])
        assert "the duct is full" not in str(done)
        of_services = done["productOfferingQualificationItem"][0]["serviceQualificationItem"]
        assert not any(one.get("alternateServiceProposal") for one in of_services)


def test_a_file_of_addresses_waits_for_the_outside(
    region: Region, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file has what the outside system said of each address, and the job is not done before.
    It is written a part at a time, each a piece of the job that ends in time."""
    monkeypatch.setattr(many, "WRITTEN_AT_ONCE", 1)
    if "Outside 100" not in region.offers:
        region.offer("Outside 100", "Glass Line", 100)
    rows = "Street;Number;Postcode;City\nKirchplatz;1;99441;Kranichfeld\nRing;2;99441;Kranichfeld"
    body = {"name": "sites.csv", "productOffering": ["Outside 100"],
            "content": base64.b64encode(rows.encode()).decode()}  # fmt: skip
    job = region.make(f"{OWN}/addressCheck", body)["id"]
    region.site.work()
    path = f"/api/workspace/v1/jobs/{job}"
    assert region.staff.get(path).json["state"] == "running"
    asked = [one["record"] for one in region.staff.get(f"{path}/line").json]
    for ident, result in zip(asked, ("qualified", "unqualified"), strict=True):
        region.staff.post(f"{OWN}/productOfferingQualification/{ident}/result",
                          {"serviceQualificationItem": [said("1|0", result)]})  # fmt: skip
    with region.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where lane = 'job'")
    region.site.work()
    assert region.staff.get(path).json["state"] == "done"
    lines = region.staff.get(f"{path}/file").content.decode("utf-8-sig").splitlines()
    assert [one.split(",")[6] for one in lines[1:]] == ["qualified", "unqualified"]
    with region.site.services.database.app.connection() as connection:
        reached = connection.execute("select reached from job where id = %s", [job]).fetchone()
    assert reached == ("2",)


def query(region: Region, **service: Any) -> dict[str, Any]:
    return region.make(QUERY, {"searchCriteria": {"service": {"place": [at(**KIRCH)], **service}}})


def named(found: dict[str, Any]) -> dict[str, str | None]:
    """Return what came of the services of a query by name."""
    return {
        one["service"]["serviceSpecification"]["name"]: one.get("qualificationResult")
        for one in found.get("serviceQualificationItem", [])
    }


def test_a_query_asks_outside_about_all_that_is_sold(region: Region, later: Later) -> None:
    """The map, which says otherwise, is not asked. It waits for each service; those stay that can
    be had, with what was said of them. A repeat changes nothing, another answer is refused."""
    made = query(region, serviceCharacteristic=[{"name": "downloadSpeed", "value": 500}])
    assert made["state"] in ("accepted", "inProgress")
    region.site.work()
    assert [one.name for one in later.asked] == sorted(named(made))
    assert {"Copper Line", "Glass Line", "Web Space"} <= set(named(made))
    assert all(one.values == {"downloadSpeed": 500} for one in later.asked)
    assert later.asked[0].where.lines["city"] == "Kranichfeld"
    waiting = region.read(QUERY, made["id"])
    assert (waiting["state"], set(named(waiting).values())) == ("inProgress", {None})
    assert waiting["estimatedResponseDate"]
    of = {one.name: one.item for one in later.asked}
    path = f"{OWN}/queryServiceQualification/{made['id']}/result"

    def told(*items: dict[str, Any]) -> Any:
        return region.staff.post(path, {"serviceQualificationItem": list(items)})

    good = said(of["Glass Line"], expectedServiceAvailabilityDate="2031-04-01T00:00:00Z")
    assert told(said("999")).status_code == 400
    assert told(good).json["state"] == "inProgress"
    rest = [said(ident, "unqualified") for name, ident in of.items() if name != "Glass Line"]
    assert told(*rest).json["state"] == "done"
    done = region.read(QUERY, made["id"])
    assert named(done) == {"Glass Line": "qualified"}
    assert done["serviceQualificationItem"][0]["expectedServiceAvailabilityDate"][:4] == "2031"
    assert done["expirationDate"]
    assert (told(good).status_code, told(*rest).status_code) == (200, 200)
    assert told(said(of["Copper Line"])).status_code == 409
    assert region.read(QUERY, made["id"]) == done
    again = region.staff.post(f"{OWN}/queryServiceQualification/{made['id']}/checkAgain")
    assert again.json["state"] == "inProgress"
    later.is_down = True
    region.site.work()
    failed = region.read(QUERY, made["id"])
    assert (failed["state"], set(named(failed).values())) == ("terminatedWithError", {"none"})
    late = told(*(said(one["id"]) for one in failed["serviceQualificationItem"]))
    assert late.json["state"] == "done"
    one = query(region, serviceSpecification={"id": region.specs["Copper Line"]})
    assert named(one) == {"Copper Line": None}


@pytest.fixture
def called_back(region: Region) -> Iterator[str]:
    """The region's API on a port of this machine, where others call back; its address."""
    server = make_server("127.0.0.1", 0, region.site.app.app, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def settled(region: Region, path: str, ident: str) -> dict[str, Any]:
    """Return a qualification once it is done, or as it is after ten seconds."""
    end = time.monotonic() + 10
    while True:
        region.site.work()
        found = region.read(path, ident)
        if found["state"] == "done" or time.monotonic() > end:
            return found
        time.sleep(0.02)


def test_what_takes_longer_is_told_at_the_address_that_was_named(
    region: Region, called_back: str
) -> None:
    """Services, queries of them (TMF645) and offerings (TMF679): the outside system takes the
    question, and posts what it found out item by item, as a client that may answer."""
    copper = region.specs["Copper Line"]
    with start() as network:
        network.behave(mode="callback", delay_ms=1, result_token=region.staff.token)
        coverage = OutsideCoverage(HttpConnections(network.url), callback_base=called_back)
        use_coverage(region.site.services, coverage)
        try:
            made = region.check(
                item("1", copper, at(**KIRCH, streetNr="11")),
                item("2", copper, at(**KIRCH, streetNr="20")),
            )
            assert results(settled(region, CHECK, made["id"])) == ["qualified", "unqualified"]
            if "Outside 100" not in region.offers:
                region.offer("Outside 100", "Glass Line", 100)
            asked = region.qualify("Outside 100", place=at(**KIRCH, streetNr="20"))
            done = settled(region, OFFER, asked["id"])
            place = [at(**KIRCH, streetNr="11")]
            there = settled(region, QUERY, query(region, place=place)["id"])
            place = [at(**KIRCH, streetNr="20")]
            nowhere = settled(region, QUERY, query(region, place=place)["id"])
        finally:
            use_coverage(region.site.services, None)
    assert {"Copper Line", "Web Space"} <= set(named(there))
    assert (there["state"], nowhere["state"], named(nowhere)) == ("done", "done", {})
    (only,) = done["productOfferingQualificationItem"]
    assert (done["state"], only["qualificationItemResult"]) == ("done", "unqualified")
