"""Lines that are kept for a positive answer: until it expires, or for good once it is ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from trunkline.kernel.actor import system
from trunkline.kernel.behaviour import handler, on
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.ordering.installed import customer_of
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import CALL_LANE
from trunkline.qualification.check_offering import (
    OfferingQualificationItem,
    ProductOfferingQualification,
)
from trunkline.qualification.check_service import (
    CheckServiceQualification,
    ServiceQualificationItem,
)
from trunkline.qualification.coverage_area import CapacityHold, CoverageArea, QualificationRef
from trunkline.qualification.outside import check_again
from trunkline.qualification.parts import CoverageAreaRef, Reservation
from trunkline.qualification.pool_holding import free_values, keep_values
from trunkline.rest.removal import instead_of_removal
from trunkline.shared.reference import ProductOrderRef
from trunkline.workspace.timer import leased, waits

RELEASE = "qualificationRelease"
Check: TypeAlias = CheckServiceQualification | ProductOfferingQualification
KINDS: Mapping[str, type[Check]] = {
    one.resource.name: one for one in (CheckServiceQualification, ProductOfferingQualification)
}
"""The kinds that lines are kept for; a query keeps none."""
GIVEN_UP = ("rejected", "cancelled", "failed")


@on(
    event(CheckServiceQualification, "created").to("done"),
    event(CheckServiceQualification, "state_changed").to("done"),
    event(ProductOfferingQualification, "created").to("done"),
    event(ProductOfferingQualification, "state_changed").to("done"),
    event(CheckServiceQualification, "changed"),
    event(ProductOfferingQualification, "changed"),
)
def keep_lines(work: Work, check: Check) -> None:
    """Keep a line of its area for each item that can be had, where that was asked for."""
    until = check.expiration_date
    if not check.reserve or check.state != "done" or until is None or until <= work.now:
        return
    kept = {ident: area for ident, area in _qualified(check) if _keep(work, check, ident, area)}
    lost = [ident for ident, _ in _qualified(check) if ident not in kept]
    with work.edit(type(check), check.id) as own:
        for item in _items(own):
            held = _with_values(work, own, item, until)
            if item.id in kept:
                held = held or Reservation()
                held.coverage_area = CoverageAreaRef(id=kept[item.id])
            if held is not None:
                held.until = until
            item.reservation = held
    if kept:
        payload, once = {"kind": check.resource.name}, f"release {check.id} {until.isoformat()}"
        work.schedule(NewWork(RELEASE, check.id, payload=payload, lane=CALL_LANE, once=once))
    if lost:  # somebody else was quicker: what is left is found anew
        check_again(work, type(check), check.id)


def _with_values(
    work: Work, check: Check, item: ServiceQualificationItem | OfferingQualificationItem,
    until: datetime,
) -> Reservation | None:  # fmt: skip
    """Keep a value of each pool that an offering that can be had takes one from."""
    if not isinstance(item, OfferingQualificationItem):
        return None
    if item.qualification_item_result != "qualified":
        return None
    values = keep_values(work, item, customer=customer_of(check.related_party), until=until)
    return Reservation(resource_value=values) if values else None


def _qualified(check: Check) -> Iterator[tuple[str, str]]:
    """Yield the items that can be had, each with the area whose line it takes."""
    for item in _items(check):
        result = (
            item.qualification_result
            if isinstance(item, ServiceQualificationItem)
            else item.qualification_item_result
        )
        if result == "qualified" and item.coverage_area is not None:
            yield item.id, item.coverage_area.id


def _items(check: Check) -> list[ServiceQualificationItem] | list[OfferingQualificationItem]:
    if isinstance(check, CheckServiceQualification):
        return list(check.service_qualification_item)
    return list(check.product_offering_qualification_item)


def _keep(work: Work, check: Check, item: str, area: str) -> bool:
    """Keep a line of an area; False where none is left. Twice keeps one."""
    with work.edit(CoverageArea, area) as held:
        for one in held.hold:
            if one.qualification.id == check.id and one.item == item:
                one.until = check.expiration_date if one.product_order is None else None
                return True
        if held.capacity is None:
            return True
        if held.free is not None and held.free <= 0:
            return False
        reference = QualificationRef(id=check.id, referred_type=check.resource.type_name)
        kept = CapacityHold(qualification=reference, item=item, until=check.expiration_date)
        held.hold = [*held.hold, kept]
    return True


@handler(RELEASE)
def release(services: Services, row: Row) -> None:
    """Give the lines of an answer back when it expires, unless an order was built on it."""
    kind = KINDS[row.payload["kind"]]
    with leased(services, row) as work:
        check = work.get(kind, row.subject)
        until = check.expiration_date if check is not None else None
        if waits(work, row, until):
            return
        queue.finish(work.connection, row)
        if check is not None:
            _give_back(work, check, work.now)


def let_go(work: Work, check: Check) -> None:
    """Give back at once what is kept for an answer, which does not hold from then on."""
    until = check.expiration_date
    if not check.reserve or until is None or until <= work.now:
        return
    for item in _items(check):
        if item.reservation is not None:
            free_values(work, item.reservation.resource_value)
    with work.edit(type(check), check.id) as own:
        own.expiration_date = work.now
        for item in _items(own):
            item.reservation = None
    _give_back(work, check, until)


@instead_of_removal(CheckServiceQualification, ProductOfferingQualification)
def removed_answers_keep_nothing(work: Work, check: Check) -> bool:
    """Give back what is kept for an answer that is removed, whoever removes it."""
    asker, work.actor = work.actor, system(RELEASE)
    try:
        let_go(work, check)
    finally:
        work.actor = asker
    return False


def _give_back(work: Work, check: Check, now: datetime) -> None:
    order = _order_of(work, check)
    for area in {one.id: None for one in _areas(work, check)}:
        with work.edit(CoverageArea, area) as held:
            kept = []
            for one in held.hold:
                if one.qualification.id != check.id or one.until is None or one.until > now:
                    kept.append(one)
                elif order is not None:
                    one.product_order = ProductOrderRef(id=order)
                    one.until = None
                    kept.append(one)
            if kept:
                held.hold = kept
            else:
                held.raw.pop("hold", None)


def _areas(work: Work, check: Check) -> list[CoverageArea]:
    return work.find(CoverageArea, {"hold.qualification.id": check.id})


def _order_of(work: Work, check: Check) -> str | None:
    """Return the order that was built on an answer and not given up."""
    idents = [one for kind, one, _ in work.used_by(check.id) if kind == "ProductOrder"]
    orders = work.many(ProductOrder, idents).values()
    alive = [
        one.id for one in orders if one.state not in GIVEN_UP and one.internal_state != "draft"
    ]
    return next(iter(alive), None)
