"""Bill runs: bills of our own for many accounts, made as drafts, looked at, agreed to, issued."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from trunkline.access.api import BILLING
from trunkline.billing.bill.customer_bill import BillRunRef, CustomerBillRef
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import PERSONAL, Limits, format_instant, many
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.party.billing_cycle import BillingCycleSpecificationRef
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money
from trunkline.shared.own_hand import internal_note
from trunkline.shared.party_reference import BillingAccountRef
from trunkline.shared.period import TimePeriod

RunKind: TypeAlias = Literal["normal", "trial"]
CheckKind: TypeAlias = Literal["change", "zero", "firstBill"]
EntryState: TypeAlias = Literal["drafted", "tried", "carried", "parked", "issued", "canceled"]
MADE: tuple[EntryState, ...] = ("drafted", "issued")
"""How an entry stands whose account has a bill for its period."""

RUN_LIFECYCLE = Lifecycle(
    attribute="state",
    initial="preparing",
    moves={
        "preparing": ("review", "canceled"),
        "review": ("preparing", "approved", "canceled"),
        "approved": ("issuing", "canceled"),
        # What is on hold keeps a run approved, until it is let go and issued, too.
        "issuing": ("issued", "approved"),
        "issued": (),
        "canceled": (),
    },
    on_request=frozenset(),
)


class BillCheck(Extensible):
    """When a draft is put on hold for somebody to look at it.

    A `change` against the bill before by more than `percent`, a bill of `zero`, a `firstBill`.
    """

    kind: CheckKind
    percent: Annotated[int | None, Limits(minimum=1, maximum=100_000)] = None


class RunFigures(Extensible):
    """How many accounts of a run stand how, and what its drafts and bills come to."""

    drafted: int | None = None
    held: int | None = None
    issued: int | None = None
    tried: int | None = None
    carried: int | None = None
    parked: int | None = None
    amount: Annotated[list[Money], PERSONAL] = many()


@resource(
    api=BILLING,
    path="billRun",
    prefix="BRN",
    title="Bill run",
    operations=("list", "retrieve", "create"),
    lifecycle=RUN_LIFECYCLE,
    defaults={"cut_off": format_instant, "kind": lambda _now: "normal"},
    server_sets=("started_by", "started_by_id", "asked_by_id", "approved_by", "approved_by_id",
                 "approved_at", "approval_note", "issued_at", "job", "problem", "figures"),
    promote=(Promoted("state"), Promoted("kind"), Promoted("cutOff", "instant")),
    label=("name",),
    data_class="personal",
    columns=("key", "name", "kind", "cutOff", "state", "startedBy", "approvedBy"),
)  # fmt: skip
class BillRun(Extensible, Document):
    """Bills of the accounts that no outside system bills: those of a cycle, those named, or all.

    It bills the period that the `cut_off` lies in, with whatever is owed by then. A `trial` writes
    neither charges nor bills. Bills below `amount_min` are carried forward to the next run.
    """

    name: Annotated[str | None, Limits(length_max=120)] = None
    kind: RunKind | None = None
    cut_off: datetime | None = None
    billing_cycle_specification: BillingCycleSpecificationRef | None = None
    billing_account: list[BillingAccountRef] = many()
    amount_min: Money | None = None
    check: list[BillCheck] = many()
    state: str | None = None
    figures: RunFigures | None = None
    job: str | None = None
    problem: str | None = None
    started_by: Annotated[str | None, PERSONAL] = None
    started_by_id: str | None = None
    asked_by_id: str | None = None
    approved_by: Annotated[str | None, PERSONAL] = None
    approved_by_id: str | None = None
    approved_at: datetime | None = None
    approval_note: Annotated[str | None, PERSONAL] = None
    issued_at: datetime | None = None


@resource(
    api=BILLING,
    path="billRunEntry",
    prefix="BRE",
    title="Billed account",
    operations=("list", "retrieve"),
    lifecycle=Lifecycle(
        attribute="state",
        initial="drafted",
        moves={
            "drafted": ("issued", "canceled"),
            "parked": ("drafted", "tried", "carried", "canceled"),
            "tried": (),
            "carried": (),
            "issued": (),
            "canceled": (),
        },
        starts=("tried", "carried", "parked"),
        on_request=frozenset(),
    ),
    promote=(
        Promoted("state"),
        Promoted("billRun.id"),
        Promoted("billingAccount.id"),
        Promoted("periodKey"),
        Promoted("customerBill.id"),
    ),
    owner=("billingAccount",),
    root="billingAccount",
    columns=("key", "billRun", "billingAccount", "state", "amountDue", "difference", "reason"),
)
class BillRunEntry(Extensible, Document):
    """What became of an account in a bill run.

    A bill is drafted, tried or issued; its charges are carried forward; or it is parked, with the
    `reason` in words. `held_for` says which checks put the draft on hold, `carried_for` why there
    is no bill, `difference` how much more it is than the bill before.
    """

    bill_run: BillRunRef
    billing_account: BillingAccountRef
    state: str | None = None
    period: TimePeriod | None = None
    period_key: str | None = None
    customer_bill: CustomerBillRef | None = None
    lines: int | None = None
    tax_excluded_amount: Annotated[Money | None, PERSONAL] = None
    amount_due: Annotated[Money | None, PERSONAL] = None
    amount_before: Annotated[Money | None, PERSONAL] = None
    difference: Annotated[Money | None, PERSONAL] = None
    held_for: list[str] = many()
    carried_for: Literal["negative", "belowMinimum"] | None = None
    reason: Annotated[str | None, PERSONAL] = None


internal_note(BillRun, "approvalNote")
