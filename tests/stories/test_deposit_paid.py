"""Deposits: paid before an order begins, declined, lost on the way, and given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stories.test_looked_at_first import TASK, TV, do, inside, policy, somebody, tasks
from tests.support.operator import Operator, Order, Record, codes
from trunkline.adapters.payments import HttpPayments
from trunkline.kernel.work import as_system
from trunkline.ordering.payment.payments import use_payments
from trunkline.ordering.product_order import ProductOrder

__all__ = ["policy"]
PAYMENTS = "/tmf-api/payment/v4"
FORTY = {"unit": "EUR", "value": 40}


@pytest.fixture
def paid(operator: Operator) -> Iterator[Operator]:
    """The operator with a payment provider, which the simulator plays."""
    url = operator.network.url + PAYMENTS
    use_payments(operator.site.services, HttpPayments(url, operator.network.token()))
    yield operator
    use_payments(operator.site.services, None)


def asked(operator: Operator, order: Order) -> Record:
    operator.settle()
    (task,) = tasks(operator, order, kind="prepayment")
    return task


def pay(operator: Operator, task: Record, token: str) -> Any:
    return operator.staff.post(f"{TASK}/{task['id']}/pay", {"token": token})


def theirs(operator: Operator, task: Record) -> tuple[str, float, float]:
    """Return how the payment of a task stands with the provider: state, taken, given back."""
    ident = task["payment"]["externalId"]
    found = operator.network.ask("GET", f"{PAYMENTS}/payment/{ident}")
    return found["status"], found["captured"]["value"], found["refunded"]["value"]


def test_an_order_begins_when_its_deposit_is_paid(paid: Operator, policy: Any) -> None:
    """A policy asks for 40 EUR first. A card that is declined holds the order, and says why;
    another one pays, and the order is carried out. Part of it is given back, then the rest."""
    made = policy("Pay first", "prepayment", deposit=FORTY)
    assert made["deposit"]["unit"] == "EUR"
    ada = paid.ada()
    order = ada.orders(ada.add("1", TV))
    task = asked(paid, order)
    assert (inside(order), task["deposit"]["value"]) == ("enrichmentInProgress", 40)
    nobody = paid.site.unentitled().post(f"{TASK}/{task['id']}/pay", {"token": "x"})
    assert nobody.status_code == 403
    assert pay(paid, task, "card-decline").json["paymentState"] == "requested"
    assert pay(paid, task, "card-1").status_code == 409
    task = asked(paid, order)
    assert (task["payment"]["state"], task["payment"]["code"]) == ("refused", "paymentDeclined")
    assert "token" not in task["payment"]
    assert inside(order) == "enrichmentInProgress"
    assert pay(paid, task, "card-2").status_code == 200
    task = asked(paid, order)
    assert (order.state, task["state"], task["payment"]["state"]) == (
        "completed", "done", "captured"
    )  # fmt: skip
    assert theirs(paid, task) == ("captured", 40, 0)
    clerk = somebody(paid, "HeaderTask:read", "HeaderTask:update", "ordering:takePayment")
    back = f"{TASK}/{task['id']}/refund"
    assert clerk.post(back, {"reason": "kind"}).status_code == 403
    assert codes(paid.staff.post(back, {"amount": 41, "reason": "kind"})) == {
        ("amountTooHigh", "amount")
    }  # fmt: skip
    for amount, state, whole in ((15, "captured", 15), (5, "captured", 20), (None, "refunded", 40)):
        said = {"reason": "kind"} | ({"amount": amount} if amount else {})
        assert paid.staff.post(back, said).status_code == 200
        task = asked(paid, order)
        assert theirs(paid, task) == (state, 40, whole)
        assert task["payment"]["returned"]["value"] == whole
    assert paid.staff.post(back, {"reason": "kind"}).status_code == 409


def test_a_lost_answer_is_asked_for_and_never_paid_twice(paid: Operator, policy: Any) -> None:
    """The answer to the reservation gets lost: the outcome is asked for, and taken once. The order
    is rejected by whoever looks at it too; what was paid goes back."""
    policy("Pay first", "prepayment", deposit=FORTY)
    policy("Looked at", "approval")
    ada = paid.ada()
    order = ada.orders(ada.add("1", TV))
    task = asked(paid, order)
    paid.network.behave(lost_answer={"count": 1})
    assert pay(paid, task, "card-1").status_code == 200
    task = asked(paid, order)
    assert (task["payment"]["state"], task["payment"]["code"]) == ("requested", "noAnswer")
    assert inside(order) == "enrichmentInProgress"
    paid.hurry()
    task = asked(paid, order)
    assert (task["payment"]["state"], inside(order)) == ("captured", "new")
    sent = {one["key"]: one["effects"] for one in paid.commands() if task["id"] in one["key"]}
    assert sent == {f"{task['id']} authorize 1": 1, f"{task['id']} capture 1": 1}
    (first,) = [one for one in paid.commands() if "authorize" in one["key"]]
    assert first["received"] == 1
    assert do(paid, order, "reject", comment="not now").status_code == 200
    task = asked(paid, order)
    assert (task["payment"]["state"], theirs(paid, task)) == ("refunded", ("refunded", 40, 40))


def test_what_is_reserved_for_an_order_that_ended_meanwhile_is_let_go(
    paid: Operator, policy: Any
) -> None:
    """The order is rejected while its deposit is on the way: nothing is taken for it."""
    policy("Pay first", "prepayment", deposit=FORTY)
    ada = paid.ada()
    order = ada.orders(ada.add("1", TV))
    task = asked(paid, order)
    paid.network.behave(lost_answer={"count": 1})
    assert pay(paid, task, "card-1").status_code == 200
    paid.settle()
    assert do(paid, order, "reject", comment="not now").status_code == 200
    paid.hurry()
    (task,) = tasks(paid, order)
    assert (task["state"], task["payment"]["state"]) == ("canceled", "refunded")
    assert theirs(paid, task)[:2] == ("released", 0)


def test_the_rest_goes_back_where_the_order_ends_while_a_part_does(
    paid: Operator, policy: Any
) -> None:
    """A part is on its way back when the order is rejected: the rest follows. So it does where the
    policies that asked for it have been forgotten by then."""
    policy("Pay first", "prepayment", deposit=FORTY)
    policy("Looked at", "approval")
    for amount in (15, None):
        ada = paid.ada()
        order = ada.orders(ada.add("1", TV))
        task = asked(paid, order)
        assert pay(paid, task, "card-1").status_code == 200
        task = asked(paid, order)
        if amount:
            body = {"amount": amount, "reason": "kind"}
            assert paid.staff.post(f"{TASK}/{task['id']}/refund", body).status_code == 200
        else:
            with (
                as_system(paid.site.services, "test") as work,
                work.edit(ProductOrder, order.id) as held,
            ):
                held.intake_policy = []
        assert do(paid, order, "reject", comment="not now").status_code == 200
        task = asked(paid, order)
        assert (task["payment"]["state"], theirs(paid, task)) == (
            "refunded", ("refunded", 40, 40))  # fmt: skip


def test_policies_say_how_much(operator: Operator) -> None:
    """A prepayment without an amount is refused, and so is an amount for anything else."""
    path = f"{TASK.replace('headerTask', 'orderPolicy')}"
    for body, code in (
        ({"effect": "prepayment"}, "missing"),
        ({"effect": "prepayment", "deposit": {"value": 40}}, "missing"),
        ({"effect": "approval", "deposit": FORTY}, "unexpected"),
    ):
        answer = operator.staff.post(path, {"name": "Odd", **body})
        assert codes(answer) == {(code, "deposit")}
