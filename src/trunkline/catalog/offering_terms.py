"""Terms of offerings: commitments, and what it costs to end them before."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.catalog.offering import ProductOffering
from trunkline.documents.errors import Fault
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.shared.termination_rule import termination_rule_faults

UNITS = ("day", "week", "month", "quarter", "year")


@rule(ProductOffering)
def terms_can_be_counted(
    _work: Work, old: ProductOffering | None, new: ProductOffering
) -> Iterator[Fault]:
    """Refuse a rule for the early end that lacks an amount, or whose commitment has no length."""
    if old is not None and old.raw.get("productOfferingTerm") == new.raw.get("productOfferingTerm"):
        return
    for index, one in enumerate(new.product_offering_term):
        path = f"productOfferingTerm[{index}]"
        yield from termination_rule_faults(one.termination_rule, f"{path}.terminationRule")
        length = one.duration
        amount = length.amount if length is not None else None
        unit = ((length.units if length is not None else None) or "").lower().removesuffix("s")
        if one.termination_rule is not None and (unit not in UNITS or not amount):
            message = f"say how long the commitment is, in one of: {', '.join(UNITS)}"
            yield Fault(f"{path}.duration", "terminationRuleInvalid", message)
