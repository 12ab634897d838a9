"""What an order adds stands in the inventory from its approval on, works when done, or goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.operator import (
    FALLOUT,
    OWN,
    PRODUCT,
    RESOURCE,
    SERVICE,
    Customer,
    Operator,
    Order,
)

POLICY = f"{OWN}/orderPolicy"
KINDS = {PRODUCT: "status", SERVICE: "state", RESOURCE: "resourceStatus"}


@pytest.fixture
def approved(operator: Operator) -> Iterator[Operator]:
    """The operator who approves what comes from one channel."""
    one = operator.make(POLICY, {"name": "Approve", "effect": "approval", "channel": ["inv"]})
    yield operator
    assert operator.staff.delete(f"{POLICY}/{one['id']}").status_code == 204


def held_by(operator: Operator, ada: Customer) -> dict[str, list[str]]:
    """Return the states of what a customer has, by kind of record."""
    return {
        path: sorted(one[name] for one in operator.find(path, relatedParty__id=ada.id, limit="50"))
        for path, name in KINDS.items()
    }


def begun(operator: Operator, ada: Customer) -> Order:
    order = ada.orders(ada.fibre("1"), channel=[{"id": "inv"}])
    operator.settle()
    assert order.read()["internalState"] == "new"
    assert held_by(operator, ada) == {path: [] for path in KINDS}
    answer = operator.staff.post(f"{OWN}/productOrder/{order.id}/approve", {})
    assert answer.status_code == 200
    operator.settle()
    return order


@pytest.mark.accepts("ORD-14")
def test_inventory_is_made_at_approval_and_goes_on_cancel(approved: Operator) -> None:
    """Nothing before the approval; then products, services and resources that do not work yet; all
    active when the order is done. Of a canceled order nothing works, is reserved or stays open."""
    approved.network.behave(
        fail=[{"kind": "business", "specification": "Fibre Access", "code": "full", "count": 2}]
    )
    ada, bo = approved.ada(), approved.ada()
    done, gone = begun(approved, ada), begun(approved, bo)
    for one in (ada, bo):
        states = held_by(approved, one)
        assert all(states.values())
        assert states[PRODUCT] == ["pendingActive"]
        assert "active" not in states[SERVICE]
    (stopped,) = done.fallouts(state="open")
    assert approved.staff.post(f"{FALLOUT}/{stopped['id']}/retry").status_code == 200
    assert gone.cancel()["state"] == "done"
    approved.settle()
    assert (done.state, gone.state) == ("completed", "cancelled")
    there = held_by(approved, ada)
    assert set(there[PRODUCT]) == set(there[SERVICE]) == {"active"}
    left = held_by(approved, bo)
    assert set(left[PRODUCT]) == {"cancelled"}
    assert set(left[SERVICE]) == {"terminated"}
    assert set(left[RESOURCE]) <= {"available"}
    assert approved.in_network() == {"Fibre Access": ["active"]}
