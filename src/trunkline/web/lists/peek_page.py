"""The peek: the main facts of a record and what can be done to it, beside its list."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.governance.status_rules import rules_of
from trunkline.screens.screen import screen_of
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.details.moves import moves_of
from trunkline.web.governed import governed
from trunkline.web.lists.list_page import listed
from trunkline.web.record_page import head_of, teller_of
from trunkline.web.records import record_of

FACTS_MAX = 16


class PeekPage:
    """`/r/{segment}/{ident}/peek`: a part of a page."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, segment=segment, ident=ident))

    def _view(self, visit: Visit, *, segment: str, ident: str) -> Answer:
        resource = listed(self._desk, segment)
        with self._desk.work(visit) as work:
            record = record_of(work, resource, ident)
            teller = teller_of(self._desk, work, record)
            found = {one.name: one for one in teller.facts(resource.type, record.document)}
            known = governed(work, resource)
            moves, states = moves_of(work.actor, record, rules_of(work, resource), known)
            may_edit = (
                "patch" in resource.operations and work.actor.grant(resource, "update") is not None
            )
        named = [*screen_of(resource).facts, *screen_of(resource).columns, *found]
        names = dict.fromkeys(one.partition(".")[0] for one in named)
        facts = [found[one] for one in names if one in found and not one.startswith("@")]
        values: dict[str, Any] = head_of(self._desk, record, known=known) | {
            "facts": [one for one in facts if one.value.is_small][:FACTS_MAX],
            "address": self._desk.addresses.of_record(resource, record.key),
            "moves": moves, "states": states, "may_edit": may_edit,
        }  # fmt: skip
        return Shown("list_peek.html", values)
