"""Policies of service level credits: what is given back for time without service, as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from trunkline.assurance.api import ASSURANCE
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, many
from trunkline.governance.configured import all_of, configured, configures
from trunkline.governance.register_rules import code_faults
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.shared.extensible import Extensible
from trunkline.shared.reference import Reference

CODE = Limits(length_max=60)


class ServiceCreditPolicyRef(Reference, targets=("ServiceCreditPolicy",)):
    """A reference to a policy of service level credits."""


@configures
@resource(
    api=ASSURANCE,
    path="serviceCreditPolicy",
    prefix="SCP",
    required=("code", "name", "percent_per_hour", "percent_max"),
    immutable=("code",),
    promote=(Promoted("code"), Promoted("isActive", "boolean")),
    columns=("key", "code", "name", "percentPerHour", "percentMax", "isActive"),
)
class ServiceCreditPolicy(Extensible, Document):
    """What is given back for each started hour without service beyond those that are free.

    It is for products with a service level of one of these names (`level_name`: of the level or of
    its agreement) and of this `metric`; with neither it is the default, for products that no other
    policy is for. `hours_free` is what the level itself promises where it is left out. A credit is
    `percent_per_hour` of the monthly price for each started hour, at most `percent_max` of it.
    Without a `category` it is for all problems but work that was announced; one with an
    `excluded_reason`, such as force majeure, gives nothing.
    """

    code: Annotated[str | None, CODE] = None
    name: Annotated[str | None, Limits(length_max=120)] = None
    description: Annotated[str | None, Limits(length_max=500)] = None
    is_active: bool | None = None
    priority: int | None = None
    level_name: list[Annotated[str, Limits(length_max=200)]] = many()
    metric: Annotated[str | None, CODE] = None
    category: list[Annotated[str, CODE]] = many()
    excluded_reason: list[Annotated[str, Limits(length_max=200)]] = many()
    hours_free: Annotated[Decimal | None, Limits(minimum=0)] = None
    percent_per_hour: Annotated[Decimal | None, Limits(minimum=0, maximum=100)] = None
    percent_max: Annotated[Decimal | None, Limits(minimum=0, maximum=100)] = None

    @property
    def is_default(self) -> bool:
        """Whether it is for products without a level that some other policy is for."""
        return not self.level_name and not self.metric


@rule(ServiceCreditPolicy)
def policy_gives_something(
    work: Work, old: ServiceCreditPolicy | None, new: ServiceCreditPolicy
) -> Iterator[Fault]:
    """Refuse a second policy of a code, one that gives nothing, and a bound below one hour's."""
    if old is None and new.code is not None:
        yield from code_faults(work, new, new.code)
    hour, most = new.percent_per_hour, new.percent_max
    if hour is not None and hour <= 0:
        message = "must be more than 0; switch the policy off to give nothing"
        yield Fault("percentPerHour", "notPositive", message)
    elif hour is not None and most is not None and most < hour:
        message = f"must be at least {hour:f}, what one hour gives"
        yield Fault("percentMax", "belowHour", message)


@dataclass(frozen=True)
class CreditPolicies:
    """The policies that are switched on, in the order in which they are asked: defaults last."""

    active: Sequence[ServiceCreditPolicy]


def credit_policies(work: Work) -> Sequence[ServiceCreditPolicy]:
    """Return the policies that are on, read once for each configuration."""
    return configured(work, CreditPolicies, _read).active


def _read(connection: Any) -> CreditPolicies:
    found = (one for one in all_of(connection, ServiceCreditPolicy) if one.is_active is not False)
    ranked = sorted(
        found, key=lambda one: (one.is_default, -(one.priority or 0), one.code or "", one.id)
    )
    return CreditPolicies(tuple(ranked))
