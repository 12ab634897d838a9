"""The chain beside a record: what stood before it and what came of it, with a way to each."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.kernel.states import internal_state
from trunkline.kernel.work import Work
from trunkline.sales.chain.chain import RANK, Chain, Link, chain_of
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.navigation import TASKS_SEEN_BY, may_see
from trunkline.web.records import documents_of, record_of, seen
from trunkline.web.values import state

SHOWN_MAX = 12


class ChainPart:
    """`/r/{segment}/{ident}/chain`; a page loads it by itself."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show it."""
        view = partial(self._view, segment=segment, ident=ident)
        self._desk.answer(req, resp, view, is_use=False)

    def _view(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        resource = self._desk.addresses.resource(segment)
        if resource is None or resource.name not in RANK:
            raise NotFound("notFound", f"there is no chain of {segment[:60]}")
        with self._desk.work(visit) as work:
            here = record_of(work, resource, ident)
            chain = chain_of(work, resource, here.id)
            rows = self._rows(work, chain)
        earlier = [row for row in rows if row["is_earlier"]]
        later = [row for row in rows if not row["is_earlier"]]
        values: dict[str, Any] = {
            "earlier": earlier,
            "here": {"kind": resource.title, "label": here.label, "key": here.key},
            "later": later[:SHOWN_MAX],
            "more": max(len(later) - SHOWN_MAX, 0),
            "many": bool(chain.more),
            "tasks": f"/order/{here.key}" if resource.name == "ProductOrder" else "",
            "related": f"{self._desk.addresses.of_facts(resource, here.key)}?tab=related",
        }
        return Shown("sales_chain.html", values)

    def _rows(self, work: Work, chain: Chain) -> list[dict[str, Any]]:
        idents: dict[str, list[str]] = {}
        for one in chain.links:
            idents.setdefault(one.kind, []).append(one.id)
        documents = {one.id: one for one in documents_of(work, idents)}
        sees_tasks = may_see(self._desk.services.registry, work.actor, *TASKS_SEEN_BY)
        rows = []
        for one in chain.links:
            found, step = documents.get(one.id), chain.steps.get(one.id)
            if found is not None:
                label = seen(work, found).label
                told = internal_state(found.resource, found.raw)
                rows.append(self._row(one, found.key, label, told))
            elif step is not None and sees_tasks:
                rows.append({
                    "kind": "Manual task", "key": step.title, "label": step.title,
                    "address": f"/tasks/{step.id}", "state": state(step.state),
                    "is_earlier": one.is_earlier,
                })  # fmt: skip
        return rows

    def _row(self, one: Link, key: str, label: str, told: str | None) -> dict[str, Any]:
        resource = self._desk.services.registry[one.kind]
        return {
            "kind": resource.title,
            "key": key,
            "label": label,
            "address": self._desk.addresses.of_record(resource, key),
            "state": state(told) if told else None,
            "is_earlier": one.is_earlier,
        }
