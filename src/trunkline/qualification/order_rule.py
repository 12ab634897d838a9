"""Orders and expired answers: what an order relies on must still hold when it is sent in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.catalog.closure import present
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.ordering.capture.buyer import buyer_of
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import UNSENT, ProductOrder, must_be_right
from trunkline.ordering.product_order_item import placed_product_items
from trunkline.party.customer import customer_named
from trunkline.qualification.check_offering import ProductOfferingQualification


@rule(ProductOrder)
def order_relies_on_no_expired_answer(
    work: Work, old: ProductOrder | None, new: ProductOrder
) -> Iterator[Fault]:
    """Refuse an order that is sent in with a qualification that has expired or came to nothing,
    or that was made for another customer."""
    was_sent = old is not None and old.internal_state not in UNSENT
    if was_sent or new.internal_state in UNSENT or not must_be_right(new):
        return
    yield from answer_faults(work, list(_named(new)), new)


def answer_faults(
    work: Work, named: Sequence[tuple[str, str]], order: ProductOrder | None = None
) -> Iterator[Fault]:
    """Yield a fault for each named answer (path, id) that does not hold, with what it was.

    Where an `order` names it, it is to be about the order's customer.
    """
    if not named:
        return
    found = present(work, ProductOfferingQualification, [ident for _, ident in named])
    for path, ident in named:
        one = found.get(ident)
        if one is None:
            continue
        if one.qualification_result == "none" or one.state != "done":
            message = f"{one.key} was not answered; check it again first"
            yield Fault(path, "qualificationOpen", message)
        elif one.expiration_date is not None and one.expiration_date <= work.now:
            ended = f"{one.expiration_date:%Y-%m-%d %H:%M} UTC"
            message = f"{one.key} has expired on {ended}; check it again first"
            yield Fault(path, "qualificationExpired", message)
        elif order is not None and _is_anothers(work, one, order):
            message = f"{one.key} is about another customer; check again for this one"
            yield Fault(path, "qualificationForeign", message)


def _is_anothers(work: Work, check: ProductOfferingQualification, order: ProductOrder) -> bool:
    """Tell whether an answer is about another customer than the one that orders."""
    asking, ordering = customer_of(check.related_party), buyer_of(work, order)
    if asking is None or ordering is None:
        return False
    if asking in (ordering.id, ordering.engaged_party.id):
        return False
    found = customer_named(work, asking)
    return found is not None and found.engaged_party.id != ordering.engaged_party.id


def _named(order: ProductOrder) -> Iterator[tuple[str, str]]:
    """Yield where an order names a qualification, and which."""
    for index, one in enumerate(order.product_offering_qualification):
        yield f"productOfferingQualification[{index}].id", one.id
    for path, item in placed_product_items(order.product_order_item):
        for index, one in enumerate(item.qualification):
            yield f"{path}.qualification[{index}].id", one.id
        held = item.product_offering_qualification_item
        if held is not None:
            spot = f"{path}.productOfferingQualificationItem.productOfferingQualificationId"
            yield spot, held.product_offering_qualification_id
