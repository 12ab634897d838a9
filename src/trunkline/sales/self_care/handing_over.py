"""Handing over: a customer gives a product to another one, who takes it or refuses, by own hand.

Both sides speak through the same verbs as the staff writes down what they say. Customers hold no
right on transfers, which belong to neither side: for what they may do here they are given it for
one transaction, and neither side is told more of the other than who it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from trunkline.documents.errors import (
    Conflict,
    Fault,
    Invalid,
    NotFound,
    Refusal,
    TooMany,
    refuse,
)
from trunkline.documents.shape import Json, format_instant
from trunkline.identity.sign_in_limits import begin_attempt, drop_attempt
from trunkline.inventory.product import Product
from trunkline.kernel.actor import EVERY_CLASS, Actor, Grant
from trunkline.kernel.references import UUID
from trunkline.kernel.services import Services
from trunkline.kernel.work import FIND_MAX, Work, transaction
from trunkline.ordering.billed_currency import paid_otherwise
from trunkline.ordering.installed import customer_of
from trunkline.ordering.macd.consenting import TRANSFER, consent, withdraw
from trunkline.ordering.macd.ownership_transfer import OwnershipTransfer, Side
from trunkline.ordering.macd.transfer_checks import below_of, passing_faults
from trunkline.ordering.product_order import ProductOrder
from trunkline.party.account import BillingAccount
from trunkline.party.customer import Customer, names_of
from trunkline.rest.writing import create
from trunkline.sales.api import SELF_CARE
from trunkline.sales.self_care.judging import offerings_of, with_parts
from trunkline.sales.self_care.policy import policies_in_force
from trunkline.screens.read_ahead import sought

CHANNEL = "portal"
OPEN = ("requested", "inProgress")
LISTED_MAX = 50
NOT_KNOWN = "is not the number and the name of a customer who can take it over; ask for both again"


@dataclass(frozen=True)
class OwnTransfer:
    """A transfer as one of its sides sees it.

    `other` is who is on the other side: by name for who takes over, by number for who gives up.
    `account` is the one that pays from then on, told to its owner only.
    """

    transfer: OwnershipTransfer
    side: Side
    products: tuple[Product, ...]
    other: str
    account: str = ""

    @property
    def may_answer(self) -> bool:
        """Whether this side is still to speak."""
        said = {one.side for one in self.transfer.consent}
        return self.transfer.state == "requested" and self.side not in said

    @property
    def may_take_back(self) -> bool:
        """Whether the giving side may still think otherwise."""
        is_open = self.transfer.state == "requested" or (
            self.transfer.state == "inProgress" and self.transfer.ending_order is None
        )
        return self.side == "giving" and is_open


def whole_sought(idents: Iterable[str]) -> dict[str, Json]:
    """Return how those are found in which some products lie."""
    return {"product.id": sorted(idents), "status": ["active", "suspended"]}


def lying_inside(work: Work, idents: Iterable[str]) -> set[str]:
    """Return which of some products lie in others: those go with them, and not by themselves."""
    wanted = set(idents)
    wholes = sought(work, Product, whole_sought(wanted), limit=FIND_MAX)
    return {part.id for one in wholes for part in one.product if part.id in wanted}


def may_offer(
    work: Work, product: Product, held: Mapping[str, Product], inside: Set[str]
) -> bool:  # fmt: skip
    """Tell whether a customer may hand a product over: not where it may not be ended by own hand.

    `held` are the product and all inside it, `inside` those that lie in others.
    """
    actor = work.actor
    if product.status != "active" or actor.may(SELF_CARE) is None:
        return False
    if actor.grant(ProductOrder.resource, "create") is None:
        return False
    if product.id in inside:
        return False
    offerings = offerings_of("delete", product.id, held)
    met = [one for one in policies_in_force(work) if one.is_about("delete", offerings)]
    return not any(one.is_allowed is False for one in met)


def offer(
    services: Services, actor: Actor, product: str, *, number: str, name: str,
    also: Sequence[str] = (), start: datetime | None = None, reason: str = "",
    request: str | None = None,
) -> OwnershipTransfer:  # fmt: skip
    """Ask that an own product passes to the customer of a number and a name, and agree to it.

    `also` are the ids of more own products that pass on with it.

    Refuses (404) a product of somebody else, (400) whoever is not named right, without saying
    which of the two is wrong, and all that stands against it; (429) who has guessed too often.
    """
    with few_guesses(services, actor):
        return _offered(services, actor, product, number, name, also, start, reason, request)


@contextmanager
def few_guesses(services: Services, actor: Actor) -> Iterator[None]:
    """Count what names nobody, and refuse (429) one too many, as wrong passwords are refused."""
    with services.database.app.connection() as connection:
        try:
            who, now = f"hand-over {actor.id}", services.machine_now()
            attempt = begin_attempt(connection, login=who, address=actor.id, now=now)
        except TooMany as error:
            message = "too many customers were named wrong; wait before the next one, or call us"
            raise TooMany("guessedTooOften", message, headers=error.headers) from None
    is_wrong = False
    try:
        yield
    except Invalid as refusal:
        is_wrong = any(one.code == "notKnown" for one in refusal.faults)
        raise
    finally:
        if not is_wrong:
            with services.database.app.connection() as connection:
                drop_attempt(connection, attempt=attempt)


def _offered(
    services: Services, actor: Actor, product: str, number: str, name: str, also: Sequence[str],
    start: datetime | None, reason: str, request: str | None,
) -> OwnershipTransfer:  # fmt: skip
    known = _own(services, actor)
    with _opened(services, actor, request) as work:
        found = [_of_own(work, known, one) for one in dict.fromkeys((product, *also))]
        side = found[0][1]
        idents = [one.id for one, _ in found]
        held, inside = with_parts(work, idents), lying_inside(work, idents)
        for one, _ in found:
            if not may_offer(work, one, held, inside):
                raise NotFound("notFound", f"you have no product {one.key} to hand over")
        taking = _called(work, number, name)
        account = _account(work, taking, held.values()) if taking is not None else None
        if taking is None or account is None or taking.status != "active":
            raise Invalid.of([Fault("toCustomer", "notKnown", NOT_KNOWN)])
        body: dict[str, Json] = {
            "product": [{"id": one.id} for one, _ in found], "fromCustomer": {"id": side.id},
            "toCustomer": {"id": taking.id}, "billingAccount": {"id": account.id},
        }  # fmt: skip
        if start is not None:
            body["requestedStartDate"] = format_instant(start)
        if reason:
            body["reason"] = reason
        made = _asked(work, body)
        said = f"I hand over {_listed(one for one, _ in found)} to customer {taking.key}."
        return consent(
            work, made.id, "giving", is_given=True, name=actor.name, channel=CHANNEL, text=said
        )


def _asked(work: Work, body: dict[str, Json]) -> OwnershipTransfer:
    """Store a wish, unless one waits for the same; what is wrong about the other side is not told.

    The wish holds the lock on what it hands over: a form that is sent twice makes one.
    """
    try:
        made = create(work, OwnershipTransfer.resource, body)
    except Invalid as refusal:
        raise _without_other(refusal) from refusal
    idents = [one["id"] for one in body["product"]]
    transfer = work.get(OwnershipTransfer, made.id)
    if transfer is None:
        raise NotFound("notFound", f"there is no hand-over {made.id}")
    below = below_of(work, idents).products
    refuse(list(passing_faults(work, transfer, below, "requested")))
    return transfer


def _without_other(refusal: Invalid) -> Invalid:
    """Return a refusal as the giving side is told it: nothing of accounts that are not its own."""
    other = ("toCustomer", "billingAccount")
    own = [one for one in refusal.faults if not one.path.startswith(other)]
    return Invalid.of(own or [Fault("toCustomer", "notKnown", NOT_KNOWN)])


def reply(
    services: Services, actor: Actor, ident: str, *, is_given: bool, request: str | None = None
) -> OwnershipTransfer:
    """Take over what is offered, or refuse it; with that the orders of both sides follow."""
    known = _own(services, actor)
    with _opened(services, actor, request) as work:
        own = _one(work, known, ident)
        names = _listed(own.products)
        said = f"I take over {names}." if is_given else f"I do not take over {names}."
        try:
            return consent(
                work, own.transfer.id, own.side, is_given=is_given, name=actor.name,
                channel=CHANNEL, text=said,
            )  # fmt: skip
        except Refusal as refusal:
            if not refusal.faults:
                raise
            if own.side == "giving":
                raise (
                    _without_other(refusal) if isinstance(refusal, Invalid) else refusal
                ) from None
            # What stands against it may be what the giving side owes: that is not told.
            message = "it cannot be handed over as things are; ask who gives it up, or call us"
            raise Conflict("conflictNotNow", message) from refusal


def take_back(
    services: Services, actor: Actor, ident: str, request: str | None = None
) -> OwnershipTransfer:
    """Think otherwise about giving something up, as long as it has not passed."""
    known = _own(services, actor)
    with _opened(services, actor, request) as work:
        own = _one(work, known, ident)
        if own.side != "giving":
            raise Conflict("conflictSide", "this is for who gives it up; refuse it instead")
        return withdraw(work, own.transfer.id, "taken back by the customer")


def transfers_of(
    services: Services, actor: Actor, own: Sequence[Customer]
) -> list[OwnTransfer]:  # fmt: skip
    """Return the open transfers to and from the customers that somebody is, newest first."""
    with _opened(services, actor, None) as work:
        idents = [one.id for one in own]
        found: dict[str, OwnershipTransfer] = {}
        for path in ("fromCustomer.id", "toCustomer.id") if idents else ():
            wanted = {path: idents, "state": list(OPEN)}
            listed = work.find(OwnershipTransfer, wanted, limit=LISTED_MAX)
            found |= {one.id: one for one in listed}
        return _all_told(work, own, [found[one] for one in sorted(found, reverse=True)])


def transfer_of(services: Services, actor: Actor, ident: str) -> OwnTransfer:
    """Return a transfer to or from the actor, in whatever state; refuses (404) any other."""
    known = _own(services, actor)
    with _opened(services, actor, None) as work:
        return _one(work, known, ident)


def _opened(services: Services, actor: Actor, request: str | None) -> AbstractContextManager[Work]:
    must = actor.must_have(SELF_CARE)
    actor.must(ProductOrder.resource, "create")
    every = Grant("all", EVERY_CLASS)
    # What passes on refers to places and more of the other side: that is read, and not told.
    rights = {"*:read": every, TRANSFER: must}
    rights |= {f"OwnershipTransfer:{verb}": every for verb in ("create", "update")}
    rights |= {f"{one}:create": every for one in ("ProductOrder", "CancelProductOrder")}
    by = replace(actor, grants={**actor.grants, **rights}, scopes=None)
    return transaction(services, by, request=request)


def _own(services: Services, actor: Actor) -> Sequence[Customer]:
    """Return the customers that somebody is, by the actor's own rights."""
    actor.must(Customer.resource, "read")
    with transaction(services, actor) as work:
        return [one for one in work.find(Customer, {}, limit=20) if one.status != "terminated"]


