"""Accounts (TMF666): what is billed, settled and owed together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.errors import Fault
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, SENSITIVE, Limits, format_instant, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.api import TMF666
from trunkline.party.bill_format import BillStructure
from trunkline.shared.contact import ContactMedium
from trunkline.shared.extensible import Extensible
from trunkline.shared.hierarchy import keep_others_out, leads_back
from trunkline.shared.money import Money
from trunkline.shared.party_reference import AccountRef, PartyReference, RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import (
    AgreementRef,
    ContractRef,
    PaymentMethodRef,
    RelatedPlaceRefOrValue,
)

ACCOUNT_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="defined",
    moves={
        "defined": ("active", "closed"),
        "active": ("suspended", "closed"),
        "suspended": ("active", "closed"),
        "closed": (),
    },
    starts=("active",),
    is_open=True,
)
ACCOUNT_OWNER = ("relatedParty[customer]", "relatedParty[owner]", "relatedParty")
ACCOUNT_PROMOTED = (Promoted("name"), Promoted("state"), Promoted("accountType"))
ACCOUNT_COLUMNS = ("key", "name", "accountType", "state")


class AccountBalance(Extensible):
    """How much an account holds or owes in one respect, at a time."""

    balance_type: str
    amount: Annotated[Money, PERSONAL]
    valid_for: TimePeriod


class AccountRelationship(Extensible):
    """Another account that this one has to do with, and in which sense."""

    relationship_type: str
    account: AccountRef | None = None
    valid_for: TimePeriod


class AccountTaxExemption(Extensible):
    """A tax that an account need not pay in a jurisdiction."""

    issuing_jurisdiction: str
    certificate_number: str | None = None
    reason: str | None = None
    valid_for: TimePeriod


class Contact(Extensible):
    """Whom to reach about an account, and how."""

    contact_type: str
    contact_name: Annotated[str | None, PERSONAL] = None
    party_role_type: str | None = None
    contact_medium: Annotated[list[ContactMedium], PERSONAL] = many()
    related_party: RelatedParty | None = None
    valid_for: TimePeriod


class FinancialAccountRef(PartyReference, targets=("FinancialAccount",)):
    """A reference to the account that keeps what is owed."""

    account_balance: AccountBalance | None = None


class SettlementAccountRef(PartyReference, targets=("SettlementAccount",)):
    """A reference to the account on which we settle with a partner."""


class AccountPaymentPlan(Extensible):
    """How what is owed is spread over several payments."""

    plan_type: str | None = None
    status: str | None = None
    priority: int | None = None
    number_of_payments: int | None = None
    payment_frequency: str | None = None
    payment_method: PaymentMethodRef | None = None
    total_amount: Annotated[Money | None, PERSONAL] = None
    valid_for: TimePeriod | None = None


class DebtCollection(Extensible):
    """How overdue money of an account is asked for, ours.

    By which `strategy` (a code of the operator's), not below `amount_min`, not at all in
    `paused_for`, and why; whether service may be cut for it.
    """

    strategy: str | None = None
    amount_min: Money | None = None
    paused_for: TimePeriod | None = None
    pause_reason: Annotated[str | None, PERSONAL] = None
    may_suspend: bool | None = None


class Account(Extensible):
    """What every kind of account says.

    Ours: `currency` (ISO 4217), `valid_for`, and `place`, an address in the role that it plays.
    """

    name: Annotated[str, PERSONAL]
    description: Annotated[str | None, PERSONAL] = None
    account_type: str | None = None
    state: Annotated[
        Literal["defined", "active", "suspended", "closed"] | None, Limits(is_open=True)
    ] = None
    last_modified: datetime | None = None
    valid_for: TimePeriod | None = None
    currency: Annotated[str | None, Limits(pattern="^[A-Z]{3}$")] = None
    place: list[RelatedPlaceRefOrValue] = many()
    credit_limit: Annotated[Money | None, SENSITIVE] = None
    account_balance: list[AccountBalance] = many()
    account_relationship: list[AccountRelationship] = many()
    contact: list[Contact] = many()
    related_party: list[RelatedParty] = many()
    tax_exemption: list[AccountTaxExemption] = many()


class PaidAccount(Account):
    """What every account says that bills are made for and payments come in on.

    Ours: `payment_behaviour`, how its bills were paid so far; `payment_terms`, such as `net30`;
    and `debt_collection`, how what is overdue is asked for.
    """

    payment_status: str | None = None
    payment_behaviour: str | None = None
    payment_terms: str | None = None
    debt_collection: Annotated[DebtCollection | None, SENSITIVE] = None
    bill_structure: BillStructure | None = None
    default_payment_method: PaymentMethodRef | None = None
    financial_account: FinancialAccountRef | None = None
    payment_plan: list[AccountPaymentPlan] = many()
    related_party: Annotated[list[RelatedParty], Limits(items_min=1)]


@resource(
    api=TMF666,
    path="partyAccount",
    prefix="PAC",
    lifecycle=ACCOUNT_LIFECYCLE,
    defaults={"last_modified": format_instant},
    promote=ACCOUNT_PROMOTED,
    owner=ACCOUNT_OWNER,
    live_name=True,
    columns=ACCOUNT_COLUMNS,
)
class PartyAccount(PaidAccount, Document):
    """An account of a party, of no narrower kind."""


@resource(
    api=TMF666,
    path="billingAccount",
    prefix="BAC",
    lifecycle=ACCOUNT_LIFECYCLE,
    defaults={"last_modified": format_instant},
    promote=(*ACCOUNT_PROMOTED, Promoted("paymentStatus")),
    owner=ACCOUNT_OWNER,
    live_name=True,
    columns=("key", "name", "billingSystem", "accountType", "state"),
)
class BillingAccount(PaidAccount, Document):
    """An account that a customer is billed on.

    Ours: `billing_system`, which bills it, and `external_id`, its number there; the `language` of
    its bills (BCP 47), the `invoicing_group` of those that are billed together, and `charged_from`,
    before which our own bill runs charge nothing (where it is not said: before it was there). What
    it is billed apart for: the `agreement` and the `contract`, the `line_of_business`, the
    `cost_centre` of the customer, the `settlement_account` on which it is settled.
    """

    billing_system: str | None = None
    external_id: str | None = None
    language: Annotated[str | None, Limits(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = None
    invoicing_group: str | None = None
    charged_from: datetime | None = None
    agreement: list[AgreementRef] = many()
    contract: ContractRef | None = None
    line_of_business: str | None = None
    cost_centre: Annotated[str | None, Limits(length_max=60)] = None
    settlement_account: SettlementAccountRef | None = None


@resource(
    api=TMF666,
    path="settlementAccount",
    prefix="SAC",
    lifecycle=ACCOUNT_LIFECYCLE,
    defaults={"last_modified": format_instant},
    promote=ACCOUNT_PROMOTED,
    owner=ACCOUNT_OWNER,
    live_name=True,
    columns=ACCOUNT_COLUMNS,
)
class SettlementAccount(PaidAccount, Document):
    """An account on which we settle with a partner."""


@resource(
    api=TMF666,
    path="financialAccount",
    prefix="FAC",
    lifecycle=ACCOUNT_LIFECYCLE,
    defaults={"last_modified": format_instant},
    promote=ACCOUNT_PROMOTED,
    owner=ACCOUNT_OWNER,
    live_name=True,
    columns=ACCOUNT_COLUMNS,
)
class FinancialAccount(Account, Document):
    """An account that keeps what is owed over several billing accounts."""


AnyAccount: TypeAlias = BillingAccount | PartyAccount | FinancialAccount | SettlementAccount
ACCOUNT_TYPES: Sequence[type[AnyAccount]] = (
    BillingAccount,
    PartyAccount,
    FinancialAccount,
    SettlementAccount,
)

rule(*ACCOUNT_TYPES)(periods_are_ordered)


@rule(*ACCOUNT_TYPES)
def account_is_not_above_itself(
    work: Work, old: AnyAccount | None, new: AnyAccount
) -> Iterator[Fault]:
    """Refuse a relationship that closes a circle of accounts in one sense.

    A mutual relationship is said on one of both accounts.
    """
    if old is not None and old.account_relationship != new.account_relationship:
        keep_others_out(work, BillingAccount)  # accounts of all kinds may stand below each other
    for index, one in enumerate(new.account_relationship):
        kind = one.relationship_type
        if leads_back(new.id, _related([one], kind), partial(_ids_above, work, kind)):
            yield Fault(
                f"accountRelationship[{index}].account.id",
                "accountCycle",
                f"leads back to this account by {kind}; name an account outside of the circle",
            )


@rule(*ACCOUNT_TYPES)
def account_keeps_its_currency(
    _work: Work, _old: AnyAccount | None, new: AnyAccount
) -> Iterator[Fault]:
    """Refuse an amount that is not in the currency of its account."""
    amounts = [("creditLimit", new.credit_limit)] + [
        (f"accountBalance[{index}].amount", one.amount)
        for index, one in enumerate(new.account_balance)
    ]
    for path, amount in amounts:
        if new.currency is not None and amount is not None and amount.unit != new.currency:
            message = f"must be {new.currency}, the currency of the account"
            yield Fault(f"{path}.unit", "currencyMismatch", message)


def find_account(work: Work, ident: str) -> AnyAccount | None:
    """Return the account of that id or key, of whichever kind it is."""
    for kind in ACCOUNT_TYPES:
        found = work.get(kind, ident)
        if found is not None:
            return found
    return None


def _related(relationships: Iterable[AccountRelationship], kind: str) -> list[str]:
    named = (one.account for one in relationships if one.relationship_type == kind)
    return [one.id for one in named if one and one.id]


def _ids_above(work: Work, kind: str, account_id: str) -> list[str]:
    account = find_account(work, account_id)
    return _related(account.account_relationship, kind) if account else []
