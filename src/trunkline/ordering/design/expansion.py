"""Expansion: the steps that the items of a plan definition become, for one record. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json
from trunkline.documents.whole_number import whole
from trunkline.ordering.design.chosen import HERE, Chosen, own_needs
from trunkline.ordering.design.validation import sequence
from trunkline.ordering.plan_item import ItemKind, PlanItem

KINDS: Mapping[str, ItemKind] = {
    "activation": "callout",
    "callout": "callout",
    "event": "event",
    "manual": "manual",
    "fieldWork": "fieldWork",
    "timer": "timer",
}
"""What kind of step an item becomes; all others are done by themselves."""
FIELD = "fieldService"
"""Who does field work where the item names no role."""


@dataclass(frozen=True)
class Made:
    """The steps of one record: those of its plan's items, and its own, which comes last."""

    items: tuple[PlanItem, ...]
    own: PlanItem


def expanded(
    own: PlanItem,
    chosen: Chosen,
    *,
    facts: Mapping[str, Json],
    new_id: Callable[[], str],
) -> Made:
    """Return the steps of a record that a plan definition carries out.

    What the record's step needs is needed by the items that come first; the record's own step
    waits for those that come last. Positions count from that of the own step.
    """
    ids = {str(one["id"]): new_id() for one in chosen.items}
    needed: set[str] = set()
    made: list[PlanItem] = []
    for item in chosen.items:
        before = [ids[one] for one in own_needs(item) if one in ids]
        needed.update(before)
        needs = tuple(dict.fromkeys(before)) or own.needs
        made.append(
            _step(
                own, chosen, item, ids[item["id"]], own.position + len(made), needs, facts, new_id
            )
        )
    last = tuple(one.id for one in made if one.id not in needed)
    closing = replace(
        own,
        position=own.position + len(made),
        needs=tuple(dict.fromkeys((*own.needs, *last))),
        origin=chosen.origin(),
        duration_minutes=0,  # its time is that of the items, which are over when it begins
        system=None,  # what goes there is handed over by an item of its own
    )
    return Made(tuple(made), closing)


def _step(
    own: PlanItem, chosen: Chosen, item: Mapping[str, Json], ident: str, position: int,
    needs: tuple[str, ...], facts: Mapping[str, Json], new_id: Callable[[], str],
) -> PlanItem:  # fmt: skip
    kind: ItemKind = KINDS.get(item["kind"], "automatic")
    values = own.characteristic if isinstance(own.characteristic, dict) else {}
    is_activation = item["kind"] == "activation"
    form = [one["name"] for one in item.get("form") or ()]
    callout = item.get("callout") or {}
    return PlanItem(
        id=ident,
        root=own.root,
        position=position,
        node_key=f"{own.node_key}~{item['id']}",
        layer=own.layer,
        kind=kind,
        name=own.name,
        item_id=own.item_id,
        title=item["title"],
        action=own.action if is_activation else None,
        service_order=own.service_order,
        resource_order=own.resource_order,
        specification=own.specification,
        characteristic=own.characteristic if is_activation else None,
        former=own.former if is_activation else None,
        place=own.place,
        wants=form or None,
        point_of_no_return=item.get("pointOfNoReturn") == "hard",
        role=item.get("role") or (FIELD if item["kind"] == "fieldWork" else None),
        duration_minutes=whole(item.get("durationMinutes")),
        delay_s=whole(item.get("delaySeconds")),
        sla=item.get("sla"),
        command_key=new_id() if kind == "callout" else None,
        owner=own.owner,
        partner=own.partner,
        needs=needs,
        part_of=own.id,
        origin=chosen.origin(item),
        design={"item": dict(item), "facts": dict(facts), "given": values, "subject": own.record},
        system=callout.get("system") or (own.system if is_activation else None),
    )


def connect(items: Sequence[PlanItem], around: Mapping[str, Sequence[str]]) -> list[PlanItem]:
    """Return the steps of an order with what their items need elsewhere in it.

    `around` holds, by the id of an order item, that item and those above it, the nearest first.
    Refuses (400) where steps would wait for each other.
    """
    by_id = {one.id: one for one in items}
    more = {
        one.id: [need.id for after in _outward(one) for need in _meant(one, after, items, around)]
        for one in items
        if one.part_of is not None
    }
    if not any(more.values()):
        return list(items)
    found = [
        replace(one, needs=tuple(dict.fromkeys((*one.needs, *more.get(one.id, ())))))
        for one in items
    ]
    left = sequence({one.id: one.needs for one in found})[1]
    if left:
        named = ", ".join(sorted({_name(by_id[one]) for one in left if more.get(one)}))
        message = f"these steps would wait for each other: {named}; correct their definitions"
        raise Invalid.of([Fault("productOrderItem", "planCircle", message)])
    return found


def _outward(item: PlanItem) -> Iterable[Mapping[str, Json]]:
    listed = item.design["item"].get("after") or ()
    return [one for one in listed if (one.get("scope") or HERE) in {"line", "bundle", "order"}]


def _meant(
    item: PlanItem,
    after: Mapping[str, Json],
    items: Sequence[PlanItem],
    around: Mapping[str, Sequence[str]],
) -> Iterable[PlanItem]:
    """Return the steps that a dependency means: an item's, or the record's own."""
    for one in items:
        if one.name != after.get("specification") or item.part_of in (one.part_of, one.id):
            continue
        own = one.design["item"]["id"] if one.part_of is not None else None
        is_meant = own == after.get("item") and one.layer != "order"
        if is_meant and _is_within(item, one, str(after["scope"]), around):
            yield one


def _is_within(
    item: PlanItem, other: PlanItem, scope: str, around: Mapping[str, Sequence[str]]
) -> bool:
    if scope == "line":
        return item.item_id == other.item_id
    if scope == "bundle":
        mine, its = (around.get(one.item_id or "", ()) for one in (item, other))
        return bool(mine) and bool(its) and mine[-1] == its[-1]
    return True


def _name(item: PlanItem) -> str:
    return f"{item.name}: {item.title or 'itself'}"
