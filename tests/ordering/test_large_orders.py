"""Orders of many items: what becomes of the items is written together, and never forgotten."""

from __future__ import annotations

from tests.ordering.scripted import Shop, pending
from trunkline.kernel.work import as_system
from trunkline.ordering import activation
from trunkline.ordering.command import Answer
from trunkline.ordering.roll_up import ITEMS_AT_ONCE_MAX

CANCEL = "/tmf-api/productOrderingManagement/v4/cancelProductOrder"
COUNT = ITEMS_AT_ONCE_MAX + 10


def until_rolled_up(shop: Shop) -> None:
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = now() where kind = 'plan.rollUp'")
    shop.site.work()


def all_but_one(shop: Shop) -> tuple[str, str]:
    """Return an order of which one item hangs at the network, and the key of its command."""
    shop.order(shop.voice())  # brings the line that the others share
    shop.site.work()
    shop.network.script = {"Voice Line": [pending]}
    order = shop.order(*(shop.voice(str(number + 1)) for number in range(COUNT)))
    shop.site.work()
    (hanging,) = [
        one.key for one in shop.network.received if shop.network.orders[one.key].kind == "pending"
    ]
    return order, hanging


def states(shop: Shop, order: str) -> list[str]:
    return sorted(one["state"] for one in shop.read(order)["productOrderItem"])


def test_the_items_of_a_large_order_are_written_together(shop: Shop) -> None:
    """Within a second they say how far they are, also while one hangs; the order is written a few
    times and not once for each item."""
    order, hanging = all_but_one(shop)
    until_rolled_up(shop)
    assert states(shop, order) == ["completed"] * (COUNT - 1) + ["inProgress"]
    with as_system(shop.site.services, "network") as work:
        assert activation.take_answer(work, hanging, Answer("done"))
    shop.site.work()
    assert shop.read(order)["state"] == "completed"
    assert states(shop, order) == ["completed"] * COUNT
    ((version,),) = shop.site.rows("select version from product_order where id = %s", order)
    assert version < COUNT / 2
    until_rolled_up(shop)
    assert shop.site.rows("select 1 from work where kind = 'plan.rollUp'") == []


def test_a_large_order_that_is_called_off_says_so_of_all_its_items(shop: Shop) -> None:
    """What was left to be written later does not come back once the order is canceled."""
    order, _ = all_but_one(shop)
    with shop.site.services.database.app.connection() as connection:
        connection.execute("update work set run_at = run_at + interval '1 h'")
    assert shop.site.admin.post(CANCEL, {"productOrder": {"id": order}}).status_code == 201
    shop.site.work()
    until_rolled_up(shop)
    assert shop.read(order)["state"] == "pendingCancellation"
    assert "completed" not in states(shop, order)