def _of_own(work: Work, known: Sequence[Customer], ident: str) -> tuple[Product, Customer]:
    """Return a product with as whom somebody has it; refuses (404) what is another's."""
    found = work.get(Product, ident) if UUID.match(ident) else None
    giving = customer_of(found.related_party) if found is not None else None
    side = next((one for one in known if giving in names_of(one.id, one.raw)), None)
    if found is None or side is None or found.is_customer_visible is False:
        raise NotFound("notFound", f"you have no product {ident}")
    return found, side


def _listed(products: Iterable[Product]) -> str:
    return ", ".join(f"{one.name or one.key} ({one.key})" for one in products)


def _one(work: Work, own: Sequence[Customer], ident: str) -> OwnTransfer:
    found = work.get(OwnershipTransfer, ident)
    sides = {one.id for one in own}
    if found is None or not {found.from_customer.id, found.to_customer.id} & sides:
        raise NotFound("notFound", f"there is no hand-over {ident}")
    return _all_told(work, own, [found])[0]


def _all_told(
    work: Work, own: Sequence[Customer], found: Sequence[OwnershipTransfer]
) -> list[OwnTransfer]:
    """Return transfers as their sides see them; what they name is read once for all."""
    mine = {one.id for one in own}
    sides = {one.id: _side(one, mine) for one in found}
    products = work.many(Product, [each.id for one in found for each in one.product])
    parties = work.many(Customer, [_other(one, sides[one.id]) for one in found])
    paid = [one.billing_account.id for one in found if sides[one.id] == "taking"]
    accounts = work.many(BillingAccount, paid)
    told = []
    for one in found:
        side, party = sides[one.id], parties.get(_other(one, sides[one.id]))
        account = accounts.get(one.billing_account.id) if side == "taking" else None
        name = (party.name if side == "taking" else None) if party is not None else ""
        passing = tuple(products[each.id] for each in one.product if each.id in products)
        told.append(OwnTransfer(
            one, side, passing,
            (name or party.key) if party is not None else "",
            (account.name or account.key) if account is not None else "",
        ))  # fmt: skip
    return told


