"""Two customers' orders meet: each sees in the own plan that there is another, and not which."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import falcon.testing
import pytest

from tests.ordering.scripted import Shop, pending
from tests.support.program import Client, Site
from tests.web.browser import Browser, source_of, words_of
from trunkline.access.standard import ensure_roles
from trunkline.api.app import make_app
from trunkline.kernel.actor import Grant
from trunkline.kernel.work import as_system
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.shown_plan import ANOTHER
from trunkline.settings import load
from trunkline.web.app import add_routes

PLAN = "/api/ordering/v1"
SERVICE_ORDER = "/tmf-api/serviceOrdering/v4/serviceOrder"
SERVICE = "/tmf-api/serviceInventory/v4/service"
SITE = "/tmf-api/geographicSiteManagement/v4/geographicSite"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"


@pytest.fixture(scope="module")
def pages(site: Site) -> falcon.testing.TestClient:
    """The API and the pages in one program."""
    ensure_roles(site.services)
    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    return falcon.testing.TestClient(app)


def plan_of(client: Client, order: str) -> dict[str, Any]:
    answer = client.get(f"{PLAN}/productOrder/{order}/plan")
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


@dataclass
class Reader:
    """A customer who reads, by the API and in a browser."""

    api: Client
    browser: Browser

    def plan(self, order: str) -> dict[str, Any]:
        return plan_of(self.api, order)

    def page(self, key: str) -> str:
        answer = self.browser.get(f"/my/orders/{key}")
        assert answer.status_code == 200
        return source_of(answer)


def reader_of(shop: Shop, pages: falcon.testing.TestClient, login: str) -> Reader:
    """Return the customer of a shop, who reads at home."""
    customer = shop.site.admin.get(f"/tmf-api/customerManagement/v4/customer/{shop.customer}").json
    party = customer["engagedParty"]["id"]
    api = shop.site.user(login, roles=["self_service"], party=party, scopes=("TMF622:read",))
    browser = Browser(pages)
    assert browser.sign_in(login).status_code == 303
    return Reader(api, browser)


def service_order(shop: Shop, *, customer: str, service: str) -> dict[str, Any]:
    """Let the program order a change of a service for somebody, and begin it."""
    body = {
        "relatedParty": [{"id": customer, "role": "customer"}],
        "serviceOrderItem": [
            {"id": "1", "action": "modify",
             "service": {"id": service,
                         "serviceCharacteristic": [{"name": "profile", "value": "B"}]}}
        ],
    }  # fmt: skip
    with as_system(shop.site.services, "tests") as work:
        ident = work.add(ServiceOrder.wrap(body)).id
    shop.site.work()
    found: dict[str, Any] = shop.site.admin.get(f"{SERVICE_ORDER}/{ident}").json
    return found


def line_of(shop: Shop, order: str) -> tuple[str, str]:
    """Return the id and the key of the line that an order made."""
    ((ident, key),) = shop.site.rows(
        "select s.id::text, s.key from service s join plan_item p on p.service = s.id "
        "where p.root = %s and s.p_name = 'Fibre Access' and p.direction = 'do'",
        order,
    )
    return ident, key


def two_on_one_line(shop: Shop, neighbour: Shop, partner: str) -> tuple[dict[str, Any], ...]:
    """Return an order whose line is under way and one of a tenant, by a partner, that waits."""
    neighbour.network.script = {"Fibre Access": [pending]}
    first = shop.order(shop.fibre())
    shop.site.work()
    line, _ = line_of(shop, first)
    parties = [
        {"id": shop.customer, "role": "customer"},
        {"id": neighbour.customer, "role": "tenant"},
    ]
    answer = shop.site.admin.patch(f"{SERVICE}/{line}", {"relatedParty": parties})
    assert answer.status_code == 200, answer.json
    by = {"id": partner, "role": "partner", "@referredType": "Organization"}
    tenant = [{"id": neighbour.customer, "role": "customer"}, by]
    item = neighbour.voice("1")
    item["product"]["place"] = place = shop.voice("1")["product"]["place"]
    both = [{"id": one.customer, "role": "customer"} for one in (shop, neighbour)]
    answer = shop.site.admin.patch(f"{SITE}/{place[0]['id']}", {"relatedParty": both})
    assert answer.status_code == 200, answer.json
    second = neighbour.order(item, relatedParty=tenant)
    shop.site.work()
    assert shop.steps(second) == {"wait": "waiting"}
    return shop.read(first), shop.read(second)


def shown(found: Any) -> str:
    return json.dumps(found) if not isinstance(found, str) else unescape(re.sub(r"\s+", " ", found))


def test_a_customer_learns_that_another_order_is_waited_for_and_not_which(
    shop: Shop, pages: falcon.testing.TestClient
) -> None:
    """Ada's line is being changed for the company next door when she orders voice: her plan says
    that it waits, and neither whose order that is, nor how it is called, nor its steps."""
    had = shop.order(shop.fibre())
    shop.site.work()
    line, line_key = line_of(shop, had)
    ada = reader_of(shop, pages, "ada-waits")
    neighbour = Shop.open(shop.site)
    neighbour.network.script = {"Fibre Access": [pending]}
    other = service_order(neighbour, customer=neighbour.customer, service=line)
    second = shop.read(shop.order(shop.voice("1")))
    shop.site.work()
    assert shop.steps(second["id"]) == {"wait": "waiting"}
    ((step,),) = shop.site.rows("select id::text from plan_item where root = %s and node_key = '1'",
                                other["id"])  # fmt: skip

    plan = ada.plan(second["id"])
    (wait,) = plan["item"]
    for hidden in (other["id"], other["key"], step):
        assert hidden not in shown(plan)
        assert hidden not in shown(ada.page(second["key"]))
    assert wait["name"] == f"Wait for {ANOTHER}"
    assert wait["reason"] == f"{line_key} is still being worked on by {ANOTHER}"
    assert wait["awaits"] == [{"order": {"name": ANOTHER}, "record": {"id": line, "key": line_key}}]
    assert f"It waits for {ANOTHER}" in words_of(ada.page(second["key"]))

    (seen,) = plan_of(shop.site.admin, second["id"])["item"]
    assert seen["name"] == f"Wait for order {other['key']}"
    assert other["key"] in seen["reason"]
    assert seen["awaits"][0]["order"] == {"id": other["id"], "key": other["key"]}


def test_neither_of_two_who_share_a_line_learns_who_the_other_is(
    shop: Shop, pages: falcon.testing.TestClient
) -> None:
    """A tenant's order waits for the line that Ada's builds: the tenant, the tenant's dealer and
    Ada each see that there is another order. The owner's records stay out of the tenant's plan."""
    tenant = Shop.open(shop.site)
    body = {"tradingName": "Dealer", "isLegalEntity": True}
    dealer = shop.site.admin.post("/tmf-api/party/v4/organization", body).json["id"]
    first, second = two_on_one_line(shop, tenant, dealer)
    line, line_key = line_of(shop, first["id"])
    ada, other = reader_of(shop, pages, "ada-owns"), reader_of(tenant, pages, "tenant")
    by = shop.site.user(
        "dealer", roles=["partner"], party=dealer, partner=dealer, scopes=("TMF622:read",)
    )

    for told in (ada.plan(first["id"]), ada.page(first["key"])):
        assert second["id"] not in shown(told)
        assert second["key"] not in shown(told)
    (awaited,) = [one for one in ada.plan(first["id"])["item"] if "awaitedBy" in one]
    assert awaited["awaitedBy"] == [{"name": ANOTHER}]

    for told in (other.plan(second["id"]), plan_of(by, second["id"]), other.page(second["key"])):
        for hidden in (first["id"], first["key"], awaited["id"], line, line_key):
            assert hidden not in shown(told)
    (wait,) = plan_of(by, second["id"])["item"]
    assert (wait["name"], wait["reason"]) == (f"Wait for {ANOTHER}", f"{ANOTHER} is under way")
    assert wait["awaits"] == [{"order": {"name": ANOTHER}}]

    staff = shop.site.admin
    (seen,) = [one for one in plan_of(staff, first["id"])["item"] if "awaitedBy" in one]
    assert seen["awaitedBy"] == [{"id": second["id"], "key": second["key"]}]


def test_ones_own_orders_keep_their_names(shop: Shop, pages: falcon.testing.TestClient) -> None:
    """Ada's voice waits for Ada's internet: both are hers, and her page leads from one to the
    other."""
    shop.network.script = {"Fibre Access": [pending]}
    first = shop.read(shop.order(shop.fibre()))
    shop.site.work()
    second = shop.read(shop.order(shop.voice("1")))
    shop.site.work()
    ada = reader_of(shop, pages, "ada-twice")
    (wait,) = ada.plan(second["id"])["item"]
    assert wait["name"] == f"Wait for order {first['key']}"
    assert wait["reason"].endswith(f"is being made by {first['key']}")
    assert f'href="/my/orders/{first["key"]}"' in ada.page(second["key"])
    assert ANOTHER not in shown(ada.plan(first["id"]))


def test_who_takes_a_task_on_learns_no_more_than_who_reads_the_plan(shop: Shop) -> None:
    """A technician who reaches only Ada's orders takes a task on that another order waits for."""
    order, task = shop.visit()
    stranger = Shop.open(shop.site)
    other = stranger.read(stranger.order(stranger.fibre()))
    with shop.site.services.database.app.connection() as connection:
        mark = json.dumps([{"id": other["id"], "key": other["key"]}])
        connection.execute("update plan_item set awaited_by = %s where id = %s", [mark, task])
    customer = shop.site.admin.get(f"/tmf-api/customerManagement/v4/customer/{shop.customer}").json
    grants = {"ordering:completeTask": Grant("own"), "TMF622:read": Grant("own")}
    helper = shop.site.user(
        "technician", roles=[shop.site.role("technician", grants)], scopes=tuple(grants),
        party=customer["engagedParty"]["id"],
    )  # fmt: skip
    claimed = helper.post(f"{PLAN}/task/{task}/claim")
    assert claimed.status_code == 200, claimed.json
    assert claimed.json["awaitedBy"] == [{"name": ANOTHER}]
    (seen,) = [one for one in plan_of(shop.site.admin, order)["item"] if one["id"] == task]
    assert seen["awaitedBy"] == [{"id": other["id"], "key": other["key"]}]
