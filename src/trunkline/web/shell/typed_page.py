"""What was typed into a form made by hand and not sent yet, kept as the drafts of derived forms.

Such a form has a field `draft`, whose value names its place. The page keeps what is typed there,
asks for it when it is opened again, and what was sent is forgotten (`Desk.act`).
"""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Fault, Invalid
from trunkline.web.desk import Answer, Desk, Fragment, Shown, Visit
from trunkline.web.forms import Form
from trunkline.web.values import instant
from trunkline.workspace.drafts import discard_draft, draft_of, keep_draft

PLACE_MAX = 300


class TypedPage:
    """`/typed?place=`: what somebody typed at a place; POST keeps it, or discards it."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show since when it is kept, and let the page have it; 204 where there is none."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep what was typed, or discard it."""
        self._desk.act(req, resp, self._keep)

    def _view(self, visit: Visit) -> Answer:
        place = place_of(visit.req.get_param("place") or "")
        found = draft_of(self._desk.services, principal=visit.actor.id, place=place)
        if found is None:
            return Fragment(None)
        typed = (found.fields.get("typed") or [""])[0]
        at = instant(found.saved_at, self._desk.zone)
        return Shown("shell_typed.html", {"typed": typed, "at": at})

    def _keep(self, visit: Visit, form: Form) -> Answer:
        place, typed = place_of(form.text("place")), form.text("typed")
        services, who = self._desk.services, visit.actor.id
        if typed:
            keep_draft(services, principal=who, place=place, fields={"typed": [typed]}, version=0)
        else:
            discard_draft(services, principal=who, place=place)
        return Fragment(None)


def place_of(text: str) -> str:
    """Return the name under which what is typed at a place is kept; refuses (400) what is none."""
    if not text.startswith("/") or len(text) > PLACE_MAX:
        raise Invalid.of([Fault("place", "badValue", "name the address of a form of ours")])
    return f"page:{text}"
