"""What the page of a customer says of an erasure: that it is over, by whom, and what is kept."""

from __future__ import annotations

from typing import Any

from trunkline.documents.shape import parse_instant
from trunkline.kernel.work import Work
from trunkline.party.customer import names_of
from trunkline.privacy.api import ERASE
from trunkline.privacy.erasure_request import ErasureRequest
from trunkline.privacy.kept_records import kept_by_kind
from trunkline.privacy.pseudonym import is_pseudonym
from trunkline.privacy.running import erased_by
from trunkline.web.records import Record
from trunkline.web.values import date


def may_erase(work: Work, customer: Record) -> bool:
    """Tell whether the visitor may ask for the erasure of a customer that is not erased yet."""
    may = work.actor.grant(ErasureRequest.resource, "create") is not None
    return may and work.actor.may(ERASE) is not None and not _looks_erased(customer)


def erased_shown(work: Work, customer: Record) -> dict[str, Any] | None:
    """Return by which request a customer is erased and what is kept until when; None for most.

    Only who is called by a pseudonym is asked about.
    """
    if not _looks_erased(customer):
        return None
    found = erased_by(work, names_of(customer.id, customer.document))
    if found is None:
        return None
    registry = work.services.registry
    kept = [
        {"kind": registry[one["kind"]].title, "until": date(parse_instant(one["keptUntil"]))}
        for one in kept_by_kind(work, found.id)
    ]
    return {"key": found.key, "kept": kept}


def _looks_erased(customer: Record) -> bool:
    return is_pseudonym(str(customer.document.get("name") or ""))
