"""Endings: the steps that end, suspend or resume what is installed, and nothing that others use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from trunkline.catalog.entry import Specification
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.ordering.configured import filled
from trunkline.ordering.draft import Draft
from trunkline.ordering.growth import Cut, Growth
from trunkline.ordering.installed import (
    Installed,
    Record,
    is_live,
    layer_of,
    name_of,
    part_ids,
    place_of,
    specification_id,
    values,
)
from trunkline.ordering.line_record import record_of
from trunkline.ordering.node import NodeAction
from trunkline.ordering.order_line import FIRST, line_key, natural
from trunkline.ordering.standalone_line import AnyLine

Pause = Literal["suspend", "resume"]
VERBS: dict[NodeAction, str] = {"delete": "ends", "suspend": "suspends", "resume": "resumes"}
# What is in none of these states is passed over when a product above it is paused.
PAUSED_FROM: dict[Pause, tuple[str | None, ...]] = {
    "suspend": ("active", None),
    "resume": ("suspended", "inactive", None),
}


@dataclass
class Reach:
    """The existing records that an action takes in, found from its roots downwards."""

    roots: Mapping[str, AnyLine]
    cuts: Mapping[tuple[str, str], Cut] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()

    def cuts_of(self, ident: str) -> list[Cut]:
        """Return the cuts that take a record off its sources, by source."""
        return [self.cuts[pair] for pair in sorted(self.cuts) if pair[1] == ident]


def add_endings(growth: Growth) -> None:
    """Add the steps that end what lines name, and all below that nothing else uses.

    Children follow their parents; what a change takes off its source ends as well. The conditions
    of the catalog do not count here.
    """
    roots = _roots(growth, "delete")
    reach = Reach(roots, growth.cuts, frozenset(growth.joined))
    users = _users(growth.installed)
    records = _reached(growth, reach, users)
    ended: dict[str, Draft] = {}
    for record in _downwards(records, users):
        above = [ended[one] for one in _above(record, users, records) if one in ended]
        ended[record.id] = _end(growth, record, reach, above)
    _parents_first(growth, roots)
    _unlink(growth, ended)


def _unlink(growth: Growth, ended: Mapping[str, Draft]) -> None:
    """Let the sources of cut links lose them: when the part ends, or with a step of their own."""
    for pair in sorted(growth.cuts.keys() - growth.kept):
        source, ident = pair
        if ident in ended:
            ended[ident].leaves |= {source} - ended.keys()
            continue
        record = growth.installed.record(ident)
        name = name_of(record) if record is not None else ident
        draft = growth.change(growth.cuts[pair].source, f"is no longer linked to {name}")
        if draft is not None:
            draft.removes.add(ident)


def add_pauses(growth: Growth, action: Pause) -> None:
    """Add the steps that suspend or resume what lines name, and the services below.

    Resources that no line names stay as they are, so do services that also serve a product which
    goes on or comes.
    """
    roots = _roots(growth, action)
    users = _users(growth.installed)
    reach = Reach(roots, kept=frozenset(growth.joined))
    found = _reached(growth, reach, users)
    records = {
        ident: one
        for ident, one in found.items()
        if ident in roots or (not isinstance(one, Resource) and _may(one, action))
    }
    keys: dict[str, str] = {}
    for record in _downwards(records, users):
        above = _above(record, users, records)
        line = roots.get(record.id)
        draft = _draft(growth, record, action, line, [growth.drafts[keys[one]] for one in above])
        keys[record.id] = draft.key
        for one in above:
            draft.parents.add(keys[one])
            growth.drafts[keys[one]].needs.add(draft.key)


def _roots(growth: Growth, action: NodeAction) -> dict[str, AnyLine]:
    found: dict[str, AnyLine] = {}
    for line in growth.lines.values():
        if line.action == action:
            record = record_of(growth, line)
            if record is not None:
                found.setdefault(record.id, line)
    return found


def _users(installed: Installed) -> dict[str, set[str]]:
    """Return who uses each record, by what is known and by the records themselves."""
    found = {used: set(users) for used, users in installed.users.items()}
    for record in installed.records():
        for used in part_ids(record) if is_live(record) else ():
            found.setdefault(used, set()).add(record.id)
    return found


def _reached(growth: Growth, reach: Reach, users: Mapping[str, set[str]]) -> dict[str, Record]:
    """Return the roots and all below that only reached records, or cut links, still use."""
    installed = growth.installed
    found: dict[str, Record] = {one.id: one for one in installed.live(reach.roots)}
    waiting = {ident for _, ident in reach.cuts}
    for record in found.values():
        waiting.update(part_ids(record))
    while True:
        new = [
            one
            for one in installed.live(waiting - found.keys())
            if one.id not in reach.kept
            and one.id not in growth.named
            and all(user in found or (user, one.id) in reach.cuts for user in users.get(one.id, ()))
        ]
        if not new:
            return found
        for record in new:
            found[record.id] = record
            waiting.update(part_ids(record))


def _downwards(records: Mapping[str, Record], users: Mapping[str, set[str]]) -> Iterable[Record]:
    """Yield the records so that each comes after its users among them; ties go by id."""
    done: set[str] = set()
    waiting = sorted(records)
    while waiting:
        ready = [one for one in waiting if not (users.get(one, set()) & records.keys()) - done]
        for ident in ready or waiting[:1]:
            done.add(ident)
            yield records[ident]
        waiting = [one for one in waiting if one not in done]


def _above(
    record: Record, users: Mapping[str, set[str]], records: Mapping[str, Record]
) -> list[str]:
    return sorted(users.get(record.id, set()) & records.keys() - {record.id})


def _end(growth: Growth, record: Record, reach: Reach, above: list[Draft]) -> Draft:
    """Keep and return the step that ends a record after those above it."""
    cuts = reach.cuts_of(record.id)
    draft = _draft(growth, record, "delete", reach.roots.get(record.id), above, cuts)
    draft.parents |= {one.key for one in above}
    draft.needs |= {one.key for one in above}
    for cut in cuts:
        draft.needs |= cut.needs
    return draft


def _draft(
    growth: Growth,
    record: Record,
    action: NodeAction,
    line: AnyLine | None,
    above: list[Draft],
    cuts: Iterable[Cut] = (),
) -> Draft:
    """Keep and return the step of an existing record that a line, steps above or cuts touch."""
    name = name_of(record)
    if line is not None:
        base, items = line_key(line, FIRST.own), {line.id}
        reason = f"item {line.id} {VERBS[action]} {name}"
    else:
        bases = [f"{one.key.removesuffix('/product')}/{name}" for one in above]
        base = min([*bases, *(one.prefix for one in cuts)], key=natural)
        items = {item for one in above for item in one.items}
        items |= {item for one in cuts for item in one.items}
        reasons = [f"{one.name} {_past(action)}, and nothing else uses it" for one in above]
        reason = "; ".join(sorted({*reasons, *(one.explanation for one in cuts)}))
    draft = growth.add(
        Draft(
            key=growth.key(base),
            layer=layer_of(record),
            action=action,
            specification=_specification(growth, record),
            name=name,
            explanation=reason,
            items=items,
            item_id=min(items, key=natural),
            place=place_of(record),
            instance_id=record.id,
            specification_id=specification_id(record),
        )
    )
    held: Mapping[str, Json] = values(record)
    draft.before = tuple(sorted(held.items()))
    if draft.specification is not None:
        draft.characteristics = filled(draft.specification, (), held)
    if line is not None:
        draft.offering_id = _offering(record)
        growth.asked.setdefault(line.id, set()).add(draft.key)
    return draft


def _past(action: NodeAction) -> str:
    return {"delete": "ends", "suspend": "is suspended", "resume": "is resumed"}.get(action, "")


def _offering(record: Record) -> str | None:
    offering = record.product_offering if isinstance(record, Product) else None
    return offering.id if offering is not None else None


def _specification(growth: Growth, record: Record) -> Specification | None:
    ident, catalog = specification_id(record) or "", growth.catalog
    if isinstance(record, Product):
        return catalog.product_specifications.get(ident)
    if isinstance(record, Service):
        return catalog.service_specifications.get(ident)
    return catalog.resource_specifications.get(ident)


def _may(record: Record, action: Pause) -> bool:
    if isinstance(record, Product):
        return record.status in PAUSED_FROM[action]
    return isinstance(record, Service) and record.state in PAUSED_FROM[action]


def _parents_first(growth: Growth, roots: Mapping[str, AnyLine]) -> None:
    """Let what a line ends wait for what the line ends that it lies in."""
    for line in roots.values():
        whole = growth.lines.get(line.whole or "")
        if whole is None:
            continue
        for key in growth.asked.get(line.id, ()):
            for above in growth.asked.get(whole.id, ()):
                growth.drafts[key].parents.add(above)
                if growth.drafts[above].action == "delete":
                    growth.drafts[key].needs.add(above)
