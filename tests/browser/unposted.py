"""Records of the kinds that nobody posts: they come of what is done with orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Office
from tests.support.samples import address, body_for, create
from trunkline.inventory.billing_feed.feed import use_feed
from trunkline.kernel.resource import Resource, registry
from trunkline.kernel.work import as_system

OWN = "/api/ordering/v1"
Record = dict[str, Any]


def came(resource: Resource, office: Office) -> Record:
    """Return a new record of a resource; what it came of is over, and holds up nobody else."""
    if "create" in resource.operations:
        return create(resource, office.site.admin)
    if resource.name in WRITTEN:
        _written_by_the_program(resource, office)
    else:
        COMES_OF[resource.name](office)
    office.site.work()
    (one, *_) = office.site.admin.get(address(resource)).json
    found: Record = one
    return found


def _held_by_a_policy(office: Office) -> None:
    site = office.site
    policy = _done(site.admin.post(f"{OWN}/orderPolicy", {"name": "All", "effect": "approval"}))
    order = create(registry["ProductOrder"], site.admin)
    site.work()
    _done(site.admin.post(f"{OWN}/productOrder/{order['id']}/approve", {}))
    assert site.admin.delete(f"{OWN}/orderPolicy/{policy['id']}").status_code == 204


def _taken_to_be_carried_in_later(office: Office) -> None:
    client = office.site.admin
    order, later = registry["ProductOrder"], {"Prefer": "respond-async"}
    _done(client.post(address(order), body_for(order, client), headers=later))


def _changed_on_its_way(office: Office) -> None:
    """The customer thinks better of it."""
    client, body = office.site.admin, {"reason": "The customer moves"}
    order = office.keys["waiting"]
    made = _done(client.post(f"{OWN}/productOrder/{order}/revision", body))
    _done(client.post(f"{OWN}/orderRevision/{made['id']}/withdraw", {}))


def _held_against_another_inventory(office: Office) -> None:
    """The other one knows a service that is not here."""
    theirs = {"id": "L-1", "name": "Only there", "state": "active"}
    asked = {"system": "legacy", "kind": "Service", "record": [theirs]}
    _done(office.site.admin.post("/api/inventory/v1/reconciliation", asked))


class _Silent:
    """A system that bills and takes whatever it is told."""

    def tell(self, message: Any, *, key: str) -> None:
        """Take it."""


def _told_to_the_system_that_bills(office: Office) -> None:
    """A product that the customer has is told, as somebody asked."""
    services = office.site.services
    use_feed(services, _Silent())
    path = address(registry["Product"])
    (product,) = office.site.admin.get(path, query_string="status=active&limit=1").json
    _done(office.site.admin.post(f"/api/inventory/v1/product/{product['id']}/tellBilling"))
    office.site.work()
    use_feed(services, None)


def _written_by_the_program(resource: Resource, office: Office) -> None:
    """What comes of many steps is written as the program writes it; only its page is looked at."""
    body = body_for(resource, office.site.admin)
    with as_system(office.site.services, "tests") as work:
        work.add(resource.type.wrap(body))


def _done(answer: Any) -> Record:
    assert answer.status_code in (200, 201, 202), answer.json
    found: Record = answer.json
    return found


WRITTEN = frozenset({"BillRunEntry", "DunningCase", "EntitlementUse", "ServiceCredit"})
COMES_OF: dict[str, Callable[[Office], None]] = {
    "BillingMessage": _told_to_the_system_that_bills,
    "InventoryDifference": _held_against_another_inventory,
    "HeaderTask": _held_by_a_policy,
    "OrderRequest": _taken_to_be_carried_in_later,
    "OrderRevision": _changed_on_its_way,
}
