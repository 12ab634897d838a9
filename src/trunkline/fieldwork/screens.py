"""Screens of field work: work orders, appointments, teams and types of work."""

from __future__ import annotations

from trunkline.fieldwork.appointment import Appointment, SearchTimeSlot
from trunkline.fieldwork.field_team import FieldTeam
from trunkline.fieldwork.work_order import WorkOrder
from trunkline.fieldwork.work_type import WorkType
from trunkline.screens.screen import Action, Declared, Panel, Section, screen

CUSTOMER = "relatedParty[customer].name"

screen(
    WorkOrder,
    Declared(
        columns=("description", CUSTOMER, "state", "startDate", "team", "workType"),
        filters=("state", "team", "workType", "startDate", "productOrder", "relatedParty",
                 "externalId"),
        sort="-startDate",
        form=(
            Section("What is done", ("description", "workType", "priority", "workOrderItem")),
            Section("Where and for whom", ("place", "relatedParty", "productOrder")),
            Section("When", ("requestedStartDate", "requestedCompletionDate"), folded=True),
            Section("More", ("note", "externalId", "category", "relatedEntity"), folded=True),
        ),
        facts=("state", "startDate", "team", "workType", "productOrder"),
        panels=(
            Panel("Appointments", "Appointment", "workOrder.id",
                  ("status", "validFor.startDateTime", "team")),
        ),
        actions=(
            Action("visit", "Open the visit", address="/visits/{key}", verb="read"),
        ),
        numbers=("externalId",),
    ),
)  # fmt: skip
screen(
    Appointment,
    Declared(
        columns=("description", CUSTOMER, "status", "validFor.startDateTime",
                 "validFor.endDateTime", "team", "workOrder"),
        filters=("status", "team", "validFor.startDateTime", "relatedParty", "externalId"),
        sort="-validFor.startDateTime",
        form=(
            Section("When", ("validFor", "team")),
            Section("What for", ("description", "workOrder", "workType")),
            Section("Where and with whom", ("relatedPlace", "relatedParty", "contactMedium")),
            Section("More", ("note", "statusReason", "externalId", "category"), folded=True),
        ),
        facts=("status", "validFor.startDateTime", "validFor.endDateTime", "team", "workOrder"),
        numbers=("externalId",),
    ),
)  # fmt: skip
screen(
    SearchTimeSlot,
    Declared(columns=("searchDate", "status", "searchResult"), sort="-searchDate"),
)
screen(
    FieldTeam,
    Declared(
        columns=("name", "skill", "capacity", "calendar", "isOff"),
        form=(
            Section("Who", ("name", "description", "skill", "isOff")),
            Section("When", ("calendar", "window", "capacity", "leadHours", "daysAhead")),
            Section("Where", ("area",)),
        ),
        facts=("skill", "capacity", "calendar"),
    ),
)
screen(
    WorkType,
    Declared(
        columns=("name", "code", "durationMinutes", "skill", "outsideSystem"),
        form=(
            Section("What is done", ("name", "code", "description", "durationMinutes", "skill",
                                     "part")),
            Section("Rules", ("cutOffHours", "takeBack", "outsideSystem")),
        ),
        facts=("code", "durationMinutes", "skill"),
    ),
)  # fmt: skip
