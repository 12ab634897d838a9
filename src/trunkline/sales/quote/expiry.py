"""Expiry: an open quote ends by itself when its last day has passed."""

from __future__ import annotations

from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.progress import CALL_LANE
from trunkline.sales.quote.quote import OPEN, Quote
from trunkline.shared.period import end_of
from trunkline.workspace.timer import leased, waits

EXPIRE = "sales.quoteExpiry"


@on(event(Quote, "created"), event(Quote, "changed"))
def watch_quote(work: Work, quote: Quote) -> None:
    """Let a quote expire when its last day has passed, whenever that is by then."""
    if quote.internal_state in OPEN and end_of(quote.valid_for) is not None:
        work.schedule(NewWork(EXPIRE, quote.id, lane=CALL_LANE, once=f"{EXPIRE} {quote.id}"))


@handler(EXPIRE)
def expire(services: Services, row: Row) -> None:
    """Expire a quote that is still open after its last day; look again while that lies ahead."""
    with leased(services, row) as work:
        quote = work.get(Quote, row.subject)
        is_open = quote is not None and quote.internal_state in OPEN
        end = end_of(quote.valid_for) if quote is not None and is_open else None
        if waits(work, row, end):
            return
        queue.finish(work.connection, row)
        if quote is not None and end is not None:
            with work.edit(Quote, quote.id) as held:
                if held.internal_state in OPEN:
                    held.internal_state = "expired"
