"""Settings: what a step's definition says about changing and canceling its order. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.catalog.fulfilment_terms import NoReturn, OnCancel, OnChange, Reaches
from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.shape import Json
from trunkline.ordering.plan_item import PlanItem


@dataclass(frozen=True)
class Setting:
    """What becomes of a begun step where its order changes (`on_change`) or leaves it out.

    Changes of `insignificant` characteristics alone leave it as it is. `reaches` says how far its
    point of no return goes: the whole bundle of its line, the line alone, or the whole order.
    """

    no_return: NoReturn = "none"
    on_change: OnChange = "update"
    on_cancel: OnCancel = "undo"
    insignificant: frozenset[str] = frozenset()
    reaches: Reaches = "bundle"


def setting_of(item: PlanItem, catalog: CatalogSnapshot) -> Setting:
    """Return what holds for a step: by its plan definition, else by its specification.

    A specification says it in its extension `fulfilment`, in the words of a definition's item.
    """
    said = _definition(item) or _fulfilment(item, catalog)
    held = said.get("compensation")
    compensation: Mapping[str, Json] = held if isinstance(held, dict) else {}
    declared = said.get("pointOfNoReturn")
    is_hard = item.point_of_no_return or declared in (True, "hard")
    on_change, on_cancel = compensation.get("onChange"), compensation.get("onCancel")
    insignificant = compensation.get("insignificant")
    reaches = said.get("pointOfNoReturnReaches")
    return Setting(
        no_return="soft" if declared == "soft" else "hard" if is_hard else "none",
        on_change=on_change
        if on_change in ("redo", "undo", "undoThenRedo", "nothing")
        else "update",
        on_cancel="nothing" if on_cancel == "nothing" else "undo",
        insignificant=frozenset(insignificant if isinstance(insignificant, list) else ()),
        reaches=reaches if reaches in ("line", "order") else "bundle",
    )


def _definition(item: PlanItem) -> Mapping[str, Json]:
    held: Json = item.design["item"] if isinstance(item.design, dict) else None
    return held if isinstance(held, dict) else {}


def _fulfilment(item: PlanItem, catalog: CatalogSnapshot) -> Mapping[str, Json]:
    ident = item.specification or ""
    layers = (
        catalog.product_specifications,
        catalog.service_specifications,
        catalog.resource_specifications,
    )
    for layer in layers:
        specification = layer.get(ident)
        if specification is not None:
            said = specification.raw.get("fulfilment")
            return said if isinstance(said, dict) else {}
    return {}
