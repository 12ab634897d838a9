"""Plans as TMF701 tells them: flows of orders, tasks of flows, and a manual task reported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ordering.scripted import Shop
from tests.support import schemas
from trunkline.kernel.actor import Grant

FLOW = "/tmf-api/processFlowManagement/v4/processFlow"


def visited(shop: Shop) -> tuple[str, list[dict[str, Any]]]:
    """Return an order that waits for a person, and its task flows."""
    order, _ = shop.visit()
    answer = shop.site.admin.get(f"{FLOW}/{order}/taskFlow", query_string="limit=100")
    assert answer.status_code == 200, answer.json
    assert answer.headers["X-Total-Count"] == str(len(answer.json))
    return order, answer.json


def test_a_plan_is_a_flow_with_a_task_for_each_step(shop: Shop) -> None:
    """An order by id or key is a flow; it is found by what it makes, by its domain orders and by
    its state, page by page and with chosen attributes. What TMF701 publishes, it fits."""
    order, tasks = visited(shop)
    key = shop.read(order)["key"]
    for ident in (order, key):
        flow = shop.site.admin.get(f"{FLOW}/{ident}").json
        assert (flow["id"], flow["state"]) == (order, "active")
    assert [one["id"] for one in flow["taskFlow"]] == [one["id"] for one in tasks]
    assert flow["relatedEntity"][0]["name"] == key
    named = {one["id"] for task in tasks for one in task.get("relatedEntity", ())}
    for ident in (order, key, *named):
        found = shop.site.admin.get(FLOW, query_string=f"relatedEntity.id={ident}")
        assert [one["id"] for one in found.json] == [order], ident
    for query, count in (("&state=active", 1), ("&state=completed", 0), ("&state=hold", 0)):
        found = shop.site.admin.get(FLOW, query_string=f"relatedEntity.id={order}{query}")
        assert len(found.json) == count
    listed = shop.site.admin.get(FLOW, query_string="limit=1&fields=state")
    assert set(listed.json[0]) == {"id", "href", "state", "@type"}
    one = shop.site.admin.get(f"{FLOW}/{order}/taskFlow/{tasks[0]['id']}").json
    assert one == tasks[0]
    if schemas.is_present():
        assert schemas.faults("TMF701", "ProcessFlow", flow) == []
        assert [fault for one in tasks for fault in schemas.faults("TMF701", "TaskFlow", one)] == []


def test_only_a_manual_task_is_changed_and_only_to_completed(shop: Shop) -> None:
    """It is reported with the same checks as everywhere; all else is for the order to say."""
    order, tasks = visited(shop)
    (manual,) = [
        one for one in tasks if (one["completionMethod"], one["state"]) == ("manual", "active")
    ]
    (end,) = [one for one in tasks if one["taskFlowSpecification"].startswith("Order ")]
    admin = shop.site.admin

    def refused(task: str, body: dict[str, Any]) -> tuple[int, str]:
        answer = admin.patch(f"{FLOW}/{order}/taskFlow/{task}", body)
        fault = answer.json.get("fault")
        return answer.status_code, fault[0]["path"] if fault else answer.json["code"]

    assert refused(manual["id"], {"state": "cancelled"}) == (400, "state")
    assert refused(manual["id"], {"state": "completed", "priority": 1}) == (400, "priority")
    assert refused(manual["id"], {"state": "completed"}) == (400, "resultMissing")
    assert refused(end["id"], {"state": "completed", "completionMethod": "so"})[0] in (404, 409)
    assert admin.post(FLOW, {"processFlowSpecification": "x"}).status_code == 405
    assert admin.delete(f"{FLOW}/{order}").status_code == 405
    assert admin.get(f"{FLOW}/nowhere").status_code == 404
    assert admin.get(f"{FLOW}/{order}/taskFlow/{order}").status_code == 404
    assert admin.get(FLOW, query_string="state=odd").status_code == 400
    done = admin.patch(
        f"{FLOW}/{order}/taskFlow/{manual['id']}",
        {"state": "completed", "completionMethod": "seen on site"},
    )
    assert (done.status_code, done.json["state"]) == (200, "completed")
    shop.site.work()
    assert admin.get(f"{FLOW}/{order}").json["state"] == "completed"


@pytest.mark.parametrize("reads", ["nothing", "others"])
def test_who_may_not_read_an_order_learns_nothing_of_its_flow(shop: Shop, reads: str) -> None:
    """Without a right to orders it is 403; with one to other orders the flow is not there."""
    order, tasks = visited(shop)
    if reads == "nothing":
        client = shop.site.unentitled()
        assert client.get(FLOW).status_code == 403
        assert client.get(f"{FLOW}/{order}").status_code == 403
        return
    rights = {"TMF622:read": Grant("own"), "ordering:completeTask": Grant("all")}
    role = shop.site.role("flow-reader", rights)
    client = shop.site.user("reader", roles=[role], scopes=tuple(rights))
    assert client.get(FLOW).json == []
    one = f"{FLOW}/{order}"
    for address in (one, f"{one}/taskFlow", f"{one}/taskFlow/{tasks[0]['id']}"):
        assert client.get(address).status_code == 404
    report = {"state": "completed", "completionMethod": "not mine"}
    looker = shop.site.role("flow-looker", {"TMF622:read": Grant("all")})
    may_look = shop.site.user("looker", roles=[looker], scopes=("TMF622:read",))
    assert may_look.get(one).status_code == 200
    assert may_look.patch(f"{one}/taskFlow/{tasks[0]['id']}", report).status_code == 403
    assert client.patch(f"{one}/taskFlow/{tasks[0]['id']}", report).status_code == 404
