"""How long a cart lasts: it expires when nobody goes on with it, and gives back what was kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from trunkline.kernel.behaviour import enrich, handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.sales.cart.giving_back import give_back
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.shared.period import TimePeriod

EXPIRE = "cartExpire"
LASTS = timedelta(days=14)
PAUSE_MAX_S, TEST_PAUSE_S = 3600.0, 1.0


@enrich(ShoppingCart)
def a_cart_lasts_two_weeks(work: Work, cart: ShoppingCart) -> None:
    """Let a new cart last from now on, for two weeks where nobody says how long."""
    if cart.valid_for is None:
        cart.valid_for = TimePeriod()
    if cart.valid_for.start_date_time is None:
        cart.valid_for.start_date_time = work.now
    if cart.valid_for.end_date_time is None:
        cart.valid_for.end_date_time = cart.valid_for.start_date_time + LASTS


@on(event(ShoppingCart, "created"), event(ShoppingCart, "changed"))
def watch_over_cart(work: Work, cart: ShoppingCart) -> None:
    """Look at an open cart again when its time is over."""
    if cart.status == "active" and _end(cart) is not None:
        work.schedule(NewWork(EXPIRE, cart.id, once=f"cart {cart.id}"))


@on(event(ShoppingCart, "state_changed").to("expired", "abandoned"))
def let_go_of_what_was_kept(work: Work, cart: ShoppingCart) -> None:
    """Give back the numbers, lines and times that were kept for a cart that is not ordered."""
    give_back(work, cart)


@handler(EXPIRE)
def expire(services: Services, row: Row) -> None:
    """Let a cart expire at its end, unless somebody has gone on with it."""
    with as_system(services, EXPIRE) as work:
        if not queue.hold(work.connection, row):
            raise LeaseLost(row.kind)
        cart = work.get(ShoppingCart, row.subject)
        end = _end(cart) if cart is not None and cart.status == "active" else None
        left_s = (end - work.now).total_seconds() if end is not None else 0.0
        if left_s > 0:
            pause_s = min(left_s, TEST_PAUSE_S if services.test_clock else PAUSE_MAX_S)
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
        queue.finish(work.connection, row)
        if cart is None or end is None:
            return
        with work.edit(ShoppingCart, cart.id) as own:
            last = _end(own)
            if own.status == "active" and last is not None and last <= work.now:
                own.status = "expired"


def _end(cart: ShoppingCart) -> datetime | None:
    return cart.valid_for.end_date_time if cart.valid_for is not None else None
