"""Screens of the ordering module: how orders are read, changed and found."""

from __future__ import annotations

from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.capture.header_task import HeaderTask
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.design.outside_system import OutsideSystem
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.grouping.order_group import OrderGroup
from trunkline.ordering.jeopardy.delivery_policy import DeliveryPolicy
from trunkline.ordering.jeopardy.priority_factor import PriorityFactor
from trunkline.ordering.jeopardy.working_calendar import WorkingCalendar
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.repair.failure_policy import FailurePolicy, systems_to_choose
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.screens.screen import Declared, Link, Panel, Section, screen

STEPS = ("state", "outboundState", "orderDate", "completionDate")
CUSTOMER = "relatedParty[customer].name"

screen(
    ProductOrder,
    Declared(
        columns=("key", CUSTOMER, "state",
                 "productOrderItem.productOffering.name", "requestedStartDate",
                 "orderDate"),
        form=(
            Section("Order", ("externalId", "category", "priority", "description")),
            Section("Who", ("relatedParty", "billingAccount", "channel", "notificationContact")),
            Section("When", ("requestedStartDate", "requestedCompletionDate",
                             "expectedCompletionDate", "committedCompletionDate")),
            Section("Items", ("productOrderItem",)),
            Section("Prices and payment", ("orderTotalPrice", "payment"), folded=True),
            Section("Notes", ("note", "tag")),
            Section("Comes from", ("interaction", "quote", "agreement",
                                   "productOfferingQualification"), folded=True),
            Section("Cancellation", ("cancellationReason", "cancellationDate"), folded=True),
        ),
        facts=("state", "relatedParty", "orderDate", "requestedCompletionDate",
               "expectedCompletionDate", "priority", "jeopardyLevel"),
        panels=(
            Panel("To decide", "HeaderTask", "productOrder.id",
                  ("title", "kind", "state", "result", "comment")),
            Panel("Service orders", "ServiceOrder", "productOrder.id", STEPS),
            Panel("Resource orders", "ResourceOrder", "productOrder.id", STEPS),
            Panel("Fallout", "Fallout", "productOrder.id", ("state", "taskName", "cause.code")),
            Panel("Service contracts", "ServiceContract", "productOrder.id",
                  ("name", "state", "billingAccount", "validFor")),
            Panel("Messages", "CommunicationMessage", "relatedEntity.id",
                  ("subject", "receiver.name", "state", "sendTimeComplete")),
        ),
        search=("description", "externalId"),
        numbers=("key", "externalId"),
        depends=(("billingAccount", ("relatedParty",)),),
    ),
)  # fmt: skip
screen(
    ServiceOrder,
    Declared(
        columns=("serviceOrderItem.service.name", CUSTOMER, "state", "outboundState",
                 "orderDate", "requestedCompletionDate"),
        form=(
            Section("Order", ("externalId", "category", "priority", "description",
                              "productOrder", "serviceOrder")),
            Section("Who", ("relatedParty", "notificationContact")),
            Section("When", ("requestedStartDate", "requestedCompletionDate",
                             "expectedCompletionDate")),
            Section("Items", ("serviceOrderItem",)),
            Section("Notes", ("note",)),
            Section("Progress", ("milestone", "jeopardyAlert", "errorMessage",
                                 "orderRelationship", "externalReference"), folded=True),
            Section("Cancellation", ("cancellationReason", "cancellationDate"), folded=True),
        ),
        facts=("state", "outboundState", "productOrder", "serviceOrder", "orderDate",
               "requestedCompletionDate", "priority"),
        panels=(
            Panel("To decide", "HeaderTask", "serviceOrder.id",
                  ("title", "kind", "state", "result", "comment")),
            Panel("Service orders", "ServiceOrder", "serviceOrder.id", STEPS),
            Panel("Resource orders", "ResourceOrder", "serviceOrder.id", STEPS),
            Panel("Fallout", "Fallout", "serviceOrder.id", ("state", "taskName")),
        ),
        search=("description", "externalId"),
        numbers=("key", "externalId"),
    ),
)  # fmt: skip
screen(
    ResourceOrder,
    Declared(
        columns=("name", CUSTOMER, "state", "outboundState", "orderDate",
                 "requestedCompletionDate"),
        form=(
            Section("Order", ("name", "externalId", "category", "orderType", "priority",
                              "description", "productOrder", "serviceOrder", "resourceOrder")),
            Section("Who", ("relatedParty",)),
            Section("When", ("requestedStartDate", "requestedCompletionDate",
                             "expectedCompletionDate", "startDate")),
            Section("Items", ("orderItem",)),
            Section("Notes", ("note", "externalReference")),
            Section("Progress", ("orderRelationship",), folded=True),
        ),
        facts=("state", "outboundState", "productOrder", "serviceOrder", "resourceOrder",
               "orderDate", "requestedCompletionDate"),
        panels=(
            Panel("To decide", "HeaderTask", "resourceOrder.id",
                  ("title", "kind", "state", "result", "comment")),
            Panel("Resource orders", "ResourceOrder", "resourceOrder.id", STEPS),
            Panel("Fallout", "Fallout", "resourceOrder.id", ("state", "taskName")),
        ),
        search=("name", "description", "externalId"),
        numbers=("key", "externalId"),
    ),
)  # fmt: skip
for kind, order in (
    (CancelProductOrder, "productOrder"),
    (CancelServiceOrder, "serviceOrder"),
    (CancelResourceOrder, "resourceOrder"),
):
    screen(
        kind,
        Declared(
            form=(
                Section("Cancellation", (order, "cancellationReason", "requestedCancellationDate")),
            ),
            facts=("state", order, "requestedCancellationDate", "effectiveCancellationDate"),
        ),
    )
