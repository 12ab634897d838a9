"""The network was away for hours: what piled up is tried again in one go, and watched."""

from __future__ import annotations

import pytest

from tests.stories.conftest import SECRET
from tests.stories.test_answers import call_back, event, operator_address
from tests.support.operator import FALLOUT, Operator, Record


@pytest.mark.accepts("FAL-03")
def test_what_piled_up_is_tried_again_at_once(reachable: Operator) -> None:
    """Three orders fell out, two are chosen and tried again together; how many are still under
    way is seen while the network works them off. The third waits for its own turn."""
    operator = reachable
    operator.network.behave(fail=[{"kind": "technical"}])
    customers = [operator.ada() for _ in range(3)]
    orders = [one.orders(one.fibre("1")) for one in customers]
    operator.settle()
    queue = operator.find(FALLOUT, state="open", cause__code="http503")
    assert {one["productOrder"]["id"] for one in queue} >= {one.id for one in orders}

    def under_way() -> int:
        query = "state=inProgress&limit=1"
        answer = operator.staff.get(FALLOUT, query_string=query)
        return int(answer.headers["x-total-count"])

    before = under_way()
    operator.network.behave(mode="callback", delay_ms=600_000)
    chosen = [one.fallouts()[0]["id"] for one in orders[:2]]
    answer = operator.staff.post(f"{FALLOUT}/retry", {"fallout": chosen})
    assert answer.status_code == 200, answer.json
    assert [(one["id"], one["state"], one["stepState"]) for one in answer.json] == [
        (ident, "inProgress", "ready") for ident in chosen
    ]
    operator.settle()
    assert under_way() == before + 2
    base = operator_address(operator.site.services)
    for left, order in ((1, orders[0]), (0, orders[1])):
        key = order.step("Fibre Access")["request"]["key"]
        status = call_back(
            operator.site.services, f"{base}/{key}", event(order, "completed"), SECRET
        )
        assert status == 204
        operator.settle()
        assert under_way() == before + left
    assert [one.state for one in orders] == ["completed", "completed", "inProgress"]
    assert [one["state"] for one in operator.find(FALLOUT, id=chosen[0])] == ["closedComplete"]
    third = orders[2].fallouts()[0]["id"]
    again = operator.staff.post(f"{FALLOUT}/retry", {"fallout": [chosen[0], third]})
    assert (again.status_code, again.json["code"]) == (409, "conflictNotInFallout")
    assert orders[2].steps["Fibre Access"] == "fallout"


def test_the_list_must_name_something(operator: Operator) -> None:
    bodies: list[Record] = [{}, {"fallout": []}, {"fallout": "FO000001"}]
    for body in bodies:
        answer = operator.staff.post(f"{FALLOUT}/retry", body)
        assert answer.status_code == 400
        assert answer.json["fault"][0]["path"] == "fallout"
    answer = operator.staff.post(f"{FALLOUT}/retry", {"fallout": ["FO999999"]})
    assert answer.status_code == 404
