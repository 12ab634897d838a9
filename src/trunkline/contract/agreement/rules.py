"""Rules of agreements: with whom, when, what is still changed, and how they move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trunkline.catalog.closure import present
from trunkline.contract.agreement.agreement import (
    Agreement,
    AgreementItem,
    Commitment,
    customer_ref,
)
from trunkline.contract.agreement.price_list import currency_faults, price_faults
from trunkline.contract.agreement.service_level import level_faults
from trunkline.documents.decode import encode
from trunkline.documents.errors import Fault, Forbidden
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.work import Work
from trunkline.party.customer import Customer
from trunkline.party.organization import Organization
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import AgreementRef

OPEN = ("draft", "pendingActivation", "active")
STAYS_FREE = frozenset({
    "status", "internalState", "stateReason", "agreementAuthorization", "externalId",
    "description", "statementOfIntent", "documentNumber", "associatedAgreement", "priceList",
    "completionDate", "characteristic",
})  # fmt: skip
FIGURES = ("ordered", "remaining", "shortfall")
"""What the server counts of each commitment."""
CONSUMERS = ("consumer", "household")
BY_ITSELF = ("active", "superseded", "expired")

rule(Agreement)(periods_are_ordered)


@enrich(Agreement)
def begin_an_agreement(_work: Work, new: Agreement) -> None:
    """Count the versions of an agreement, and give its items and commitments their ids."""
    if new.revision is None:
        new.revision = 1
        new.first_version = AgreementRef(id=new.id, name=new.name)
    if new.version is None:
        new.version = str(new.revision)
    for held in (new.agreement_item, new.commitment):
        taken = {one.id for one in held}
        free = (str(number) for number in range(1, 1 + 2 * len(taken) + 2 * len(held)))
        unused = (one for one in free if one not in taken)
        for one in held:
            if one.id is None:
                one.id = next(unused)


@rule(Agreement)
def agreement_is_with_a_company(
    work: Work, old: Agreement | None, new: Agreement
) -> Iterator[Fault]:
    """Refuse an agreement with a consumer, or with somebody who is no customer."""
    found = customer_ref(new)
    if found is None:
        return
    path, party = found
    former = customer_ref(old) if old is not None else None
    if former is not None and former[1].id == party.id:
        return
    if party.id in present(work, Organization, [party.id]):
        return
    customer = present(work, Customer, [party.id]).get(party.id)
    if customer is None:
        message = "agreements are made with companies; name the customer or its organization"
        yield Fault(f"{path}.id", "consumerRefused", message)
    elif is_consumer(work, customer):
        message = f"{customer.key} is a consumer; agreements are made with companies"
        yield Fault(f"{path}.id", "consumerRefused", message)
    elif customer.status == "terminated":
        message = f"{customer.key} is terminated; nothing is agreed with it any more"
        yield Fault(f"{path}.id", "customerNotActive", message)


def is_consumer(work: Work, customer: Customer) -> bool:
    """Tell whether a customer is a person or a household, by its party and its type."""
    party = customer.engaged_party.id
    return customer.customer_type in CONSUMERS or party not in present(work, Organization, [party])


@rule(Agreement)
def agreement_has_its_dates(work: Work, old: Agreement | None, new: Agreement) -> Iterator[Fault]:
    """Refuse an agreement without its first and last day, or sent on after its last one."""
    held = new.agreement_period or TimePeriod()
    for name, value in (("startDateTime", held.start_date_time),
                        ("endDateTime", held.end_date_time)):  # fmt: skip
        if value is None:
            message = "say from when until when it is agreed"
            yield Fault(f"agreementPeriod.{name}", "missing", message)
    is_sent = new.internal_state == "pendingActivation"
    was_sent = old is not None and old.internal_state == "pendingActivation"
    if is_sent and not was_sent and held.end_date_time and held.end_date_time <= work.now:
        message = "has passed already; agree on a later end"
        yield Fault("agreementPeriod.endDateTime", "conflictExpired", message)


@rule(Agreement)
def what_is_agreed_can_be_counted(
    work: Work, _old: Agreement | None, new: Agreement
) -> Iterator[Fault]:
    """Refuse prices, commitments and service levels that nothing could be counted with."""
    wrong = list(price_faults(new))
    yield from wrong
    if not wrong and new.internal_state in ("draft", "pendingActivation"):
        yield from currency_faults(work, new)
    yield from level_faults(new.service_level)
    parts: dict[str, Sequence[AgreementItem | Commitment]] = {
        "agreementItem": new.agreement_item,
        "commitment": new.commitment,
    }
    for name, held in parts.items():
        seen: set[str | None] = set()
        for index, one in enumerate(held):
            if one.id in seen:
                message = f"{one.id} is another one's id; leave it out"
                yield Fault(f"{name}[{index}].id", "duplicateItem", message)
            seen.add(one.id)
    for index, commitment in enumerate(new.commitment):
        path = f"commitment[{index}]"
        if commitment.committed <= Decimal(0):
            yield Fault(f"{path}.committed", "badValue", "commit to more than nothing")
        if commitment.commitment_type == "revenue" and not commitment.unit:
            yield Fault(f"{path}.unit", "required", "name the currency of the revenue")


@rule(Agreement)
def only_drafts_are_changed(work: Work, old: Agreement | None, new: Agreement) -> Iterator[Fault]:
    """Refuse to change what was agreed once an agreement is no draft any more."""
    if old is None or old.internal_state == "draft" or work.actor.kind == "system":
        return
    names = sorted((old.raw.keys() | new.raw.keys()) - STAYS_FREE)
    for name in names:
        if _said(old, name) != _said(new, name):
            how = "take it back to its draft" if old.internal_state == "pendingActivation" else (
                "make an amendment of it"
            )  # fmt: skip
            message = f"{new.key} is {old.internal_state}; {how} to change what is agreed"
            yield Fault(name, "conflictNotDraft", message)


def _said(agreement: Agreement, name: str) -> bytes:
    """Return what was agreed on under a name, without what the server counts."""
    held = agreement.raw.get(name)
    if name != "commitment":
        return encode(held)
    return encode([
        {key: value for key, value in one.items() if key not in FIGURES} for one in held or ()
    ])  # fmt: skip


@rule(Agreement)
def an_amendment_stays_with_its_customer(
    _work: Work, old: Agreement | None, new: Agreement
) -> Iterator[Fault]:
    """Refuse a later version that is made with another customer than the first one."""
    if old is None or old.former_version is None:
        return
    before, after = customer_ref(old), customer_ref(new)
    if before is not None and after is not None and before[1].id != after[1].id:
        message = "is the next version of another customer's agreement; make a new agreement"
        yield Fault(f"{after[0]}.id", "conflictCustomer", message)


@rule(Agreement)
def moves_of_an_agreement(work: Work, old: Agreement | None, new: Agreement) -> Iterator[Fault]:
    """Refuse to activate or end an agreement by hand, and to cancel one without a reason."""
    if old is None or old.internal_state == new.internal_state:
        return
    if new.internal_state in BY_ITSELF and work.actor.kind != "system":
        message = "an agreement becomes active and expires by itself, by its dates"
        raise Forbidden("notAllowed", message)
    if new.internal_state == "canceled" and not (new.state_reason or "").strip():
        yield Fault("stateReason", "reasonMissing", "say why the agreement is canceled")


@rule(Agreement, deleting=True)
def only_drafts_are_removed(_work: Work, old: Agreement) -> Iterator[Fault]:
    """Refuse to remove an agreement that is no draft any more."""
    if old.internal_state != "draft":
        message = f"{old.key} is {old.internal_state}; only a draft is removed, cancel it instead"
        yield Fault("status", "conflictNotDraft", message)
