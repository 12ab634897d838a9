"""One pair: both records side by side, why they may be one, and what can be decided."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from trunkline.documents.errors import NotFound
from trunkline.kernel.work import Work
from trunkline.matching.duplicate_pair import DuplicatePair
from trunkline.matching.party_merge import PartyMerge
from trunkline.matching.score import REASON_TITLES
from trunkline.web.desk import Desk, Visit
from trunkline.web.duplicates.comparing import both, head, party_rows, rows
from trunkline.web.duplicates.queue import ADDRESS, DEEDS, pair_row
from trunkline.web.duplicates.reasons import percent
from trunkline.web.records import record_of
from trunkline.web.values import state


def pair_peek(desk: Desk, _visit: Visit, work: Work, ident: str) -> dict[str, Any]:
    """Return the values of `duplicates_pair.html`."""
    pair = record_of(work, DuplicatePair.resource, ident)
    document = pair.document
    resource = work.services.registry.resources.get(str(document.get("kind")))
    if resource is None:
        raise NotFound("notFound", f"there is no pair {ident}")
    idents = [one["id"] for one in (document.get("first"), document.get("second"))
              if isinstance(one, dict)]  # fmt: skip
    found = both(work, resource, [str(one) for one in idents])
    stands = str(document.get("state") or "open")
    reasons = document.get("reason")
    merge = ""
    may_merge = work.actor.grant(PartyMerge.resource, "create") is not None
    if len(found) == 2 and stands != "merged" and may_merge:
        asked = {"kind": resource.name, "survivor": found[0].key, "loser": found[1].key}
        merge = f"{ADDRESS}/merge?{urlencode(asked)}"
    return {
        "id": pair.id,
        "key": pair.key,
        "row": pair_row(pair),
        "kind": resource.title,
        "percent": percent(document.get("score")),
        "reasons": [REASON_TITLES.get(str(one), str(one))
                    for one in (reasons if isinstance(reasons, list) else [])],
        "state": state(stands),
        "said": document.get("note") or "",
        "merged_by": document.get("merge") or "",
        "heads": [head(desk, one) for one in found],
        "rows": rows(desk, work, *found, all_of=True) if len(found) == 2 else [],
        "party_rows": party_rows(desk, work, *found) if len(found) == 2 else [],
        "merge": merge,
        "deeds": [one for one in DEEDS if one.may(work.actor) and _fits(one.name, stands)],
        "self_address": f"{ADDRESS}/{pair.key}",
    }  # fmt: skip


def _fits(deed: str, stands: str) -> bool:
    if stands == "merged":
        return False
    return deed != {"open": "open", "later": "later", "notDuplicate": "deny"}.get(stands)