def _side(transfer: OwnershipTransfer, own: Set[str]) -> Side:
    """Return on which side somebody is; who is on both is on the one that is still to speak."""
    if transfer.from_customer.id not in own:
        return "taking"
    said = {one.side for one in transfer.consent}
    is_both = transfer.to_customer.id in own and transfer.state == "requested"
    return "taking" if is_both and "giving" in said else "giving"


def _other(transfer: OwnershipTransfer, side: Side) -> str:
    return (transfer.to_customer if side == "giving" else transfer.from_customer).id


def _called(work: Work, number: str, name: str) -> Customer | None:
    """Return the customer of a number, where the name is that one's, too."""
    found = work.get(Customer, number.strip().upper()) if number.strip() else None
    if found is None or UUID.match(number.strip()):
        return None
    return found if _plain(found.name or "") == _plain(name) else None


def _account(work: Work, customer: Customer, products: Iterable[Product]) -> BillingAccount | None:
    """Return an account that can pay for what is handed over; where none can, any active one."""
    wanted = {"relatedParty.id": names_of(customer.id, customer.raw), "state": "active"}
    found, passing = work.find(BillingAccount, wanted, limit=LISTED_MAX), list(products)
    for one in found:
        unit = one.currency
        if unit is None or not any(paid_otherwise(each, unit, work.now) for each in passing):
            return one
    return next(iter(found), None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
