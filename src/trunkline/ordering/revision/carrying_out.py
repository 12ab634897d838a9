"""Carrying out: an approved revision brought into its order's plan and records, in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from trunkline.documents.decode import encode, load
from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.behaviour import on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.ordering import plan_store
from trunkline.ordering.cancellation import share
from trunkline.ordering.edits import Edits, set_state
from trunkline.ordering.fallout import CLOSED, Fallout
from trunkline.ordering.fallout_records import close
from trunkline.ordering.keeping import kept_for_others
from trunkline.ordering.line_dates import DATES
from trunkline.ordering.line_start import settle_line_starts
from trunkline.ordering.line_timer import set_timers
from trunkline.ordering.new_plan import plan_items
from trunkline.ordering.plan_item import Plan
from trunkline.ordering.pooled.claiming import asking_anew, with_pool_values
from trunkline.ordering.price_effect import total_price
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.progress import go_on
from trunkline.ordering.project.beginning import follow_change
from trunkline.ordering.revision.amended_plan import write_amended
from trunkline.ordering.revision.amending import Amended, amend, undone_steps
from trunkline.ordering.revision.assessment import Assessment, assess
from trunkline.ordering.revision.compensation import TAKEN_BACK, Compensation, in_force
from trunkline.ordering.revision.content import (
    HEADER,
    ITEMS,
    asked_for,
    content_of,
    header_of,
    revised,
)
from trunkline.ordering.revision.no_return import has_begun
from trunkline.ordering.revision.order_revision import OrderRevision, RevisionStep
from trunkline.ordering.revision.records import (
    change_records,
    link_anew,
    make_records,
    name_made,
    remember_links,
    tell_orders,
)
from trunkline.ordering.staggered.awaited import await_values, known_by_item
from trunkline.ordering.staggered.gate import refuse_gates, settle_gates

FROZEN: Final = "revisionInProgress"


@on(event(OrderRevision, "state_changed").to("approved"))
def carry_out_revision(work: Work, revision: OrderRevision) -> None:
    """Bring an order to what its approved revision says: take back, change and add steps."""
    if revision.state != "approved":
        return
    share(work, work.get(ProductOrder, revision.product_order.id))
    order = work.lock(ProductOrder, revision.product_order.id)
    plan = plan_store.held(work, order.id)
    if order.internal_state != FROZEN or plan is None:
        with work.edit(OrderRevision, revision.id) as changed:
            changed.state, changed.result = "refused", f"{order.key} is not being revised any more"
        return
    found = assess(work, order, wanted_content(revision, order), plan, revision.why())
    faults = remaining_faults(found, is_entry=bool(revision.is_entry))
    if not faults:
        faults = _tried(work, order, plan, revision, found)
        plan = (plan_store.held(work, order.id) or plan) if faults else plan
    if faults:
        _refuse(work, order, plan, revision, faults)


def remaining_faults(found: Assessment, *, is_entry: bool) -> Sequence[Fault]:
    """Return what a change is refused for.

    Values that come only now may come after a point of no return, if nothing that was done before
    it, beside the products themselves, would be done otherwise.
    """
    if not is_entry or any(_does_again(one) for one in found.compensations):
        return found.faults
    return [one for one in found.faults if one.code != "conflictPointOfNoReturn"]


def _does_again(one: Compensation) -> bool:
    if one.kind in TAKEN_BACK:
        return True
    is_done = any(has_begun(step) for step in one.steps)
    return one.kind in ("redo", "update") and is_done and one.shown.kind != "automatic"


@on(event(ProductOrder, "state_changed").to("cancellationInProgress"))
def give_up_revisions(work: Work, order: ProductOrder) -> None:
    """Withdraw the revision of an order that is called off as a whole."""
    for revision in work.find(OrderRevision, {"productOrder.id": order.id}):
        if revision.state in ("open", "awaitingApproval", "approved"):
            with work.edit(OrderRevision, revision.id) as changed:
                changed.state, changed.result = "withdrawn", "the order is canceled"


def wanted_content(revision: OrderRevision, order: ProductOrder) -> dict[str, Json]:
    """Return the whole picture that a revision asks for.

    What the order said of itself when the revision was opened, and the revision says no more, is
    taken out.
    """
    said, former = header_of(revision.raw), revision.raw.get("former") or {}
    gone = {name: None for name in HEADER if name in former and name not in said}
    return asked_for(order, {**gone, **said, ITEMS: revision.raw.get(ITEMS)})


def steps_told(found: Assessment) -> list[RevisionStep]:
    """Return what becomes of each step as revisions keep it, in the order of doing."""
    return [
        RevisionStep.wrap(
            {
                "compensation": one.kind,
                "step": one.key,
                "name": one.shown.title or one.shown.name,
                "layer": one.shown.layer,
                "reason": one.reason,
                **({"itemId": one.shown.item_id} if one.shown.item_id is not None else {}),
            }
        )
        for one in found.compensations
    ]


def _refuse(
    work: Work, order: ProductOrder, plan: Plan, revision: OrderRevision, faults: Sequence[Fault]
) -> None:
    """Let an order go on as before, since what its revision asks for cannot be done any more."""
    with work.edit(OrderRevision, revision.id) as changed:
        changed.state = "refused"
        changed.result = "; ".join(one.message for one in faults)
    edits = Edits(work)
    edits.keep(order)
    order.internal_state = plan.state = "inProgress"
    if revision.is_entry:
        refuse_gates(plan, str(revision.result))
    go_on(work, plan, edits)


def _tried(
    work: Work, order: ProductOrder, plan: Plan, revision: OrderRevision, found: Assessment
) -> Sequence[Fault]:
    """Carry a change out, or return what it cannot be written for; all is as before then.

    Else the order would stand still for good, since nobody can withdraw what is approved.
    """
    before, meta = encode(order.raw), replace(order.meta)
    try:
        with work.connection.transaction():
            _carry_out(work, order, plan, revision, found)
    except Refusal as refusal:
        if refusal.code == "conflictGone":  # somebody else wrote at the same moment
            raise
        object.__setattr__(order, "raw", load(before))
        object.__setattr__(order, "meta", meta)
        return refusal.faults or [Fault("", refusal.code, refusal.message)]
    return ()


def _carry_out(
    work: Work, order: ProductOrder, plan: Plan, revision: OrderRevision, found: Assessment
) -> None:
    edits = Edits(work)
    edits.keep(order)
    edits.keep(revision)
    former = content_of(order)
    found = _with_pool_values(work, order, found)
    amended = _amend(work, plan, found)
    _close_fallouts(edits, plan, revision)
    object.__setattr__(order, "raw", revised(order, found.content, revision.why()))
    _add_up(order, found)
    follow_change(work, order, plan)
    moved = settle_line_starts(plan, order, work.now, work.services.chance.uuid)
    write_amended(work, plan, amended)
    make_records(edits, found.blueprint, amended)
    link_anew(edits, found.blueprint, found.former_nodes, amended)
    change_records(edits, found.blueprint, found.compensations, amended)
    name_made(order, found.blueprint, amended)
    if any(one.item_id is None or one.attribute in DATES for one in found.differences):
        tell_orders(edits, order, plan)
    await_values(order, found.deferred)
    settle_gates(plan, known_by_item(order), work.now)
    order.order_version = (order.order_version or 1) + 1
    order.internal_state = plan.state = "inProgress"
    set_state(revision, "applied")
    revision.applied_at = work.now
    revision.order_version = order.order_version
    revision.raw["former"] = former
    for name in HEADER:
        revision.raw.pop(name, None)
    revision.raw.update(header_of(found.content))
    revision.raw[ITEMS] = found.content[ITEMS]
    revision.raw["difference"] = [one.as_json() for one in found.differences]
    revision.compensation = steps_told(found)
    go_on(work, plan, edits)
    set_timers(work, moved)


def _add_up(order: ProductOrder, found: Assessment) -> None:
    """Let the totals that an order was sent with say what it costs by now."""
    if order.order_total_price and any(one.delta for one in found.prices):
        order.raw["orderTotalPrice"] = [total_price(one) for one in found.prices]


def _with_pool_values(work: Work, order: ProductOrder, found: Assessment) -> Assessment:
    """Return the same with values from pools in the parts that are made anew.

    What stays and asks for another value since this change gets that, too.
    """
    changing = {one.key for one in found.compensations if one.values}
    made = {one.key for one in found.compensations if one.kind in ("add", "undoThenRedo")}
    blueprint = found.blueprint
    staying = {
        blueprint.records[one.key]: one for one in blueprint.nodes
        if one.layer == "resource" and one.key in changing - made and one.key in blueprint.records
    }  # fmt: skip
    changed = asking_anew(work, blueprint.catalog, blueprint.installed, staying)
    filled = with_pool_values(work, order, blueprint.catalog, blueprint.installed, changed)
    if filled:
        own = {one.key: {each.name: each.value for each in one.characteristics} for one in filled}
        steps = tuple(_with_values(one, own.get(one.key)) for one in found.compensations)
        found = replace(found, compensations=steps)
    new = [one for one in blueprint.nodes if one.key in made]
    given = with_pool_values(work, order, blueprint.catalog, blueprint.installed, new)
    by_key = {one.key: one for one in given}
    if all(by_key[one.key] is one for one in new):
        return found
    nodes = tuple(by_key.get(one.key, one) for one in blueprint.nodes)
    blueprint = replace(blueprint, nodes=nodes)
    wanted = plan_items(blueprint, work.services.chance.uuid)
    by_step = {one.node_key: one for one in wanted}
    steps = tuple(
        replace(one, wanted=by_step.get(one.key, one.wanted)) if one.key in made else one
        for one in found.compensations
    )
    return replace(found, blueprint=blueprint, wanted=wanted, compensations=steps)


def _with_values(one: Compensation, own: Mapping[str, Json] | None) -> Compensation:
    """Return what becomes of a step with the values that go with what it takes from a pool."""
    if own is None or one.wanted is None:
        return one
    wanted = replace(one.wanted, characteristic={**(one.wanted.characteristic or {}), **own})
    return replace(one, wanted=wanted, values={**(one.values or {}), **own})


def _amend(work: Work, plan: Plan, found: Assessment) -> Amended:
    steps = found.compensations
    remember_links(plan, steps, found.former_nodes)
    standing = {key: tuple(held) for key, held in in_force(plan).items()}
    back = undone_steps(steps)
    changed = {step.id for one in steps if one.wanted is not None for step in one.steps}
    silent = {
        one.id
        for one in back
        if one.design is None
        and one.id not in changed
        and found.settings(one).on_cancel == "nothing"
    }
    return amend(
        plan,
        [one.with_steps(standing.get(one.key, one.steps)) for one in steps],
        found.wanted,
        work.services.chance.uuid,
        work.now,
        silent=frozenset(silent),
        kept=kept_for_others(work, plan, back),
    )


def _close_fallouts(edits: Edits, plan: Plan, revision: OrderRevision) -> None:
    """Close what people were asked to put right, where the step is another one by now."""
    closed = [
        before.fallout
        for ident, before in plan.changed.items()
        if before.fallout is not None and plan.items[ident].fallout is None
    ]
    for record in edits.take(Fallout, closed):
        if record.state not in CLOSED:
            record.resolution = f"changed by revision {revision.key}"
            close(record, edits.work.now, how="completed")
