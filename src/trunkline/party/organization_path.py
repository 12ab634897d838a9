"""Paths of organizations: the codes from the top down to one, kept right when something moves.

A path is renewed after the change that makes it stale: an organization's own reaction renews it
and the paths directly below, whose reactions renew those below them, and so on down.
"""

from __future__ import annotations

from trunkline.governance.register_rules import hold_name
from trunkline.kernel.behaviour import enrich, on
from trunkline.kernel.resource import event
from trunkline.kernel.work import Work
from trunkline.party.organization import Organization, ids_that_list, parent_ids

ABOVE = "organizationParentRelationship.organization.id"


@enrich(Organization)
def begin_with_a_path(work: Work, new: Organization) -> None:
    """Give a new organization with a code its path at once, which spares a second write."""
    if isinstance(new.code, str):
        new.hierarchy_path = joined(_path_above(work, parent_ids(new)), new.code.upper())


@on(event(Organization, "created"), event(Organization, "changed"))
def renew_paths(work: Work, organization: Organization) -> None:
    """Bring the paths of an organization and of those directly below it up to date."""
    has_part = organization.code or organization.hierarchy_path or parent_ids(organization)
    if not has_part and not organization.organization_child_relationship:
        return
    hold_name(work, "hierarchyPath")
    with work.edit(Organization, organization.id) as own:
        above = _path_above(work, parent_ids(own) or ids_that_list(work, own, own.id))
        own.hierarchy_path = joined(above, own.code or own.key) if above or own.code else None
    for one in _below(work, own):
        wanted = joined(own.hierarchy_path or own.key, one.code or one.key)
        if one.hierarchy_path != wanted:
            with work.edit(Organization, one.id) as child:
                child.hierarchy_path = wanted


def _path_above(work: Work, above: list[str]) -> str | None:
    parent = work.get(Organization, above[0]) if above else None
    return (parent.hierarchy_path or parent.code or parent.key) if parent else None


def _below(work: Work, organization: Organization) -> list[Organization]:
    """Return what names the organization as its parent, and what it lists and has no parent."""
    listed = [
        one.organization.id
        for one in organization.organization_child_relationship
        if one.organization is not None
    ]
    named = work.find(Organization, {ABOVE: organization.id})
    others = work.many(Organization, listed).values()
    return [*named, *(one for one in others if not parent_ids(one))]


def joined(above: str | None, own: str) -> str:
    """Return the path of what is called so below another path."""
    return f"{above}/{own}" if above else own
