"""What an order is broken down by, read ahead: its records, the catalog, what may be shared.

To say why a step is there its order is broken down once more, which asks for one record after the
other. Two statements read all of it; the first reads the order, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.catalog.snapshot import CatalogSnapshot
from trunkline.documents.references import references
from trunkline.documents.shape import Json
from trunkline.inventory.product import Product
from trunkline.inventory.resource import Resource
from trunkline.inventory.service import Service
from trunkline.kernel.resource import Document
from trunkline.kernel.select import array_of
from trunkline.kernel.work import FIND_MAX
from trunkline.ordering.installed import customer_of, shared_ids
from trunkline.ordering.order_catalog import seen_before, take_as_present, versions_of, wanted_of
from trunkline.ordering.standalone_line import RootOrder
from trunkline.party.customer import Customer
from trunkline.screens.read_ahead import keep_sought
from trunkline.web.capture.below import Ids, below, take_in_users
from trunkline.web.capture.looking import Looking
from trunkline.web.records import Branch

INSTALLED = frozenset(one.resource.name for one in (Product, Service, Resource))
SHARED: Sequence[tuple[type[Document], str, str]] = (
    (Service, "serviceSpecification", "ServiceSpecification"),
    (Resource, "resourceSpecification", "ResourceSpecification"),
)
"""What may be shared, where it names its specification, and of which kind that is."""


@dataclass(frozen=True)
class _Sought:
    """What a customer has of certain specifications: as it is asked for, and as it is read."""

    kind: type[Document]
    wanted: dict[str, Json]
    ids: Ids

    @property
    def branch(self) -> Branch:
        tail = f"order by t.id desc limit {FIND_MAX}"
        text = f"t.id in ({self.ids.text})"
        return Branch(self.kind.resource, text, self.ids.parameters, tail, is_for_rules=True)


def beside_order(looking: Looking, kind: type[Document], own: Ids) -> list[Branch]:
    """Return what is read together with an order that `own` finds: its customer and records.

    Tables of plans may ask about the customer.
    """
    named = (
        f"select f.target from {kind.resource.reference_table} f "  # noqa: S608 - our own names
        f"where f.source in ({own.text}) and f.type = %s"
    )
    parameters = [*own.parameters, kind.resource.name]
    buyer = Branch(
        Customer.resource,
        f"t.id in ({named} and f.path = 'relatedParty')",
        parameters,
        is_for_rules=True,
    )
    above = Ids(f"{named} and f.target_type = any(%s)", [*parameters, sorted(INSTALLED)])
    return [buyer, *below(looking, above, is_for_rules=True)]


def read_beside_plan(looking: Looking, order: RootOrder) -> None:
    """Read whether the catalog is as it was, and what the customer may share, with all below it.

    A part of the catalog that nobody asked for before is read as it is found, and kept.
    """
    snapshot = seen_before(wanted_of(looking, order)) or CatalogSnapshot()
    versions = [
        Branch(one.resource, "t.id = any(%s::uuid[])", [array_of(idents)],
               is_for_rules=True, only_version=True)
        for one, idents in versions_of(snapshot).items()
    ]  # fmt: skip
    sought = _sought(snapshot, customer_of(order.related_party))
    under = [branch for one in sought for branch in below(looking, one.ids, is_for_rules=True)]
    branches = [*versions, *(one.branch for one in sought), *under]
    found = looking.read_each(branches) if branches else []
    known = [one for some in found[: len(versions)] for one in some]
    take_as_present(
        looking, snapshot, {one.id: (one.meta.version, one.meta.updated_at) for one in known}
    )
    begin = [
        one.id
        for one in references(type(order), order.raw)
        if not INSTALLED.isdisjoint(one.shape.targets)
    ]
    for asked, records in zip(sought, found[len(versions) :], strict=False):
        keep_sought(looking, asked.kind, asked.wanted, FIND_MAX, records)
        begin += [one.id for one in records]
    take_in_users(looking, begin, is_for_rules=True)


def _sought(snapshot: CatalogSnapshot, customer: str | None) -> list[_Sought]:
    """Return what is asked for of what the customer has: what the parts of an order may share."""
    shared = shared_ids(snapshot) if customer is not None else {}
    found = []
    for kind, path, target in SHARED:
        idents = shared.get(target)
        if not idents:
            continue
        name, table = kind.resource.name, kind.resource.reference_table
        ids = Ids(
            f"select f.source from {table} f where f.target = %s::uuid "  # noqa: S608 - our own
            f"and (f.type, f.path) = ('{name}', 'relatedParty') and f.source in (select s.source "
            f"from {table} s where s.target = any(%s::uuid[]) "
            f"and (s.type, s.path) = ('{name}', '{path}'))",
            [customer, array_of(idents)],
        )
        found.append(_Sought(kind, {"relatedParty.id": customer, f"{path}.id": idents}, ids))
    return found
