"""Retention rules: how long customers that have ended stay in sight before they are archived."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from trunkline.care.api import CARE
from trunkline.documents.errors import Fault
from trunkline.documents.shape import Limits, Named, many
from trunkline.governance.packaged_records import named, packaged
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.kernel.work import Work
from trunkline.party.customer import CUSTOMER_LIFECYCLE
from trunkline.shared.extensible import Extensible

DAYS_MAX = 36_500
ENDED = ("terminated",)


@resource(
    api=CARE,
    path="retentionRule",
    prefix="RET",
    title="Retention rule",
    promote=(Promoted("isOn", "boolean", index=False),),
    defaults={"state": lambda _now: list(ENDED), "is_on": lambda _now: True},
    label=("name",),
    columns=("key", "name", "customerType", "state", "days", "isOn"),
)
class RetentionRule(Extensible, Document):
    """Customers that have been in one of the states (`terminated` unless said) for so many days
    are archived, with the person or company that they are; `customer_type` says which, all
    without it. One that has anything open stays. While `is_on` it is carried out every day.
    """

    name: Annotated[str, Limits(length_max=120)]
    days: Annotated[int, Limits(minimum=1)]
    state: list[str] = many()
    customer_type: str | None = None
    is_on: Annotated[bool | None, Named("isOn")] = None
    description: str | None = None


@rule(RetentionRule)
def rules_are_about_what_has_ended(
    _work: Work, _old: RetentionRule | None, new: RetentionRule
) -> Iterator[Fault]:
    """Refuse a rule about customers that still buy or may do so, and a time beyond all records."""
    going = [one for one in new.state if CUSTOMER_LIFECYCLE.moves.get(one)]
    if going or not new.state:
        words = ", ".join(sorted(CUSTOMER_LIFECYCLE.final))
        what = f"{going[0]} is not the end" if going else "is empty"
        yield Fault("state", "notEnded", f"{what}; name states that nothing follows: {words}")
    if new.days > DAYS_MAX:
        yield Fault("days", "badValue", f"is at most {DAYS_MAX}, a hundred years")


packaged(RetentionRule, "retentionRules", "Retention rules", key=named("name"), order=73)
