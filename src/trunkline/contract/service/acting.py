"""Acting: contracts, service contracts and entitlements suspended, resumed and cancelled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypeAlias

from trunkline.contract.service.contract import Contract, ContractDetails
from trunkline.contract.service.ended_once import charge_early_end
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.lasting import FINAL, State, by_date
from trunkline.contract.service.rules import Lasting
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.documents.errors import Conflict, Fault, refuse
from trunkline.kernel.work import Work

Act: TypeAlias = Literal["activate", "suspend", "resume", "cancel"]
FROM: dict[Act, tuple[State, ...]] = {
    "activate": ("draft",),
    "suspend": ("active",),
    "resume": ("suspended",),
    "cancel": ("draft", "active", "suspended"),
}


def acts_open(one: Lasting) -> list[Act]:
    """Return what may be done with something in its state."""
    return [act for act, states in FROM.items() if one.state in states]


def open_to(
    work: Work, kind: type[Contract | ServiceContract | Entitlement], ident: str, act: Act,
    *, reason: str = "",
) -> Lasting:  # fmt: skip
    """Return something locked that may be done something with.

    Refuses (409) what its state does not admit, and (400) to cancel without a reason.
    """
    work.actor.must(kind.resource, "update")
    held = work.lock(kind, ident)
    if act not in acts_open(held):
        allowed = ", ".join(acts_open(held)) or "nothing"
        message = f"{held.key} is {held.state}; what is open to it: {allowed}"
        raise Conflict("lifecycleMove", message)
    if act == "cancel" and not reason.strip():
        refuse([Fault("reason", "reasonMissing", "say why it is cancelled")])
    return held


def act_on(
    work: Work, kind: type[Contract | ServiceContract | Entitlement], ident: str, act: Act,
    *, reason: str = "", waiver: str = "",
) -> Lasting:  # fmt: skip
    """Do one thing with a contract or an entitlement at once and return it.

    What is resumed comes back into the state that its dates give.
    """
    held = open_to(work, kind, ident, act, reason=reason)
    live: Collection[str] = ()
    if isinstance(held, Contract | ServiceContract):
        live = live_lines(held)
        do_lines(work, held.id, act, None, kind=type(held))
    return finish(work, held.id, act, kind=kind, reason=reason, waiver=waiver, live=live)


def live_lines(held: ContractDetails) -> list[str]:
    """Return the ids of the lines that have not ended."""
    return [str(one.id) for one in held.contract_line if one.state not in FINAL]


def do_lines(
    work: Work, ident: str, act: Act, lines: Collection[str] | None,
    *, kind: type[Contract | ServiceContract] = Contract,
) -> None:  # fmt: skip
    """Do something with lines of a contract, all where none are named, before it is done itself."""
    with work.edit(kind, ident) as held:
        for line in held.contract_line:
            if lines is not None and line.id not in lines:
                continue
            if act == "suspend":
                line.is_held = True
            elif act == "resume":
                line.is_held = None
            elif act == "cancel" and line.state not in FINAL:
                line.state = "cancelled"


def finish(
    work: Work, ident: str, act: Act,
    *, kind: type[Contract | ServiceContract | Entitlement] = Contract, reason: str = "",
    waiver: str = "", live: Collection[str] = (),
) -> Lasting:  # fmt: skip
    """Bring something into the state that an act leads to, when its lines are there.

    The fee for an early end counts the lines that were `live` before.
    """
    with work.edit(kind, ident) as one:
        if act == "activate":
            one.state = "active"
        elif act == "suspend":
            one.state = "suspended"
        elif act == "resume":
            one.state = by_date(one.valid_for, work.now)
        else:
            if isinstance(one, Contract):
                one.fee_waiver_reason = waiver or one.fee_waiver_reason
                charge_early_end(work, one, live)
            one.state = "cancelled"
        if reason:
            one.state_reason = reason
    return one
