"""Drafts: nodes while an order is being broken down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from trunkline.catalog.entry import Specification
from trunkline.documents.shape import Json
from trunkline.ordering.fulfilment import Fulfilment, fulfilment_of
from trunkline.ordering.node import Node, NodeAction, NodeCharacteristic, NodeLayer
from trunkline.ordering.order_line import natural


@dataclass
class Draft:
    """A node that still grows."""

    key: str
    layer: NodeLayer
    action: NodeAction
    specification: Specification | None
    name: str
    explanation: str
    items: set[str]
    item_id: str
    characteristics: tuple[NodeCharacteristic, ...] = ()
    before: tuple[tuple[str, Json], ...] = ()
    place: Json = None
    instance_id: str | None = None
    offering_id: str | None = None
    copy: int = 1
    parents: set[str] = field(default_factory=set)
    parent_instances: set[str] = field(default_factory=set)
    reuses: set[str] = field(default_factory=set)
    leaves: set[str] = field(default_factory=set)
    removes: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)
    specification_id: str | None = None
    value: str | None = None

    def node(self) -> Node:
        """Return the finished node."""
        specification = self.specification
        return Node(
            key=self.key,
            layer=self.layer,
            action=self.action,
            item_id=self.item_id,
            specification_id=specification.id if specification else self.specification_id,
            specification_name=self.name,
            explanation=self.explanation,
            fulfilment=self._fulfilment(),
            item_ids=_sorted(self.items),
            offering_id=self.offering_id,
            characteristics=self.characteristics,
            before=self.before,
            place=self.place,
            instance_id=self.instance_id,
            parents=_sorted(self.parents),
            needs=_sorted(self.needs),
            parent_instances=tuple(sorted(self.parent_instances)),
            reuses=tuple(sorted(self.reuses)),
            leaves=tuple(sorted(self.leaves)),
            removes=tuple(sorted(self.removes)),
            copy=self.copy,
            value=self.value,
        )

    def _fulfilment(self) -> Fulfilment:
        """Return what the specification says; a service of unknown kind is the network's."""
        if self.specification is not None:
            return fulfilment_of(self.specification)
        return Fulfilment(kind="callout" if self.layer == "service" else "automatic")


def _sorted(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(found, key=natural))
