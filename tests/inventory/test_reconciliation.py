"""Our inventory held against somebody else's: what differs is listed, and brought right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inventory.other_inventory import OtherInventory
from tests.inventory.page_budget import must_be_cheap
from tests.ordering.scripted import Shop
from tests.support.program import Site
from tests.web.browser import Browser, words_of
from trunkline.access.standard import ensure_roles
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.ordering.design.calling import use_outside
from trunkline.ordering.reconciling import comparison

OWN = "/api/inventory/v1"
DIFFERENCE = f"{OWN}/inventoryDifference"
RECONCILIATION = f"{OWN}/reconciliation"
SERVICE = "/tmf-api/serviceInventory/v4/service"
SPECIFICATION = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification"
RESOURCE = "/tmf-api/resourceInventoryManagement/v4/resource"
SYSTEM = "/api/ordering/v1/outsideSystem"
JOBS = "/api/workspace/v1/jobs"
MERGE = {"Content-Type": "application/merge-patch+json"}
DAY_S = 86_400


class Desk:
    """Somebody who compares the services of one customer with the inventory `code`."""

    def __init__(self, site: Site, other: OtherInventory, code: str) -> None:
        self.site, self.other, self.code = site, other, code
        self.shop = Shop.open(site)
        system = {"code": code, "name": f"Inventory {code}", "url": f"https://{code}.example.com"}
        assert site.admin.post(SYSTEM, system).status_code == 201
        asked = [{"name": "speed", "valueType": "integer", "configurable": True}]
        line = {"name": f"Line of {code}", "serviceType": "RFS", "specCharacteristic": asked,
                "lifecycleStatus": "Active"}  # fmt: skip
        answer = site.admin.post(SPECIFICATION, line)
        assert answer.status_code == 201, answer.json
        self.specification = answer.json["id"]

    def service(self, name: str, theirs: str | None, **values: Any) -> str:
        """Make a service of ours that carries an id of theirs."""
        body: dict[str, Any] = {
            "name": name, "state": "active", "serviceSpecification": {"id": self.specification},
            "serviceCharacteristic": [{"name": n, "value": v} for n, v in values.items()],
            "relatedParty": [{"id": self.shop.customer, "role": "customer",
                              "@referredType": "Customer"}],
            "place": [{"id": self.shop.place, "role": "installation",
                       "@referredType": "GeographicSite"}],
        }  # fmt: skip
        if theirs is not None:
            body["externalIdentifier"] = [{"id": theirs, "owner": self.code}]
        answer = self.site.admin.post(SERVICE, body)
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    def read(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = self.site.admin.get(f"{SERVICE}/{service}").json
        return found

    def value(self, service: str, name: str) -> Any:
        listed = self.read(service)["serviceCharacteristic"]
        return next((one["value"] for one in listed if one["name"] == name), None)

    def compares(self, **more: Any) -> dict[str, Any]:
        sent = {"system": self.code, "kind": "Service", **more}
        begun = self.site.admin.post(RECONCILIATION, sent)
        assert begun.status_code == 202, begun.json
        self.site.work()
        report: dict[str, Any] = self.site.admin.get(begun.json["href"]).json
        assert report.get("state") == "done", report
        return report

    def found(self, status: str = "open") -> dict[tuple[str, str], dict[str, Any]]:
        query = f"system={self.code}&status={status}&limit=100"
        listed = self.site.admin.get(DIFFERENCE, query_string=query).json
        return {(one["differenceKind"], one.get("attribute", one["subject"])): one
                for one in listed}  # fmt: skip

    def does(self, action: str, *differences: dict[str, Any], **more: Any) -> dict[str, Any]:
        body = {"action": action, "reason": "They are right", **more,
                "difference": [{"id": one["id"]} for one in differences]}  # fmt: skip
        begun = self.site.admin.post(f"{DIFFERENCE}/correct", body)
        assert begun.status_code == 202, begun.json
        self.site.work()
        job: dict[str, Any] = self.site.admin.get(begun.json["href"]).json
        assert job["state"] == "done", job
        self.lines = self.site.admin.get(f"{begun.json['href']}/line").json
        return {"states": [one["state"] for one in self.lines]}


def told(ident: str, name: str = "Line", state: str = "active", **values: Any) -> dict[str, Any]:
    """Return a service as the other inventory says it."""
    listed = [{"name": n, "value": v} for n, v in values.items()]
    return {"id": ident, "name": name, "state": state, "serviceCharacteristic": listed}


@pytest.fixture
def other(site: Site) -> OtherInventory:
    found = OtherInventory()
    use_outside(site.services, found)
    return found


@pytest.fixture
def desk(site: Site, other: OtherInventory) -> Desk:
    made = site.rows("select count(*) from outside_system")[0][0]
    return Desk(site, other, f"legacy{made}")


@pytest.mark.accepts("INV-07")
def test_differences_are_listed_and_brought_right(desk: Desk, other: OtherInventory) -> None:
    """Every kind of difference is found with both values; theirs is taken, ours told, an order
    made, one left alone. What was brought right is closed by the next comparison, and what was
    left alone stays so."""
    same = desk.service("Same", "L-1", speed=100)
    slow = desk.service("Slow", "L-2", speed=100, note="x")
    off = desk.service("Off", "L-3", speed=50)
    gone = desk.service("Gone", "L-4")
    by_number = desk.service("By number", None, msisdn="4915200000001")
    desk.service("Not there, and need not be", None)
    other.records = {one["id"]: one for one in (
        told("L-1", speed="100"), told("L-2", speed=200, note="y", vendor="Nordtel"),
        told("L-3", state="inactive", speed=50), told("L-5", name="Only there", speed=7),
        told("L-6", msisdn="4915200000001"), told("L-7", state="terminated"),
    )}  # fmt: skip
    other.records["L-5"]["serviceSpecification"] = {"name": "Fibre Access"}
    other.records["L-1"]["relatedParty"] = [{"name": "Somebody else", "role": "customer"}]
    other.records["L-1"]["place"] = [{"name": "Elsewhere 1"}]

    report = desk.compares()
    assert report["difference"] == {
        "characteristic": 3, "state": 1, "missingHere": 1, "missingThere": 1, "identifier": 1,
        "owner": 1, "place": 1,
    }  # fmt: skip
    found = desk.found()
    speed = found["characteristic", "speed"]
    assert (speed["ours"], speed["theirs"], speed["record"]["id"]) == (100, 200, slow)
    assert (found["owner", same]["theirs"]) == "Somebody else"
    assert found["missingThere", gone]["record"]["id"] == gone
    assert "firstSeenAt" in speed

    both = [{"id": speed["id"]}, {"id": found["owner", same]["key"]}]
    sent = {"action": "takeTheirs", "reason": "x", "difference": both}
    tried = desk.site.admin.post(f"{DIFFERENCE}/try", sent)
    good, bad = tried.json["tried"]
    assert (good["fault"], desk.value(slow, "speed")) == ([], 100)
    assert "Somebody else" in bad["fault"][0]["message"]

    taken = [speed, found["state", off], found["missingHere", "L-5"],
             found["missingThere", gone], found["identifier", by_number]]  # fmt: skip
    assert desk.does("takeTheirs", *taken) == {"states": ["changed"] * 5}, desk.lines
    assert desk.value(slow, "speed") == 200
    stopped = desk.read(off)
    assert (stopped["state"], stopped["stateReason"]) == ("inactive", "They are right")
    assert desk.read(gone)["state"] == "terminated"
    (kept,) = desk.read(gone)["externalIdentifier"]
    assert (kept["isValid"], kept["reason"]) == (False, "They are right")
    assert desk.read(by_number)["externalIdentifier"][0]["id"] == "L-6"

    assert desk.does("sendOurs", found["characteristic", "note"]) == {"states": ["changed"]}
    assert {one["name"]: one["value"] for one in other.records["L-2"]["serviceCharacteristic"]} == {
        "speed": 200, "note": "x", "vendor": "Nordtel"}  # fmt: skip
    until = "2999-01-01T00:00:00Z"
    desk.does("ignore", found["owner", same], until=until)

    desk.compares()
    assert set(desk.found()) == {("characteristic", "vendor"), ("place", same)}
    assert desk.found("ignored")["owner", same]["reason"] == "They are right"
    assert len(desk.found("closed")) == 6
    assert desk.read(same)["state"] == "active"


def test_an_order_brings_it_right_and_is_waited_for(desk: Desk, other: OtherInventory) -> None:
    """A difference in a value becomes a service order; until that has ended nothing is open."""
    slow = desk.service("Slow", "L-2", speed=100)
    other.records = {"L-2": told("L-2", speed=200)}
    desk.compares()
    speed = desk.found()["characteristic", "speed"]
    desk.does("order", speed)
    ordered = desk.site.admin.get(f"{DIFFERENCE}/{speed['id']}").json
    order = ordered["correctingOrder"]
    assert (ordered["status"], order["@referredType"]) == ("ordered", "ServiceOrder")
    made = desk.site.admin.get(f"/tmf-api/serviceOrdering/v4/serviceOrder/{order['id']}").json
    assert (made["category"], made["state"]) == ("reconciliation", "completed")
    assert desk.value(slow, "speed") == 200
    desk.compares()
    assert (desk.found(), desk.found("ordered")) == ({}, {})


def test_a_file_is_compared_and_a_decision_ends(desk: Desk, site: Site) -> None:
    """Rows of a table are as good as an interface; what was left alone until a day comes back,
    and so does what says something else since."""
    one = desk.service("One", "L-1", speed=100, ready=True)
    rows = "id;name;state;speed;ready\nL-1;One;active;{speed};true\n"
    desk.compares(file=rows.format(speed=300))
    (difference,) = desk.found().values()
    assert (difference["ours"], difference["theirs"]) == (100, "300")
    desk.does("ignore", difference, until="2099-06-01T00:00:00Z")
    desk.compares(file=rows.format(speed=300))
    assert (desk.found(), len(desk.found("ignored"))) == ({}, 1)
    site.move_clock(80 * 365 * DAY_S)
    desk.compares(file=rows.format(speed=300))
    site.move_clock(-80 * 365 * DAY_S)
    assert desk.found()["characteristic", "speed"]["id"] == difference["id"]
    desk.does("ignore", difference)
    desk.compares(file=rows.format(speed=400))
    assert desk.found()["characteristic", "speed"]["id"] == difference["id"]
    desk.does("takeTheirs", difference)
    assert desk.value(one, "speed") == 400
    bad = site.admin.post(RECONCILIATION, {"system": desk.code, "kind": "Service",
                                           "file": "id;name\n;None\nL-1;a\nL-1;b\n"})  # fmt: skip
    assert [one["code"] for one in bad.json["fault"]] == ["badValue", "twice"]


def test_a_comparison_is_stopped_broken_off_and_goes_on(
    desk: Desk, other: OtherInventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that is away, a process that dies in the middle, a stop: each time it goes on where
    it was, and every difference is there once."""
    for number in range(4):
        desk.service(f"Line {number}", f"L-{number}", speed=1)
        other.records[f"L-{number}"] = told(f"L-{number}", speed=2)
    other.is_away = True
    sent = {"system": desk.code, "kind": "Service"}
    begun = desk.site.admin.post(RECONCILIATION, sent).json
    desk.site.work()
    assert desk.site.admin.get(begun["href"]).json["state"] == "failed"
    other.is_away = False
    job = f"{JOBS}/{begun['id']}"
    whole, calls = comparison.keep, [0]

    def dies(work: Any, about: Any, seen: Any) -> int:
        calls[0] += 1
        made = whole(work, about, seen)
        if calls[0] == 3:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(comparison, "keep", dies)
    assert desk.site.admin.post(f"{job}/resume").status_code == 200
    with pytest.raises(KeyboardInterrupt):
        desk.site.work()
    assert len(desk.found()) == 1  # by attribute: two of four were noted
    assert desk.site.rows("select count(*) from inventory_difference where p_system = %s",
                          desk.code) == [(2,)]  # fmt: skip
    twice = desk.site.admin.post(RECONCILIATION, sent)
    assert (twice.status_code, twice.json["code"]) == (409, "conflictRunning")
    assert desk.site.admin.post(f"{job}/stop").status_code == 200
    assert desk.site.admin.post(f"{job}/resume").status_code == 200
    with desk.site.services.database.app.connection() as connection:
        connection.execute("update work set lease_until = null where kind = 'job'")
    desk.site.work()
    assert desk.site.admin.get(begun["href"]).json["state"] == "done"
    rows = desk.site.rows("select count(*), count(distinct p_subject) from inventory_difference "
                          "where p_system = %s", desk.code)  # fmt: skip
    assert rows == [(4, 4)]
    other.is_away = True
    old = desk.site.admin.post(RECONCILIATION, sent).json
    desk.site.work()
    other.is_away = False
    desk.compares()
    assert desk.site.admin.post(f"{JOBS}/{old['id']}/resume").status_code == 200
    desk.site.work()
    ended = desk.site.admin.get(f"{JOBS}/{old['id']}").json
    assert (ended["state"], "newer comparison" in ended["message"]) == ("failed", True)
    listed = desk.site.admin.get(RECONCILIATION).json
    assert {
        one["kind"]: one["difference"]["characteristic"]
        for one in listed if one["system"] == desk.code
    } == {"Service": 4}  # fmt: skip
    kept = "select count(*) from reconciliation_record where job = %s"
    assert desk.site.rows(kept, begun["id"]) == [(0,)]


