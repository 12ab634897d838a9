"""What may be done with records of a list, one or many: made new, changed, moved on, removed."""

from __future__ import annotations

from typing import Any

from trunkline.governance.status_moves import states_of
from trunkline.governance.status_rules import rules_of
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.screens.screen import Action, screen_of
from trunkline.web.desk import Desk
from trunkline.web.details.moves import asked_lifecycle, state_path
from trunkline.web.governed import governed
from trunkline.web.navigation import is_customer


def offers_of(desk: Desk, work: Work, resource: Resource) -> dict[str, Any]:
    """Return what the page of a list offers to its visitor."""
    actor = work.actor
    base = desk.addresses.of_list(resource)
    staff = not is_customer(actor)
    makes = staff and {"create", "patch"} <= {*resource.operations} and _may(actor, resource,
                                                                            "create")  # fmt: skip
    return {
        "new_address": f"{base}/new" if makes else "",
        "import_address": f"{base}/import" if makes else "",
        "may_select": staff,
        "may_edit": staff and "patch" in resource.operations and _may(actor, resource, "update"),
        "may_remove": staff and "delete" in resource.operations and _may(actor, resource, "delete"),
        "bulk_actions": actions_of(work, resource) if staff else [],
        "many_pages": [
            one
            for one in screen_of(resource).many
            if staff and _may(actor, work.services.registry[one.makes], "create")
        ],
    }


def actions_of(work: Work, resource: Resource) -> list[Action]:
    """Return the states that many records at once may be asked to go to, the declared ones first.

    The operator's rules may add states. Which of the records may is known only when each is
    looked at.
    """
    lifecycle = asked_lifecycle(work.actor, resource)
    if lifecycle is None:
        return []
    states = list(lifecycle.accepts)
    if lifecycle.internal is None:
        states = states_of(lifecycle, rules_of(work, resource))
    if lifecycle.internal is None and lifecycle.on_request is not None:
        states = [one for one in states if one in lifecycle.on_request]
    declared = [one for one in screen_of(resource).actions if one.state in states]
    told = {one.state for one in declared}
    known, path = governed(work, resource), state_path(resource)
    others = [
        Action(one, known.named(path, one), one, explain=True) for one in states if one not in told
    ]
    return [*declared, *others]


def _may(actor: Actor, resource: Resource, verb: Any) -> bool:
    return actor.grant(resource, verb) is not None
