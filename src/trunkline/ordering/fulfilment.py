"""Fulfilment: by whom, how and how fast a step of an order is done, as its specification says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from trunkline.catalog.entry import Specification, once
from trunkline.catalog.fulfilment_terms import FulfilmentKind
from trunkline.catalog.relation import relations
from trunkline.catalog.service_specification import ServiceSpecification, facing_of
from trunkline.documents.shape import Json
from trunkline.documents.whole_number import longest, whole

KINDS: tuple[str, ...] = get_args(FulfilmentKind)


@dataclass(frozen=True)
class Fulfilment:
    """How a step is carried out: by ourselves, the network, a person, a visit, or by waiting.

    `role` names who does a manual step; `delay_seconds` is how long a timer waits; after a step
    with `point_of_no_return` has started, its order cannot be canceled. `system` is the code of the
    outside system that a call goes to, where that is not the network, `sla` the step's service
    level in the words of a plan definition's item.
    """

    kind: FulfilmentKind = "automatic"
    title: str | None = None
    role: str | None = None
    point_of_no_return: bool = False
    duration_minutes: int | None = None
    delay_seconds: int | None = None
    system: str | None = None
    sla: Json = None


def fulfilment_of(specification: Specification) -> Fulfilment:
    """Return what a specification says under `fulfilment` (our extension), or the default.

    Without it a resource-facing service is done by the network, everything else by ourselves.
    """
    return once(specification, _said)


def _said(specification: Specification) -> Fulfilment:
    said = specification.raw.get("fulfilment")
    held = said if isinstance(said, dict) else {}
    kind = held.get("kind")
    return Fulfilment(
        kind=kind if kind in KINDS else _default_kind(specification),
        title=_text(held.get("title")),
        role=_text(held.get("role")),
        point_of_no_return=held.get("pointOfNoReturn") is True,
        duration_minutes=_span(held, "durationMinutes"),
        delay_seconds=_span(held, "delaySeconds"),
        system=_text(held.get("system")),
        sla=_sla(held.get("sla")),
    )


def _sla(said: Json) -> Json:
    """Return a service level that can be counted, None for everything else."""
    minutes = whole(said.get("minutes")) if isinstance(said, dict) else None
    return {**said, "minutes": minutes} if type(minutes) is int and minutes > 0 else None


def is_resource_facing(specification: ServiceSpecification) -> bool:
    """Return whether a service faces resources: as it says, else where no service realizes it."""
    said = facing_of(specification.raw)
    if said is not None:
        return said == "ResourceFacingService"
    return not any(
        one.target == "ServiceSpecification" and one.makes_order for one in relations(specification)
    )


def _default_kind(specification: Specification) -> FulfilmentKind:
    if isinstance(specification, ServiceSpecification) and is_resource_facing(specification):
        return "callout"
    return "automatic"


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _span(held: Mapping[str, Json], name: str) -> int | None:
    """Return a span of time that is said by a number, None where it is none that can be."""
    value, most = whole(held.get(name)), longest(name)
    if type(value) is not int or most is None or not 0 <= value <= most:
        return None
    return value
