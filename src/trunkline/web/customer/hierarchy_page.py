"""The pages of the hierarchy: the tree with its sums, and moving a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.party.account import BillingAccount
from trunkline.party.organization import Organization
from trunkline.rest.writing import change
from trunkline.web.customer.gathering import gathered
from trunkline.web.customer.hierarchy import Node, above, children_of, rolled_up
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.records import Record, matching, record_of
from trunkline.web.values import state
from trunkline.web.wording import words

MERGE = "application/merge-patch+json"
ACCOUNTS_MAX = 50
FOUND_MAX = 12
SUMS = (("customers", "Customers"), ("sites", "Sites"), ("products", "Active products"),
        ("orders", "Open orders"))  # fmt: skip
TOP = "top"
PARENT, CHILDREN = "organizationParentRelationship", "organizationChildRelationship"


class NotKept(Exception):
    """Ends a trial: what was written is taken back."""


@dataclass
class Effects:
    """What a move would do: the ways before and after, and what moves with it."""

    former: Sequence[Record]
    after: Sequence[Record]
    moved: Node
    problem: str = ""


class HierarchyPage:
    """`/hierarchy/{ident}`, its children and its moving."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the way up from an organization, and what is below it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_children(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what is directly below an organization."""
        self._desk.answer(req, resp, partial(self._children, ident=ident))

    def on_get_move(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask where to, and show what moving there would do."""
        self._desk.answer(req, resp, partial(self._ask, ident=ident))

    def on_post_move(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move it."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            one = record_of(work, Organization.resource, ident)
            way = above(work, one.id)
            (node,) = rolled_up(work, [one])
            values = {
                "node": self._node(work, node),
                "way": [self._named(each) for each in way],
                "sums": [name for name in SUMS if name[0] in node.sums],
            }
        return Shown("hierarchy.html", values)

    def _children(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            one = record_of(work, Organization.resource, ident)
            below = rolled_up(work, children_of(work, one.id))
            accounts = gathered(work, [(BillingAccount.resource, ACCOUNTS_MAX)], [one.id])
            values = {
                "nodes": [self._node(work, each) for each in below],
                "accounts": [
                    self._named(each) | {"kind": each.resource.title, "state": _state(each)}
                    for each in accounts.get("BillingAccount", [])
                ],
                "sums": [name for name in SUMS if below and name[0] in below[0].sums],
            }
        return Shown("hierarchy_nodes.html", values)

    def _named(self, one: Record) -> dict[str, Any]:
        return {
            "label": one.label,
            "key": one.key,
            "address": self._desk.addresses.of_record(one.resource, one.key),
        }

    def _node(self, work: Work, node: Node) -> dict[str, Any]:
        one = node.record
        return self._named(one) | {
            "type": words(str(one.document.get("organizationType") or one.resource.title)),
            "state": _state(one),
            "parts": node.parts,
            "sums": [node.sums[name] for name, _ in SUMS if name in node.sums],
            "may_move": work.actor.grant(Organization.resource, "update") is not None,
        }

    # --- moving --------------------------------------------------------------------------------

    def _ask(
        self, visit: Visit, *, ident: str, problem: str = "", asked: str | None = None
    ) -> Answer:
        to = asked if asked is not None else visit.req.get_param("to") or ""
        typed = (visit.req.get_param("q") or "").strip()[:100]
        effects = None
        found: list[Record] = []
        try:
            with self._desk.work(visit) as work:
                work.actor.must(Organization.resource, "update")
                one = record_of(work, Organization.resource, ident)
                if typed:
                    found = [each for each in _found(work, typed) if each.id != one.id]
                if to:
                    effects = _tried(work, one, to)
                    raise NotKept  # what was tried is never written
        except NotKept:
            pass
        values = {
            "one": self._named(one),
            "version": one.version,
            "to": to,
            "typed": typed,
            "found": [self._named(each) for each in found],
            "problem": problem or (effects.problem if effects else ""),
            "effects": self._effects(effects) if effects and not effects.problem else None,
        }
        return Shown("hierarchy_move.html", values)

    def _effects(self, effects: Effects) -> dict[str, Any]:
        former = [one for one in effects.former if one.id not in {a.id for a in effects.after}]
        gaining = [one for one in effects.after if one.id not in {a.id for a in effects.former}]
        sums = [
            {"title": title, "count": effects.moved.sums[name]}
            for name, title in SUMS
            if name in effects.moved.sums
        ]
        return {
            "former": [self._named(one) for one in effects.former],
            "after": [self._named(one) for one in effects.after],
            "losing": [self._named(one) for one in former],
            "gaining": [self._named(one) for one in gaining],
            "parts": effects.moved.parts,
            "sums": sums,
            "is_same": not former and not gaining,
        }

    def _move(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        to = form.text("to")
        try:
            with self._desk.work(visit) as work:
                one = record_of(work, Organization.resource, ident)
                if form.text("version") != str(one.version):
                    raise Conflict("conflictChanged", f"{one.key} was changed; look at it again")
                _written(work, one, to)
        except NotFound:
            raise
        except Refusal as refusal:
            return self._ask(visit, ident=ident, problem=refusal.message, asked=to)
        return Moved(f"/hierarchy/{one.key}?done=moved")


def _state(one: Record) -> Any:
    status = one.document.get("status") or one.document.get("state")
    return state(str(status)) if status else None


def _found(work: Work, typed: str) -> list[Record]:
    """Return organizations by key or by their names as they are written."""
    resource = Organization.resource
    try:
        return [record_of(work, resource, typed.upper())]
    except NotFound:
        pass
    found: list[Record] = []
    for path in ("tradingName", "name"):
        listing = matching(work, resource, {path: [typed]}, limit=FOUND_MAX)
        found += listing.records if listing is not None else ()
    return list({one.id: one for one in found}.values())


def _tried(work: Work, one: Record, to: str) -> Effects:
    """Return what a move does, by doing it; the caller takes it back."""
    former = above(work, one.id)
    (moved,) = rolled_up(work, [one])
    try:
        _written(work, one, to)
    except NotFound:
        raise
    except Refusal as refusal:
        return Effects(former, [], moved, refusal.message)
    return Effects(former, above(work, one.id), moved)


def _written(work: Work, one: Record, to: str) -> None:
    """Put an organization below another one, or at the top; by the same rules as any change."""
    target = None if to == TOP else record_of(work, Organization.resource, to)
    document = work.lock(Organization, one.id)
    _off_lists(work, one.id, target.id if target else None)
    value: Json = None
    if target is not None:
        former = document.raw.get(PARENT)
        kind = former.get("relationshipType") if isinstance(former, dict) else None
        value = {
            "relationshipType": kind or "parent",
            "organization": {"id": target.id, "@referredType": "Organization"},
        }
    change(work, document, {PARENT: value}, MERGE)


def _off_lists(work: Work, ident: str, target: str | None) -> None:
    """Take an organization off the lists of those that name it as a part, save the new one."""
    for other in work.find(Organization, {f"{CHILDREN}.organization.id": ident}):
        if other.id == target:
            continue
        listing = work.lock(Organization, other.id)
        kept = [
            one
            for one in listing.raw.get(CHILDREN) or ()
            if (one.get("organization") or {}).get("id") != ident
        ]
        change(work, listing, {CHILDREN: kept or None}, MERGE)
