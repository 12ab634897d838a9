"""What is open of a person, one thing after the other: it stands in the way of an erasure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.care.archive.open_things import (
    RESTING,
    counts_as_open,
    held_or_named,
    stays_beside,
)
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.in_the_way import Obstacle, in_the_way, said
from trunkline.privacy.subject import Subject

TOLD_MAX = 20
"""How many of a kind are told; the next ones when these are done."""
NEXT: Mapping[str, str] = {
    "Product": said("Order its end."),
    "ProductOrder": said("Let it complete, or cancel it."),
    "CustomerBill": said("Let it be paid, or correct it."),
    "TroubleTicket": said("Close it."),
    "CustomerRequest": said("Complete or reject it."),
    "BillingAccount": said("Close the account."),
    "Contract": said("End the contract."),
    "ServiceContract": said("End it."),
    "Agreement": said("End the agreement."),
    "DuplicatePair": said("Decide whether the two are one."),
}
OTHERWISE = said("Bring it to its end first.")
stays_beside(ErasureRequest)


@in_the_way
def open_things(work: Work, subject: Subject) -> Iterator[Obstacle]:
    """Yield the records of a person, and those that name it, that neither ended nor rest."""
    kinds = {one.name: one for one in work.services.registry if counts_as_open(one)}
    idents = list(subject.idents)
    for name, found in held_or_named(work, [*kinds.values()], subject.party, idents):
        lifecycle = kinds[name].lifecycle
        assert lifecycle is not None
        over, told = lifecycle.final | RESTING.get(name, frozenset()), 0
        for one in work.many(kinds[name].type, found).values():
            state = internal_state(kinds[name], one.raw)
            if state is not None and state not in over and told < TOLD_MAX:
                told += 1
                yield Obstacle(name, one.key, one.id, state, NEXT.get(name, OTHERWISE))
