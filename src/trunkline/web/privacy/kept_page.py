"""What is kept of who was erased: the name, the address and what the kept records said."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.kernel.work import Work
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.kept_records import Original, originals_of
from trunkline.web.desk import Answer, Desk, Shown, Visit
from trunkline.web.privacy.erasure_page import ADDRESS
from trunkline.web.record_page import head_of
from trunkline.web.records import record_of
from trunkline.web.values import date

FAR = 9999
NAMED = ("title", "givenName", "familyName", "name")


class KeptPage:
    """`/erasure/{ident}/kept`; that somebody has opened it is logged."""

    needs = "privacy:readKept"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show it."""
        self._desk.answer(req, resp, partial(self._view, ident=ident))

    def _view(self, visit: Visit, *, ident: str) -> Answer:
        with self._desk.work(visit) as work:
            record = record_of(work, ErasureRequest.resource, ident)
            found = [*originals_of(work, record.id)]
            values = head_of(self._desk, record) | {
                "address": f"{ADDRESS}{record.key}",
                "names": [text for one in found if one.until.year == FAR for text in _lines(one)],
                "records": [self._kept(work, one) for one in found if one.until.year != FAR],
            }
        return Shown("privacy_kept.html", values)

    def _kept(self, work: Work, one: Original) -> dict[str, Any]:
        declared = work.services.registry[one.kind]
        document = work.many(declared.type, [one.id]).get(one.id)
        key = document.key if document is not None else one.id
        return {
            "kind": declared.title,
            "key": key,
            "address": self._desk.addresses.of_record(declared, key),
            "until": date(one.until),
        }


def _lines(one: Original) -> list[str]:
    """Return the name and the postal addresses, a line each."""
    said = one.document
    lines = [" ".join(str(said[name]) for name in NAMED[:3] if said.get(name)) or said.get("name")]
    for medium in said.get("contactMedium") or ():
        post = medium.get("characteristic") or {}
        parts = (post.get(name) for name in ("street1", "street2", "postCode", "city", "country"))
        lines.append(", ".join(str(part) for part in parts if part))
    return [line for line in lines if line]
