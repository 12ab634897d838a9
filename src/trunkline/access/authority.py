"""Authority: up to which amount who holds a role decides about money alone, as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from trunkline.access.api import BILLING
from trunkline.documents.errors import Fault
from trunkline.governance.configured import all_of, configured, configures
from trunkline.governance.packaged_records import packaged
from trunkline.governance.packages import Body
from trunkline.governance.role_names import roles
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.money import Money

AuthorityKind: TypeAlias = Literal["adjustment", "refund", "writeOff", "priceOverride"]


@configures
@resource(
    api=BILLING,
    path="authorityLimit",
    prefix="AUL",
    promote=(Promoted("role"), Promoted("kind")),
    columns=("key", "role", "kind", "limit"),
)
class AuthorityLimit(Extensible, Document):
    """Up to which amount who holds a `role` decides alone, by the kind and the currency.

    `adjustment`, `refund` and `writeOff` are of what is owed. A `priceOverride` is what is given
    away on one quote or order in its first year: once, and twelve months. Where nothing is said,
    nobody decides anything alone.
    """

    role: str
    kind: AuthorityKind
    limit: Money


def _key(body: Body) -> str:
    return f"{body['role']}/{body['kind']}/{body['limit']['unit']}"


packaged(AuthorityLimit, "authorityLimits", "Authority limits", key=_key, order=42)


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


@dataclass(frozen=True)
class Authorities:
    """All limits, read once for each configuration."""

    limits: Sequence[AuthorityLimit]


def limit_of(work: Work, kind: AuthorityKind, unit: str | None) -> Decimal:
    """Return up to how much the actor decides alone: the highest limit of the roles held."""
    held = roles(work).held
    mine = [
        one.limit.amount
        for one in configured(work, Authorities, _read).limits
        if one.kind == kind and one.role in held and one.limit.unit == unit
    ]
    return max(mine, default=Decimal(0))


def is_bounded(work: Work, kind: AuthorityKind) -> bool:
    """Tell whether the actor decides only up to a limit: everybody who could not set it.

    Once the operator has said how far any role decides alone, that holds for who sets the limits,
    too: not what is said, but that somebody else agrees, is what guards against them.
    """
    is_said = any(one.kind == kind for one in configured(work, Authorities, _read).limits)
    return is_said or work.actor.grant(AuthorityLimit.resource, "create") is None


def _read(connection: Any) -> Authorities:
    return Authorities(all_of(connection, AuthorityLimit))
