"""A decision table: its rows and examples typed as rows, and the table asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import Conflict, Invalid, NotFound, Refusal
from trunkline.documents.shape import Json
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.ordering.capture.order_policy import OrderPolicy
from trunkline.ordering.design.decision_table import RESULTS, DecisionTable, inputs_of, rows_of
from trunkline.ordering.design.definition import PlanDefinition
from trunkline.ordering.design.table import decide
from trunkline.ordering.jeopardy.delivery_policy import DeliveryPolicy
from trunkline.rest.writing import change
from trunkline.web.design.plans_page import BASE, TITLES
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.details.restoring import MERGE
from trunkline.web.forms import Form
from trunkline.web.wording import words

SPARE_ROWS = 2
NAMES: Mapping[str, tuple[type[Document], str]] = {
    "planDefinition": (PlanDefinition, "code"),
    "enrichment": (OrderPolicy, "name"),
    "jeopardy": (DeliveryPolicy, "name"),
    "linePolicy": (DeliveryPolicy, "name"),
}
"""What the results of tables name, and by which attribute."""


def _results(work: Work, table: DecisionTable) -> list[str]:
    """Return what the rows of a table may say, as far as that is a list."""
    purpose = table.purpose or "planDefinition"
    if purpose in RESULTS:
        return list(RESULTS[purpose])
    if purpose not in NAMES:
        return []
    kind, attribute = NAMES[purpose]
    found = [str(one.raw.get(attribute) or "") for one in work.find(kind, {}, limit=500)]
    return sorted(set(found) - {""})


class TablePage:
    """`/plans/table/{id}`."""

    needs = "DecisionTable:read"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it; with values for its inputs also what it decides."""
        self._desk.answer(req, resp, partial(self._show, ident=ident))

    def on_post(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Keep its rows and examples as they were typed."""
        self._desk.act(req, resp, partial(self._keep, ident=ident))

    def _show(
        self,
        visit: Visit,
        *,
        ident: str,
        typed: Mapping[str, Json] | None = None,
        refusal: Refusal | None = None,
    ) -> Answer:
        with self._desk.work(visit) as work:
            work.actor.must(DecisionTable.resource, "read")
            found = work.get(DecisionTable, ident)
            if found is None:
                raise NotFound("notFound", f"there is no decision table {ident}")
            may = work.actor.grant(DecisionTable.resource, "update") is not None
            codes = _results(work, found)
        inputs = inputs_of(found)
        held = typed if typed is not None else found.raw
        asked = {one: text for one in inputs if (text := visit.req.get_param(f"ask.{one}"))}
        spare: list[Json] = [{} for _ in range(SPARE_ROWS)] if may else []
        hit = decide(rows_of(found), asked) if asked else None
        values = {
            "address": f"{BASE}/table/{found.key}",
            "key": found.key,
            "name": held.get("name") or found.name,
            "is_on": bool(held.get("isOn")),
            "row_version": found.meta.version,
            "inputs": [{"name": one, "title": words(one)} for one in inputs],
            "codes": codes,
            "purpose": TITLES[found.purpose or "planDefinition"],
            "rows": [_row(one, inputs) for one in [*(held.get("row") or ()), *spare]],
            "cases": [_case(one, inputs) for one in [*(held.get("testCase") or ()), *spare[1:]]],
            "may": may,
            "asked": dict.fromkeys(inputs, "") | asked,
            "is_asked": bool(asked),
            "decided": {"row": hit.index + 1, "result": hit.result or ""} if hit else None,
            "refusal": str(refusal) if refusal is not None else "",
            "faults": _told(refusal.faults) if refusal is not None else [],
        }
        return Shown("plans_table.html", values, refusal.status if refusal is not None else 200)

    def _keep(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        typed: dict[str, Json] = {}
        try:
            with self._desk.work(visit) as work:
                held = work.lock(DecisionTable, ident)
                typed = {
                    "name": form.text("name"),
                    "isOn": bool(form.text("isOn")),
                    "row": _typed_rows(form, inputs_of(held)),
                    "testCase": _typed_cases(form, inputs_of(held)),
                }
                if form.text("version") != str(held.meta.version):
                    raise Conflict("conflictChanged", f"{held.key} was changed meanwhile")
                change(work, held, typed, MERGE)
        except (Invalid, Conflict) as refusal:
            return self._show(visit, ident=ident, typed=typed, refusal=refusal)
        return Moved(f"{BASE}/table/{ident}?done=saved")


def _typed_rows(form: Form, inputs: Sequence[str]) -> list[Json]:
    found: list[Json] = []
    columns = {name: form.all(f"row.{name}") for name in (*inputs, "condition", "result")}
    for at in range(max((len(one) for one in columns.values()), default=0)):
        texts = {name: own[at].strip() if at < len(own) else "" for name, own in columns.items()}
        if not any(texts.values()):
            continue
        cells = [{"input": name, "value": _several(texts[name])} for name in inputs if texts[name]]
        row: dict[str, Json] = {"cell": cells}
        row |= {name: texts[name] for name in ("condition", "result") if texts[name]}
        found.append(row)
    return found


def _typed_cases(form: Form, inputs: Sequence[str]) -> list[Json]:
    names, expected = form.all("case.name"), form.all("case.expected")
    found: list[Json] = []
    for at, name in enumerate(names):
        texts = {one: form.all(f"case.{one}")[at].strip() for one in inputs}
        if not name.strip():
            continue
        case: dict[str, Json] = {
            "name": name.strip(),
            "given": {k: v for k, v in texts.items() if v},
        }
        if expected[at].strip():
            case["expected"] = expected[at].strip()
        found.append(case)
    return found


def _several(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _row(row: Mapping[str, Json], inputs: Sequence[str]) -> dict[str, Any]:
    cells = {one["input"]: ", ".join(one.get("value") or ()) for one in row.get("cell") or ()}
    return (
        dict.fromkeys(inputs, "")
        | cells
        | {"condition": row.get("condition") or "", "result": row.get("result") or ""}
    )


def _case(case: Mapping[str, Json], inputs: Sequence[str]) -> dict[str, Any]:
    given = case.get("given")
    known = given if isinstance(given, dict) else {}
    return {
        **dict.fromkeys(inputs, ""),
        **known,
        "name": case.get("name") or "",
        "expected": case.get("expected") or "",
    }


def _told(faults: Sequence[Any]) -> list[str]:
    """Return faults in words, each with the row or the example that it is about."""
    found = []
    for one in faults:
        head, _, rest = one.path.partition("[")
        number = rest.partition("]")[0]
        place = {"row": "row", "testCase": "example"}.get(head)
        is_placed = place is not None and number.isdecimal()
        found.append(f"{place} {int(number) + 1}: {one.message}" if is_placed else one.message)
    return found
