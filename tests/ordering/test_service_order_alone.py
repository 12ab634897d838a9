"""What a service order by itself may not do that one of products may not do either."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.ordering.test_items import ITEM, about, codes
from tests.ordering.test_standalone import (
    RESOURCE_ORDER,
    SERVICE_ORDER,
    body,
    line,
    place,
    read,
    specification,
)
from tests.support.program import Site
from trunkline.kernel.work import as_system
from trunkline.workspace.people import person_who
from trunkline.workspace.tasks import ME

OWN = "/api/ordering/v1"
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"


def service_of(shop: Shop) -> str:
    """Return a service that the customer has."""
    made = place(shop, line(shop, "1", "Wholesale Line"))
    return str(made["serviceOrderItem"][0]["service"]["id"])


def changed(shop: Shop, ident: str, **values: Any) -> Any:
    return shop.site.admin.patch(f"{SERVICE_ORDER}/{ident}", values)


def test_what_is_added_is_new_and_the_customers(shop: Shop) -> None:
    """An id with `add` would change what somebody else has, and a party in the item would give
    the new service to somebody else: neither is taken, at once or by a patch."""
    service = service_of(shop)
    eve = Shop.open(shop.site)
    wanted = line(eve, "1", "Wholesale Line")
    foreign = {**wanted, "service": {**wanted["service"], "id": service}}
    post = shop.site.admin.post
    assert codes(post(SERVICE_ORDER, body(eve, foreign))) == {("notAllowed", f"{ITEM}.service.id")}
    party = [{"id": shop.customer, "role": "customer"}]
    given = {**wanted, "service": {**wanted["service"], "relatedParty": party}}
    assert codes(post(SERVICE_ORDER, body(eve, given))) == {
        ("customerForeign", f"{ITEM}.service.relatedParty[0].id")
    }
    for moves in ((), ("held",)):
        made = post(SERVICE_ORDER, body(eve, wanted, state="pending")).json["id"]
        for state in moves:
            assert changed(eve, made, state=state).status_code == 200
        patched = changed(eve, made, serviceOrderItem=[foreign])
        assert codes(patched) == {("notAllowed", f"{ITEM}.service.id")}
    own = [{"id": eve.customer, "role": "customer"}]
    mine = {**wanted, "service": {**wanted["service"], "relatedParty": own}}
    assert place(eve, mine)["state"] == "completed"


@pytest.mark.parametrize("state", ["held", "acknowledged"])
def test_two_pending_orders_do_not_pass_each_other(shop: Shop, state: str) -> None:
    """The second one is refused whichever way it leaves its waiting."""
    service = service_of(shop)
    wanted = body(shop, about("suspend", service), state="pending")
    first, second = (shop.site.admin.post(SERVICE_ORDER, wanted).json["id"] for _ in range(2))
    assert changed(shop, first, state="held").status_code == 200
    assert codes(changed(shop, second, state=state)) == {
        ("conflictOpenOrder", f"{ITEM}.service.id")
    }
    assert changed(shop, first, state="inProgress").status_code == 200
    shop.site.work()
    assert read(shop, first)["state"] == "completed"


def test_an_order_put_back_to_pending_keeps_its_service(shop: Shop) -> None:
    """It waits for its day; another order for the service is refused until it is done."""
    service = service_of(shop)
    wanted = body(shop, about("suspend", service))
    later = wanted | {"requestedStartDate": "2031-05-01T00:00:00Z"}
    first = shop.site.admin.post(SERVICE_ORDER, later).json["id"]
    shop.site.work()
    assert changed(shop, first, state="pending").status_code == 200
    assert codes(shop.site.admin.post(SERVICE_ORDER, wanted)) == {
        ("conflictOpenOrder", f"{ITEM}.service.id")
    }
    assert changed(shop, first, state="inProgress").status_code == 200


def test_nobody_says_of_an_order_which_order_it_came_from(shop: Shop) -> None:
    """Who could say so would switch off what is looked at; what came from one keeps saying it."""
    service = service_of(shop)
    bought = shop.order(shop.fibre())
    shop.site.work()
    post, patch = shop.site.admin.post, shop.site.admin.patch
    said: dict[str, Any] = {"productOrder": {"id": bought}, "productOrderItemId": "1"}
    alone = {
        "relatedParty": [{"id": shop.customer, "role": "customer"}],
        "serviceOrderItem": [about("suspend", service)],
    }
    both = {("notWritable", name) for name in said}
    assert codes(post(SERVICE_ORDER, alone | said)) == both
    wanted = specification(shop, "resource_specification", "Phone Number")
    resource = {"orderItem": [{"id": "1", "action": "add", "resource": {"name": "Port"},
                               "resourceSpecification": {"id": wanted}}]}  # fmt: skip
    of_service = {"serviceOrder": {"id": "1"}, "serviceOrderItemId": "1"}
    assert codes(post(RESOURCE_ORDER, resource | said | of_service)) == {
        ("notWritable", name) for name in said | of_service
    }
    query = f"productOrder.id={bought}&limit=1"
    for path in (SERVICE_ORDER, RESOURCE_ORDER):
        (found,) = shop.site.admin.get(path, query_string=query).json
        assert found["productOrder"]["id"] == bought
        refused = patch(f"{path}/{found['id']}", {"productOrder": None})
        assert codes(refused) == {("notWritable", "productOrder")}


def test_what_a_policy_refuses_is_refused_on_both_ways(shop: Shop) -> None:
    """By channel, by action and by a condition over the order, at the line that it is about."""
    service = service_of(shop)
    bought = shop.order(shop.fibre())
    shop.site.work()
    product = shop.products(shop.read(bought))[0]["id"]
    admin = shop.site.admin
    policy = {"name": "Not at the door", "effect": "refuse", "channel": ["door"],
              "action": ["suspend"],
              "condition": "order.category == 'home' && worth.monthly < 1.0"}  # fmt: skip
    made = admin.post(f"{OWN}/orderPolicy", policy)
    assert made.status_code == 201, made.json
    try:
        at_door = {"channel": [{"id": "door"}], "category": "home"}
        services = body(shop, about("suspend", service), **at_door)
        products = {
            "relatedParty": services["relatedParty"], "billingAccount": {"id": shop.account},
            "productOrderItem": [{"id": "1", "action": "suspend", "product": {"id": product}}],
        }  # fmt: skip
        refused = codes(admin.post(ORDER, products | at_door))
        assert refused == {("policyRefuses", "productOrderItem[0].action")}
        assert codes(admin.post(SERVICE_ORDER, services)) == {("policyRefuses", f"{ITEM}.action")}
        draft = admin.post(SERVICE_ORDER, services | {"state": "pending", "category": "office"})
        assert draft.status_code == 201, draft.json
        other = body(shop, about("suspend", service), category="home")
        taken = admin.post(SERVICE_ORDER, other | {"channel": [{"id": "shop"}]})
        assert taken.status_code == 201, taken.json
    finally:
        assert admin.delete(f"{OWN}/orderPolicy/{made.json['id']}").status_code == 204


def test_who_may_not_do_something_is_not_given_it_by_me(site: Site) -> None:
    """`me` is asked like any other login."""
    for may in (True, False):
        with as_system(site.services, "tests") as work:
            found = person_who(work, ME, lambda one, may=may: may)  # type: ignore[misc]
            assert found == (work.actor if may else None)
