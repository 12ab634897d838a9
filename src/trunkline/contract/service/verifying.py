"""Verifying: whether somebody is entitled to be helped, by what, how well, and with what is left.

An entitlement is used once for each case: asked again for the same case, it says what it said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from trunkline.contract.api import USE
from trunkline.contract.service.entitlement import Entitlement, EntitlementUse
from trunkline.contract.service.service_contract import ServiceContract
from trunkline.contract.service.settling import begins_with
from trunkline.documents.errors import Fault, Invalid
from trunkline.documents.shape import Json, format_instant
from trunkline.inventory.product import ENDED_PRODUCT, Product
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer
from trunkline.shared.party_reference import customer_among
from trunkline.shared.period import end_of

LIMIT = 10
LIMIT_MAX = 100
SEARCH_MAX = 500
HELPING = ("active", "draft")
WORD_MAX, REFERENCE_MAX = 60, 120
RESTS = ENDED_PRODUCT | {"suspended"}
"""The states of a product in which what covers it by name does not help."""
Why: TypeAlias = Literal["noEntitlement", "notCovered", "notInTime", "notActive", "usedUp"]
REASONS: dict[Why, str] = {
    "noEntitlement": "there is no entitlement for this customer or account",
    "notCovered": "no entitlement covers this product, issue type and channel",
    "notInTime": "no entitlement that covers this holds at that time",
    "notActive": "every entitlement that covers this is a draft, suspended or cancelled",
    "usedUp": "every entitlement that covers this is used up",
}


@dataclass(frozen=True)
class Question:
    """What is asked: who, about what, when; all that is said has to fit."""

    customer: str | None = None
    account: str | None = None
    product: str | None = None
    service_contract: str | None = None
    issue_type: str | None = None
    channel: str | None = None
    at: datetime | None = None
    limit: int = LIMIT
    offset: int = 0


@dataclass(frozen=True)
class Use:
    """That an entitlement is to be used: for which case, and how many units."""

    reference: str
    units: Decimal = Decimal(1)
    about: tuple[str, str] | None = None


@dataclass(frozen=True)
class Verified:
    """The answer: the entitlements that hold, the best first, or why there is none."""

    entitlements: Sequence[Entitlement]
    has_more: bool
    total: int
    why: Why | None = None
    used: EntitlementUse | None = None


def verify(work: Work, asked: Question, use: Use | None = None) -> Verified:
    """Return which entitlements hold for what is asked, and use the best one where that is wanted.

    Refuses (400) a question that names neither a customer nor an account, and names we do not know.
    """
    work.actor.must(Entitlement.resource, "read")
    customer, account, product = _known(work, asked)
    if use is not None:
        work.actor.must_have(USE)
        _check_use(work, use)
        # One case is looked at by one at a time, so that it does not use two entitlements.
        whose = customer or _customer_of(work, account) or account
        work.connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 651))",
            [f"{whose} {use.reference}"],
        )
        earlier = _use_before(work, use, customer, account)
        if earlier is not None:
            return earlier
    owned = _owned(work, customer, account, asked.service_contract, product)
    covering = [one for one in owned if _covers(one, asked, product)]
    at = asked.at or work.now
    in_time = [one for one in covering if one.valid_for is None or one.valid_for.contains(at)]
    active = [
        one for one in in_time
        if one.state == "active" or _was_active(one, at) or _comes(work, one, at)
    ]  # fmt: skip
    if product is not None and at >= work.now and product.status in RESTS:
        active = [one for one in active if not one.product or _runs(work, one, product)]
    left = sorted((one for one in active if _has_left(one, use)), key=_rank)
    shown = left[asked.offset : asked.offset + asked.limit]
    why: Why | None = None
    if not left:
        steps: Sequence[tuple[Why, Sequence[Entitlement]]] = (
            ("noEntitlement", owned), ("notCovered", covering), ("notInTime", in_time),
            ("notActive", active), ("usedUp", left),
        )  # fmt: skip
        why = next(code for code, found in steps if not found)
        return Verified((), False, 0, why)
    used = _take(work, left[0], asked, use, at) if use is not None else None
    if used is not None:
        fresh = work.get(Entitlement, left[0].id)
        shown = [fresh or one if one.id == left[0].id else one for one in shown]
    return Verified(shown, len(left) > asked.offset + len(shown), len(left), None, used)


def _known(work: Work, asked: Question) -> tuple[str | None, str | None, Product | None]:
    faults: list[Fault] = []
    if not asked.customer and not asked.account:
        faults.append(Fault("customer", "customerMissing", "name a customer or an account"))
    customer = work.get(Customer, asked.customer) if asked.customer else None
    account = work.get(BillingAccount, asked.account) if asked.account else None
    product = work.get(Product, asked.product) if asked.product else None
    named = asked.service_contract
    contract = work.get(ServiceContract, named) if named else None
    for name, word in (("issueType", asked.issue_type), ("channel", asked.channel)):
        if word and len(word) > WORD_MAX:
            faults.append(Fault(name, "tooLong", f"may have {WORD_MAX} letters"))
    for name, said, found in (
        ("customer", asked.customer, customer),
        ("account", asked.account, account),
        ("product", asked.product, product),
        ("serviceContract", asked.service_contract, contract),
    ):
        if said and found is None:
            faults.append(Fault(name, "unknownReference", f"there is no {name} {said}"))
    if not 1 <= asked.limit <= LIMIT_MAX:
        faults.append(Fault("limit", "badNumber", f"takes a number from 1 to {LIMIT_MAX}"))
    if faults:
        raise Invalid.of(faults)
    return customer.id if customer else None, account.id if account else None, product


def _check_use(work: Work, use: Use) -> None:
    faults: list[Fault] = []
    if not use.reference.strip() or len(use.reference) > REFERENCE_MAX:
        message = f"name the case that it is used for, in up to {REFERENCE_MAX} letters"
        faults.append(Fault("use.reference", "referenceMissing", message))
    if not use.units.is_finite() or use.units < 0:
        faults.append(Fault("use.units", "unitsInvalid", "use 0 units or more"))
    if use.about is not None:
        kind, ident = use.about
        resource = work.services.registry.resources.get(kind)
        if resource is None or work.get(resource.type, ident) is None:
            faults.append(Fault("use.about", "unknownReference", f"there is no {kind} {ident}"))
    if faults:
        raise Invalid.of(faults)


def _customer_of(work: Work, account: str | None) -> str | None:
    """Return the customer whose account it is."""
    found = work.get(BillingAccount, account) if account else None
    parties = found.related_party if found is not None else []
    named = customer_among(parties)
    customer = work.get(Customer, named.id) if named is not None and named.id else None
    return customer.id if customer is not None else None


def _owned(
    work: Work, customer: str | None, account: str | None, contract: str | None,
    product: Product | None,
) -> list[Entitlement]:  # fmt: skip
    """Return the entitlements of a customer and of an account; both fit where both are said.

    Of very many the newest are looked at, all that name the product, and all that may help.
    """
    wanted: dict[str, Json] = {"serviceContract.id": contract} if contract else {}
    if account:
        wanted["billingAccount.id"] = account
    asked = [wanted]
    if customer is not None:
        accounts = [one.id for one in work.find(BillingAccount, {"relatedParty.id": customer})]
        asked = [{**wanted, "relatedParty.id": customer}]
        if account in accounts:
            asked.append(wanted)
        elif accounts and not account:
            asked.append({**wanted, "billingAccount.id": accounts})
    if product is not None:
        asked += [{**one, "product.id": product.id} for one in asked]
    found = [one for each in asked for one in work.find(Entitlement, each, limit=SEARCH_MAX)]
    if len(found) >= SEARCH_MAX:
        found += [
            one
            for each in asked
            for one in work.find(Entitlement, {**each, "state": list(HELPING)})
        ]
    return list({one.id: one for one in found}.values())


def _covers(one: Entitlement, asked: Question, product: Product | None) -> bool:
    if product is not None:
        covered = {each.id for each in one.product}
        is_theirs = product.meta.owner == one.meta.owner
        if product.id not in covered and (covered or not is_theirs):
            return False
    if asked.issue_type and one.issue_type and not _among(asked.issue_type, one.issue_type):
        return False
    return not (asked.channel and one.channel and not _among(asked.channel, one.channel))


def _among(word: str, words: Sequence[str]) -> bool:
    return word.casefold() in {one.casefold() for one in words}


def _was_active(one: Entitlement, at: datetime) -> bool:
    """Tell whether one that has ended since was in force at a moment before its end."""
    has_ended = one.state in ("expired", "cancelled") and one.ended_at is not None
    return has_ended and one.began_at is not None and at < (one.ended_at or at)


def _runs(work: Work, one: Entitlement, product: Product) -> bool:
    """Tell whether an entitlement of several products helps with one that rests: another runs."""
    if product.status in ENDED_PRODUCT:
        return False
    found = work.many(Product, [each.id for each in one.product])
    return any(each.status not in RESTS for each in found.values())


def _comes(work: Work, one: Entitlement, at: datetime) -> bool:
    """Tell whether a draft comes into force by then, with a service contract that does."""
    if one.state != "draft" or at <= work.now or one.service_contract is None:
        return False
    above = work.get(ServiceContract, one.service_contract.id)
    if above is None or above.state not in ("draft", "active"):
        return False
    is_waiting = above.state == "draft" and bool(above.begins_by_itself)
    is_coming = is_waiting or begins_with(one, above)
    return is_coming and (above.valid_for is None or above.valid_for.contains(at))


def _has_left(one: Entitlement, use: Use | None) -> bool:
    needed = use.units if use is not None else Decimal(0)
    if one.total_units is not None:
        left = one.total_units - (one.used_units or 0)
        if left <= 0 or left < needed:
            return False
    return one.cases_allowed is None or (one.used_cases or 0) < one.cases_allowed


def _rank(one: Entitlement) -> tuple[int, int, str, str]:
    """Sort those for certain products first, then those without limits, then what ends first."""
    end = end_of(one.valid_for)
    is_limited = one.total_units is not None or one.cases_allowed is not None
    return (0 if one.product else 1, int(is_limited), format_instant(end) if end else "~", one.id)


def _use_before(work: Work, use: Use, customer: str | None, account: str | None) -> Verified | None:
    """Return what was answered for a case of theirs before, whatever has become of it since."""
    found = work.find(EntitlementUse, {"reference": use.reference})
    rights = work.many(Entitlement, [one.entitlement.id for one in found])
    whose = {customer, account, _customer_of(work, account)} - {None}
    for one in found:
        held = rights.get(one.entitlement.id)
        if held is None:
            continue
        parties = {each.id for each in held.related_party}
        payer = held.billing_account.id if held.billing_account is not None else None
        if whose & {held.meta.owner, payer, _customer_of(work, payer), *parties}:
            return Verified([held], False, 1, None, one)
    return None


def _take(work: Work, one: Entitlement, asked: Question, use: Use, at: datetime) -> EntitlementUse:
    """Take units of an entitlement for a case, under its lock."""
    is_counted = one.total_units is not None
    with work.edit(Entitlement, one.id, verb="read") as held:
        if not _has_left(held, use):
            message = f"{held.key} was used up a moment ago; ask again"
            raise Invalid.of([Fault("use.units", "conflictUsedUp", message)])
        if is_counted:
            held.used_units = (held.used_units or Decimal(0)) + use.units
        held.used_cases = (held.used_cases or 0) + 1
    raw: dict[str, Json] = {
        "entitlement": {"id": one.id, "@referredType": "Entitlement"},
        "reference": use.reference,
        "units": use.units if is_counted else Decimal(0),
        "usedAt": format_instant(at),
        "usedBy": work.actor.name,
    }
    raw.update(_said(asked, use))
    made = EntitlementUse.wrap(raw)
    work.add(made)
    return made


def _said(asked: Question, use: Use) -> Iterator[tuple[str, Json]]:
    if asked.issue_type:
        yield "issueType", asked.issue_type
    if asked.channel:
        yield "channel", asked.channel
    if asked.product:
        yield "product", {"id": asked.product, "@referredType": "Product"}
    if use.about is not None:
        yield "about", {"id": use.about[1], "@referredType": use.about[0]}
