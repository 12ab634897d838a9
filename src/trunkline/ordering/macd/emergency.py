"""Emergency calls: who suspends or ends what carries them has told the customer so.

A product specification says that its products carry emergency calls (`emergencyCalls`): with
`tell` the customer has to be told before they rest or end, with `keep` they do not rest at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering.order_line import Line, lines_that
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right

KEEP = "keep"
# What carries emergency calls of products, with all that is inside them.
CARRIERS = """
with recursive inside(top, id) as (
  select id, id from unnest(%s::uuid[]) as id
  union
  select i.top, r.target from inside i join inventory_reference r on r.source = i.id
  where r.type = 'Product' and r.path = 'product'
)
select distinct i.top::text, p.doc ->> 'name', s.doc ->> 'emergencyCalls'
from inside i join product p on p.id = i.id
join inventory_reference f on f.source = p.id and f.path = 'productSpecification'
join product_specification s on s.id = f.target
where s.doc ->> 'emergencyCalls' is not null
  and p.p_status in ('active', 'suspended', 'pendingTerminate')
order by 1, 2
"""


@rule(ProductOrder)
def emergency_calls_are_thought_of(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse to suspend or end what carries emergency calls before the customer was told so.

    Codes: emergencyNotTold, emergencyCallsKept. What passes to somebody else goes on.
    """
    was_sent = old is not None and old.internal_state not in UNSENT
    if not was_sent and new.internal_state not in UNSENT and must_be_right(new):
        yield from emergency_faults(work, new)


def emergency_faults(work: Work, order: ProductOrder) -> Iterator[Fault]:
    """Yield what an order suspends or ends that carries emergency calls, without a word of it.

    An order that does nothing of that reads nothing.
    """
    lines = [
        one for one in lines_that(order, "suspend", "delete") if UUID.match(one.product_id or "")
    ]
    if not lines or order.ownership_transfer is not None:
        return
    idents = sorted({str(one.product_id) for one in lines})
    carriers: dict[str, list[tuple[str, str]]] = {}
    for top, name, said in work.connection.execute(CARRIERS, [idents]).fetchall():
        carriers.setdefault(top, []).append((name, said))
    for line in lines:
        for name, said in carriers.get(str(line.product_id), ()):
            yield from _faults(line, name, said)


def _faults(line: Line, name: str, said: str) -> Iterator[Fault]:
    if line.action == "suspend" and said == KEEP:
        message = f"emergency calls must stay possible with {name}; bar what else it does instead"
        yield Fault(f"{line.path}.action", "emergencyCallsKept", message)
    elif not line.item.emergency_told:
        message = f"emergency calls end with {name}; tell the customer so, and say that you did"
        yield Fault(f"{line.path}.emergencyTold", "emergencyNotTold", message)