def test_each_step_needs_its_right(desk: Desk, other: OtherInventory, site: Site) -> None:
    """Comparing, deciding and taking theirs are rights of their own; of strangers' nothing is
    seen."""
    desk.service("Slow", "L-2", speed=100)
    other.records = {"L-2": told("L-2", speed=200)}
    desk.compares()
    (speed,) = desk.found().values()
    whole = Grant("all", EVERY_CLASS)
    looks = {"InventoryDifference:read": whole, "TMF638:read": whole}
    looker = site.user("looker", roles=[site.role("difference-lookers", looks)],
                       scopes=tuple(looks))  # fmt: skip
    decides = {**looks, "InventoryDifference:update": whole, "TMF638:update": whole}
    decider = site.user("decider", roles=[site.role("difference-deciders", decides)],
                        scopes=tuple(decides))  # fmt: skip
    sent = {"system": desk.code, "kind": "Service"}
    assert looker.get(f"{DIFFERENCE}/{speed['id']}").status_code == 200
    assert looker.post(RECONCILIATION, sent).status_code == 403
    body = {"action": "takeTheirs", "reason": "x", "difference": [{"id": speed["id"]}]}
    assert looker.post(f"{DIFFERENCE}/correct", body).status_code == 403
    tried = decider.post(f"{DIFFERENCE}/try", body).json["tried"]
    assert "inventory:changeState" in tried[0]["fault"][0]["message"]
    left = decider.post(f"{DIFFERENCE}/correct", {**body, "action": "ignore"})
    assert left.status_code == 202
    assert site.stranger().get(f"{DIFFERENCE}/{speed['id']}").status_code == 404
    ensure_roles(site.services)
    scopes = (*decides, "InventoryDifference:create", "inventory:changeState")
    manager = site.user("manager", roles=["inventory_manager"], scopes=scopes)
    assert manager.post(f"{DIFFERENCE}/try", body).json["tried"][0]["fault"] == []
    assert manager.post(RECONCILIATION, sent).status_code == 202
    seller = site.user("seller", roles=["sales"], scopes=("TMF638:read",))
    assert seller.post(RECONCILIATION, sent).status_code == 403
    assert site.unentitled().get(DIFFERENCE).status_code == 403
    nowhere = {"system": "nowhere", "kind": "Service"}
    assert site.admin.post(RECONCILIATION, nowhere).status_code == 400


