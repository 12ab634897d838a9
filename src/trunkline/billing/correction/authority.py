"""Authority: up to which amount who holds a role may correct what is owed, as data."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, TypeAlias

from trunkline.billing.api import BILLING
from trunkline.documents.errors import Fault
from trunkline.governance.role_names import roles
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

CorrectionKind: TypeAlias = Literal["adjustment", "refund", "writeOff"]


@resource(
    api=BILLING,
    path="authorityLimit",
    prefix="AUL",
    promote=(Promoted("role"), Promoted("kind")),
    columns=("key", "role", "kind", "limit"),
)
class AuthorityLimit(Extensible, Document):
    """Up to which amount who holds a `role` corrects alone, by the kind and the currency.

    Where nothing is said, nobody corrects anything alone.
    """

    role: str
    kind: CorrectionKind
    limit: Money


@rule(AuthorityLimit)
def limit_is_of_a_role(
    work: Work, _old: AuthorityLimit | None, new: AuthorityLimit
) -> Iterator[Fault]:
    """Refuse a role that there is not, an amount without a currency, and one limit said twice."""
    if new.role not in roles(work).titles:
        yield Fault("role", "unknownRole", f"there is no role {new.role}; name one that there is")
    if not new.limit.unit or new.limit.value is None or new.limit.amount < 0:
        yield Fault("limit", "required", "say how much, in which currency, not below zero")
    same = work.find(AuthorityLimit, {"role": new.role, "kind": new.kind})
    if any(one.id != new.id and one.limit.unit == new.limit.unit for one in same):
        message = f"{new.role} has a limit for that in {new.limit.unit}; change that one"
        yield Fault("limit", "conflictLimit", message)


def limit_of(work: Work, kind: CorrectionKind, unit: str | None) -> Decimal:
    """Return up to how much the actor corrects alone: the highest limit of the roles held."""
    held = roles(work).held
    found = work.find(AuthorityLimit, {"kind": kind})
    mine = [one.limit.amount for one in found if one.role in held and one.limit.unit == unit]
    return max(mine, default=Decimal(0))
