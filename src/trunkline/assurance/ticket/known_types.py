"""The ticket types in force, read once per generation of the configuration, with their clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from trunkline.assurance.ticket.clock import Terms
from trunkline.assurance.ticket.ticket_type import PAUSES, EscalationStep, TicketType
from trunkline.governance.configured import all_of, configured
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar, calendar_of
from trunkline.shared.calendar import ALWAYS, Calendar

WARN_PERCENT = 75


@dataclass(frozen=True)
class KnownType:
    """One type, ready to be asked."""

    document: TicketType
    calendar: Calendar
    calendar_name: str = ""

    @property
    def warn_percent(self) -> int:
        """From how many percent of the time on the holder is warned."""
        return self.document.warn_percent or WARN_PERCENT

    @property
    def escalation(self) -> Sequence[EscalationStep]:
        """Who is told later, in order."""
        return self.document.escalation

    def terms(self, severity: str | None, priority: str | None) -> Terms:
        """Return by what the clock of trouble of a severity and a priority runs."""
        pauses = frozenset(self.document.pause_status or PAUSES)
        return Terms(self._target(severity, priority), self.calendar, pauses)

    def _target(self, severity: str | None, priority: str | None) -> timedelta | None:
        for one in self.document.target:
            if one.severity in (None, severity) and one.priority in (None, priority):
                return timedelta(minutes=one.resolution_minutes)
        return None


@dataclass(frozen=True)
class KnownTypes:
    """All types that there are, by code."""

    by_code: Mapping[str, KnownType] = field(default_factory=dict)
    default: KnownType | None = None

    def of(self, code: str | None) -> KnownType | None:
        """Return the type with a code, else the default one, if there is one."""
        return self.by_code.get(code or "", self.default)


NO_TERMS = Terms(None, ALWAYS, PAUSES)


def known_types(work: Work) -> KnownTypes:
    """Return the ticket types."""
    return configured(work, KnownTypes, read_types)


def read_types(connection: Any) -> KnownTypes:
    """Return the ticket types as the database has them."""
    calendars = {one.id: one for one in all_of(connection, WorkingCalendar)}
    by_code: dict[str, KnownType] = {}
    default = None
    for one in all_of(connection, TicketType):
        named = calendars.get(one.working_calendar.id) if one.working_calendar else None
        known = KnownType(
            one,
            calendar_of(named) if named is not None else ALWAYS,
            named.name if named is not None else "",
        )
        by_code[str(one.code)] = known
        if one.is_default and one.lifecycle_status == "active":
            default = known
    return KnownTypes(by_code, default)
