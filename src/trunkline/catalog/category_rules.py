"""What holds for categories: a tree has no circle."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.catalog.category import Category
from trunkline.catalog.closure import closure
from trunkline.catalog.resource_catalog import ResourceCategory
from trunkline.catalog.service_catalog import ServiceCategory
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.hierarchy import keep_others_out

AnyCategory = Category | ServiceCategory | ResourceCategory


@rule(Category, ServiceCategory, ResourceCategory)
def tree_has_no_circle(work: Work, old: AnyCategory | None, new: AnyCategory) -> Iterator[Fault]:
    """Refuse a category that would be above or below itself."""
    if _place(old) != _place(new):
        keep_others_out(work, type(new))
    below = closure(work, type(new), child_ids(new), child_ids).keys()
    above = _above(work, new)
    if new.id in below or (below & above):
        path = "subCategory" if isinstance(new, Category) else "category"
        yield Fault(path, "categoryCircle", f"leads back to {new.name} itself; take it off")
    elif new.id in above:
        yield Fault("parentId", "categoryCircle", f"{new.name} would be above itself")


def child_ids(category: AnyCategory) -> list[str]:
    """Return the ids of the categories right below one."""
    held = category.sub_category if isinstance(category, Category) else category.category
    return [one.id for one in held]


def _above(work: Work, category: AnyCategory) -> set[str]:
    found: set[str] = set()
    parent_id = category.parent_id
    while parent_id:
        parent = work.get(type(category), parent_id)
        if parent is None or parent.id in found:
            break
        found.add(parent.id)
        parent_id = parent.parent_id
    return found


def _place(category: AnyCategory | None) -> tuple[str | None, list[str]]:
    return (category.parent_id, child_ids(category)) if category is not None else (None, [])
