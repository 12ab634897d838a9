"""Nodes: the steps into which an order is broken down, and what is known about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.fulfilment import Fulfilment

NodeLayer: TypeAlias = Literal["product", "service", "resource"]
NodeAction: TypeAlias = Literal["add", "modify", "delete", "suspend", "resume"]

SHARED = "shared/"
"""What the keys of parts begin with that serve several sources."""


class NodeCharacteristic(NamedTuple):
    """A value of a node, and where it comes from (`explanation`, for people)."""

    name: str
    value: Json
    explanation: str


@dataclass(frozen=True)
class Node:
    """One product, service or resource that an order makes, changes or ends.

    `key` is stable over repeated runs; `item_id` is the order item that caused the node first and
    `item_ids` are all of them, sorted. `parents` are the keys of the nodes that it realizes or is
    part of, `needs` those of the nodes that must be done before. `instance_id` is the existing
    record of everything but an add. `parent_instances` are existing products and services that
    the new record joins while they have no node in this order; `reuses` are existing services and
    resources that the node is linked to without changing them. `leaves` are existing products and
    services that stay when the node ends their part, `removes` existing parts that stay when the
    node lets go of them. `before` holds the former
    characteristics of a modify (name, value), `place` the place's JSON, `copy` the number of the
    copy where an item asks for several.
    """

    key: str
    layer: NodeLayer
    action: NodeAction
    item_id: str
    specification_id: str | None
    specification_name: str
    explanation: str
    fulfilment: Fulfilment = field(default_factory=Fulfilment)
    item_ids: tuple[str, ...] = ()
    offering_id: str | None = None
    characteristics: tuple[NodeCharacteristic, ...] = ()
    before: tuple[tuple[str, Json], ...] = ()
    place: Json = None
    instance_id: str | None = None
    parents: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    parent_instances: tuple[str, ...] = ()
    reuses: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    copy: int = 1


class Deferred(NamedTuple):
    """A part that cannot be made yet, since a value that its condition needs is not known."""

    item_id: str
    specification_name: str
    reason: str


@dataclass(frozen=True)
class Decomposition:
    """What an order breaks down into: nodes in an order in which they could be done.

    `faults` name what kept a part from being made, with the path of its item; `deferred` are the
    parts that wait for a value.
    """

    nodes: tuple[Node, ...] = ()
    faults: tuple[Fault, ...] = ()
    deferred: tuple[Deferred, ...] = ()
