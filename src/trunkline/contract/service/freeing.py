"""Freeing: a renewal that came to nothing lets go of what was to go on in it."""

from __future__ import annotations

from trunkline.contract.service.contract import Contract
from trunkline.contract.service.entitlement import Entitlement
from trunkline.contract.service.lasting import FINAL
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.documents.shape import format_instant
from trunkline.kernel.work import Work
from trunkline.shared.period import start_of


def give_renewal_up(work: Work, made: Contract) -> None:
    """Bring contracts, what serves them and its entitlements back to what they were before a
    renewal that has ended without having begun; done again, it changes nothing more."""
    for former in work.find(Contract, {"renewedBy.id": made.id}):
        _free(work, Contract, former.id, made)
    for one in work.find(ServiceContract, {"contract.id": made.id}):
        if one.former_contract is not None:
            with work.edit(ServiceContract, one.id) as held:
                held.contract, held.former_contract = one.former_contract, None
        elif one.renewed_from is not None:
            _free(work, ServiceContract, one.renewed_from.id, one)
            for right in work.find(Entitlement, {"serviceContract.id": one.id}):
                if right.renewed_from is not None:
                    _free(work, Entitlement, right.renewed_from.id, right)


def _free(
    work: Work,
    kind: type[Contract | ServiceContract | Entitlement],
    ident: str,
    made: Contract | ServiceContract | Entitlement,
) -> None:
    """Take the link back, and give the dates back that nobody has moved since."""
    start = start_of(made.valid_for)
    if work.get(kind, ident) is None or start is None:
        return
    with work.edit(kind, ident) as held:
        if not isinstance(held, Entitlement):
            if held.renewed_by is None or held.renewed_by.id != made.id:
                return
            held.renewed_by = None
        if held.state in FINAL:
            return
        for raw in (held.raw, *(held.raw.get("contractLine") or ())):
            before = raw.pop("datesBeforeRenewal", None)
            if before and (raw.get("validFor") or {}).get("endDateTime") == format_instant(start):
                raw["validFor"] = before
