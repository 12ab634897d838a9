"""Rules checked as they are typed: what is wrong with an expression, told at its field."""

from __future__ import annotations

import re

import falcon

from trunkline.documents.condition import RuleInvalid, compile_rule
from trunkline.documents.errors import Fault, Forbidden, Invalid
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.workspace.about import is_staff

KINDS = ("condition", "value")
VARIABLES_MAX = 6
VARIABLE = re.compile(r"[a-z][A-Za-z]{0,30}")


class RuleCheckPage:
    """`/rule/check?as=condition source item&text=…`: nothing is kept, nothing is carried out."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say whether it is one."""
        self._desk.answer(req, resp, self._view, is_use=False)

    def _view(self, visit: Visit) -> Answer:
        if not is_staff(visit.actor):
            raise Forbidden("notAllowed", "rules are the staff's")
        kind, *variables = (visit.req.get_param("as") or "").split() or [""]
        known = [one for one in variables if VARIABLE.fullmatch(one)]
        if kind not in KINDS or known != variables or len(variables) > VARIABLES_MAX:
            raise Invalid.of([Fault("as", "badValue", "says no kind of rule")])
        text = (visit.req.get_param("text") or "").strip()
        return Shown(
            "editing_rule.html",
            {"text": text, "wrong": wrong_with(text, kind, variables), "variables": variables},
        )


def wrong_with(text: str, kind: str, variables: list[str]) -> str:
    """Return what is wrong with a rule; what is typed half is not kept with those in use."""
    if not text:
        return ""
    try:
        compile_rule.__wrapped__(text, condition=kind == "condition", variables=tuple(variables))
    except RuleInvalid as error:
        return str(error)
    return ""
