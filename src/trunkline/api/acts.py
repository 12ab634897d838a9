"""Acts on records of which somebody is told, as several interfaces offer them."""

from __future__ import annotations

from collections.abc import Callable

import falcon

from trunkline.api.asking import Asked, answer_json
from trunkline.documents.shape import Json
from trunkline.kernel.work import Work
from trunkline.rest.http import Known
from trunkline.workspace.notes import Told, pass_on


class Acts(Asked):
    """What the addresses share: one transaction, once per key, people told after the commit."""

    def acted(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        act: Callable[[Work], tuple[Json, Told | None]],
        *,
        status: str | None = None,
    ) -> None:
        """Act as the one who asks, answer what came of it, and tell who is to be told.

        `act` may set the status itself, where that depends on what came of it.
        """
        told: list[Told | None] = []

        def answer(known: Known) -> None:
            def run() -> None:
                body, whom = act(work)
                told.append(whom)
                answer_json(resp, body)
                if status is not None:
                    resp.status = status

            with self.work(req, known) as work:
                self.once(req, resp, work, run)
            for one in told:
                pass_on(self.services, one)

        self.as_known(req, answer)
