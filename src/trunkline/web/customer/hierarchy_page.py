"""The pages of a hierarchy: the tree with its sums, and moving a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import falcon

from trunkline.documents.errors import Conflict, NotFound, Refusal
from trunkline.kernel.references import KEY
from trunkline.kernel.work import Work
from trunkline.party.organization_path import joined
from trunkline.web.customer.hierarchy import (
    ACCOUNTS,
    CHILDREN_MAX,
    ORGANIZATIONS,
    RENEWING,
    Node,
    Tree,
    above,
    accounts_of,
    children_of,
    node_of,
)
from trunkline.web.customer.moving import Put
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.look_up import Target, targets_of
from trunkline.web.forms import Form
from trunkline.web.records import Record, record_of
from trunkline.web.values import state
from trunkline.web.wording import words

TOP = "top"


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
    """A record of a tree, what is below it, and its moving."""

    needs = "byRecord"

    def __init__(self, desk: Desk, tree: Tree, put: Put) -> None:
        self._desk = desk
        self._tree = tree
        self._of_accounts = tree is ACCOUNTS
        self._put = put

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show the way up from a record, and what is below it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def on_get_children(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show what is directly below a record."""
        self._desk.answer(req, resp, partial(self._children, ident=ident))

    def on_get_move(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Ask where to, and show what moving there would do."""
        self._desk.answer(req, resp, partial(self._ask, ident=ident))

    def on_post_move(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Move it."""
        self._desk.act(req, resp, partial(self._move, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            one = record_of(work, self._tree.resource, ident)
            way = above(work, self._tree, one.id)
            node = self._node(work, self._tree, node_of(work, self._tree, one))
        former = visit.req.get_param("former") or ""
        is_moved = visit.req.get_param("done") == "moved" and node["may_move"]
        values = {
            "node": node,
            "version": one.version,
            "former": former if is_moved and (former == TOP or KEY.fullmatch(former)) else "",
            "way": [self._named(each) for each in way],
            "tree": self._tree.address,
        }
        return Shown("hierarchy.html", values)

    def _children(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            one = record_of(work, self._tree.resource, ident)
            below = [(self._tree, each) for each in children_of(work, self._tree, one.id)]
            more = self._list_of(one) if len(below) >= CHILDREN_MAX else ""
            if self._tree is ORGANIZATIONS:
                below += [(ACCOUNTS, each) for each in accounts_of(work, one.id)]
            nodes = [self._node(work, tree, each) for tree, each in below]
        values = {"nodes": nodes, "more": more, "of_accounts": self._of_accounts}
        return Shown("hierarchy_nodes.html", values)

    def _list_of(self, one: Record) -> str:
        """Return the list of all that names a record as the one above it."""
        path = quote(self._tree.parent, safe="")
        return f"{self._desk.addresses.of_list(self._tree.resource)}?{path}={one.id}"

    def _named(self, one: Record | Target) -> dict[str, Any]:
        return {
            "label": one.label,
            "key": one.key,
            "address": self._desk.addresses.of_record(self._tree.resource, one.key),
        }

    def _node(self, work: Work, tree: Tree, node: Node) -> dict[str, Any]:
        one = node.record
        status = one.document.get("status") or one.document.get("state")
        named = one.document.get("organizationType") or one.document.get("accountType")
        return {
            "label": one.label,
            "key": one.key,
            "address": self._desk.addresses.of_record(tree.resource, one.key),
            "tree": tree.address,
            "is_account": tree is ACCOUNTS,
            "type": words(str(named)) if named else one.resource.title,
            "state": state(str(status)) if status else None,
            "parts": node.parts,
            "opens": tree is ORGANIZATIONS or node.parts > 0,
            "sums": _shown_sums(node),
            "renewing": node.sums.get(RENEWING, 0),
            "path": one.document.get("hierarchyPath"),
            "may_move": work.actor.grant(tree.resource, "update") is not None,
        }

    # --- moving --------------------------------------------------------------------------------

    def _ask(
        self, visit: Visit, *, ident: str, problem: str = "", asked: str | None = None
    ) -> Answer:
        to = asked if asked is not None else visit.req.get_param("to") or ""
        typed = (visit.req.get_param("q") or "").strip()[:100]
        effects = None
        found: list[Target] = []
        try:
            with self._desk.work(visit) as work:
                work.actor.must(self._tree.resource, "update")
                one = record_of(work, self._tree.resource, ident)
                if typed:
                    found = targets_of(work, [self._tree.resource], typed, [])
                if to:
                    effects = self._tried(work, one, to)
                    raise NotKept  # what was tried is never written
        except NotKept:
            pass
        values = {
            "one": self._named(one),
            "tree": self._tree.address,
            "of_accounts": self._of_accounts,
            "version": one.version,
            "to": to,
            "typed": typed,
            "found": [self._named(each) for each in found if each.id != one.id],
            "problem": problem or (effects.problem if effects else ""),
            "effects": self._effects(effects) if effects and not effects.problem else None,
        }
        return Shown("hierarchy_move.html", values)

    def _effects(self, effects: Effects) -> dict[str, Any]:
        former = [one for one in effects.former if one.id not in {a.id for a in effects.after}]
        gaining = [one for one in effects.after if one.id not in {a.id for a in effects.former}]
        return {
            "former": [self._named(one) for one in effects.former],
            "after": [self._named(one) for one in effects.after],
            "losing": [self._named(one) for one in former],
            "gaining": [self._named(one) for one in gaining],
            "parts": effects.moved.parts,
            "sums": _shown_sums(effects.moved),
            "is_same": not former and not gaining,
            **_paths(effects),
        }

    def _tried(self, work: Work, one: Record, to: str) -> Effects:
        """Return what a move does, by doing it; the caller takes it back."""
        former = above(work, self._tree, one.id)
        moved = node_of(work, self._tree, one)
        try:
            self._put(work, one, self._target(work, to))
        except NotFound:
            raise
        except Refusal as refusal:
            return Effects(former, [], moved, refusal.message)
        return Effects(former, above(work, self._tree, one.id), moved)

    def _target(self, work: Work, to: str) -> Record | None:
        return None if to == TOP else record_of(work, self._tree.resource, to)

    def _move(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        to = form.text("to")
        try:
            with self._desk.work(visit) as work:
                one = record_of(work, self._tree.resource, ident)
                way = above(work, self._tree, one.id)
                if form.text("version") != str(one.version):
                    raise Conflict("conflictChanged", f"{one.key} was changed; look at it again")
                self._put(work, one, self._target(work, to))
        except NotFound:
            raise
        except Refusal as refusal:
            return self._ask(visit, ident=ident, problem=refusal.message, asked=to)
        came_from = way[-1].key if way else TOP
        done = "undone" if form.text("undo") else f"moved&former={came_from}"
        return Moved(f"{self._tree.address}/{one.key}?done={done}")


def _paths(effects: Effects) -> dict[str, str]:
    """Return the path of what is moved, and what becomes of it; accounts have none."""
    one = effects.moved.record
    if one.resource is not ORGANIZATIONS.resource:
        return {"path": "", "path_then": ""}
    own = one.document.get("code")
    if not effects.after:
        return {"path": str(one.document.get("hierarchyPath") or ""), "path_then": str(own or "")}
    place = effects.after[-1]
    above = place.document.get("hierarchyPath") or place.document.get("code") or place.key
    return {"path": str(one.document.get("hierarchyPath") or ""),
            "path_then": joined(str(above), str(own or one.key))}  # fmt: skip


def _shown_sums(node: Node) -> list[tuple[str, int]]:
    """Return the sums over what is below a record, less what is about the tree itself."""
    return [(title, count) for title, count in node.sums.items() if title != RENEWING]