def test_theirs_is_told_of_what_it_lacks_and_what_it_has_too_much(
    desk: Desk, other: OtherInventory, site: Site
) -> None:
    """Resources by TMF639: a state is told, one that they lack is made there and its new id kept,
    one that we do not know is removed there; while they are away nothing is noted as told."""

    def port(name: str, theirs: str, **more: Any) -> str:
        said = {"name": name, "resourceStatus": "available", **more,
                "externalIdentifier": [{"id": theirs, "owner": desk.code}]}  # fmt: skip
        made = site.admin.post(RESOURCE, said)
        assert made.status_code == 201, made.json
        return str(made.json["id"])

    port("Port 1", "P-1")
    lacks = port("Port 2", "P-2", serialNumber="S-2")
    other.records = {
        "P-1": {"id": "P-1", "name": "Port 1", "resourceStatus": "suspended"},
        "P-9": {"id": "P-9", "name": "Port 9", "resourceStatus": "available"},
    }
    desk.compares(kind="Resource")
    found = desk.found()
    assert {kind for kind, _ in found} == {"state", "missingThere", "missingHere"}
    other.is_away = True
    assert desk.does("sendOurs", *found.values()) == {"states": ["refused"] * 3}
    assert desk.found().keys() == found.keys()
    other.is_away = False
    assert desk.does("sendOurs", *found.values()) == {"states": ["changed"] * 3}
    assert sorted(one for one, _ in other.told) == ["DELETE", "PATCH", "POST"]
    assert other.records["P-1"]["resourceStatus"] == "available"
    gone, new = site.admin.get(f"{RESOURCE}/{lacks}").json["externalIdentifier"]
    assert (gone["id"], gone["isValid"], new["isValid"]) == ("P-2", False, True)
    assert other.records[new["id"]]["serialNumber"] == "S-2"
    desk.compares(kind="Resource")
    assert desk.found() == {}


