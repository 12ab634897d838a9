"""An order with a plan, written as the engine writes it, so that pages have something to show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.program import Site
from tests.support.samples import address
from trunkline.kernel.resource import registry
from trunkline.kernel.work import as_system
from trunkline.ordering import plan_store
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.plan_item import PlanItem

SECRET = {"installation": {"contact": "Ada Lovelace"}}


def post(site: Site, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create a record by the API and return it."""
    answer = site.admin.post(address(registry[name]), body)
    assert answer.status_code == 201, answer.json
    created: dict[str, Any] = answer.json
    return created


def fibre_order(site: Site) -> dict[str, Any]:
    """Return Ada's order of a fibre line at a price of its own."""
    ada = post(site, "Individual", {"givenName": "Ada", "familyName": "Lovelace"})
    customer = post(
        site,
        "Customer",
        {"name": "Ada Lovelace", "status": "active", "engagedParty": {"id": ada["id"]}},
    )
    live = {"lifecycleStatus": "Active"}
    specification = post(site, "ProductSpecification", {"name": "Fibre access", **live})
    offering = post(
        site,
        "ProductOffering",
        {
            "name": "Fibre 1G",
            "isSellable": True,
            "productSpecification": {"id": specification["id"]},
            **live,
        },
    )
    price = {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 0}}}
    item = {
        "id": "1",
        "action": "add",
        "productOffering": {"id": offering["id"]},
        "itemPrice": [price],
    }
    owner = [{"id": customer["id"], "role": "customer"}]
    account = post(
        site, "BillingAccount", {"name": "Ada", "state": "active", "relatedParty": owner}
    )
    return post(
        site,
        "ProductOrder",
        {
            "relatedParty": owner,
            "billingAccount": {"id": account["id"]},
            "productOrderItem": [item],
        },
    )


def order_with_plan(site: Site, *, line: str = "running") -> dict[str, Any]:
    """Return an order whose plan has a step in the given state, with a fallout if it is one."""
    order = fibre_order(site)
    uuid = site.services.chance.uuid
    port, access, fibre = uuid(), uuid(), uuid()
    shared: dict[str, Any] = {"root": order["id"], "item_id": "1", "action": "add"}
    with as_system(site.services, "tests") as work:
        plan_store.remove(work, order["id"])
        steps = [
            PlanItem(id=fibre, position=0, node_key="1/product", layer="product", name="Fibre 1G",
                     kind="automatic", needs=(access,), **shared),
            PlanItem(id=access, position=1, node_key="1/access", layer="service", kind="callout",
                     name="Access line", state=line, command_key=uuid(), attempt=1,
                     request=SECRET, characteristic={"downstream": 1000, "port": "A-1"},
                     error_kind="business" if line == "fallout" else None,
                     error_code="noPort" if line == "fallout" else None,
                     needs=(port,), **shared),
            PlanItem(id=port, position=2, node_key="1/port", layer="resource", name="Port",
                     kind="automatic", state="completed", **shared),
        ]  # fmt: skip
        if line == "fallout":
            found = work.add(
                Fallout.wrap(
                    {
                        "taskName": "Access line",
                        "planItemId": access,
                        "productOrder": {"id": order["id"]},
                        "cause": {"kind": "business", "code": "noPort", "message": "no free port"},
                        "attempt": [{"number": 1, "code": "noPort", "request": SECRET}],
                    }
                )
            )
            order["fallout"] = found.key
            steps[1] = replace(steps[1], fallout=found.id)
        plan_store.insert(work, steps)
    return order


def stuck_steps(site: Site, count: int, *, code: str = "timeout") -> list[str]:
    """Return the keys of fallouts of an order that has many steps that stand still."""
    order = fibre_order(site)
    uuid = site.services.chance.uuid
    names = [uuid() for _ in range(count)]
    with as_system(site.services, "tests") as work:
        plan_store.remove(work, order["id"])
        plan_store.insert(
            work,
            [
                PlanItem(id=one, position=place, node_key=f"1/{place}", layer="service",
                         kind="callout", name=f"Line {place}", state="fallout", root=order["id"],
                         command_key=uuid(), item_id="1", action="add", attempt=1,
                         characteristic={"port": "A-1"}, error_kind="technical", error_code=code)
                for place, one in enumerate(names)
            ],
        )  # fmt: skip
        found = [
            Fallout.wrap(
                {"taskName": f"Line {place}", "planItemId": one,
                 "productOrder": {"id": order["id"]},
                 "cause": {"kind": "technical", "code": code, "system": "network",
                           "message": "no answer"}}
            )
            for place, one in enumerate(names)
        ]  # fmt: skip
        work.add(*found)
        return [one.key for one in found]