screen(
    Fallout,
    Declared(
        form=(Section("Notes", ("note",)),),
        facts=("state", "planItemId", "productOrder", "resolution"),
        search=("taskName", "cause.code"),
        links=(Link("planItemId", "Step", "taskName",
                    ("productOrder", "serviceOrder", "resourceOrder"), "step={value}"),),
    ),
)  # fmt: skip
screen(
    OrderPolicy,
    Declared(
        columns=("name", "effect", "channel", "action", "condition", "isActive"),
        form=(
            Section("What holds", ("name", "effect", "isActive", "description")),
            Section("For which orders", ("channel", "action", "condition")),
            Section("Who, until when, how much", ("role", "dueDays", "deposit", "message")),
            Section(
                "Delivered as a project", ("linesMin", "sitesMin", "per", "phase"), folded=True
            ),
        ),
        facts=("effect", "isActive", "role", "dueDays"),
        search=("name", "description"),
    ),
)
screen(
    HeaderTask,
    Declared(
        columns=("title", "kind", "productOrder", "serviceOrder", "role", "state", "dueAt"),
        facts=("state", "kind", "productOrder", "serviceOrder", "role", "dueAt", "result"),
        search=("title",),
    ),
)
screen(
    OrderGroup,
    Declared(
        columns=("name", "state", "requestedCompletionDate", "jeopardyLevel", "productOrder"),
        form=(
            Section("Group", ("name", "description", "relatedParty")),
            Section("Due", ("requestedCompletionDate",)),
            Section("Orders", ("productOrder",)),
        ),
        facts=("state", "requestedCompletionDate", "jeopardyLevel", "threatenedBy"),
        panels=(
            Panel("How they stand", "ProductOrder", "orderGroup.id",
                  ("state", "requestedCompletionDate", "expectedCompletionDate",
                   "jeopardyLevel")),
        ),
        search=("name", "description"),
    ),
)  # fmt: skip
screen(
    WorkingCalendar,
    Declared(
        form=(
            Section("Calendar", ("name", "description", "timeZone", "isDefault")),
            Section("Hours of work", ("workingHours",)),
            Section("Holidays", ("holiday",)),
        ),
        facts=("timeZone", "isDefault"),
        panels=(Panel("Delivery policies", "DeliveryPolicy", "calendar.id", ("name",)),),
    ),
)  # fmt: skip
screen(
    DeliveryPolicy,
    Declared(
        form=(
            Section("Policy", ("name", "position")),
            Section("Holds for", ("specification", "taskKind", "role", "customerSegment",
                                  "customer")),
            Section("How long tasks take", ("durationMinutes", "calendar")),
            Section("When it is in danger", ("taskThreshold", "lineThreshold", "clockRunsOn")),
            Section("Who is told", ("notifyFrom", "notifyRole", "tellsCustomer", "messageText",
                                     "withdrawnText")),
        ),
        facts=("position", "durationMinutes", "calendar", "notifyFrom", "tellsCustomer"),
    ),
)  # fmt: skip
screen(
    FailurePolicy,
    Declared(
        form=(
            Section("Policy", ("name", "position", "isActive", "description")),
            Section("Holds for", ("errorKind", "errorCode", "system", "stepKind")),
            Section("Tried again", ("pauseSeconds",)),
        ),
        facts=("errorKind", "pauseSeconds", "position", "isActive"),
        choices=(("system", systems_to_choose),),
    ),
)  # fmt: skip
screen(
    PriorityFactor,
    Declared(form=(Section("Factor", ("name", "weight")), Section("Ranks", ("rank",)))),
)
screen(
    OutsideSystem,
    Declared(
        columns=("name", "code", "kind", "speaks", "callsPerMinute"),
        form=(
            Section("System", ("code", "name", "kind", "description")),
            Section("How it is reached", ("url", "credentials", "callsPerMinute", "maintenance")),
            Section("Orders handed over to it", ("speaks", "offering", "stateMapping",
                                                 "callbackSecret")),
        ),
        facts=("code", "kind", "speaks", "url", "callsPerMinute"),
        search=("name", "code"),
    ),
)  # fmt: skip
