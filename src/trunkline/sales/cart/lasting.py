"""How long a cart lasts: it expires when nobody goes on with it."""

from __future__ import annotations

from datetime import timedelta

from trunkline.kernel.behaviour import enrich, handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.sales.cart.shopping_cart import ShoppingCart
from trunkline.shared.period import TimePeriod, end_of
from trunkline.workspace.timer import leased, waits

EXPIRE = "cartExpire"
LASTS = timedelta(days=14)


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
    if cart.status == "active" and end_of(cart.valid_for) is not None:
        work.schedule(NewWork(EXPIRE, cart.id, once=f"cart {cart.id}"))


@handler(EXPIRE)
def expire(services: Services, row: Row) -> None:
    """Let a cart expire at its end, unless somebody has gone on with it."""
    with leased(services, row) as work:
        cart = work.get(ShoppingCart, row.subject)
        end = end_of(cart.valid_for) if cart is not None and cart.status == "active" else None
        if waits(work, row, end):
            return
        queue.finish(work.connection, row)
        if cart is None or end is None:
            return
        with work.edit(ShoppingCart, cart.id) as own:
            last = end_of(own.valid_for)
            if own.status == "active" and last is not None and last <= work.now:
                own.status = "expired"
