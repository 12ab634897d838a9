"""Prices changed for many at once, for programs: what a job of the kind `reprice` is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from trunkline.catalog.repricing import Formula, change_prices
from trunkline.documents.decode import bounded_number
from trunkline.documents.errors import Fault, refuse
from trunkline.documents.shape import Json, parse_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services

KNOWN = ("percent", "amount", "step", "start")
STEP = Decimal("0.01")


def begin_repricing(
    services: Services, actor: Actor, sent: Mapping[str, Json], idents: Sequence[str], title: str
) -> str:
    """Begin to change the prices named, by the formula that was sent; returns the id of the job."""
    return change_prices(services, actor, idents, _formula(services, sent.get("formula")), title)


def _formula(services: Services, sent: Json) -> Formula:
    """Return the formula that was sent, or refuse all that is wrong with it."""
    faults: list[Fault] = []
    held = sent if isinstance(sent, dict) else {}
    if not held:
        faults.append(Fault("formula", "missing", "say by how much the prices change"))
    faults += [
        Fault(f"formula.{one}", "unknownAttribute", f"there are {', '.join(KNOWN)}")
        for one in held
        if one not in KNOWN
    ]
    percent, amount = (_number(held, one, Decimal(0), faults) for one in ("percent", "amount"))
    step = _number(held, "step", STEP, faults)
    if step <= 0:
        faults.append(Fault("formula.step", "badValue", "must be above 0"))
    if held and not faults and not percent and not amount:
        faults.append(Fault("formula", "missing", "say by how much the prices change"))
    start = services.now()
    try:
        start = parse_instant(str(held.get("start") or ""))
    except (TypeError, ValueError, AttributeError):
        faults.append(Fault("formula.start", "badValue", "must be an instant, such as a day"))
    else:
        if start <= services.now():
            faults.append(Fault("formula.start", "startPast", "must lie ahead"))
    refuse(faults)
    return Formula(percent, amount, step, start)


def _number(held: Mapping[str, Json], name: str, default: Decimal, faults: list[Fault]) -> Decimal:
    value = held.get(name)
    if value is None:
        return default
    try:
        if isinstance(value, bool):
            raise ValueError(name)
        return Decimal(bounded_number(f"{value}"))
    except (InvalidOperation, ValueError):
        faults.append(Fault(f"formula.{name}", "badValue", "must be a number"))
        return default
