"""Values inside lists that only the program sets cannot be changed by a patch."""

from __future__ import annotations

from tests.support import overrides  # noqa: F401 - a body for product orders
from tests.support.program import Site
from tests.support.samples import address, create
from trunkline.kernel.resource import registry


def test_state_of_an_item_is_not_for_clients(site: Site) -> None:
    """A merge patch with another item state is refused by path; the order stays as it was."""
    order = registry["ProductOrder"]
    made = create(order, site.admin)
    path = f"{address(order)}/{made['id']}"
    items = [{**one, "state": "completed"} for one in made["productOrderItem"]]
    refused = site.admin.patch(path, {"productOrderItem": items})
    assert refused.status_code == 400
    assert refused.json["fault"][0]["path"] == "productOrderItem.state"
    operation = {"op": "replace", "path": "/productOrderItem/0/state", "value": "completed"}
    refused = site.admin.patch(
        path, [operation], headers={"Content-Type": "application/json-patch+json"}
    )
    assert refused.status_code == 400
    assert site.admin.get(path).json["productOrderItem"] == made["productOrderItem"]


def test_other_values_of_an_item_may_change(site: Site) -> None:
    """A patch that sends the items back with their states as they are is taken."""
    order = registry["ProductOrder"]
    made = create(order, site.admin)
    items = [{**one, "operatorRemark": "ring twice"} for one in made["productOrderItem"]]
    taken = site.admin.patch(f"{address(order)}/{made['id']}", {"productOrderItem": items})
    assert taken.status_code == 200, taken.json


def test_states_that_are_left_out_stay(site: Site) -> None:
    """Items sent back without their states, or with them taken off, keep them."""
    order = registry["ProductOrder"]
    made = create(order, site.admin)
    path = f"{address(order)}/{made['id']}"
    states = {"state", "internalState"}
    bare = [
        {name: value for name, value in one.items() if name not in states}
        for one in made["productOrderItem"]
    ]
    taken = site.admin.patch(path, {"productOrderItem": [{**bare[0], "remark": "ring twice"}]})
    item = taken.json["productOrderItem"][0]
    assert item["state"] == made["productOrderItem"][0]["state"]
    assert (item["remark"], states <= item.keys()) == ("ring twice", True)
    remove = [{"op": "remove", "path": "/productOrderItem/0/state"}]
    taken = site.admin.patch(path, remove, headers={"Content-Type": "application/json-patch+json"})
    assert taken.json["productOrderItem"][0] == item
