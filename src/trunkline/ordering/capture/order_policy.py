"""Order policies: what the operator asks of an order before it begins, as data.

A policy is about the orders of some channels, with some actions, for which its condition is true.
It refuses them, lets somebody approve or look at them, asks for something to be done, or has the
customer's credit checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from trunkline.documents.condition import rule_faults
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.configured import configures
from trunkline.governance.role_names import roles
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.project.phase import Per, ProjectPhase, phase_faults
from trunkline.shared.money import Money

Effect: TypeAlias = Literal[
    "approval", "review", "task", "creditCheck", "prepayment", "refuse", "project"
]  # fmt: skip
PolicyAction: TypeAlias = Literal[
    "add", "modify", "delete", "suspend", "resume", "change", "move", "transfer", "link"
]
VARIABLES = ("order", "customer", "worth")
TEXT_MAX = 300


@configures
@resource(
    api=ORDERING,
    path="orderPolicy",
    prefix="ORP",
    promote=(Promoted("effect"),),
    columns=("key", "name", "effect", "channel", "action", "isActive"),
)
class OrderPolicy(Document):
    """What holds for orders of a kind before they begin.

    `effect`: `approval` (somebody approves or rejects), `review` (somebody looks for fraud, say),
    `task` (something is to be done first), `prepayment` (a `deposit` is paid first), `creditCheck`
    (the connected check answers), `refuse` (there is no such order), `project` (it is delivered in
    phases). `channel` holds ids or names of channels, an empty text stands for orders that name
    none; `action` what a line does or how. Empty lists mean all. `condition` is CEL over `order`,
    its `customer` and its `worth`: `once`, `monthly`, `firstYear` and `discount` (percent, the
    greatest of a line). `role` says who decides, `due_days` until when. A project is for orders
    of at least `lines_min` lines or `sites_min` sites, where these are said; it has its phases for
    each line or `per` site.
    """

    name: Annotated[str, Limits(length_max=120)]
    effect: Effect
    is_active: bool | None = None
    channel: list[Annotated[str, Limits(length_max=120)]] = many()
    action: list[PolicyAction] = many()
    condition: Annotated[str | None, Limits(length_max=2048)] = None
    role: Annotated[str | None, Limits(length_max=63)] = None
    due_days: Annotated[int | None, Limits(minimum=0)] = None
    deposit: Money | None = None
    message: Annotated[str | None, Limits(length_max=TEXT_MAX)] = None
    description: Annotated[str | None, Limits(length_max=TEXT_MAX)] = None
    lines_min: Annotated[int | None, Limits(minimum=1)] = None
    sites_min: Annotated[int | None, Limits(minimum=1)] = None
    per: Per | None = None
    phase: list[ProjectPhase] = many()


@rule(OrderPolicy)
def policy_can_be_asked(work: Work, _old: OrderPolicy | None, new: OrderPolicy) -> Iterator[Fault]:
    """Refuse a condition that is not sound CEL, and a role that there is not."""
    yield from rule_faults([("condition", new.condition)], VARIABLES, "conditionInvalid")
    if new.role is not None and new.role not in roles(work).titles:
        message = f"there is no role {new.role}; name one that there is"
        yield Fault("role", "roleUnknown", message)


@rule(OrderPolicy)
def policy_says_when(_work: Work, _old: OrderPolicy | None, new: OrderPolicy) -> Iterator[Fault]:
    """Refuse a policy that would refuse every order."""
    if new.effect == "refuse" and not (new.channel or new.action or new.condition):
        message = "would refuse every order; name channels, actions or a condition"
        yield Fault("condition", "policyTooWide", message)


@rule(OrderPolicy)
def project_has_phases(work: Work, _old: OrderPolicy | None, new: OrderPolicy) -> Iterator[Fault]:
    """Refuse a project without phases, phases of what is none, and a role that there is not."""
    if new.effect != "project":
        if new.phase:
            yield Fault("phase", "unexpected", "belongs to projects; take it out or choose project")
        return
    yield from phase_faults(new.phase, roles(work).titles)


@rule(OrderPolicy)
def prepayment_says_how_much(
    _work: Work, _old: OrderPolicy | None, new: OrderPolicy
) -> Iterator[Fault]:
    """Refuse a prepayment without an amount in a currency, and an amount for anything else."""
    held = new.deposit
    if new.effect != "prepayment":
        if held is not None:
            message = "belongs to prepayments; take it out or choose prepayment"
            yield Fault("deposit", "unexpected", message)
    elif held is None or held.unit is None or held.amount <= 0:
        yield Fault("deposit", "missing", "say how much is paid first: value and unit")
