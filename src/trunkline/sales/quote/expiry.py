"""Expiry: an open quote ends by itself when its last day has passed."""

from __future__ import annotations

from datetime import datetime

from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.progress import CALL_LANE
from trunkline.sales.quote.quote import OPEN, Quote

EXPIRE = "sales.quoteExpiry"
PAUSE_MAX_S, TEST_PAUSE_S = 3600.0, 1.0


@on(event(Quote, "created"), event(Quote, "changed"))
def watch_quote(work: Work, quote: Quote) -> None:
    """Let a quote expire when its last day has passed, whenever that is by then."""
    if quote.internal_state in OPEN and _end(quote) is not None:
        work.schedule(NewWork(EXPIRE, quote.id, lane=CALL_LANE, once=f"{EXPIRE} {quote.id}"))


@handler(EXPIRE)
def expire(services: Services, row: Row) -> None:
    """Expire a quote that is still open after its last day; look again while that lies ahead."""
    with as_system(services, EXPIRE) as work:
        if not queue.hold(work.connection, row):
            raise LeaseLost(row.kind)
        quote = work.get(Quote, row.subject)
        end = _end(quote) if quote is not None else None
        is_open = quote is not None and quote.internal_state in OPEN and end is not None
        left_s = (end - work.now).total_seconds() if is_open and end is not None else 0.0
        if left_s > 0:
            pause_s = min(left_s, TEST_PAUSE_S if services.test_clock else PAUSE_MAX_S)
            queue.put_back(work.connection, row, pause_s=pause_s, free=True)
            return
        queue.finish(work.connection, row)
        if quote is not None and is_open:
            with work.edit(Quote, quote.id) as held:
                if held.internal_state in OPEN:
                    held.internal_state = "expired"


def _end(quote: Quote) -> datetime | None:
    return quote.valid_for.end_date_time if quote.valid_for is not None else None
