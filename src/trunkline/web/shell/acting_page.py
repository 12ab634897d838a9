"""Acting for others: a person with responsibilities chooses for whom the pages are used."""

from __future__ import annotations

import falcon

from trunkline.documents.errors import Forbidden
from trunkline.documents.shape import Json
from trunkline.identity.acting import act_for
from trunkline.kernel.actor import Actor
from trunkline.kernel.states import label_of
from trunkline.kernel.work import as_system
from trunkline.party.acting import ACT, Standing, acting_for, standings
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.forms import Form


class ActingPage:
    """`/acting`, and the same in the portal."""

    needs = "party:act"

    def __init__(self, desk: Desk, template: str = "shell_acting.html") -> None:
        self._desk = desk
        self._template = template

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show for whom the visitor may act."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Act for one of them, or for oneself again."""
        self._desk.act(req, resp, self._choose)

    def _view(self, visit: Visit) -> Answer:
        self._desk.must_be_current(visit)
        person = _who_may(visit)
        with as_system(self._desk.services, "acting") as work:
            found = standings(work, person.party)
        by_id: dict[str, list[Standing]] = {}
        for one in found:
            by_id.setdefault(one.served.id, []).append(one)
        rows: list[Json] = [
            {
                "id": ident,
                "key": each[0].served.key,
                "name": label_of(each[0].served.resource, each[0].served.raw) or "",
                "kind": each[0].served.resource.title,
                "roles": sorted({role.title for one in each for role in one.roles}),
                "current": visit.served is not None and visit.served.id == ident,
            }
            for ident, each in by_id.items()
        ]
        return Shown(self._template, {"rows": rows})

    def _choose(self, visit: Visit, form: Form) -> Answer:
        person, wanted = _who_may(visit), form.text("for")
        services = self._desk.services
        token = self._desk.cookies.session(visit.req) or ""
        served = None
        if wanted:
            _, standing = acting_for(services, person, wanted)
            served = standing.served.id
        act_for(services, by=person, token=token, served=served)
        return Moved("/")


def _who_may(visit: Visit) -> Actor:
    if visit.viewer is not None:
        raise Forbidden("onlyLooking", "you only look at this as another user; end that first")
    person = visit.person or visit.actor
    person.must_have(ACT)
    return person