def test_somebody_compares_and_decides_on_the_pages(
    desk: Desk, browser: Browser, other: OtherInventory
) -> None:
    """A file is compared, the kinds of differences lead to the list, what is selected there is
    tried and done; each page costs three statements at the most."""
    slow = desk.service("Slow", "L-2", speed=100)
    page, correct = "/reconciliation", "/reconciliation/correct"
    rows = "id,name,speed\nL-2,Slow,200\n"
    wrong = uploaded(browser, desk.code, f"{rows}L-2,Slow,300\n")
    assert (wrong.status_code, "stands there already" in wrong.text) == (400, True)
    assert uploaded(browser, desk.code, rows).status_code == 303
    desk.site.work()
    shown = must_be_cheap(browser, page)
    assert f"{desk.code} · Services" in (said := words_of(shown))
    assert f'<option value="{desk.code}">Inventory {desk.code}</option>' in shown
    named = browser.post(page, {"system": desk.code, "other": "nobody's", "kind": "Service"})
    assert (named.status_code, "names no outside system" in named.text) == (400, True)
    assert "Characteristic 1" in said
    (speed,) = desk.found().values()
    must_be_cheap(browser, f"/r/inventoryDifference/{speed['key']}")
    asked = must_be_cheap(browser, f"{correct}?about={speed['id']}")
    assert "Take theirs" in asked
    chosen = {"id": speed["id"], "state": "", "action": "takeTheirs", "reason": ""}
    unsaid = browser.post(correct, {**chosen, "step": "preview"})
    assert (unsaid.status_code, "say why" in unsaid.text) == (400, True)
    chosen["reason"] = "They measured it"
    tried = words_of(browser.post(correct, {**chosen, "step": "preview"}).text)
    assert "100 200 Fine" in tried
    assert browser.post(correct, {**chosen, "step": "start"}).status_code == 303
    desk.site.work()
    assert desk.value(slow, "speed") == 200


def uploaded(browser: Browser, system: str, content: str) -> Any:
    """Send the form of the page with a file."""
    browser.get("/reconciliation")
    fields = {"csrf": browser.csrf, "system": system, "kind": "Service"}
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="file"; filename="theirs.csv"'
    file = f"--cut\r\n{head}\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--cut--\r\n"
    body = "".join([*parts, file])
    return browser.app.simulate_post(
        "/reconciliation", body=body, cookies=browser.cookies,
        headers={"Content-Type": "multipart/form-data; boundary=cut"},
    )  # fmt: skip
