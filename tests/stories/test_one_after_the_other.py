"""Two orders of which the second is to begin when the first is done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.operator import CANCEL, FALLOUT, ORDER, OWN, Customer, Operator, Order, codes

NO_PORT = {"kind": "business", "specification": "Fibre Access", "code": "noFreePort", "count": 1}


def after(ada: Customer, first: Order, *items: Any, **more: Any) -> Order:
    link = {"id": first.id, "relationshipType": "startsAfter"}
    return ada.orders(*items, orderRelationship=[link], **more)


@pytest.mark.accepts("ORD-18")
def test_an_order_begins_when_the_one_before_is_done(operator: Operator) -> None:
    """The second waits while the first stands still, says for what, and begins by itself at the
    end; one behind a draft waits as well, until that is submitted and done; a third waits for
    both. Where the first is canceled, the one behind it says so and waits for people."""
    operator.network.behave(fail=[NO_PORT])
    ada = operator.ada()
    first = ada.orders(ada.fibre("1"))
    second = after(ada, first, ada.add("1", "TV Basic"))
    third = after(ada, second, ada.add("1", "TV Basic"))
    operator.settle()
    assert (first.state, second.state) == ("inProgress", "inProgress")
    (wait,) = second.plan["item"]
    assert (wait["kind"], wait["state"]) == ("wait", "waiting")
    assert wait["reason"] == f"starts after {first.key} is completed"
    assert set(second.items.values()) == {"acknowledged"}
    (stopped,) = first.fallouts(state="open")
    assert operator.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    operator.settle()
    assert (first.state, second.state) == ("completed", "completed")
    assert first.read()["completionDate"] <= second.read()["completionDate"]
    operator.hurry()
    assert third.state == "completed"

    draft = ada.orders(ada.add("1", "TV Basic"), state="pending")
    behind = after(ada, draft, ada.add("1", "TV Basic"))
    operator.hurry()
    assert behind.state == "inProgress"
    circle = {"orderRelationship": [{"id": behind.id, "relationshipType": "startsAfter"}]}
    refused = operator.staff.patch(f"{ORDER}/{draft.id}", circle)
    assert codes(refused) == {("conflictOrderCircle", "orderRelationship[0].id")}
    assert operator.staff.post(f"{OWN}/productOrder/{draft.id}/submit", {}).status_code == 200
    operator.settle()
    operator.hurry()
    assert (draft.state, behind.state) == ("completed", "completed")

    given_up = ada.orders(ada.add("1", "TV Basic"), state="pending")
    stranded = after(ada, given_up, ada.add("1", "TV Basic"))
    operator.settle()
    operator.make(CANCEL, {"productOrder": {"id": given_up.id}})
    operator.settle()
    operator.hurry()
    (told,) = stranded.fallouts(state="open")
    assert told["cause"]["code"] == "predecessorEnded"
