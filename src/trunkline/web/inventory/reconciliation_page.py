"""Other inventories: the last comparison with each, what differs, and a new comparison begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import falcon

from trunkline.documents.errors import Refusal, refuse
from trunkline.inventory.reconciling.difference import InventoryDifference
from trunkline.inventory.reconciling.theirs import read_file
from trunkline.ordering.design.outside_system import OutsideSystem, systems_of
from trunkline.ordering.reconciling.comparison import KINDS, Compared, begin_comparison
from trunkline.ordering.reconciling.reporting import Counted, Latest, counted, latest
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.web.values import ago, number
from trunkline.workspace.import_file import FILE_BYTES_MAX

RECONCILIATION = "/reconciliation"
STATES = {
    "waiting": ("Waiting", "busy"), "running": ("Running", "busy"), "stopped": ("Stopped", "warn"),
    "failed": ("Failed", "bad"), "done": ("Done", "good"), "draft": ("Waiting", "busy"),
}  # fmt: skip
DIFFERENCES = {
    "missingHere": "Missing here",
    "missingThere": "Missing there",
    "ambiguous": "Could be several of ours",
    "identifier": "Id not known here",
    "state": "State",
    "characteristic": "Characteristic",
    "place": "Place",
    "owner": "Owner",
}
"""What people call the kinds of differences."""
PLURALS = {"Service": "Services", "Resource": "Resources"}
PROBLEMS_SHOWN = 5
SYSTEMS_MAX = 500


class ReconciliationPage:
    """`/reconciliation`."""

    needs = "InventoryDifference:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = reader(FILE_BYTES_MAX)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the comparisons and what they found."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin a comparison, and show its job."""
        self._desk.act(req, resp, self._begin, read=self._read)

    def _begin(self, visit: Visit, form: Form) -> Answer:
        named = form.text("other") or form.text("system")
        compared = Compared(named, form.text("kind"), expects_all=bool(form.text("all")))
        files = form.files if isinstance(form, UploadForm) else []
        try:
            visit.actor.must(InventoryDifference.resource, "create")
            records = None
            if files:
                content = files[0].content.decode("utf-8", "replace")
                records, faults = read_file(compared.kind, content)
                refuse(faults)
            job = begin_comparison(self._desk.services, visit.actor, compared, records=records)
        except Refusal as refusal:
            if refusal.status in {401, 403}:
                raise
            return self._view(visit, form, refusal)
        return Moved(f"/jobs/{job}")

    def _view(
        self, visit: Visit, form: Form | None = None, refusal: Refusal | None = None
    ) -> Answer:  # fmt: skip
        with self._desk.work(visit) as work:
            runs, counts = latest(work), counted(work)
            known = dict.fromkeys((one.system for one in runs), "")
            known |= {one.code: "" for one in systems_of(work).values() if one.url}
            if work.actor.grant(OutsideSystem.resource, "read") is not None:
                listed = work.find(OutsideSystem, {}, limit=SYSTEMS_MAX)
                known |= {one.code: one.name for one in listed if one.code in known}
        faults = refusal.faults if refusal else ()
        typed = form or Form()
        values: dict[str, Any] = {
            "runs": [self._run(one, counts) for one in runs],
            "systems": _systems(known, typed),
            "kinds": [{"name": one, "title": PLURALS[one]} for one in KINDS],
            "typed": {name: typed.text(name) for name in ("system", "other", "kind", "all")},
            "may_begin": visit.actor.grant(InventoryDifference.resource, "create") is not None,
            "problem": refusal.message if refusal and not faults else "",
            "faults": [{"where": one.path, "message": one.message}
                       for one in faults[:PROBLEMS_SHOWN]],
            "more_faults": max(0, len(faults) - PROBLEMS_SHOWN),
            "list": self._desk.addresses.of_list(InventoryDifference.resource),
            "largest": FILE_BYTES_MAX >> 20,
        }  # fmt: skip
        return Shown("reconciliation.html", values, refusal.status if refusal else 200)

    def _run(self, run: Latest, counts: Sequence[Counted]) -> dict[str, Any]:
        own = [one for one in counts if (one.system, one.record_kind) == (run.system, run.kind)]
        by_kind: Counter[str] = Counter()
        by_status: Counter[str] = Counter()
        for one in own:
            by_status[one.status] += one.count
            if one.status == "open":
                by_kind[one.kind] += one.count
        word, tone = STATES[run.state]
        of = {"system": run.system, "recordKind": run.kind}
        now = self._desk.services.machine_now()
        return {
            "system": run.system,
            "kind": PLURALS[run.kind],
            "address": f"/jobs/{run.job}",
            "word": word,
            "tone": tone,
            "at": ago(run.ended_at or run.began_at, self._desk.zone, now),
            "total": number(run.total or 0),
            "open": number(by_status["open"]),
            "is_clean": not by_status["open"],
            "open_address": self._listed(**of, status="open"),
            "decided": number(sum(by_status[one] for one in ("corrected", "sent", "ordered"))),
            "decided_address": self._listed(**of, status="corrected,sent,ordered"),
            "ignored": number(by_status["ignored"]),
            "ignored_address": self._listed(**of, status="ignored"),
            "kinds": [
                {"title": title, "count": number(by_kind[name]),
                 "address": self._listed(**of, status="open", differenceKind=name)}
                for name, title in DIFFERENCES.items() if by_kind[name]
            ],
        }  # fmt: skip

    def _listed(self, **filters: str) -> str:
        base = self._desk.addresses.of_list(InventoryDifference.resource)
        return f"{base}?{urlencode(filters, safe=',')}"


def _systems(known: Mapping[str, str], typed: Form) -> list[dict[str, Any]]:
    """Return the inventories to choose from by their codes and names."""
    chosen = typed.text("system")
    named = {chosen: "", **known} if chosen else known
    return [
        {"code": code, "name": name or code, "is_chosen": code == chosen}
        for code, name in sorted(named.items(), key=lambda one: (one[1] or one[0]).casefold())
    ]
