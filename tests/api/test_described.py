"""What no resource derives is described as well: each route, and what it takes and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import falcon.inspect
import jsonschema_rs
import pytest

from tests.access.hub_site import PARTY, HubSite, listening, open_hub
from tests.ordering.scripted import Shop, refused
from tests.support.program import Site
from trunkline.access.api import TMF672
from trunkline.api import docs
from trunkline.api.described import SCHEMAS, own_verbs
from trunkline.api.docs_page import example
from trunkline.kernel.resource import registry
from trunkline.rest.verb import Verb

NOT_DESCRIBED = {
    "/oauth/token": "is told as the security scheme",
    "/openapi.json": "is the description", "/openapi/{}.json": "is the description",
    "/docs": "is for people", "/docs/{}": "is for people",
    "/docs/assets/{}": "is for people", "/docs/assets/{}/{}": "is for people",
    "/api/catalog/v1/files/{}/{}": "is the address that an export job tells, with a key of its own",
    "/healthz": "is for the operator's watch", "/readyz": "is for the operator's watch",
    "/version": "is for the operator's watch", "/metrics": "is for the operator's watch",
}  # fmt: skip
# Their form is the network's, and that of the outside system.
CALLBACKS = ("/listener/serviceOrderStateChangeEvent", "/callback/outside/{}/listener/{}")
ALWAYS_REFUSED = {
    ("post", "/tmf-api/event/v4/event"), ("post", "/tmf-api/event/v4/topic/{}/event"),
    *(("delete", f"{TMF672.base}/{one}/{{}}") for one in ("userRole", "permission")),
}  # fmt: skip


def plain(path: str) -> str:
    return re.sub(r"{[^}]+}", "{}", path)


def test_every_route_is_described(site: Site) -> None:
    """A route that integrators cannot find in the description may as well not be there."""
    told = {
        (method, plain(path)) for path, item in docs.describe()["paths"].items() for method in item
    }
    served = {
        (method.method.lower(), plain(route.path))
        for route in falcon.inspect.inspect_routes(site.app.app)
        for method in route.methods
        if not method.internal
    }
    missing = {
        one for one in served - told - ALWAYS_REFUSED
        if one[1] not in NOT_DESCRIBED and not one[1].endswith(CALLBACKS)
    }  # fmt: skip
    offered = {(method, path) for method, path in missing if not is_derived(method, path)}
    assert not offered
    own = {(one.method, plain(one.address)) for one in own_verbs(registry)}
    assert own <= served


def is_derived(method: str, path: str) -> bool:
    """Tell whether a path is a resource's, which answers 405 to what is not in its operations."""
    derived = [one for one in registry if one.published]
    bases = [view.base for one in derived for view in one.api.views] + [
        one.api.base for one in derived
    ]
    ends = {f"/{one.path}" for one in derived} | {f"/{one.path}/{{}}" for one in derived}
    return any(path == base + end for base in bases for end in ends)


def test_schemas_of_verbs_are_theirs_alone() -> None:
    """No type of a record has the name of one, which would take its place in the whole."""
    own = {name for one in own_verbs(registry) for name in (one.about, one.takes, one.answers)}
    assert {one for one in own if one} <= set(SCHEMAS)
    whole = docs.describe()["components"]["schemas"]
    assert {name for name in SCHEMAS if whole[name] != SCHEMAS[name]} == set()


@pytest.fixture(scope="module")
def hub(site: Site) -> Iterator[HubSite]:
    with listening() as listener:
        yield open_hub(site, listener)


@pytest.fixture(scope="module")
def shop(hub: HubSite) -> Shop:
    return Shop.open(hub.site)


def verb(name: str) -> Verb:
    return next(one for one in own_verbs(registry) if one.name == name)


