"""Figures of contacts: how many, why, how, when, how often again, and settled at the first one.

Counted are contacts that customers began. One is a repeat where the same customer had one for the
same reason shortly before. It is settled at once where it is no repeat, ended with a wrap-up that
settles things, and none for its reason followed shortly after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trunkline.care.api import WATCH
from trunkline.care.interaction import PartyInteraction
from trunkline.care.registers import WRAP_UP
from trunkline.documents.errors import Fault, Forbidden, refuse
from trunkline.governance.registers import registers
from trunkline.kernel.actor import Actor
from trunkline.kernel.session import is_narrow
from trunkline.kernel.work import Work

WITHIN_DAYS, WITHIN_MAX = 14, 90
PERIOD_MAX = timedelta(days=731)
SETTLES = "settles"
SETTLING = frozenset({"resolved", "ordered"})
"""The wrap-ups that settle things where no value of the register says that it does (`settles`)."""
GROUPS = ("reason", "channel", "day", "hour")
SQL = f"""
with near as (
  select coalesce(p_reason, '') as reason,
    coalesce(doc->'channel'->0->>'id', '') as channel, p_creation_date as at,
    p_status = 'completed' and doc->>'wrapUpCode' = any(%(settling)s) as settles,
    lag(p_creation_date) over one as former, lead(p_creation_date) over one as later
  from {PartyInteraction.resource.table}
  where p_direction = 'inbound' and p_creation_date >= %(from)s::timestamptz - %(within)s
    and p_creation_date < %(to)s::timestamptz + %(within)s
  window one as (partition by coalesce(owner, id), p_reason order by p_creation_date, id)
), counted as (
  select reason, channel, to_char(at at time zone %(zone)s, 'YYYY-MM-DD') as day,
    to_char(at at time zone %(zone)s, 'HH24') as hour,
    coalesce(at - former <= %(within)s, false) as again,
    settles and (later is null or later - at > %(within)s) as done
  from near where at >= %(from)s and at < %(to)s
)
select case when grouping(reason) = 0 then 'reason' when grouping(channel) = 0 then 'channel'
    when grouping(day) = 0 then 'day' when grouping(hour) = 0 then 'hour' end,
  coalesce(reason, channel, day, hour), count(*), count(*) filter (where again),
  count(*) filter (where done and not again)
from counted group by grouping sets ((), (reason), (channel), (day), (hour))
order by 1, 3 desc, 2
"""  # noqa: S608 - our own table


@dataclass(frozen=True)
class Asked:
    """For which period, in whose days and hours, and within how many days a repeat is one."""

    start: datetime
    end: datetime
    zone: str = "UTC"
    within_days: int = WITHIN_DAYS


@dataclass(frozen=True)
class Figure:
    """Contacts of one kind: how many, how many of them repeats, how many settled at once."""

    value: str
    count: int
    repeats: int
    settled: int

    @property
    def firsts(self) -> int:
        """How many were no repeats: those that could be settled at once."""
        return self.count - self.repeats

    @property
    def repeat_share(self) -> int:
        """How many of a hundred are repeats."""
        return round(100 * self.repeats / self.count) if self.count else 0

    @property
    def settled_share(self) -> int:
        """How many of a hundred first contacts settled things at once."""
        return round(100 * self.settled / self.firsts) if self.firsts else 0


@dataclass(frozen=True)
class Figures:
    """All of them, and by reason, channel, day and hour; the most frequent first, time in order."""

    whole: Figure
    groups: Mapping[str, Sequence[Figure]] = field(default_factory=dict)


def must_watch(actor: Actor) -> None:
    """Refuse (403) who may not watch over care as a whole: figures tell of everybody's contacts."""
    if actor.must_have(WATCH).reach != "all" or is_narrow(actor):
        raise Forbidden("notAllowed", f"{WATCH} over everything is needed here")


def contact_figures(work: Work, asked: Asked) -> Figures:
    """Return the figures of a period, read in one statement; refuses (400) one that is none."""
    must_watch(work.actor)
    faults = []
    if not asked.start < asked.end <= asked.start + PERIOD_MAX:
        message = f"must lie after the beginning, by {PERIOD_MAX.days} days at most"
        faults.append(Fault("to", "badValue", message))
    if not 1 <= asked.within_days <= WITHIN_MAX:
        faults.append(Fault("withinDays", "badValue", f"takes 1 to {WITHIN_MAX} days"))
    refuse(faults)
    rows = work.connection.execute(
        SQL,
        {"from": asked.start, "to": asked.end, "zone": asked.zone,
         "within": timedelta(days=asked.within_days), "settling": settling(work)},
    ).fetchall()  # fmt: skip
    groups: dict[str, list[Figure]] = {name: [] for name in GROUPS}
    whole = Figure("", 0, 0, 0)
    for group, value, *counts in rows:
        if group is None:
            whole = Figure("", *counts)
        else:
            groups[group].append(Figure(value, *counts))
    for name in ("day", "hour"):
        groups[name].sort(key=lambda one: one.value)
    return Figures(whole, groups)


def settling(work: Work) -> list[str]:
    """Return the wrap-ups that settle what a customer came for."""
    register = registers(work).get(WRAP_UP)
    said = [
        code for code, one in (register.values if register is not None else {}).items()
        if str(one.attribute.get(SETTLES)).lower() == "true"
    ]  # fmt: skip
    return said or sorted(SETTLING)
