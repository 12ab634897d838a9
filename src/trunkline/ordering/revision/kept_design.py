"""Kept designs: what runs goes on by the version of the plan definition that it began by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trunkline.documents.shape import Json
from trunkline.kernel.row import ROW, document_of
from trunkline.kernel.select import array_of
from trunkline.kernel.work import Work
from trunkline.ordering.design.chosen import Chosen
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.picking import chosen_of, with_plan
from trunkline.ordering.node import Node
from trunkline.ordering.plan_item import Plan, PlanItem
from trunkline.ordering.revision.compensation import in_force


def with_kept_designs(
    work: Work, plan: Plan, bare: Sequence[Node], designed: Sequence[Node]
) -> tuple[Node, ...]:
    """Return the parts of an order that runs, with what they are carried out by.

    What its plan has already goes on as it began, by a definition or by its specification alone,
    whatever was published or decided otherwise since; what is new, or is made of something else,
    goes by what holds now. `bare` are the same parts as `designed` without definitions.
    """
    first = {key: steps[0] for key, steps in in_force(plan).items()}
    begun = {one.key: first[one.key] for one in bare if _is_same(one, first.get(one.key))}
    known = _definitions(work, [one.origin for one in begun.values()])
    return tuple(
        with_plan(one, _kept(begun[one.key].origin, known)) if one.key in begun else other
        for one, other in zip(bare, designed, strict=True)
    )


def _is_same(node: Node, step: PlanItem | None) -> bool:
    about = (node.specification_id, node.action)
    return step is not None and about == (step.specification, step.action)


def _definitions(work: Work, origins: Sequence[Json]) -> Mapping[str, Chosen]:
    wanted = {str(one["definition"]) for one in origins if isinstance(one, dict)}
    if not wanted:
        return {}
    rows = work.connection.execute(
        f"select {ROW} from {PlanDefinition.resource.table} t "  # noqa: S608
        "where t.id = any(%s::uuid[])",
        [array_of(wanted)],
    ).fetchall()
    found = [chosen_of(document_of(PlanDefinition, row)) for row in rows]
    return {one.id: one for one in found}


def _kept(origin: Json, known: Mapping[str, Chosen]) -> Chosen | None:
    if not isinstance(origin, dict):
        return None
    chosen = known.get(str(origin["definition"]))
    if chosen is None:
        return None
    said, version = str(origin.get("reason") or ""), origin.get("tableVersion")
    return replace(chosen, reason=said, table_version=version)