def told(site: Site, called: str, /, body: Any = None, query: str = "", **where: str) -> Any:
    """Do what a verb says as its description says, and check the answer against it."""
    one = verb(called)
    components = docs.describe()["components"]

    def faults(schema_name: str, value: Any) -> list[str]:
        schema = {"$ref": f"#/components/schemas/{schema_name}", "components": components}
        found = jsonschema_rs.Draft202012Validator(schema).iter_errors(value)
        return [f"{list(each.instance_path)}: {each.message}" for each in found]

    if one.takes:
        assert faults(one.takes, body) == []
        assert faults(one.takes, example({"components": components}, SCHEMAS[one.takes])) == []
    path = one.address.format(**where)
    answer = site.admin.call(one.method.upper(), path, body, query_string=query)
    assert str(answer.status_code) == one.status, answer.json
    if one.answers is None:
        return None
    rows = answer.json if one.is_list else [answer.json]
    assert rows
    for row in rows:
        assert faults(one.answers, row) == []
        assert set(row) <= {*SCHEMAS[one.answers]["properties"], "domain", "title", "description",
                            "timeOcurred", "correlationId", "resourceVersion"}  # fmt: skip
    return answer.json


def test_orders_tasks_and_fallout_are_as_described(shop: Shop) -> None:
    site = shop.site
    body = {
        "relatedParty": [{"id": shop.customer, "role": "customer"}],
        "billingAccount": {"id": shop.account},
        "productOrderItem": [shop.fibre()],
    }
    told(site, "simulateOrder", body)
    draft = shop.order(shop.fibre(), state="pending")
    told(site, "simulateDraft", id=draft)
    told(site, "submitDraft", id=draft)
    speeds: dict[str, Any] = {"downloadSpeed": 1000, "uploadSpeed": 500}
    items = [shop.line("1", "Fibre 1G", installation="technician", **speeds), shop.voice()]
    order = shop.order(*items)
    site.work()
    told(site, "planOfProductOrder", id=order)
    ((task, service, resource),) = site.rows(
        "select p.id::text, (select max(service_order::text) from plan_item where root = p.root), "
        "(select max(resource_order::text) from plan_item where root = p.root) "
        "from plan_item p where root = %s and kind = 'manual'", order,
    )  # fmt: skip
    told(site, "planOfServiceOrder", id=service)
    told(site, "planOfResourceOrder", id=resource)
    told(site, "claimTask", id=task)
    told(site, "listTask", query=f"order={order}")
    told(site, "assignTask", {"login": "admin"}, id=task)
    told(site, "releaseTask", id=task)
    told(site, "completeTask", {"evidence": "photo 3"}, id=task)
    shop.network.script["Voice Line"] = [refused] * 7
    for _ in range(5):
        shop.order(shop.fibre(), shop.voice())
    site.work()
    found = [key for (key,) in site.rows("select key from fallout order by key")]
    told(site, "retryManyFallouts", {"fallout": found[:1]})
    told(site, "retryFallout", id=found[1])
    values = [{"name": "downloadSpeed", "value": 500}]
    told(site, "fixAndRetryFallout", {"characteristic": values}, id=found[2])
    told(site, "completeFalloutByHand", {"evidence": "by hand"}, id=found[3])
    told(site, "skipFallout", {"reason": "gone"}, id=found[4])


def test_attributes_and_deliveries_are_as_described(hub: HubSite) -> None:
    site = hub.site
    one = {"type": "Individual", "name": "shoeSize"}
    told(site, "defineOwnAttribute", {"kind": "number", "indexed": False}, **one)
    told(site, "retrieveOwnAttribute", **one)
    told(site, "listOwnAttribute")
    told(site, "removeOwnAttribute", **one)
    made = told(site, "subscribeTMF632", {"callback": hub.listener.callback()})
    told(site, "listSubscriptionTMF632")
    told(site, "retrieveSubscriptionTMF632", id=made["id"])
    person = site.admin.post(f"{PARTY}/individual", {"givenName": "Ada", "familyName": "Byron"})
    site.work()
    hub.deliver()
    (line,) = told(site, "listDelivery", query=f"subject={person.json['id']}")
    told(site, "redeliverDelivery", id=line["id"])
    told(site, "rotateSecret", id=made["id"])
    (event,) = told(site, "listEvent", query=f"subject={person.json['id']}")
    told(site, "retrieveEvent", id=event["id"])
    told(site, "removeSubscriptionTMF632", id=made["id"])
