"""Plans edited by experts where an order stands still: looked at first, then made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.api.ordering import step_body, text_of
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.services import Services
from trunkline.ordering.fallout import ORDERING
from trunkline.ordering.plan_editing.plan_edit import DOINGS, KINDS, edits_of
from trunkline.ordering.plan_editing.verbs import EDIT_PLAN, Outlook, make_edits, preview_edits
from trunkline.ordering.product_order import ProductOrder
from trunkline.rest.http import Doorman, Known
from trunkline.rest.verb import Object, Verb, shape


class EditPlan(Asked):
    """`/productOrder/{id}/plan/edit`, and `…/preview` that writes nothing."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Make the edits, go on with the plan, and answer what is other."""
        sent = self.sent(req)
        edits, reason = edits_of(sent.get("edit")), text_of(sent, "reason")

        def answer(known: Known) -> None:
            known.actor.must_have(EDIT_PLAN)
            grant = known.actor.must(ProductOrder.resource, "update")
            with self.work(req, known) as work:
                self.once(req, resp, work, lambda: answer_json(resp, outlook_body(
                    make_edits(work, ident, edits, reason=reason),
                    shows_personal="personal" in grant.sees)))  # fmt: skip

        self.as_known(req, answer)

    def on_post_preview(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Answer what the edits would do and what is wrong with them."""
        edits = edits_of(self.sent(req).get("edit"))

        def answer(known: Known) -> None:
            known.actor.must_have(EDIT_PLAN)
            grant = known.actor.must(ProductOrder.resource, "read")
            with self.work(req, known) as work:
                found = preview_edits(work, ident, edits)
                answer_json(resp, outlook_body(found, shows_personal="personal" in grant.sees))

        self.as_known(req, answer)


def outlook_body(found: Outlook, *, shows_personal: bool) -> dict[str, Json]:
    """Return what edits make of a plan as JSON."""
    body: dict[str, Json] = {
        "change": list(found.told),
        "fault": [
            {"path": one.path, "code": one.code, "message": one.message} for one in found.faults
        ],
        "item": [
            step_body(now, shows_personal=shows_personal)
            | {"needs": list(now.needs), "isNew": was is None}
            for was, now in found.steps
        ],
    }
    ends = {"estimatedEndBefore": found.ends_before, "estimatedEnd": found.ends_after}
    return body | {name: format_instant(one) for name, one in ends.items() if one is not None}


EDIT: Object = {
    "type": "array",
    "items": {
        "type": "object", "required": ["do"],
        "properties": {
            "do": {"enum": list(DOINGS)}, "step": {"type": "string"}, "needs": {"type": "string"},
            "name": {"type": "string"}, "kind": {"enum": list(KINDS)},
            "itemId": {"type": "string"}, "role": {"type": "string"},
            "durationMinutes": {"type": "integer"}, "characteristic": {"type": "object"},
            "after": {"type": "array", "items": {"type": "string"}},
            "before": {"type": "array", "items": {"type": "string"}},
        },
    },
}  # fmt: skip
SCHEMAS: Mapping[str, Object] = {
    "PlanEdits": shape(
        "What is to be edited about the plan of an order that stands still, in turn, and why.",
        {"edit": EDIT, "reason": "text"}, "edit reason",
    ),
    "PlanEditsToTry": shape(
        "What would be edited about the plan of an order that stands still, as it would be sent.",
        {"edit": EDIT, "reason": "text"}, "edit",
    ),
    "EditedPlan": shape(
        "What edits make of a plan: the steps that are new or other, and when the order ends.",
        {"change": "list text", "fault": "list object", "item": "list object",
         "estimatedEndBefore": "instant", "estimatedEnd": "instant"}, "change fault item",
    ),
}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    one = partial(
        Verb, api=ORDERING, method="post", scope=EDIT_PLAN, about="EditedPlan",
        answers="EditedPlan", conflicts=True,
    )  # fmt: skip
    path = "/productOrder/{id}/plan/edit"
    yield one(
        path=path, name="editPlan", takes="PlanEdits", parameters="Idempotency-Key",
        summary="Edit the plan of an order that stands still",
    )  # fmt: skip
    yield one(
        path=f"{path}/preview", name="previewPlanEdit", takes="PlanEditsToTry",
        summary="Tell what edits would make of the plan of an order",
    )  # fmt: skip


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    edit, path = EditPlan(services, doorman), f"{ORDERING.base}/productOrder/{{ident}}/plan/edit"
    app.add_route(path, edit)
    app.add_route(f"{path}/preview", edit, suffix="preview")
