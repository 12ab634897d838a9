"""Nodes: the steps into which an order is broken down, and what is known about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.ordering.design.chosen import Chosen
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
    copy where an item asks for several. `chosen` is the plan definition that it is carried out by,
    None where its fulfilment says all, `value` what a resource was given from a pool, or is to be.
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
    value: str | None = None
    chosen: Chosen | None = None


class Deferred(NamedTuple):
    """A part that cannot be made yet, since a value that its condition needs is not known.

    `value` is the characteristic of the item's product that gives it, None where that cannot be
    told; `source` is the key of the step that the part would be made below.
    """

    item_id: str
    specification_name: str
    reason: str
    value: str | None = None
    source: str = ""


class Copy(NamedTuple):
    """One of several alike: the key of its step, and the record that it is, where it is there."""

    key: str
    record: str | None = None


class Copies(NamedTuple):
    """Several products or parts alike that one item asks for by a number, those chosen to go aside.

    `base` tells them from others of the item: the same place in its tree has the same one.
    """

    base: str
    item_id: str
    name: str
    members: tuple[Copy, ...] = ()


class Choice(NamedTuple):
    """Several alike of which fewer are wanted, and nobody has said yet which ones go."""

    item_id: str
    name: str
    wanted: int
    copies: tuple[Copy, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """Return it as clients are asked."""
        copies = [
            {"key": one.key} | ({"record": one.record} if one.record else {}) for one in self.copies
        ]
        return {"itemId": self.item_id, "name": self.name, "wanted": self.wanted, "copy": copies}

    @property
    def fault(self) -> str:
        """What is to be said, in words."""
        there = f"{len(self.copies)} of {self.name} are there and {self.wanted} are wanted"
        return f"{there}; say which ones go (leftOut)"


UNCHOSEN = "copyChoiceMissing"
"""The code of the fault that nobody has said which ones of several go."""


@dataclass(frozen=True)
class Decomposition:
    """What an order breaks down into: nodes in an order in which they could be done.

    `faults` name what kept a part from being made, with the path of its item; `deferred` are the
    parts that wait for a value. `copies` are all that items ask for by number, `choices` what is
    installed of which fewer are wanted.
    """

    nodes: tuple[Node, ...] = ()
    faults: tuple[Fault, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    copies: tuple[Copies, ...] = ()
    choices: tuple[Choice, ...] = ()
