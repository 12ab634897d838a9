"""Screens of the ordering module: how orders are read, changed and found."""

from __future__ import annotations

from trunkline.ordering.cancel_product_order import CancelProductOrder
from trunkline.ordering.cancel_resource_order import CancelResourceOrder
from trunkline.ordering.cancel_service_order import CancelServiceOrder
from trunkline.ordering.fallout import Fallout
from trunkline.ordering.product_order import ProductOrder
from trunkline.ordering.resource_order import ResourceOrder
from trunkline.ordering.service_order import ServiceOrder
from trunkline.screens.screen import Declared, Panel, Section, screen

STEPS = ("state", "orderDate", "completionDate")
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
            Section("Notes", ("note",)),
            Section("Comes from", ("quote", "agreement", "productOfferingQualification"),
                    folded=True),
            Section("Cancellation", ("cancellationReason", "cancellationDate"), folded=True),
        ),
        facts=("state", "relatedParty", "orderDate", "requestedCompletionDate",
               "expectedCompletionDate", "priority"),
        panels=(
            Panel("Service orders", "ServiceOrder", "productOrder.id", STEPS),
            Panel("Resource orders", "ResourceOrder", "productOrder.id", STEPS),
            Panel("Fallout", "Fallout", "productOrder.id", ("state", "taskName", "cause.code")),
        ),
        search=("description", "externalId"),
        numbers=("externalId",),
        depends=(("billingAccount", ("relatedParty",)),),
    ),
)  # fmt: skip
screen(
    ServiceOrder,
    Declared(
        columns=("serviceOrderItem.service.name", CUSTOMER, "state", "orderDate",
                 "requestedCompletionDate"),
        form=(
            Section("Order", ("externalId", "category", "priority", "description",
                              "productOrder")),
            Section("Who", ("relatedParty", "notificationContact")),
            Section("When", ("requestedStartDate", "requestedCompletionDate",
                             "expectedCompletionDate")),
            Section("Items", ("serviceOrderItem",)),
            Section("Notes", ("note",)),
            Section("Progress", ("milestone", "jeopardyAlert", "errorMessage",
                                 "orderRelationship", "externalReference"), folded=True),
            Section("Cancellation", ("cancellationReason", "cancellationDate"), folded=True),
        ),
        facts=("state", "productOrder", "orderDate", "requestedCompletionDate", "priority"),
        panels=(Panel("Fallout", "Fallout", "serviceOrder.id", ("state", "taskName")),),
        search=("description", "externalId"),
        numbers=("externalId",),
    ),
)  # fmt: skip
screen(
    ResourceOrder,
    Declared(
        columns=("name", CUSTOMER, "state", "orderDate", "requestedCompletionDate"),
        form=(
            Section("Order", ("name", "externalId", "category", "orderType", "priority",
                              "description", "productOrder", "serviceOrder")),
            Section("Who", ("relatedParty",)),
            Section("When", ("requestedStartDate", "requestedCompletionDate",
                             "expectedCompletionDate", "startDate")),
            Section("Items", ("orderItem",)),
            Section("Notes", ("note", "externalReference")),
        ),
        facts=("state", "productOrder", "serviceOrder", "orderDate", "requestedCompletionDate"),
        panels=(Panel("Fallout", "Fallout", "resourceOrder.id", ("state", "taskName")),),
        search=("name", "description", "externalId"),
        numbers=("externalId",),
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
        facts=("state", "taskName", "productOrder", "resolution"),
        search=("taskName", "cause.code"),
    ),
)
