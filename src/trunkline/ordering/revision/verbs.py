"""What people do with revisions: open one, hand it in, approve it, or withdraw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from trunkline.documents.decode import encode, load, normalise
from trunkline.documents.errors import Conflict, Fault, Forbidden, NotFound, refuse
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.schema import validators
from trunkline.kernel.states import publish_state
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.asking import asks_anew
from trunkline.ordering.installed import customer_of
from trunkline.ordering.line_dates import DATES
from trunkline.ordering.node import UNCHOSEN
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.quantity.choice import lowers
from trunkline.ordering.revision.assessment import Assessment, assess
from trunkline.ordering.revision.carrying_out import FROZEN, steps_told, wanted_content
from trunkline.ordering.revision.comparison import differences
from trunkline.ordering.revision.completing import completed
from trunkline.ordering.revision.content import (
    HEADER,
    ITEMS,
    asked_for,
    content_of,
    header_of,
    without_line,
)
from trunkline.ordering.revision.order_revision import (
    OPEN,
    OrderRevision,
    RevisionActor,
    RevisionPrice,
)
from trunkline.rest.writing import amends
from trunkline.shared.program import as_program

PRICES = ("itemPrice", "itemTotalPrice")
OF_LINES = (*DATES, "billingAccount", "itemTerm", "productOrderItemRelationship",
            "suspensionReason", "disconnectionReason", "product.", *PRICES)  # fmt: skip
"""What the attributes of a line begin with that a revision changes, beside what it asks for."""
REVISE = "ordering:revise"
"""The permission to change orders that run."""
APPROVE = "ordering:approveRevision"
"""The permission to approve a change where a policy or a soft point of no return asks for it."""
QUESTION_LENGTH_MAX = 1000
REASON_LENGTH_MAX = 300


def open_revision(
    work: Work, ident: str, content: Mapping[str, Json], reason: str | None
) -> OrderRevision:
    """Begin to change an order that runs: it stands still until that is decided.

    Refuses (409) an order that is not in progress, one that still waits to be broken down, and
    one that somebody changes already, who is named.
    """
    work.actor.must_have(REVISE)
    order = work.lock(ProductOrder, ident)
    _must_run(work, order)
    revision = _new(work, order, content, reason)
    before = dict(order.raw)
    order.internal_state = FROZEN
    work.save(order, before)
    return revision


def _new(
    work: Work, order: ProductOrder, content: Mapping[str, Json], reason: str | None
) -> OrderRevision:
    _plan_of(work, order)
    present, wanted = content_of(order), asked_for(order, content)
    raw: dict[str, Json] = {
        **wanted,
        "productOrder": {"id": order.id, "@referredType": "ProductOrder"},
        "orderVersion": (order.order_version or 1) + 1,
        "requestedBy": _actor(work).raw,
        "former": header_of(present),
    }
    if reason:
        raw["reason"] = reason
    if lowers(differences(present, wanted)):
        found = assess(work, order, wanted, _plan_of(work, order))
        raw["needsAttention"] = _open_questions(found)
    return work.add(OrderRevision.wrap(raw))


def entry(
    work: Work, order: ProductOrder, content: Mapping[str, Json], reason: str, found: Assessment
) -> OrderRevision:
    """Keep that values of an order came which were not known before; nobody has to approve that."""
    raw: dict[str, Json] = {
        **content_of(order),
        **content,
        "productOrder": {"id": order.id, "@referredType": "ProductOrder"},
        "orderVersion": (order.order_version or 1) + 1,
        "requestedBy": _actor(work).raw,
        "reason": reason[:REASON_LENGTH_MAX],
        "isEntry": True,
    }
    revision = work.add(OrderRevision.wrap(raw))
    before = dict(revision.raw)
    _tell(revision, found)
    revision.fee = revision.needs_approval = None
    revision.state = "approved"
    work.save(revision, before)
    return revision


def _open_questions(found: Assessment) -> str | None:
    """Return in words what nobody has said yet of those that go."""
    asked = [one.message for one in found.faults if one.code == UNCHOSEN]
    return "; ".join(asked)[:QUESTION_LENGTH_MAX] or None


@amends(ProductOrder)
def amend_order(work: Work, document: Document, after: dict[str, Json]) -> dict[str, Json]:
    """Make a revision of what a patch asks for otherwise of an order that has begun.

    It is handed in at once; until it is carried out, or approved where that is needed, the order
    stands still as it was. Where fewer are wanted and nobody said which ones go, it stays open
    until somebody does. So are its parties, dates and contact, what its lines cost, when they are
    to begin and be done and how they hang together, and what is taken out of any of that: each
    change is a version. An order that has not begun is changed directly.
    """
    order = work.get(ProductOrder, document.id)
    if order is None or order.internal_state not in ("inProgress", FROZEN):
        return after
    wanted = ProductOrder.wrap(load(encode(after)))
    object.__setattr__(wanted, "meta", order.meta)
    wrong: list[Fault] = []
    normalise(ProductOrder, wanted.raw, wrong, known=order.raw)
    if wrong or validators.of(order.resource).faults(wanted.raw):
        return after  # ill-formed: it is refused as a whole
    content = {name: wanted.raw.get(name) for name in (*HEADER, ITEMS)}
    present, asked = content_of(order), asked_for(order, content)
    found = differences(present, asked)
    is_other = any(one.item_id is None or one.attribute.startswith(OF_LINES) for one in found)
    if not found or not (is_other or asks_anew(order, wanted)):
        return after
    if customer_of(order.related_party) != customer_of(wanted.related_party):
        return after  # whose it is stays, which a rule says
    if order.quote and any(one.attribute in PRICES for one in found):
        return after  # prices that were agreed on stay, which a rule says
    plan = plan_store.read(work, order.id)
    if not is_broken_down(plan):
        return after
    work.actor.must_have(REVISE)
    _must_run(work, order)
    left = {name: one for name, one in after.items() if name not in HEADER}
    left |= {**header_of(order.raw), ITEMS: order.raw[ITEMS]}
    if all(one.new is None for one in found) and not differences(
        present, completed(work, order, present, asked, plan)
    ):
        return left  # what the catalog says was left out: it is filled in as it was
    if any(order.raw.get(name) != after.get(name) for name in ("state", "internalState")):
        message = "the order stands still while it is changed; send its state by itself"
        raise Conflict("conflictStateAndChange", message)
    if not asks_anew(order, wanted):
        refuse([*work.settle_references(wanted), *_rule_faults(work, order, wanted)])
    revision = _new(work, order, content, wanted.state_reason or _new_note(order, wanted))
    if revision.needs_attention is None:
        _hand_in(work, revision)
    left["internalState"] = FROZEN
    publish_state(order.resource, left)
    return left


def _new_note(order: ProductOrder, wanted: ProductOrder) -> str | None:
    """Return what a new note says, as the reason of the change that it comes with."""
    known = [one.raw for one in order.note]
    said = [one.text for one in wanted.note if one.raw not in known and (one.text or "").strip()]
    return (said[-1] or "")[:REASON_LENGTH_MAX] if said else None


def _rule_faults(work: Work, order: ProductOrder, wanted: ProductOrder) -> Iterator[Fault]:
    """Yield what the rules of orders refuse, who asks and when included."""
    for one in work.services.registry.rules_of(order.resource):
        if not one.deleting:
            yield from one.check(work, order, wanted) or ()


def preview(work: Work, revision: OrderRevision) -> Assessment:
    """Return what an open revision would do; nothing is written."""
    order = _order_of(work, revision)
    if revision.state not in OPEN:
        raise Conflict("conflictNotOpen", f"{revision.key} is {revision.state}; open another one")
    content = wanted_content(revision, order)
    # What was handed in was asked of who sent it; whoever approves it sends nothing.
    asking = work if revision.state == "open" else as_program(work, "revisions")
    return assess(work, order, content, _plan_of(work, order), revision.why(), asking)


def preview_of(work: Work, ident: str, content: Mapping[str, Json]) -> Assessment:
    """Return what changing an order would do, without opening a revision; nothing is written."""
    work.actor.must_have(REVISE)
    order = work.get(ProductOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no product order {ident}")
    _must_run(work, order)
    return assess(work, order, asked_for(order, content), _plan_of(work, order))


def submit(work: Work, ident: str) -> OrderRevision:
    """Hand a revision in: it is carried out, or waits for an approval where one is needed.

    Refuses (400 or 409) what cannot be done, naming every fault; the revision stays open then.
    """
    work.actor.must_have(REVISE)
    revision = work.lock(OrderRevision, ident)
    _must_be(revision, "open")
    _hand_in(work, revision)
    return revision


def cancel_line(work: Work, ident: str, line: str, reason: str | None) -> OrderRevision:
    """Take one line out of an order that runs, with all that lies inside it, and hand that in.

    Refuses (404) a line that the order lacks and (409) what cannot be taken back any more.
    """
    order = work.get(ProductOrder, ident)
    if order is None:
        raise NotFound("notFound", f"there is no product order {ident}")
    items = content_of(order)[ITEMS]
    left = without_line(items, line)
    if left == items:
        raise NotFound("notFound", f"{order.key} has no item {line} that could be canceled")
    if not left:
        raise Conflict("conflictLastLine", f"{order.key} has no other line; cancel the order")
    revision = open_revision(work, order.id, {ITEMS: left}, reason)
    _hand_in(work, revision)
    return revision


def _hand_in(work: Work, revision: OrderRevision) -> None:
    found = preview(work, revision)
    refuse(list(found.faults))
    before = dict(revision.raw)
    _tell(revision, found)
    revision.state = "awaitingApproval" if found.approvals else "approved"
    work.save(revision, before)


def approve(work: Work, ident: str) -> OrderRevision:
    """Approve a revision that waits for it; nobody approves what they asked for themselves."""
    work.actor.must_have(APPROVE)
    revision = work.lock(OrderRevision, ident)
    _must_be(revision, "awaitingApproval")
    if revision.requested_by is not None and revision.requested_by.id == work.actor.id:
        raise Forbidden("ownRevision", "who asked for a change does not approve it; ask another")
    found = preview(work, revision)
    refuse(list(found.faults))
    before = dict(revision.raw)
    _tell(revision, found)
    revision.decided_by = _actor(work)
    revision.state = "approved"
    work.save(revision, before)
    return revision


def withdraw(work: Work, ident: str, reason: str | None = None) -> OrderRevision:
    """Give a revision up; its order goes on as before."""
    work.actor.must_have(REVISE)
    revision = work.lock(OrderRevision, ident)
    if revision.state not in ("open", "awaitingApproval"):
        raise Conflict("conflictNotOpen", f"{revision.key} is {revision.state} already")
    before = dict(revision.raw)
    revision.state = "withdrawn"
    revision.decided_by = _actor(work)
    if reason:
        revision.result = reason
    work.save(revision, before)
    order = work.lock(ProductOrder, revision.product_order.id)
    if order.internal_state == FROZEN:
        former = dict(order.raw)
        order.internal_state = "inProgress"
        work.save(order, former)
    return revision


def open_revision_of(work: Work, order: str) -> OrderRevision | None:
    """Return the revision that holds an order, None where none does."""
    found = work.find(OrderRevision, {"productOrder.id": order, "state": list(OPEN)}, limit=1)
    return found[0] if found else None


def _must_run(work: Work, order: ProductOrder) -> None:
    if order.internal_state == FROZEN:
        held = open_revision_of(work, order.id)
        if held is not None and held.requested_by is not None:
            raise Conflict(
                "conflictRevisionOpen",
                f"{held.requested_by.name} is changing {order.key} already ({held.key}); "
                "wait until that is decided, or withdraw it",
            )
    if order.internal_state != "inProgress":
        raise Conflict(
            "conflictNotInProgress",
            f"{order.key} is {order.state}; only an order in progress is changed while it runs",
        )


def is_broken_down(plan: Plan | None) -> TypeGuard[Plan]:
    """Tell whether an order has steps beside those of the order itself."""
    return plan is not None and plan.wait is None and any(one.layer != "order" for one in plan)


def _plan_of(work: Work, order: ProductOrder) -> Plan:
    plan = plan_store.read(work, order.id)
    if not is_broken_down(plan):
        raise Conflict(
            "conflictNotBrokenDown",
            f"{order.key} is not broken down yet; change what its items ask for directly",
        )
    return plan


def _order_of(work: Work, revision: OrderRevision) -> ProductOrder:
    order = work.get(ProductOrder, revision.product_order.id)
    if order is None:
        raise NotFound("notFound", f"there is no product order {revision.product_order.id}")
    return order


def _must_be(revision: OrderRevision, state: str) -> None:
    if revision.state != state:
        raise Conflict("conflictNotOpen", f"{revision.key} is {revision.state}")


def _tell(revision: OrderRevision, found: Assessment) -> None:
    """Note in a revision what it does, costs and needs."""
    revision.raw["difference"] = [one.as_json() for one in found.differences]
    revision.compensation = steps_told(found)
    revision.price = [
        RevisionPrice(
            price_type=one.kind.price_type,
            recurring_charge_period=one.kind.period,
            unit=one.kind.currency,
            old=one.old,
            new=one.new,
        )
        for one in found.prices
    ]
    revision.fee = found.terms.fee
    revision.needs_approval = "; ".join(found.approvals) or None
    revision.needs_attention = None


def _actor(work: Work) -> RevisionActor:
    return RevisionActor(id=work.actor.id, name=work.actor.name, at=work.now)
