"""Contracts and entitlements: their states, what may be changed, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.support.overrides import ACCOUNT, active_customer, made, offering_on_sale
from tests.support.program import Site, open_site
from tests.support.waiting import wait_until
from trunkline.access.standard import ROLES, ensure_roles

BASE = "/api/contract/v1"
CONTRACT, SERVICE, ENTITLEMENT = (
    f"{BASE}/contract", f"{BASE}/serviceContract", f"{BASE}/entitlement",
)  # fmt: skip
DEFINITION, VERIFY = f"{BASE}/entitlementDefinition", f"{BASE}/entitlementVerification"
USES = f"{BASE}/entitlementUse"
QUOTES = "/tmf-api/quoteManagement/v4/quote"
ORDERS = "/tmf-api/productOrderingManagement/v4/productOrder"
PRODUCT = "/tmf-api/productInventory/v4/product"
MESSAGES = "/tmf-api/communicationManagement/v4/communicationMessage"
DAY_S = 86_400


@pytest.fixture(scope="module")
def installed(cluster: str, template: str) -> Iterator[Site]:
    """One installation for all of these; each brings customers and offerings of its own."""
    with open_site(cluster, template) as site:
        yield site


class Shop:
    """A customer with an account, and what may be bought."""

    def __init__(self, site: Site) -> None:
        self.site, self.client = site, site.admin
        self.begun = datetime.now(UTC)
        self.customer = active_customer(self.client)
        self.party = {"id": self.customer, "role": "customer", "@referredType": "Customer"}
        self.account = self.new_account("Ada's account")
        self.offering = offering_on_sale(self.client)

    def new_account(self, name: str) -> str:
        body = {"name": name, "state": "active", "relatedParty": [self.party]}
        return made(self.client, ACCOUNT, body)

    def new(self, path: str, **said: Any) -> dict[str, Any]:
        body = {"relatedParty": [self.party], **said}
        answer = self.client.post(path, body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def read(self, path: str, ident: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{path}/{ident}").json
        return found

    def find(self, path: str, **wanted: str) -> list[dict[str, Any]]:
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        found: list[dict[str, Any]] = self.client.get(f"{path}?{query}").json
        return found

    def did(self, path: str, ident: str, act: str, **said: Any) -> dict[str, Any]:
        answer = self.client.post(f"{path}/{ident}/{act}", said)
        assert answer.status_code in (200, 202), answer.json
        self.site.work()
        found: dict[str, Any] = answer.json
        return found

    def product(self, **said: Any) -> str:
        body = {"name": "Line", "status": "active", **said}
        return str(self.new(PRODUCT, **body)["id"])

    def state(self, path: str, ident: str) -> str:
        return str(self.read(path, ident)["state"])

    def hurry(self) -> None:
        """Make all waiting work due, as if its time had come, and let it happen."""
        with self.site.services.database.app.connection() as connection:
            connection.execute("update work set run_at = now(), lease_until = null")
        self.site.work()

    def comes_to(self, path: str, ident: str, state: str) -> None:
        def there() -> bool:
            self.hurry()
            return self.state(path, ident) == state

        wait_until(there, f"{ident} is {state}")

    def asked(self, **said: Any) -> dict[str, Any]:
        answer = self.client.post(VERIFY, {"customer": self.customer, **said})
        assert answer.status_code == 200, answer.json
        found: dict[str, Any] = answer.json
        return found

    def now(self) -> datetime:
        (offset,) = self.site.rows("select offset_s from clock")[0]
        return self.begun + timedelta(seconds=offset)

    def in_days(self, days: float) -> str:
        return (self.now() + timedelta(days=days)).isoformat()

    def period(self, start: float, end: float) -> dict[str, str]:
        return {"startDateTime": self.in_days(start), "endDateTime": self.in_days(end)}


@pytest.fixture
def shop(installed: Site) -> Shop:
    return Shop(installed)


def codes(answer: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["code"]) for one in answer.json["fault"]}


@pytest.mark.accepts("CON-03")
def test_what_may_be_changed_follows_the_state(shop: Shop) -> None:
    """A draft is changed in everything; in force the start stays and the end moves to a later day;
    lines and coverage are added; at the end all is only read; lines stay within the dates."""
    line = {"id": "a", "productOffering": {"id": shop.offering}, "quantity": 1}
    draft = shop.new(CONTRACT, name="Draft", validFor=shop.period(-1, 100), contractLine=[line])
    key = f"{CONTRACT}/{draft['id']}"
    patch = shop.client.patch
    moved = {"validFor": shop.period(-2, 200), "contractLine": [{**line, "quantity": 5}]}
    assert patch(key, moved).status_code == 200
    for start, end in ((-3, 100), (0, 201)):
        outside = {"contractLine": [{**line, "validFor": shop.period(start, end)}]}
        refused = patch(key, outside)
        assert ("contractLine[0].validFor", "outsideContract") in codes(refused), refused.json
    inside = {"contractLine": [{**line, "quantity": 5, "validFor": shop.period(-1, 150)}]}
    assert patch(key, inside).status_code == 200
    running = patch(key, {"state": "active"}).json
    assert (running["state"], running["contractLine"][0]["state"]) == ("active", "active")
    kept = running["contractLine"][0]
    for change, path, code in (
        ({"validFor": {"startDateTime": shop.in_days(-1)}},
         "validFor.startDateTime", "conflictStartFixed"),
        ({"validFor": {"endDateTime": shop.in_days(0)}}, "validFor.endDateTime", "endNotAhead"),
        ({"contractLine": [{**kept, "quantity": 9}]}, "contractLine[0]", "conflictAgreed"),
        ({"contractLine": []}, "contractLine", "conflictAgreed"),
        ({"relatedParty": [{**shop.party, "id": active_customer(shop.client)}]},
         "relatedParty", "conflictAgreed"),
        ({"state": "cancelled"}, "stateReason", "reasonMissing"),
    ):  # fmt: skip
        refused = patch(key, change)
        assert refused.status_code in (400, 409), (change, refused.json)
        assert (path, code) in codes(refused), refused.json
    assert patch(key, {"validFor": {"endDateTime": shop.in_days(400)}}).status_code == 200
    more = patch(key, {"contractLine": [kept, {"productOffering": {"id": shop.offering}}]})
    assert [one["state"] for one in more.json["contractLine"]] == ["active", "active"]
    assert patch(key, {"state": "expired"}).status_code == 409
    ended = patch(key, {"state": "cancelled", "stateReason": "moved away"}).json
    assert {one["state"] for one in ended["contractLine"]} == {"cancelled"}
    refused = patch(key, {"description": "later"})
    assert {code for _, code in codes(refused)} == {"conflictReadOnly"}
    covered = shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, 9),
                       product=[{"id": shop.product()}])  # fmt: skip
    path = f"{ENTITLEMENT}/{covered['id']}"
    added = [*covered["product"], {"id": shop.product()}]
    assert patch(path, {"product": added}).status_code == 200
    assert ("product", "conflictAgreed") in codes(patch(path, {"product": covered["product"]}))


@pytest.mark.accepts("CON-04")
def test_lines_and_entitlements_rest_with_their_product(shop: Shop) -> None:
    """A product is suspended: its lines and its entitlement rest, other lines run on. It is
    resumed: what has ended meanwhile is expired, what runs on is active again."""
    product, other = shop.product(), shop.product()
    lines = [
        {"id": "long", "product": {"id": product}},
        {"id": "short", "product": {"id": product}, "validFor": shop.period(-1, 5)},
        {"id": "other", "product": {"id": other}},
    ]
    held = shop.new(SERVICE, name="Site", state="active", validFor=shop.period(-1, 50),
                    contractLine=lines)  # fmt: skip
    rights = [
        shop.new(ENTITLEMENT, name=name, state="active", validFor=shop.period(-1, days),
                 serviceContract={"id": held["id"]}, product=[{"id": about}])["id"]
        for name, about, days in (
            ("Long", product, 40), ("Short", product, 5), ("Other", other, 40)
        )
    ]  # fmt: skip

    def stand() -> tuple[list[str], list[str]]:
        shop.site.work()
        found = shop.read(SERVICE, held["id"])
        assert found["state"] == "active"
        return [one["state"] for one in found["contractLine"]], [
            shop.state(ENTITLEMENT, one) for one in rights
        ]

    assert stand() == (["active"] * 3, ["active"] * 3)
    status = {"status": "suspended", "stateReason": "not paid"}
    assert shop.client.patch(f"{PRODUCT}/{product}", status).status_code == 200
    assert stand() == (["suspended", "suspended", "active"],) * 2
    for change in ({"state": "active"}, None):
        address = f"{ENTITLEMENT}/{rights[0]}"
        refused = (
            shop.client.patch(address, change) if change
            else shop.client.post(f"{address}/resume", {})
        )  # fmt: skip
        assert ("state", "conflictRests") in codes(refused), refused.json
    shop.site.move_clock(6 * DAY_S)
    back = {"status": "active", "stateReason": "paid"}
    shop.comes_to(ENTITLEMENT, rights[1], "expired")
    assert shop.client.patch(f"{PRODUCT}/{product}", back).status_code == 200
    assert stand() == (["active", "expired", "active"],) * 2
    gone = {"status": "terminated", "stateReason": "ended"}
    assert shop.client.patch(f"{PRODUCT}/{other}", gone).status_code == 200
    assert stand() == (["active", "expired", "cancelled"],) * 2


@pytest.mark.accepts("CON-05")
def test_what_is_above_ends_what_is_below(shop: Shop) -> None:
    """An entitlement and a line that expire leave their contract as it is; a contract that expires
    by its date ends its service contracts, their lines and entitlements, resting ones as well."""
    above = shop.new(CONTRACT, name="Above", state="active", validFor=shop.period(-1, 20))
    below = [
        shop.new(SERVICE, name=name, state="active", contract={"id": above["id"]},
                 validFor=shop.period(-1, 19), contractLine=[
                     {"id": "1"}, {"id": "2", "validFor": shop.period(-1, 3)}])
        for name in ("One", "Two")
    ]  # fmt: skip
    short, long = (
        shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, days),
                 serviceContract={"id": below[0]["id"]})["id"]
        for days in (3, 18)
    )  # fmt: skip
    shop.did(SERVICE, below[1]["id"], "suspend")
    shop.did(ENTITLEMENT, long, "suspend")
    shop.site.move_clock(4 * DAY_S)
    shop.comes_to(ENTITLEMENT, short, "expired")
    first = shop.read(SERVICE, below[0]["id"])
    assert [one["state"] for one in first["contractLine"]] == ["active", "expired"]
    assert first["state"] == shop.state(CONTRACT, above["id"]) == "active"
    end = {"validFor": {"endDateTime": shop.in_days(5)}}
    assert shop.client.patch(f"{CONTRACT}/{above['id']}", end).status_code == 200
    shop.site.move_clock(6 * DAY_S)
    shop.comes_to(CONTRACT, above["id"], "expired")
    for one in below:
        shop.comes_to(SERVICE, one["id"], "expired")
        lines = shop.read(SERVICE, one["id"])["contractLine"]
        assert {line["state"] for line in lines} == {"expired"}
    shop.comes_to(ENTITLEMENT, long, "expired")


@pytest.mark.accepts("CON-06")
def test_an_entitlement_is_checked_and_used_once(shop: Shop) -> None:
    """Who asks with customer, product, kind of issue and time is told yes or no, by which right, at
    which service level, and what is left. A case uses its units once, however often it asks."""
    product, other = shop.product(), shop.product()
    level = {"metric": "response", "target": 4, "unit": "hours", "name": "Gold"}
    right = shop.new(
        ENTITLEMENT, name="Five visits", state="active", coverageKind="coverageAndUsage",
        unit="visit", totalUnits=5, issueType=["fault"], channel=["phone"],
        product=[{"id": product}], serviceLevel=[level], validFor=shop.period(-10, 10),
    )  # fmt: skip
    told = shop.asked(product=product, issueType="fault", channel="phone")
    assert told["isEntitled"] is True
    (one,) = told["entitlement"]
    assert (one["id"], one["remainingUnits"]) == (right["id"], 5)
    assert one["serviceLevel"] == [level]
    for said, why in (
        ({"product": other}, "notCovered"),
        ({"issueType": "question"}, "notCovered"),
        ({"channel": "chat"}, "notCovered"),
        ({"product": product, "at": shop.in_days(11)}, "notInTime"),
        ({"product": product, "at": shop.in_days(-11)}, "notInTime"),
        ({"customer": active_customer(shop.client)}, "noEntitlement"),
        ({"product": product, "use": {"reference": "big", "units": 6}}, "usedUp"),
    ):
        answer = shop.asked(**said)
        assert (answer["isEntitled"], answer.get("reason")) == (False, why), said
    for case, left in (("T1", 3), ("T1", 3), ("T2", 1), ("T1", 1)):
        used = shop.asked(product=product, use={"reference": case, "units": 2})
        assert (used["isEntitled"], used["entitlement"][0]["remainingUnits"]) == (True, left)
        assert (used["use"]["reference"], used["use"]["units"]) == (case, 2)
    refused = shop.asked(product=product, use={"reference": "T3", "units": 2})
    assert (refused["isEntitled"], refused["reason"]) == (False, "usedUp")
    noted = shop.find(USES, **{"entitlement.id": right["id"]})
    assert sorted(one["reference"] for one in noted) == ["T1", "T2"]
    shop.did(ENTITLEMENT, right["id"], "suspend")
    assert shop.asked(product=product)["reason"] == "notActive"
    for body, code in (({}, "customerMissing"), ({"customer": "nobody"}, "unknownReference"),
                       ({"customer": shop.customer, "use": {}}, "referenceMissing")):  # fmt: skip
        assert code in {found for _, found in codes(shop.client.post(VERIFY, body))}


@pytest.mark.accepts("CON-06")
def test_two_who_ask_at_once_use_it_once(shop: Shop) -> None:
    """The same case asked for by four at once takes one unit; four cases at once take what there
    is and no more."""
    cases: list[list[str]] = [["same"] * 4, ["a", "b", "c", "d"]]
    for names in cases:
        right = shop.new(ENTITLEMENT, name="Two", state="active", totalUnits=2,
                         coverageKind="coverageAndUsage", validFor=shop.period(-1, 1))  # fmt: skip
        barrier, answers = Barrier(4), []

        def ask(name: str, start: Barrier = barrier, told: list[Any] = answers) -> None:
            start.wait()
            use = {"reference": name, "units": 1}
            told.append(shop.client.post(VERIFY, {"customer": shop.customer, "use": use}))

        threads = [Thread(target=ask, args=[name]) for name in names]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        left = shop.read(ENTITLEMENT, right["id"])["remainingUnits"]
        given = sum(1 for one in answers if one.status_code == 200 and one.json["isEntitled"])
        assert (left, given) == ((1, 4) if names[0] == "same" else (0, 2))
        shop.did(ENTITLEMENT, right["id"], "cancel", reason="over")


@pytest.mark.accepts("CON-10")
def test_entitlements_and_service_contracts_have_their_own_api(shop: Shop) -> None:
    """Entitlements are made with a name and a start, and listed or verified by several things at
    once for a customer or an account, ten at a time; service contracts are made, read and found."""
    refused = shop.client.post(ENTITLEMENT, {"relatedParty": [shop.party]})
    assert {path for path, _ in codes(refused)} == {"name", "validFor"}, refused.json
    nobody = {"name": "Help", "validFor": {"startDateTime": shop.in_days(0)}}
    assert ("relatedParty", "customerMissing") in codes(shop.client.post(ENTITLEMENT, nobody))
    no_start = {"name": "Help", "relatedParty": [shop.party], "validFor": {}}
    answer = shop.client.post(ENTITLEMENT, no_start)
    assert "validFor.startDateTime" in {path for path, _ in codes(answer)}
    held = shop.new(SERVICE, name="Site", state="active", billingAccount={"id": shop.account})
    for number in range(12):
        more = {"serviceContract": {"id": held["id"]}} if number % 2 else {}
        shop.new(ENTITLEMENT, name=f"Help {number}", state="active", **more,
                 billingAccount={"id": shop.account},
                 validFor={"startDateTime": shop.in_days(-1)})  # fmt: skip
    for who in (f"customer={shop.customer}", f"account={shop.account}"):
        first = shop.client.get(f"{VERIFY}?{who}").json
        assert (len(first["entitlement"]), first["hasMore"], first["total"]) == (10, True, 12)
        rest = shop.client.get(f"{VERIFY}?{who}&offset=10").json
        assert (len(rest["entitlement"]), rest["hasMore"]) == (2, False)
        both = shop.client.get(f"{VERIFY}?{who}&serviceContract={held['id']}&limit=4").json
        assert (len(both["entitlement"]), both["hasMore"], both["total"]) == (4, True, 6)
    found = shop.find(ENTITLEMENT, **{"billingAccount.id": shop.account, "state": "active",
                                      "serviceContract.id": held["id"]})  # fmt: skip
    assert len(found) == 6
    both = f"customer={shop.customer}&account={shop.new_account('Other')}"
    other = shop.client.get(f"{VERIFY}?{both}")
    assert other.json["total"] == 0
    assert shop.client.get(VERIFY).status_code == 400
    (served,) = shop.find(SERVICE, **{"billingAccount.id": shop.account})
    assert served["id"] == held["id"]


def test_who_may_do_what(shop: Shop) -> None:
    """Sales makes contracts and uses no entitlement; care uses them and makes no contract; the fee
    for an early end is waived by who may do that."""
    ensure_roles(shop.site.services)
    sales, care, manager = (
        shop.site.user(f"of-{one}", roles=[one], scopes=tuple(ROLES[one].permissions))
        for one in ("sales", "care", "sales_manager")
    )
    rule = {"kind": "fixed", "amount": {"value": 99, "unit": "EUR"}}
    body = {"relatedParty": [shop.party], "name": "Office", "state": "active",
            "terminationRule": rule, "validFor": shop.period(-1, 50)}  # fmt: skip
    assert care.post(CONTRACT, body).status_code == 403
    held = sales.post(CONTRACT, body)
    assert held.status_code == 201, held.json
    address = f"{CONTRACT}/{held.json['id']}/cancel"
    waived = {"reason": "moves", "feeWaiverReason": "goodwill"}
    assert sales.post(address, waived).status_code == 403
    ended = manager.post(address, waived)
    assert (ended.status_code, ended.json["terminationFee"]["isWaived"]) == (200, True), ended.json
    shop.new(ENTITLEMENT, name="Help", state="active", validFor=shop.period(-1, 5))
    asked = {"customer": shop.customer, "use": {"reference": "T1"}}
    assert sales.post(VERIFY, asked).status_code == 403
    assert sales.get(f"{VERIFY}?customer={shop.customer}").json["isEntitled"] is True
    used = care.post(VERIFY, asked)
    assert (used.status_code, used.json["use"]["reference"]) == (200, "T1"), used.json
