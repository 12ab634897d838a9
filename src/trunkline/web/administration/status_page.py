"""Status rules: the lifecycle of each kind of record as a picture and a table, and its rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.governance.role_names import roles
from trunkline.governance.status_checks import checks_of
from trunkline.governance.status_moves import ADD, FORBID, moves_from, states_of
from trunkline.governance.status_rule import StatusRule
from trunkline.governance.status_rules import InForce, rules_of
from trunkline.kernel.resource import Resource
from trunkline.kernel.work import Work
from trunkline.rest.removal import remove
from trunkline.rest.writing import change, create
from trunkline.web.administration.opened import BASE
from trunkline.web.administration.status_form import form_values, typed_rule, without_gaps
from trunkline.web.administration.status_picture import BOX_HEIGHT, BOX_WIDTH, picture
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.moves import state_path
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form
from trunkline.web.governed import Governed, governed
from trunkline.web.wording import plural, tone, words

STATUS = f"{BASE}/status"
Called = Callable[[str], str]
"""What a state is called, by its code."""
Told = Callable[[InForce], dict[str, Any]]


def moved_by_people(resource: Resource) -> bool:
    """Tell whether people or clients may change the state of a kind of record at all."""
    lifecycle = resource.lifecycle
    if lifecycle is None or not resource.published or "patch" not in resource.operations:
        return False
    return lifecycle.internal is not None or lifecycle.attribute not in resource.server_sets


class StatusPage:
    """`/administration/status`, `{kind}`, `{kind}/new` and `{kind}/rule/{ident}`."""

    needs = "StatusRule:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the kinds of records that move from state to state."""
        self._desk.answer(req, resp, self._list)

    def on_get_kind(self, req: falcon.Request, resp: falcon.Response, kind: str) -> None:
        """Show the lifecycle of one."""
        self._desk.answer(req, resp, partial(self._kind, kind=kind))

    def on_get_new(self, req: falcon.Request, resp: falcon.Response, kind: str) -> None:
        """Show the form of a new rule; `from` and `to` name a move."""
        self._desk.answer(req, resp, partial(self._new, kind=kind))

    def on_post_new(self, req: falcon.Request, resp: falcon.Response, kind: str) -> None:
        """Make a rule."""
        self._desk.act(req, resp, partial(self._create, kind=kind))

    def on_get_rule(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Show the form of a rule."""
        self._desk.answer(req, resp, partial(self._rule, kind=kind, ident=ident))

    def on_post_rule(
        self, req: falcon.Request, resp: falcon.Response, kind: str, ident: str
    ) -> None:
        """Change a rule or take it away."""
        self._desk.act(req, resp, partial(self._change, kind=kind, ident=ident))

    # --- what there is -------------------------------------------------------------------------

    def _list(self, visit: Visit) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(StatusRule.resource, "read")
            rows = [self._row(work, one) for one in work.services.registry if moved_by_people(one)]
        rows.sort(key=lambda one: (-one["rules"], one["title"]))
        return Shown("admin_status.html", {"rows": rows})

    def _row(self, work: Work, resource: Resource) -> dict[str, Any]:
        applied = rules_of(work, resource)
        lifecycle = resource.lifecycle
        return {
            "title": plural(resource.title),
            "address": f"{STATUS}/{resource.name}",
            "states": len(states_of(lifecycle, applied)) if lifecycle else 0,
            "rules": len(applied),
            "is_open": bool(lifecycle and lifecycle.is_open),
        }

    def _resource(self, kind: str) -> Resource:
        found = self._desk.services.registry.resources.get(kind)
        if found is None or not moved_by_people(found):
            raise NotFound("notFound", f"{kind} is no kind of record that moves")
        return found

    def _kind(self, visit: Visit, *, kind: str) -> Answer:
        resource = self._resource(kind)
        with self._desk.work(visit) as work:
            work.actor.must(StatusRule.resource, "read")
            applied = rules_of(work, resource)
            known = governed(work, resource)
            called = partial(known.named, state_path(resource))
            told = partial(self._told, resource, known, roles(work).titles)
            may = work.actor.grant(StatusRule.resource, "create") is not None
        values = self._drawn(resource, applied, called) | {
            "title": plural(resource.title),
            "kind": resource.name,
            "address": f"{STATUS}/{resource.name}",
            "may_change": may,
            "moves": self._moves(resource, applied, called, told),
            "rules": [told(one) for one in applied],
            "is_open": bool(resource.lifecycle and resource.lifecycle.is_open),
        }
        return Shown("admin_status_kind.html", values)

    def _drawn(
        self, resource: Resource, applied: Sequence[InForce], called: Called
    ) -> dict[str, Any]:
        lifecycle = resource.lifecycle
        assert lifecycle is not None
        states = states_of(lifecycle, applied)
        moves = {one: moves_from(lifecycle, applied, one) for one in states}
        kinds = {
            (former, state): kind
            for former, after in moves.items()
            for state in after
            if (kind := _kind_of(applied, former, state)) != "plain"
        }
        drawn = picture(moves, (lifecycle.initial, *lifecycle.starts), kinds)
        return {
            "width": drawn.width,
            "height": drawn.height,
            "box": {"width": BOX_WIDTH, "height": BOX_HEIGHT},
            "boxes": [
                {"x": one.x, "y": one.y, "middle": one.middle, "center": one.center,
                 "title": called(one.name), "is_first": one.is_first, "is_last": one.is_last,
                 "tone": tone(one.name)}
                for one in drawn.boxes
            ],
            "arrows": [{"path": one.path, "kind": one.kind} for one in drawn.arrows],
            "kinds": sorted({one.kind for one in drawn.arrows}),
        }  # fmt: skip

    def _moves(
        self, resource: Resource, applied: Sequence[InForce], called: Called, told: Told
    ) -> list[dict[str, Any]]:
        lifecycle = resource.lifecycle
        assert lifecycle is not None
        rows = []
        for former in states_of(lifecycle, applied):
            for state in moves_from(lifecycle, applied, former):
                about = [one for one in applied if one.covers(former, state)]
                rows.append(
                    {
                        "from": called(former), "to": called(state),
                        "kind": _kind_of(applied, former, state),
                        "rules": [told(one) for one in about],
                        "new": f"{STATUS}/{resource.name}/new?from={former}&to={state}",
                    }
                )  # fmt: skip
        return rows

    def _told(
        self, resource: Resource, known: Governed, titles: Mapping[str, str], one: InForce
    ) -> dict[str, Any]:
        checks, state = checks_of(resource), state_path(resource)
        return {
            "key": one.key,
            "address": f"{STATUS}/{resource.name}/rule/{one.key}",
            "name": one.name,
            "effect": one.effect,
            "from": [known.named(state, each) for each in _in_order(resource, one.former)],
            "to": known.named(state, one.state),
            "condition": one.condition.text if one.condition else "",
            "roles": [titles.get(each, each) for each in one.roles],
            "required": [known.label(each) or words(each) for each in one.required],
            "checks": [checks[each].title if each in checks else each for each in one.checks],
            "expression": one.expression.text if one.expression else "",
            "task": {"title": one.task.title, "role": titles.get(one.task.role, one.task.role),
                     "days": one.task.due_days} if one.task else None,
        }  # fmt: skip

    # --- one rule ------------------------------------------------------------------------------

    def _new(self, visit: Visit, *, kind: str) -> Answer:
        former, state = visit.req.get_param("from"), visit.req.get_param("to")
        begun = {"effect": "require", "fromStatus": [former] if former else [], "toStatus": state}
        return self._form(visit, kind, begun)

    def _rule(self, visit: Visit, *, kind: str, ident: str) -> Answer:
        return self._form(visit, kind, None, ident=ident)

    def _form(
        self, visit: Visit, kind: str, rule: dict[str, Json] | None, *, ident: str = "",
        refusal: Refusal | None = None,
    ) -> Answer:  # fmt: skip
        resource = self._resource(kind)
        with self._desk.work(visit) as work:
            work.actor.must(StatusRule.resource, "read")
            found = work.get(StatusRule, ident) if ident else None
            if ident and (found is None or found.applies_to != kind):
                raise NotFound("notFound", f"there is no status rule {ident}")
            if rule is None and found is not None:
                rule = found.raw
            verb: Any = "update" if found is not None else "create"
            values = form_values(work, resource, rule or {}, refusal) | {
                "kind": kind,
                "kind_title": plural(resource.title),
                "address": f"{STATUS}/{kind}",
                "key": found.key if found is not None else "",
                "version": found.meta.version if found is not None else 0,
                "may_change": work.actor.grant(StatusRule.resource, verb) is not None,
                "may_remove": found is not None
                and work.actor.grant(StatusRule.resource, "delete") is not None,
            }
        return Shown("admin_status_rule.html", values, refusal.status if refusal else 200)

    def _create(self, visit: Visit, form: Form, *, kind: str) -> Answer:
        self._resource(kind)
        rule = typed_rule(form)
        try:
            with self._desk.work(visit) as work:
                work.actor.must(StatusRule.resource, "create")
                create(work, StatusRule.resource, without_gaps(rule) | {"appliesTo": kind})
        except (Invalid, Conflict) as refusal:
            return self._form(visit, kind, rule, refusal=refusal)
        return Moved(f"{STATUS}/{kind}?done=created")

    def _change(self, visit: Visit, form: Form, *, kind: str, ident: str) -> Answer:
        self._resource(kind)
        rule = typed_rule(form)
        is_removal = form.text("do") == "remove"
        try:
            with self._desk.work(visit) as work:
                held = work.lock(StatusRule, ident, verb="delete" if is_removal else "update")
                if form.text("version") != str(held.meta.version):
                    raise Conflict("conflictChanged", f"{held.key} was changed meanwhile")
                if is_removal:
                    remove(work, held)
                else:
                    change(work, held, rule, MERGE)
        except (Invalid, Conflict) as refusal:
            return self._form(visit, kind, None if is_removal else rule, ident=ident,
                              refusal=refusal)  # fmt: skip
        return Moved(f"{STATUS}/{kind}?done={'removed' if is_removal else 'changed'}")


def _in_order(resource: Resource, states: Iterable[str]) -> list[str]:
    """Return states as the lifecycle has them, those of the operator's own last."""
    declared = list(resource.lifecycle.moves) if resource.lifecycle else []
    known = {one: number for number, one in enumerate(declared)}
    return sorted(states, key=lambda one: (known.get(one, len(known)), one))


def _kind_of(applied: Sequence[InForce], former: str, state: str) -> str:
    """Return how a move is: taken away, added, narrowed or as declared."""
    about = [one for one in applied if one.covers(former, state)]
    if any(one.effect == FORBID and one.condition is None for one in about):
        return "taken"
    if any(one.effect == ADD for one in about):
        return "added"
    return "narrowed" if about else "plain"
