"""Plan definitions: how a part of an order is carried out, item by item, as versioned data.

A definition is drafted, published and retired; a published one no longer changes. Each of its items
becomes a step (`PlanItem`) of its own, beside the step that makes the record, whose id it has as
`part_of` and which comes last. Such a step keeps in `design["item"]` what its item said when the
order was broken down, as JSON, and in `origin` which definition, version and item that was: running
orders go on by the version that they began with.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from trunkline.catalog import fulfilment_terms
from trunkline.catalog.fulfilment_terms import Compensation, ItemSla, NoReturn, Reaches
from trunkline.documents.lifecycle import Lifecycle
from trunkline.documents.shape import Expression, Limits, Shape, many
from trunkline.governance.configured import configures
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.ordering.fallout import ORDERING

ItemKind: TypeAlias = Literal[
    "automatic", "activation", "callout", "event", "milestone", "manual", "timer", "fieldWork"
]
Scope: TypeAlias = Literal["plan", "line", "bundle", "order", "relatedOrder"]
DefinitionStatus: TypeAlias = Literal["draft", "published", "retired"]

VARIABLES = ("order", "line", "record", "item", "place")
"""What conditions and templates speak of: facts of the order, of its line and of the record that
is made, the record's values (with those that steps before brought), and the place."""
ANSWER_VARIABLES = (*VARIABLES, "response")

NAME = fulfilment_terms.NAME
TEXT = Limits(length_max=300)
RULE = Limits(length_max=2048)
IDENT = Limits(length_max=40, pattern=r"^[a-z][A-Za-z0-9]*$")
CODE = Limits(length_max=60, pattern=r"^[a-z][A-Za-z0-9-]*$")
CONDITION = Expression(VARIABLES)
OF_ANSWER = Expression(ANSWER_VARIABLES)

DEFINITION_LIFECYCLE = Lifecycle(
    attribute="lifecycle_status",
    initial="draft",
    moves={"draft": ("published", "retired"), "published": ("retired",), "retired": ()},
)


class ItemDependency(Shape):
    """What an item comes after.

    In the `plan` itself an item by its id; elsewhere in the line, the bundle, the order or the
    orders that it is related to, what is made by a specification (by name) or an item of its plan.
    """

    item: Annotated[str | None, IDENT] = None
    scope: Scope | None = None
    specification: Annotated[str | None, NAME] = None


class ItemRetry(Shape):
    """Pauses in seconds before the next try, by kind of error; when they are used up, fallout."""

    technical: list[Annotated[int, Limits(minimum=0)]] = many()
    unknown: list[Annotated[int, Limits(minimum=0)]] = many()
    business: list[Annotated[int, Limits(minimum=0)]] = many()


class CalloutRequest(Shape):
    """A request to an outside system; texts hold CEL between `${` and `}`.

    A text that is nothing but one expression becomes its value. Nothing of it is secret: the
    system's secrets are named at the system and joined when it is sent.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    path: Annotated[str, Limits(length_max=500)]
    body: Any = None


class AnswerMapping(Shape):
    """A value that an answer brings: the characteristic that it becomes, and CEL that finds it."""

    characteristic: Annotated[str, NAME]
    expression: Annotated[str, RULE]


class Callout(Shape):
    """A call to an outside system (by its code), and how its answer is understood.

    Of the conditions the first that holds counts, in this sequence: `success_when`,
    `pending_when` (the answer comes later), `business_error_when`; else the error is technical.
    Without them the HTTP status tells. `is_repeatable` says that sending it twice does no harm.
    """

    system: Annotated[str, CODE]
    request: CalloutRequest
    undo_request: CalloutRequest | None = None
    success_when: Annotated[str | None, RULE, OF_ANSWER] = None
    pending_when: Annotated[str | None, RULE, OF_ANSWER] = None
    business_error_when: Annotated[str | None, RULE, OF_ANSWER] = None
    error_code: Annotated[str | None, RULE] = None
    error_message: Annotated[str | None, RULE] = None
    mapping: list[AnswerMapping] = many()
    timeout_seconds: Annotated[int | None, Limits(minimum=1)] = None
    is_repeatable: bool | None = None


class AwaitedEvent(Shape):
    """An inbound event: its type, CEL for the correlation that it must carry, what it brings."""

    type: Annotated[str, CODE]
    correlation: Annotated[str, RULE]
    mapping: list[AnswerMapping] = many()


class FormField(Shape):
    """A value that a person reports with a manual task."""

    name: Annotated[str, NAME]
    title: Annotated[str | None, NAME] = None
    value_type: Literal["string", "number", "boolean", "date"] | None = None
    is_required: bool | None = None
    choice: list[Annotated[str, NAME]] = many()


class DefinedItem(Shape):
    """One item of a plan: what is done, when, by whom, how long, and what if it goes wrong.

    `point_of_no_return`: once the step has begun, the order can be changed only with a fee and an
    approval (`soft`) or not at all (`hard`). That holds for the whole bundle of its line, up to the
    root, where `point_of_no_return_reaches` does not say the line alone, or the order.
    `condition` is asked when the item comes to its turn. `activation` hands the change of the
    record itself over to the network; `automatic` brings the values that `assign` says.
    """

    id: Annotated[str, IDENT]
    title: Annotated[str, NAME]
    kind: ItemKind
    description: Annotated[str | None, TEXT] = None
    after: list[ItemDependency] = many()
    condition: Annotated[str | None, RULE, CONDITION] = None
    role: Annotated[str | None, Limits(length_max=63)] = None
    duration_minutes: Annotated[int | None, Limits(minimum=0)] = None
    delay_seconds: Annotated[int | None, Limits(minimum=0)] = None
    sla: ItemSla | None = None
    retry: ItemRetry | None = None
    point_of_no_return: NoReturn | None = None
    point_of_no_return_reaches: Reaches | None = None
    compensation: Compensation | None = None
    assign: list[AnswerMapping] = many()
    callout: Callout | None = None
    event: AwaitedEvent | None = None
    form: list[FormField] = many()


@configures
@resource(
    api=ORDERING,
    path="planDefinition",
    prefix="PLD",
    lifecycle=DEFINITION_LIFECYCLE,
    immutable=("code",),
    server_sets=("plan_version",),
    promote=(Promoted("code"), Promoted("lifecycleStatus"), Promoted("planVersion", "number")),
    label=("name",),
    columns=("key", "name", "code", "planVersion", "lifecycleStatus"),
)
class PlanDefinition(Document):
    """How a service, product or resource is made, changed or ended; one version of it."""

    code: Annotated[str, CODE]
    name: Annotated[str, NAME]
    description: Annotated[str | None, TEXT] = None
    plan_version: int | None = None
    lifecycle_status: DefinitionStatus | None = None
    item: list[DefinedItem] = many()
