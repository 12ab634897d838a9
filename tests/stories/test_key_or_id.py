"""Every record has an id and a number, and answers to either wherever somebody names it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.operator import (
    ACCOUNT,
    ADDRESS,
    CUSTOMER,
    ORDER,
    PARTY,
    PRODUCT,
    SITE,
    Operator,
    Record,
)
from tests.web.browser import Browser
from trunkline.workspace import search_index

LEAD = "/tmf-api/sales/v4/salesLead"
CAMPAIGN = "/api/campaign/v1/marketingCampaign"
V5 = "/tmf-api/productOrderingManagement/v5/productOrder"


@pytest.fixture
def records(operator: Operator) -> dict[str, Record]:
    """Ada's records of every kind that she has, by path."""
    ada = operator.ada()
    order = ada.has(ada.fibre("1"))
    site = operator.read(SITE, ada.places[0])
    return {
        f"{PARTY}/individual": operator.read(f"{PARTY}/individual", ada.party),
        CUSTOMER: operator.read(CUSTOMER, ada.id),
        ACCOUNT: operator.read(ACCOUNT, ada.account),
        SITE: site,
        ADDRESS: operator.read(ADDRESS, site["place"][0]["id"]),
        ORDER: order.read(),
        PRODUCT: operator.read(PRODUCT, order.product()["id"]),
    }


@pytest.mark.accepts("TSM-01")
def test_every_kind_is_found_by_number_and_by_id(
    operator: Operator, records: dict[str, Record]
) -> None:
    """A customer, account, person, address, lead, campaign and order each have an id and a number
    of their own, and the interface and the search take either."""
    lead = operator.make(LEAD, {"familyName": "Byron"})
    campaign = {"code": "numbered", "name": "Numbered", "campaignType": "upSell"}
    everything = {**records, LEAD: operator.read(LEAD, lead["id"]),
                  CAMPAIGN: operator.make(CAMPAIGN, campaign)}  # fmt: skip
    assert len({one["key"] for one in everything.values()}) == len(everything)
    search_index.catch_up(operator.site.services)
    for path, one in everything.items():
        for name in (one["id"], one["key"]):
            assert operator.read(path, name)["id"] == one["id"]
            answer = operator.staff.get("/api/workspace/v1/search", params={"q": name})
            assert one["key"] in [each["key"] for each in answer.json], (path, name)
    taken = operator.staff.patch(f"{CAMPAIGN}/numbered", {"key": lead["key"]})
    assert taken.status_code == 200
    assert operator.read(CAMPAIGN, "numbered")["key"] == everything[CAMPAIGN]["key"]


def test_id_and_number_lead_to_the_same_record(
    operator: Operator, browser: Browser, records: dict[str, Record]
) -> None:
    """By address, in a filter, in what refers to it, in the other version and on the pages."""
    prefixes = set()
    for path, one in records.items():
        assert one["id"] != one["key"]
        prefixes.add(one["key"][:3])
        for name in (one["id"], one["key"], one["id"].upper()):
            assert operator.read(path, name) == one
            assert [each["id"] for each in operator.find(path, id=name)] == [one["id"]]
        kind = path.rpartition("/")[2]
        page = {"productOrder": "order", "customer": "r/customer"}.get(kind, f"r/{kind}")
        for name in (one["id"], one["key"]):
            answer = browser.get(f"/{page}/{name}")
            assert answer.status_code in (200, 303), (page, name)
    assert len(prefixes) == len(records)
    customer, order = records[CUSTOMER], records[ORDER]
    for path in (ORDER, PRODUCT, ACCOUNT, SITE):
        found = [{one["id"] for one in operator.find(path, relatedParty__id=name)}
                 for name in (customer["id"], customer["key"])]  # fmt: skip
        assert found[0] == found[1] == {records[path]["id"]}
    by_key = {"name": "By key", "relatedParty": [{"id": customer["key"], "role": "customer"}]}
    assert operator.make(ACCOUNT, by_key)["relatedParty"][0]["id"] == customer["id"]
    assert operator.read(V5, order["key"])["id"] == operator.read(V5, order["id"])["id"]


def test_a_number_is_found_however_it_is_typed(operator: Operator) -> None:
    """In the one box, with signs in between and in small letters; so is the code that it has."""
    ada = operator.ada()
    key = operator.read(CUSTOMER, ada.id)["key"]
    assert operator.staff.patch(f"{CUSTOMER}/{ada.id}", {"code": "vip-77.q"}).status_code == 200
    search_index.catch_up(operator.site.services)
    for typed in (key, f"{key[:3]}-{key[3:]}".lower(), f" {key[:3]} {key[3:]}", "VIP-77.Q",
                  "vip77q"):  # fmt: skip
        answer = operator.staff.get("/api/workspace/v1/search", params={"q": typed})
        assert key in [one["key"] for one in answer.json], typed


def test_two_clerks_give_one_code_at_once(operator: Operator) -> None:
    """One of them has it; the other is told who has."""
    ada = operator.ada()

    def make(number: int) -> Any:
        body = {"name": f"Twin {number}", "code": "TWINS", "engagedParty": {"id": ada.party}}
        return operator.staff.post(CUSTOMER, body)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(make, range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert len(operator.find(CUSTOMER, code="TWINS")) == 1
