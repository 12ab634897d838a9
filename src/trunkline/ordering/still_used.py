"""Still used: what other things go on running on is not ended, neither by order nor by hand.

A service runs on those that support it and those that it says that it relies on; a product is
realized by services and resources. What ends in the same order, or with what ends there, does not
count: an order of a product ends what is below it by itself, and nothing that others use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from trunkline.catalog.closure import present
from trunkline.documents.errors import Fault
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.behaviour import rule
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.ordering.capture.linked import followed
from trunkline.ordering.domain_item_rules import OPEN, is_begun
from trunkline.ordering.installed import is_live, name_of, relying_on, users
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.ordering.standalone_line import DomainOrder, lines_alone

NAMED_MAX = 5
ITEMS = ("serviceOrderItem", "orderItem")

User = Product | Service


@rule(ServiceOrder, ResourceOrder)
def order_ends_nothing_that_is_used(
    work: Work, old: DomainOrder | None, new: DomainOrder
) -> Iterator[Fault]:
    """Refuse to end by itself what other things go on running on. Code: conflictInUse.

    What is ordered to come after other orders is looked at when these are done.
    """
    if new.came_from is not None or work.actor.kind == "system" or is_begun(new):
        return
    is_sent = old is None or (old.state != new.state and new.state in OPEN)
    if (
        not is_sent
        and old is not None
        and all(old.raw.get(one) == new.raw.get(one) for one in ITEMS)
    ):
        return
    if not any(followed(new)):
        yield from ending_faults(work, new)


@rule(Service)
def service_in_use_is_not_ended_by_hand(
    work: Work, old: Service | None, new: Service
) -> Iterator[Fault]:
    """Refuse to say by hand that a service has ended that other things go on running on."""
    if old is None or not is_live(old) or is_live(new) or work.actor.kind == "system":
        return
    if old.state_reason == new.state_reason:
        return  # an order ends it: by hand each change has a reason of its own
    for found in users_left(work, {new.id}, ()).values():
        yield _fault("state", new, found)


def ending_faults(work: Work, order: DomainOrder) -> Iterator[Fault]:
    """Yield what an order by itself ends although others go on running on it."""
    ending = {one.record_id: one for one in lines_alone(order)
              if one.action == "delete" and UUID.match(one.record_id or "")}  # fmt: skip
    named = {str(ident) for ident in ending}
    if not named:
        return
    is_service = isinstance(order, ServiceOrder)
    left = users_left(work, named if is_service else (), () if is_service else named)
    kind: type[Service] | type[Resource] = Service if is_service else Resource
    records: Mapping[str, Service | Resource] = present(work, kind, sorted(left)) if left else {}
    for ident, line in ending.items():
        if ident in left and ident in records:
            path = f"{line.path}.{line.layer}.id"
            yield _fault(path, records[ident], left[ident])


def users_left(
    work: Work, services: Set[str] | Sequence[str], resources: Set[str] | Sequence[str]
) -> dict[str, list[User]]:
    """Return the users that go on by the id of what would be ended, without what nobody uses."""
    above = {**users(work, services, resources)}
    for ident, relying in relying_on(work, services).items():
        known_users = above.setdefault(ident, [])
        known_users += [one for one in relying if one not in known_users]
    waiting = {user.id for own in above.values() for user in own if isinstance(user, Service)}
    ended = {*services, *resources}
    known = set(ended)
    while waiting := waiting - known:
        known |= waiting
        found = users(work, waiting, ())
        above |= found
        waiting = {user.id for own in found.values() for user in own if isinstance(user, Service)}
    while more := {ident for ident in known - ended if _all_end(above.get(ident), ended)}:
        ended |= more
    left = {one: [user for user in above.get(one, ()) if user.id not in ended]
            for one in (*services, *resources)}  # fmt: skip
    return {one: own for one, own in left.items() if own}


def _all_end(own: Sequence[User] | None, ended: Set[str]) -> bool:
    """Tell whether something has users, all of which end."""
    return bool(own) and all(user.id in ended for user in own or ())


def _fault(path: str, record: Service | Resource, found: Sequence[User]) -> Fault:
    names = ", ".join(f"{one.key} ({name_of(one)})" for one in found[:NAMED_MAX])
    more = f" and {len(found) - NAMED_MAX} more" if len(found) > NAMED_MAX else ""
    message = f"{names}{more} run on {record.key}; end those before it, or in the same order"
    return Fault(path, "conflictInUse", message)
