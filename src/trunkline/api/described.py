"""What this package answers beside the verbs of resources, described: who asks, takes, answers.

Every route that a module of this package adds has its line here; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import trunkline.api.customer_expansions  # noqa: F401 - what it offers stands in the descriptions
from trunkline.api import (
    access_told,
    acting,
    agreements,
    archive,
    assurance_told,
    bill_runs,
    billing,
    billing_feed,
    campaigns,
    care_figures,
    care_told,
    carts,
    catalog_publishing,
    contacts,
    contracts,
    customer_view,
    erasure,
    fieldwork,
    governance_packages,
    hand_offs,
    hub_told,
    identity_told,
    inventory,
    lead_figures,
    lead_interface,
    mass_change,
    master_systems,
    matching,
    message_texts,
    onboarding,
    order_capture,
    order_dates,
    order_projects,
    order_repair,
    order_requests,
    plan_definitions,
    pools,
    process_flows,
    product_changes,
    qualification,
    quantities,
    quotes,
    reads,
    reconciliation,
    renewals,
    revisions,
    sales_leads,
    self_care,
    service_credits,
    staggered,
    workspace,
    workspace_lists_told,
    workspace_notes_told,
)
from trunkline.api.attributes import DEFINE, READ
from trunkline.api.ordering import COMPLETE_TASK, RETRY, SIMULATE, SKIP
from trunkline.kernel.resource import Api, Registry
from trunkline.ordering.fallout import ORDERING
from trunkline.rest.verb import Object, Verb, shape, whole

ATTRIBUTES = Api("attributes", "Attributes of the operator", "1.0.0", "/api/attributes/v1")
ONE_ATTRIBUTE = "/attribute/{type}/{name}"
VALUES: Object = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"],
              "properties": {"name": {"type": "string"}, "value": {}}},
    "examples": [[{"name": "downloadSpeed", "value": 500}]],
}  # fmt: skip
STEP: Mapping[str, str] = {
    "id": "text", "nodeKey": "text", "itemId": "text", "layer": "text", "kind": "text",
    "name": "text", "title": "text", "action": "text", "state": "text", "direction": "text",
    "undoes": "text", "product": "text", "service": "text", "resource": "text",
    "serviceOrder": "text", "resourceOrder": "text", "role": "text",
    "pointOfNoReturn": "flag", "attempt": "integer", "fallout": "text",
    "durationMinutes": "integer", "reason": "text", "awaits": "any", "awaitedBy": "any",
    "plannedAt": "instant", "startedAt": "instant", "endedAt": "instant", "dueAt": "instant",
    "partOf": "text", "origin": "object", "system": "text", "correlation": "text",
    "claimedBy": "object", "claimedAt": "instant", "error": "object", "characteristic": "any",
    "former": "any", "place": "any", "request": "any", "answer": "any", "attempts": "any",
    "errorMessage": "text",
    "plannedStart": "instant", "plannedEnd": "instant", "isLate": "flag", "isCritical": "flag",
    "estimatedStart": "instant", "estimatedEnd": "instant", "plannedEndAt": "instant",
    "jeopardyLevel": "text", "hold": "object",
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    **workspace.SCHEMAS,
    **workspace_notes_told.SCHEMAS,
    **care_figures.SCHEMAS,
    **customer_view.SCHEMAS,
    **lead_interface.SCHEMAS,
    **lead_figures.SCHEMAS,
    **archive.SCHEMAS,
    **master_systems.SCHEMAS,
    **care_told.SCHEMAS,
    **matching.SCHEMAS,
    **onboarding.SCHEMAS,
    **order_dates.SCHEMAS,
    **fieldwork.SCHEMAS,
    **assurance_told.SCHEMAS,
    **service_credits.SCHEMAS,
    **sales_leads.SCHEMAS,
    **campaigns.SCHEMAS,
    **contracts.SCHEMAS,
    **renewals.SCHEMAS,
    **carts.SCHEMAS,
    **self_care.SCHEMAS,
    **order_repair.SCHEMAS,
    **governance_packages.SCHEMAS,
    **message_texts.SCHEMAS,
    **reads.SCHEMAS,
    **erasure.SCHEMAS,
    **revisions.SCHEMAS,
    **quantities.SCHEMAS,
    **staggered.SCHEMAS,
    **order_projects.SCHEMAS,
    **qualification.SCHEMAS,
    **pools.SCHEMAS,
    **hand_offs.SCHEMAS,
    **process_flows.SCHEMAS,
    **inventory.SCHEMAS,
    **reconciliation.SCHEMAS,
    **bill_runs.SCHEMAS,
    **billing.SCHEMAS,
    **billing_feed.SCHEMAS,
    **catalog_publishing.SCHEMAS,
    **plan_definitions.SCHEMAS,
    **acting.SCHEMAS,
    **order_capture.SCHEMAS,
    **mass_change.SCHEMAS,
    **order_requests.SCHEMAS,
    **product_changes.SCHEMAS,
    **quotes.SCHEMAS,
    **agreements.SCHEMAS,
    **contacts.SCHEMAS,
    **workspace_lists_told.SCHEMAS,
    **identity_told.SCHEMAS,
    **hub_told.SCHEMAS,
    **access_told.SCHEMAS,
    "OpenTask": shape(
        "A manual task that waits for somebody; `claimedBy` has it.",
        {"id": "text", "name": "text", "title": "text", "role": "text", "order": "object",
         "itemId": "text", "startedAt": "instant", "dueAt": "instant", "claimedBy": "object",
         "claimedAt": "instant"},
        "id name order",
    ),
    "Step": shape(
        "A step of an order's plan; what may name a person is left out where it is not seen.",
        STEP, "id layer kind name state",
    ),
    "TaskDue": shape("Until when it is to be done; null takes that away.", {"dueAt": "instant"}),
    "TaskAssignment": shape("Who is to do a task, by login.", {"login": "text"}, "login"),
    "TaskReport": shape(
        "What was done: values, evidence, or both.",
        {"evidence": "text", "characteristic": VALUES}, "evidence",
    ),
    "Plan": shape(
        "The steps of an order, and which of them need which.",
        {"order": "object", "item": "list Step", "dependency": "list object"},
        "order item dependency",
    ),
    "LinesBySite": shape(
        "The lines of an order by site, each with its state, dates, old and new values.",
        {"order": "object", "site": "list object"}, "order site",
    ),
    "Simulation": shape(
        "What an order would do: its faults, steps, dates and prices. Nothing is stored.",
        {"fault": "list object", "awaits": "list object", "item": "list object",
         "dependency": "list object", "deferred": "list object", "price": "list object",
         "linePrice": "list object", "completionDate": "any"},
        "fault item dependency price linePrice",
    ),
    "OrderToSimulate": whole(shape(
        "An order of products, services or resources as TMF622, TMF641 or TMF652 takes it.",
        {"productOrderItem": "list object", "serviceOrderItem": "list object",
         "orderItem": "list object", "relatedParty": "list object"}, "",
    )),
    "SubmittedOrder": shape(
        "An order after it was handed in.", {"id": "text", "key": "text", "state": "text"},
        "id key state",
    ),
    "HandledFallout": shape(
        "What became of a fallout, and of its step.",
        {"id": "text", "key": "text", "state": "text", "stepState": "text"},
        "id key state stepState",
    ),
    "HeldFallout": shape(
        "A fallout and who works on it, if anybody does.",
        {"id": "text", "key": "text", "assignee": "object"}, "id key",
    ),
    "FalloutAssignment": shape(
        "Who is to work on it, by login; `me` is the asker.", {"login": "text"}, "login"
    ),
    "FalloutChoice": shape("Fallouts by id or key.", {"fallout": "list text"}, "fallout"),
    "FalloutCorrection": shape(
        "The values to try again with.", {"characteristic": VALUES}, "characteristic"
    ),
    "FalloutEvidence": shape(
        "How the step was done, and the values that it brought: those that a task requires.",
        {"evidence": "text", "characteristic": VALUES}, "evidence",
    ),
    "FalloutReason": shape("Why the step is left out.", {"reason": "text"}, "reason"),
    "OwnAttribute": shape(
        "An attribute that the operator adds to a kind of record, and how far its index is.",
        {"type": "text", "name": "text", "kind": "text", "indexed": "flag", "index": "object"},
        "type name kind indexed",
    ),
    "OwnAttributeDefinition": shape(
        "What an extra attribute says, but for its record type and name; more is kept with it.",
        {"kind": {"enum": ["text", "number", "boolean", "instant", "date", "choice", "choices"]},
         "indexed": "flag", "required": "flag", "register": "text", "defaultValue": {},
         "condition": "text", "validation": "text", "message": "text", "label": "text",
         "help": "text", "section": "text", "position": "integer", "searched": "flag",
         "dataClass": {"enum": ["internal", "personal", "sensitive"]}}, "kind",
    ),
}  # fmt: skip


def own_verbs(registry: Registry) -> tuple[Verb, ...]:
    """Return every operation that no resource derives."""
    return (*_of_orders(), *_of_fallout(), *_of_tasks(), *_of_attributes(),
            *workspace.verbs(), *workspace_notes_told.verbs(),
            *care_figures.verbs(), *customer_view.verbs(), *archive.verbs(),
            *master_systems.verbs(), *lead_interface.verbs(), *lead_figures.verbs(),
            *care_told.verbs(), *governance_packages.verbs(),
            *workspace_lists_told.verbs(), *message_texts.verbs(), *matching.verbs(),
            *onboarding.verbs(), *reads.verbs(), *erasure.verbs(), *revisions.verbs_told(),
            *quantities.verbs_told(), *staggered.verbs_told(), *order_projects.verbs_told(),
            *qualification.verbs(),
            *hand_offs.verbs(), *process_flows.verbs(),
            *pools.verbs(), *inventory.verbs(), *reconciliation.verbs(),
            *bill_runs.verbs(), *billing.verbs(), *billing_feed.verbs(),
            *acting.verbs(), *contacts.verbs(),
            *identity_told.verbs(), *catalog_publishing.verbs(), *plan_definitions.verbs(),
            *order_capture.verbs(), *mass_change.verbs(), *order_requests.verbs(),
            *product_changes.verbs(), *quotes.verbs(), *agreements.verbs(), *contracts.verbs(),
            *renewals.verbs(), *sales_leads.verbs(), *campaigns.verbs(),
            *fieldwork.verbs(), *assurance_told.verbs(), *service_credits.verbs(),
            *carts.verbs(), *self_care.verbs(),
            *order_dates.verbs(), *order_repair.verbs(), *access_told.verbs(),
            *hub_told.verbs(registry))  # fmt: skip


def _of_orders() -> Iterator[Verb]:
    post = partial(Verb, api=ORDERING, method="post")
    simulate = partial(post, scope=SIMULATE, about="Simulation", answers="Simulation")
    yield simulate(
        path="/simulate", name="simulateOrder", takes="OrderToSimulate",
        summary="Tell what an order would do, without storing it",
    )  # fmt: skip
    yield simulate(
        path="/productOrder/{id}/simulate", name="simulateDraft",
        summary="Tell what a draft would do, as it is stored", conflicts=True,
    )  # fmt: skip
    yield post(
        path="/productOrder/{id}/submit", name="submitDraft", scope="TMF622:update",
        summary="Hand a draft in", about="SubmittedOrder", answers="SubmittedOrder",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield Verb(
        api=ORDERING, method="get", path="/productOrder/{id}/line", name="linesOfProductOrder",
        about="LinesBySite", answers="LinesBySite", scope="TMF622:read",
        summary="Return the lines of a product order by site",
    )  # fmt: skip
    for kind, number in (("product", "TMF622"), ("service", "TMF641"), ("resource", "TMF652")):
        yield Verb(
            api=ORDERING, method="get", path=f"/{kind}Order/{{id}}/plan",
            name=f"planOf{kind.capitalize()}Order", about="Plan", answers="Plan",
            summary=f"Return the steps of a {kind} order as they stand", scope=f"{number}:read",
        )  # fmt: skip
        if kind != "product":
            yield simulate(
                path=f"/{kind}Order/{{id}}/simulate", name=f"simulate{kind.capitalize()}Order",
                summary=f"Tell what a {kind} order that has not begun would do", conflicts=True,
            )  # fmt: skip


def _of_fallout() -> Iterator[Verb]:
    act = partial(
        Verb, api=ORDERING, method="post", about="HandledFallout", answers="HandledFallout",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    yield act(
        path="/fallout/retry", name="retryManyFallouts", scope=RETRY, takes="FalloutChoice",
        summary="Try many steps again, or none where one is closed", is_list=True,
    )  # fmt: skip
    one = "/fallout/{id}"
    yield act(path=f"{one}/retry", name="retryFallout", scope=RETRY, summary="Try a step again")
    yield act(
        path=f"{one}/fixAndRetry", name="fixAndRetryFallout", scope=RETRY,
        takes="FalloutCorrection", summary="Correct values of a step and try it again",
    )  # fmt: skip
    yield act(
        path=f"{one}/completeByHand", name="completeFalloutByHand", scope=COMPLETE_TASK,
        takes="FalloutEvidence", summary="Take a step as done, since somebody did it",
    )  # fmt: skip
    yield act(
        path=f"{one}/skip", name="skipFallout", scope=SKIP, takes="FalloutReason",
        summary="Leave a step out for good",
    )  # fmt: skip
    hold = partial(act, scope="ordering:update", answers="HeldFallout")
    yield hold(
        path=f"{one}/assign", name="assignFallout", takes="FalloutAssignment",
        summary="Give a fallout to somebody, whoever has it",
    )  # fmt: skip
    yield hold(path=f"{one}/release", name="releaseFallout", summary="Give a fallout back")


def _of_tasks() -> Iterator[Verb]:
    yield Verb(
        api=ORDERING, method="get", path="/task", name="listTask", scope=COMPLETE_TASK,
        summary="List the manual tasks that wait, soonest due first", about="OpenTask",
        answers="OpenTask", is_list=True, parameters="limit after",
        filters={
            "role": "The role that the task is for.",
            "order": "The id or key of an order.",
            "claimedBy": "The id of who has it, `me`, or `nobody`.",
            "dueAt.gte": "Due from then on.",
            "dueAt.lt": "Due before then.",
        },
    )  # fmt: skip
    act = partial(
        Verb, api=ORDERING, method="post", scope=COMPLETE_TASK, about="Step", answers="Step",
        parameters="Idempotency-Key", conflicts=True,
    )  # fmt: skip
    one = "/task/{id}"
    yield act(path=f"{one}/claim", name="claimTask", summary="Take a task on")
    yield act(
        path=f"{one}/assign", name="assignTask", takes="TaskAssignment",
        summary="Give a task to somebody, whoever has it",
    )  # fmt: skip
    yield act(path=f"{one}/release", name="releaseTask", summary="Give a task back")
    yield act(
        path=f"{one}/due", name="setTaskDue", takes="TaskDue",
        summary="Say until when a task is to be done",
    )  # fmt: skip
    yield act(
        path=f"{one}/complete", name="completeTask", takes="TaskReport",
        summary="Report a task as done",
    )  # fmt: skip


def _of_attributes() -> Iterator[Verb]:
    of = partial(Verb, api=ATTRIBUTES, about="OwnAttribute")
    yield of(
        method="get", path="/attribute", name="listOwnAttribute", scope=READ, is_list=True,
        summary="List the attributes that the operator added", answers="OwnAttribute",
    )  # fmt: skip
    yield of(
        method="get", path=ONE_ATTRIBUTE, name="retrieveOwnAttribute", scope=READ,
        summary="Return one with the progress of its index", answers="OwnAttribute",
    )  # fmt: skip
    yield of(
        method="put", path=ONE_ATTRIBUTE, name="defineOwnAttribute", scope=DEFINE,
        summary="Define or change one; an index follows in the background",
        takes="OwnAttributeDefinition", answers="OwnAttribute", conflicts=True,
    )  # fmt: skip
    yield of(
        method="delete", path=ONE_ATTRIBUTE, name="removeOwnAttribute", scope=DEFINE,
        summary="Take a definition away; the values stay", status="204", conflicts=True,
    )  # fmt: skip
