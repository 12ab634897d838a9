"""What fallout may be narrowed by: type, system, customer, age, due date and the order's value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from trunkline.documents.errors import Invalid
from trunkline.governance.registers import registers
from trunkline.kernel.masks import is_hidden
from trunkline.kernel.select import Sql
from trunkline.kernel.work import Work
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.repair.fallout_types import REGISTER
from trunkline.pages.language import spoken
from trunkline.web.records import hidden_of
from trunkline.web.worklist.worklist import Filter

AGES: Mapping[str, timedelta] = {
    "hour": timedelta(hours=1), "fourHours": timedelta(hours=4), "day": timedelta(days=1),
    "threeDays": timedelta(days=3), "week": timedelta(days=7),
}  # fmt: skip
DIGITS_MAX = 30
DUE = ("overdue", "day", "none")
FILTERS = (
    Filter("type", "Type", "choice"),
    Filter("system", "System"),
    Filter("customer", "Customer"),
    Filter("age", "Older than", "choice", (
        ("hour", "One hour"), ("fourHours", "Four hours"), ("day", "One day"),
        ("threeDays", "Three days"),
        ("week", "One week"))),
    Filter("due", "Due", "choice", (
        ("overdue", "Overdue"), ("day", "Within a day"), ("none", "Without a date"))),
    Filter("worth", "Order worth at least", "number"),
)  # fmt: skip
CUSTOMER = (
    f"exists (select from {Fallout.resource.reference_table} f "
    "join record c on c.id = f.target where f.source = t.id and f.type = 'Fallout' "
    "and lower(f.role) = 'customer' and strpos(lower(c.label), lower(%s)) > 0)"
)


def fallout_options(work: Work) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the types that there are, as they are called."""
    register = registers(work).get(REGISTER)
    values = register.values.values() if register is not None else ()
    return {"type": [(one.code, one.called.within(spoken().code)) for one in values]}


def _is(path: str) -> Callable[[Work, str], Sql]:
    return lambda work, value: Sql(f"{_column(work, path)} = %s", [value])


def _customer(work: Work, value: str) -> Sql:
    """Find by the customer's name; nothing where the visitor may not see it."""
    hidden = hidden_of(work, Fallout.resource)
    if hidden is not None and is_hidden(hidden, "relatedParty.name"):
        return Sql("false", [])
    return Sql(CUSTOMER, [value])


def _age(work: Work, value: str) -> Sql:
    if value not in AGES:
        raise Invalid("badFilter", f"the age is one of {', '.join(AGES)}")
    return Sql("t.created_at < %s", [work.now - AGES[value]])


def _due(work: Work, value: str) -> Sql:
    due = f"({_column(work, 'dueAt')})::timestamptz"
    if value not in DUE:
        raise Invalid("badFilter", f"the due date is one of {', '.join(DUE)}")
    if value == "none":
        return Sql(f"{due} is null", [])
    until = work.now + (timedelta(days=1) if value == "day" else timedelta())
    return Sql(f"{due} < %s", [until])


def _value(work: Work, value: str) -> Sql:
    try:
        least = Decimal(value)
    except InvalidOperation as error:
        raise Invalid("badFilter", "the value is a number, as 250.00") from error
    if not least.is_finite() or least.adjusted() > DIGITS_MAX:
        raise Invalid("badFilter", "the value is a number, as 250.00")
    return Sql(f"{_column(work, 'orderValue.value')} >= %s", [least])


def _column(work: Work, path: str) -> str:
    found = work.columns(Fallout.resource).promoted(path)
    assert found is not None
    return found


NARROWS: Mapping[str, Callable[[Work, str], Sql]] = {
    "type": _is("falloutType"),
    "system": _is("cause.system"),
    "customer": _customer,
    "age": _age,
    "due": _due,
    "worth": _value,
}
