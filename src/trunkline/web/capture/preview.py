"""The preview: what an order would do and cost, and what is wrong with it, before it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.decode import encode, load, normalise
from trunkline.documents.errors import Fault, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.actor import Actor
from trunkline.kernel.schema import validators
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.simulation import SimulationResult, simulate
from trunkline.web.capture.body import Body, Spot
from trunkline.web.editing.problems import label_of_path

SIMULATE = "ordering:simulate"
UNSAID = ("product.id", "productOrderItem", "productOffering.id", "product")
CHARACTERISTICS = ".product.productCharacteristic"


@dataclass(frozen=True)
class Preview:
    """What came of a simulation, None where there is none; and everything that is wrong."""

    result: SimulationResult | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong: with which line, part and characteristic, as far as it says.

    `element` is which of the values of that name, `inner` the path inside it.
    """

    message: str
    line: int = 0
    key: str = ""
    name: str = ""
    field: str = ""
    element: int = 0
    inner: str = ""


def preview(work: Work, body: Body) -> Preview:
    """Return what the order would do, as the interface's own simulation says it.

    Who may order is told what is wrong and what it costs, as sending it would; the plan is for
    those who may simulate (`may_see_plan`). Without an item there is nothing to be said.
    """
    if not body.document.get("productOrderItem"):
        return Preview()
    sent: dict[str, Json] = load(encode(body.document))
    faults: list[Fault] = []
    normalise(ProductOrder, sent, faults)
    faults += validators.of(ProductOrder.resource).faults(sent)
    if faults:
        return Preview(None, tuple(faults))
    try:
        result = simulate(work, ProductOrder.wrap(sent))
    except Refusal as refusal:
        return Preview(None, tuple(faults_of(refusal)))
    return Preview(result, result.faults)


def idle_faults(body: Body) -> Iterator[Fault]:
    """Yield a fault for each item that changes a product and does not say into what."""
    idle = idle_items(body)
    for path, spot in body.spots.items():
        if spot.item in idle:
            message = "Choose what becomes different, or take this out of the order."
            yield Fault(f"{path}.product", "nothingChanges", message)


def idle_items(body: Body) -> set[str]:
    """Return the ids of the items that change a product and do not say into what."""
    return {
        ident
        for ident, item in body.items.items()
        if item["action"] == "modify"
        and not {*item, *item.get("product", {})} - {"id", "action", "product"}
    }


def may_see_plan(actor: Actor) -> bool:
    """Tell whether somebody may see beforehand what an order does."""
    return actor.may(SIMULATE) is not None


def faults_of(refusal: Refusal) -> Sequence[Fault]:
    """Return what a refusal says, as faults."""
    return refusal.faults or [Fault("", refusal.code, refusal.message)]


def troubles(faults: Iterable[Fault], spots: Mapping[str, Spot]) -> list[Trouble]:
    """Return each thing that is wrong once, at the line, part or field that it is about."""
    return list(dict.fromkeys(_troubles(faults, spots)))


def _troubles(faults: Iterable[Fault], spots: Mapping[str, Spot]) -> Iterator[Trouble]:
    by_length = sorted(spots, key=len, reverse=True)
    for fault in faults:
        path = next((one for one in by_length if _lies_in(fault.path, one)), None)
        if path is None:
            yield Trouble(fault.message, field=fault.path.partition(".")[0].partition("[")[0])
            continue
        spot, rest = spots[path], fault.path[len(path) :]
        name, element, inner = _named(fault, rest, spot)
        about = rest.lstrip(".")
        label = "" if name or about in UNSAID else label_of_path(about.rpartition(".")[2])
        yield Trouble(fault.message, spot.line, spot.key, name, label, element, inner)


def _lies_in(path: str, above: str) -> bool:
    return path == above or path.startswith((f"{above}.", f"{above}["))


def _named(fault: Fault, rest: str, spot: Spot) -> tuple[str, int, str]:
    """Return the characteristic that a fault is about, which of its values, and where in that.

    A missing one is only in the message.
    """
    if not rest.startswith(CHARACTERISTICS):
        return "", 0, ""
    index, _, inner = rest[len(CHARACTERISTICS) :].lstrip("[").partition("]")
    if index.isdecimal() and int(index) < len(spot.names):
        name = spot.names[int(index)]
        return name, spot.names[: int(index)].count(name), inner.removeprefix(".value")
    missing = " is missing" in fault.message
    return fault.message.partition(" is missing")[0] if missing else "", 0, ""
