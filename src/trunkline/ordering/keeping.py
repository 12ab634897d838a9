"""Keeping: what a canceled order made and others use by now, which is not taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.inventory.product import Product
from trunkline.inventory.service import Service
from trunkline.kernel.work import Work
from trunkline.ordering.installed import name_of, users
from trunkline.ordering.plan_item import Plan, PlanItem


def kept_for_others(work: Work, plan: Plan, undone: Sequence[PlanItem]) -> dict[str, str]:
    """Return why steps are not undone, by step: others use what was made, or what runs on it.

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
    kept: dict[str, str] = {}
    for ident, step in made.items():
        others = [one for one in used.get(ident or "", ()) if one.id not in own]
        if others:
            kept[step.id] = f"kept: still used by {_names(others)}"
    return _with_foundations(plan, list(made.values()), kept)


def _with_foundations(
    plan: Plan, made: Sequence[PlanItem], kept: Mapping[str, str]
) -> dict[str, str]:
    """Return the same with all that the kept services and resources run on."""
    found = dict(kept)
    waiting = list(kept)
    made_ids = {one.id for one in made}
    for ident in waiting:  # grows while it is walked
        above = plan.items[ident]
        for need in above.needs:
            if need in made_ids and need not in found:
                found[need] = f"kept: still used by {above.name}, which others use"
                waiting.append(need)
    return found


def _names(records: Sequence[Product | Service]) -> str:
    return ", ".join(sorted(f"{name_of(one)} {one.key}" for one in records))
