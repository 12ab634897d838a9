"""Keeping: what a canceled order made and others use by now, which is not taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.ordering.installed import name_of, users
from trunkline.ordering.plan_item import Plan, PlanItem


@dataclass(frozen=True)
class Kept:
    """Why a step is not undone, in words, and the records that use what it made.

    `users` holds `id`, `key` and `name` of each; none where it is only what others run on.
    """

    reason: str
    users: tuple[Mapping[str, Json], ...] = ()


def kept_for_others(work: Work, plan: Plan, undone: Sequence[PlanItem]) -> dict[str, Kept]:
    """Return which steps are not undone, by step: others use what was made, or what runs on it.

    The lock of what the customer shares is held, so that no use begins meanwhile.
    """
    made = {
        one.service or one.resource: one
        for one in undone
        if one.action == "add" and one.layer in {"service", "resource"} and one.state == "completed"
    }
    own = {one.record for one in plan}
    used = users(
        work,
        [one.service for one in made.values() if one.service],
        [one.resource for one in made.values() if one.resource],
    )
    kept: dict[str, Kept] = {}
    for ident, step in made.items():
        others = [one for one in used.get(ident or "", ()) if one.id not in own]
        if others:
            users_of_it = tuple(_user(one) for one in others)
            kept[step.id] = Kept(kept_because(users_of_it), users_of_it)
    return _with_foundations(plan, list(made.values()), kept)


def kept_because(used_by: Sequence[Mapping[str, Json]], *others: str) -> str:
    """Return in words who still uses what stays: these records, and others as they are called."""
    names = [*sorted(f"{one['name']} {one['key']}" for one in used_by), *others]
    return f"kept: still used by {', '.join(names)}"


def _with_foundations(
    plan: Plan, made: Sequence[PlanItem], kept: Mapping[str, Kept]
) -> dict[str, Kept]:
    """Return the same with all that the kept services and resources run on."""
    found = dict(kept)
    waiting = list(kept)
    made_ids = {one.id for one in made}
    for ident in waiting:  # grows while it is walked
        above = plan.items[ident]
        for need in above.needs:
            if need in made_ids and need not in found:
                found[need] = Kept(f"kept: still used by {above.name}, which others use")
                waiting.append(need)
    return found


def _user(record: Product | Service) -> Mapping[str, Json]:
    return {"id": record.id, "key": record.key, "name": name_of(record)}
