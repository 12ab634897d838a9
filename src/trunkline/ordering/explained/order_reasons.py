"""Why an order as a whole has its state, dates, priority and prices, and what its lines cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trunkline.catalog.price import ProductOfferingPrice
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import Product
from trunkline.kernel.work import Work
from trunkline.ordering.capture.deciding import undone
from trunkline.ordering.capture.moving import Ordered, stage_of
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.capture.state_history import state_moves
from trunkline.ordering.edits import state_of
from trunkline.ordering.explained.because import About, Because, version_of
from trunkline.ordering.jeopardy.priority_factor import Scored, priority_of, scored_lines
from trunkline.ordering.order_line import lines_of
from trunkline.ordering.price_effect import added_up, line_effects
from trunkline.ordering.product_order import FINISHED, ProductOrder
from trunkline.ordering.shown_plan import ShownPlan, shows_works
from trunkline.ordering.standalone_line import RootOrder
from trunkline.screens.read_ahead import held, held_among

HELD = ("submitted", "enrichmentInProgress", "enrichmentOnHold", "new")
BY_ITSELF = "worker"
"""The channel of what the program brings about."""
EVERYTHING: tuple[About, ...] = ("state", "rule", "start", "end", "priority", "price")


def reasons_of_order(
    work: Work, order: RootOrder, shown: ShownPlan, *, what: Sequence[About] = EVERYTHING
) -> list[Because]:
    """Return why an order is as it is, as far as `what` is asked for."""
    found = [
        _of_last_move(work, order),
        *_of_policies(work, order),
        *_of_start(order, shown),
        *_of_end(order, shown),
    ]
    if isinstance(order, ProductOrder) and "priority" in what:
        found += _of_priority(work, order)
    if isinstance(order, ProductOrder) and "price" in what:
        found += _of_total(work, order)
    return [one for one in found if one.about in what]


def of_prices(work: Work, order: ProductOrder, line: str) -> Iterator[Because]:
    """Yield where each price of a line comes from."""
    found = lines_of(order).get(line)
    for one in found.item.item_price if found is not None else ():
        listed = one.product_offering_price
        amount = one.raw.get("price")
        because = Because("price", "was given with the order", name=one.name, given=amount)
        if listed is not None:
            entry = held(work, ProductOfferingPrice, listed.id) if listed.id else None
            because = replace(
                because,
                text="is the offering's list price that was in force when it was ordered",
                rule=f"price {listed.name or listed.id}",
                version=listed.raw.get("version") or version_of(entry),
            )
        yield because
        for alteration in one.price_alteration:
            text = alteration.description or alteration.name or "changes the price"
            yield Because("price", text, name=one.name, rule=alteration.name,
                          given=alteration.raw.get("price"))  # fmt: skip


def _of_last_move(work: Work, order: RootOrder) -> Because:
    """Return who brought the order to its state, when and why."""
    moves = state_moves(work, order.id, order.raw)
    last = moves[-1] if moves else None
    text = str(state_of(order))
    if last is not None:
        by = f" by {last.by_name}" if last.by_name and last.channel != BY_ITSELF else ""
        why = f": {last.reason}" if last.reason else ""
        text = f"{text} since {format_instant(last.at)}{by}{why}"
    return Because("state", text, given=order.state)


def _of_policies(work: Work, order: Ordered) -> Iterator[Because]:
    """Yield the policies that looked at an order, and what they still hold it for."""
    if not shows_works(work.actor):
        return
    asked = {one.policy: one for one in undone(work, order)} if order.intake_policy else {}
    for key in order.intake_policy:
        policy, task = held(work, OrderPolicy, key), asked.get(key)
        if policy is None or policy.effect == "review":  # how fraud is looked for is not told
            text, rule, version = "it was reviewed", None, None
        else:
            text, rule = "was met when the order was handed in", f"order policy {policy.name}"
            version = version_of(policy)
        given: dict[str, Json] = {}
        if policy is not None and rule is not None:
            said = ("condition", "channel", "action")
            given = {"policy": key} | {name: policy.raw.get(name) for name in said}
        if task is not None and stage_of(order) in HELD:
            text = f"holds the order until {task.title if rule else 'it is reviewed'} is done"
            text += f" by {task.role}" if task.role else ""
            given |= {"task": task.key, "due": task.raw.get("dueAt")}
        given = {name: one for name, one in given.items() if one not in (None, [])}
        yield Because("rule", text, None, rule, version, given or None)


def _of_start(order: RootOrder, shown: ShownPlan) -> Iterator[Because]:
    wanted = order.raw.get("requestedStartDate")
    wait = next((one for one in shown.steps if one.kind == "wait"), None)
    if wanted is not None:
        waits = wait is not None and wait.state == "waiting" and wait.due_at is not None
        text = "was asked for; it is broken down then" if waits else "was asked for"
        yield Because("start", text, name="requestedStartDate", given=wanted)
    if wait is not None and wait.awaits:
        yield Because("start", wait.reason or wait.name, name="awaits", given=wait.awaits)
    begun = min((one.started_at for one in shown.steps if one.started_at), default=None)
    if begun is not None and wait is None:
        yield Because("start", "its first step was begun then", given=format_instant(begun))


def _of_end(order: RootOrder, shown: ShownPlan) -> Iterator[Because]:
    for name, text in (("completionDate", "it was completed then"),
                       ("cancellationDate", "it was canceled then")):  # fmt: skip
        if order.raw.get(name) is not None:
            yield Because("end", text, name=name, given=order.raw[name])
    expected = order.raw.get("expectedCompletionDate")
    if expected is None or order.state in FINISHED:
        return
    if any(one.kind != "wait" for one in shown.steps):
        text = "the last of its steps is expected to end then"
    else:
        text = "is expected when its start and how long its steps take are added up"
    yield Because("end", text, name="expectedCompletionDate", given=expected)


def _of_priority(work: Work, order: ProductOrder) -> Iterator[Because]:
    """Yield the priority: of each line by the table or the factors, of the order the highest."""
    if order.priority is None:
        return
    if order.priority_score is None:
        text = f"{order.priority}, as was given with the order"
        yield Because("priority", text, given=order.priority)
        return
    scored = scored_lines(work, order)
    for line, one in scored.items() if shows_works(work.actor) else ():
        yield from _of_score(f"item {line}", one)
    best = max((one.score for one in scored.values()), default=None)
    text = f"{order.priority}: its lines scored {order.priority_score} of 100 at most at intake"
    if best != order.priority_score:
        text += f"; by the rules of today it would be {best}"
    if priority_of(order.priority_score) != order.priority:
        text += "; it was changed by hand, as a note says"
    yield Because("priority", text, given=order.priority)


def _of_score(name: str, one: Scored) -> Iterator[Because]:
    if one.row is not None:
        yield Because("priority", "the decision table says so", name, f"table {one.row}",
                      one.row_version, one.score)  # fmt: skip
    for factor, rank in one.ranks:
        yield Because("priority", f"rank {rank} by weight {factor.weight}", name,
                      f"priority factor {factor.name}", str(factor.version), rank)  # fmt: skip


def _of_total(work: Work, order: ProductOrder) -> Iterator[Because]:
    """Yield what the order costs: once, and for each period, by what its lines cost."""
    lines = lines_of(order)
    named = [one.product_id for one in lines.values() if one.product_id]
    products = held_among(work, Product, named)
    by_line = line_effects(lines, products, at=work.now)
    for effect in added_up(by_line.values()):
        kind = effect.kind
        parts = {line: one.new for line, found in by_line.items()
                 for one in found if one.kind == kind}  # fmt: skip
        told = ", ".join(f"item {line}: {amount}" for line, amount in parts.items())
        yield Because(
            "price", f"{effect.new} {kind.currency}, the sum of its lines ({told})",
            kind.period or "once", given={"value": effect.new, "unit": kind.currency},
        )  # fmt: skip
