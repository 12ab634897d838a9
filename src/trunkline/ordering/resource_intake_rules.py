"""What holds for a resource order that is sent in by itself: what does for one of services.

It may be for nobody: a network's own resources have no customer. Where it names one, that counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.capture.handing_in import looked_at, policy_faults
from trunkline.ordering.capture.moving import is_sent_in
from trunkline.ordering.domain_item_rules import is_begun
from trunkline.ordering.intake_rules import customer_faults, sent_before
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.retroactive import RETROACTIVE, is_past, past_fault
from trunkline.ordering.standalone_line import line_faults, lines_alone

SENT_BEFORE = """
select o.key
from resource_order o
join ordering_reference r on r.source = o.id
where o.p_external_id = %s
  and r.target = %s::uuid
  and r.path = 'relatedParty'
  and o.id <> %s::uuid
  and not exists (
    select 1 from ordering_reference w
    where w.source = o.id and w.path in ('productOrder', 'serviceOrder', 'resourceOrder')
  )
order by o.id
limit 1
"""


@rule(ResourceOrder)
def resource_order_may_be_sent(
    work: Work, old: ResourceOrder | None, new: ResourceOrder
) -> Iterator[Fault]:
    """Refuse a resource order by itself that nobody may send, or for a customer who is none.

    It is looked at when it is sent in, and when what it asks for changes before it has begun. So
    is that each item names what to add, or what to change.
    Codes: those of the customer of an order, policyRefuses, retroactiveNotAllowed,
    specificationMissing, recordMissing, dependencyCycle.
    """
    if new.came_from is not None or work.actor.kind == "system" or not _is_due(work, old, new):
        return
    yield from policy_faults(work, new)
    if any((one.role or "").lower() == "customer" for one in new.related_party):
        adds = any(one.action in (None, "add") for one in new.order_item)
        yield from customer_faults(new.related_party, buyer_of(work, new), adds=adds)
    is_said = old is None or old.requested_start_date != new.requested_start_date
    may = work.actor.may(RETROACTIVE) is not None
    if is_said and not may and is_past(new.requested_start_date, work.now):
        yield past_fault("requestedStartDate")
    yield from line_faults(lines_alone(new))


@rule(ResourceOrder)
def resource_order_is_new(
    work: Work, old: ResourceOrder | None, new: ResourceOrder
) -> Iterator[Fault]:
    """Refuse a resource order that its customer has sent before, and name that one."""
    if new.came_from is not None or work.actor.kind == "system":
        return
    if old is None or old.external_id != new.external_id:
        yield from sent_before(work, new, new.id, SENT_BEFORE)


def _is_due(work: Work, old: ResourceOrder | None, new: ResourceOrder) -> bool:
    """Tell whether what an order asks for is to be looked at now."""
    if old is None:
        return True
    if is_begun(old):
        return False
    if looked_at(old) != looked_at(new) or old.requested_start_date != new.requested_start_date:
        return True
    return is_sent_in(old, new) and plan_store.read(work, new.id) is None
