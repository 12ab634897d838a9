"""Repeated contacts: a customer who turns to us again and again for one reason is no small thing.

How many contacts within how many days raise the alarm stands beside each reason in its register
(`repeatCount`, `repeatDays`), so that the operator decides; a count of 0 raises none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from trunkline.care.api import WATCH
from trunkline.care.interaction import PartyInteraction
from trunkline.care.registers import REASON
from trunkline.documents.shape import Json
from trunkline.governance.registers import registers
from trunkline.kernel.behaviour import enrich, handler, on
from trunkline.kernel.reactions import LeaseLost
from trunkline.kernel.resource import event
from trunkline.kernel.services import Services
from trunkline.kernel.work import Work, as_system
from trunkline.leases import queue
from trunkline.leases.queue import NewWork, Row
from trunkline.party.customer import Customer, customer_named
from trunkline.workspace.notifications import Notice, notice_of, tell

ALARM = "care.repeats"
COUNT, DAYS = "repeatCount", "repeatDays"
MADE_BY_THEM = "inbound"
# A contact may name the customer, or the party that it is: whoever it names, it is one caller.
FORMER = (
    "with k as (select target, source from "  # noqa: S608 - our names
    f"{Customer.resource.reference_table} where type = 'Customer' and path = 'engagedParty' "
    "and (source = %(who)s::uuid or target = %(who)s::uuid)) "
    f"select count(distinct t.id) from {PartyInteraction.resource.reference_table} f "
    f"join {PartyInteraction.resource.table} t on t.id = f.source "
    "where f.target = any(array(select %(who)s::uuid union select target from k "
    "union select source from k)) and f.type = 'PartyInteraction' and f.path = 'relatedParty' "
    "and t.p_reason = %(reason)s and t.p_direction = %(direction)s "
    "and t.p_creation_date >= %(since)s"
)
WATCHERS = (
    "select distinct r.principal::text from principal_role r "
    "join role_permission g on g.role = r.role join principal p on p.id = r.principal "
    "join user_account u on u.principal = p.id where g.permission = %s and g.reach = 'all' "
    "and p.active and (r.ends_at is null or r.ends_at > %s) order by 1 limit 100"
)


@dataclass(frozen=True)
class Limit:
    """From how many contacts for one reason within how many days the alarm is raised."""

    count: int = 3
    days: int = 14


DEFAULT = Limit()


def limit_of(work: Work, reason: str) -> Limit:
    """Return what holds for a reason, by its own attributes in the register."""
    register = registers(work).get(REASON)
    value = register.values.get(reason) if register is not None else None
    own = value.attribute if value is not None else {}
    return Limit(_whole(own.get(COUNT), DEFAULT.count), _whole(own.get(DAYS), DEFAULT.days))


def _whole(value: Json, default: int) -> int:
    """Return a number that the operator wrote, as one or as text."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return int(value) if is_number and value >= 0 else default


@enrich(PartyInteraction)
def contact_is_counted(work: Work, new: PartyInteraction) -> None:
    """Say of a new contact how many there were for its reason lately, and whether that alarms."""
    customer = customer_id(new)
    if new.meta.version or new.direction != MADE_BY_THEM or not new.reason or customer is None:
        return
    limit = limit_of(work, new.reason)
    since = work.now - timedelta(days=limit.days)
    asked = {"who": customer, "reason": new.reason, "direction": MADE_BY_THEM, "since": since}
    (former,) = work.connection.execute(FORMER, asked).fetchone()
    if former:
        new.repeat_number = former + 1
        new.repeat_alarm = True if 0 < limit.count <= former + 1 else None


def customer_id(contact: PartyInteraction) -> str | None:
    """Return the id of the customer whose contact it is, None where nobody is named as one."""
    return next((one.id for one in contact.related_party if one.role == "customer"), None)


@on(event(PartyInteraction, "created"))
def raise_the_alarm(work: Work, contact: PartyInteraction) -> None:
    """Have those told who watch over care that a customer turns to us again and again."""
    if contact.repeat_alarm:
        work.schedule(NewWork(ALARM, contact.id, once=f"{ALARM} {contact.id}"))


@handler(ALARM)
def tell_watchers(services: Services, row: Row) -> None:
    """Tell who may watch over care of one contact too many, each once."""
    people: list[str] = []
    notice: Notice | None = None
    with as_system(services, ALARM) as work:
        contact = work.get(PartyInteraction, row.subject)
        ident = customer_id(contact) if contact is not None else None
        customer = customer_named(work, ident) if ident is not None else None
        if contact is not None and customer is not None:
            now = services.machine_now()
            people = [one for (one,) in work.connection.execute(WATCHERS, [WATCH, now])]
            notice = notice_of(
                "repeats", "contactRepeated",
                {"what": customer.key, "count": contact.repeat_number or 0},
                f"/customer/{customer.key}", record=(Customer.resource.name, customer.id),
                once=f"{ALARM} {contact.id}",
            )  # fmt: skip
        if not queue.finish(work.connection, row):
            raise LeaseLost(row.kind)
    if notice is not None and people:
        tell(services, people, notice)
