"""What holds of leads: a name, few enough lines, a reason for giving one up, and then rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from trunkline.documents.errors import Fault
from trunkline.documents.shape import Json
from trunkline.governance.role_names import role_faults
from trunkline.kernel.behaviour import enrich, rule
from trunkline.kernel.resource import Document
from trunkline.kernel.work import Work
from trunkline.party.reachable import medium_faults, preferred_faults
from trunkline.rest.writing import amends
from trunkline.sales.lead.lead import LINES_MAX, OPEN, QUANTITY_MAX, SCORE_MAX, SalesLead
from trunkline.shared.period import periods_are_ordered

OTHER = "other"
PARTNER = "partner"
STAYS = frozenset({"note"})
"""What may still be written of a lead that has ended."""

rule(SalesLead)(periods_are_ordered)


def _stage_moved(old: SalesLead, new: SalesLead) -> bool:
    return old.stage != new.stage or _lines(old) != _lines(new)


def _lines(lead: SalesLead) -> list[Json]:
    return [one.raw for one in lead.sales_lead_item]


@enrich(SalesLead, again=_stage_moved)
def lead_is_called_and_counted(work: Work, new: SalesLead) -> None:
    """Call a lead by its person, number its lines, say when it moved and ended."""
    if not new.name and new.family_name:
        new.name = " ".join(one for one in (new.given_name, new.family_name) if one)
    if new.product_offering is not None and not new.sales_lead_item and not new.meta.version:
        new.raw["salesLeadItem"] = [{"productOffering": dict(new.product_offering.raw)}]
    taken = {one.id for one in new.sales_lead_item if one.id}
    free = (str(number) for number in count(1) if str(number) not in taken)
    for one in new.sales_lead_item:
        one.id = one.id or next(free)
        one.quantity = one.quantity or 1
    if new.sales_lead_item and new.product_offering is None:
        new.product_offering = new.sales_lead_item[0].product_offering
    new.status_change_date = work.now
    new.closed_date = None if new.stage in OPEN else work.now


@rule(SalesLead)
def a_lead_is_in_the_queue_of_a_role(
    work: Work, old: SalesLead | None, new: SalesLead
) -> Iterator[Fault]:
    """Refuse a queue of a role that there is not."""
    yield from role_faults(work, "handledBy", new.handled_by, old.handled_by if old else None)


@rule(SalesLead)
def lead_is_of_somebody(_work: Work, _old: SalesLead | None, new: SalesLead) -> Iterator[Fault]:
    """Refuse a lead of nobody, too many lines, and a score or a quantity beyond its bounds."""
    if not (new.family_name or "").strip() and not (new.name or "").strip():
        yield Fault("familyName", "required", "say whose lead it is: the last name is enough")
    if len(new.sales_lead_item) > LINES_MAX:
        message = f"has {len(new.sales_lead_item)} lines; a lead may have {LINES_MAX}"
        yield Fault("salesLeadItem", "tooMany", message)
    if new.score is not None and new.score > SCORE_MAX:
        yield Fault("score", "badValue", f"is from 1 to {SCORE_MAX}")
    for index, one in enumerate(new.sales_lead_item):
        if (one.quantity or 1) > QUANTITY_MAX:
            message = f"is {one.quantity}; a line may have {QUANTITY_MAX}"
            yield Fault(f"salesLeadItem[{index}].quantity", "quantityInvalid", message)
    idents = [one.id for one in new.sales_lead_item]
    for index, ident in enumerate(idents):
        if ident in idents[:index]:
            message = f"is {ident}, as another line is; number it apart"
            yield Fault(f"salesLeadItem[{index}].id", "conflictId", message)


@rule(SalesLead)
def lead_can_be_reached(work: Work, old: SalesLead | None, new: SalesLead) -> Iterator[Fault]:
    """Refuse numbers and e-mail addresses that are none, and two preferred ones of a kind."""
    known = [one.raw for one in old.prospect_contact] if old is not None else []
    if known != [one.raw for one in new.prospect_contact]:
        media = enumerate(new.prospect_contact)
        yield from preferred_faults((f"prospectContact[{at}]", one) for at, one in media)
    for index, one in enumerate(new.prospect_contact):
        if one.characteristic is not None and one.raw not in known:
            path = f"prospectContact[{index}].characteristic"
            yield from medium_faults(work, one.characteristic, path)


@rule(SalesLead)
def giving_up_says_why(_work: Work, old: SalesLead | None, new: SalesLead) -> Iterator[Fault]:
    """Refuse to disqualify a lead without a reason; `other` is said in words."""
    if new.stage != "disqualified" or (old is not None and old.stage == "disqualified"):
        return
    if not new.close_reason:
        message = "say why the lead is given up: a code of the register leadCloseReason"
        yield Fault("closeReason", "reasonMissing", message)
    elif new.close_reason == OTHER and not (new.other_reason or "").strip():
        yield Fault("otherReason", "reasonMissing", "say in words what the other reason is")


@rule(SalesLead)
def ended_leads_rest(_work: Work, old: SalesLead | None, new: SalesLead) -> Iterator[Fault]:
    """Refuse to change a lead that was converted or given up; notes may be added."""
    if old is None or old.stage in OPEN:
        return
    for name in sorted({*old.raw, *new.raw} - STAYS):
        if old.raw.get(name) != new.raw.get(name):
            what = "was converted" if old.stage == "qualified" else "was given up"
            yield Fault(name, "leadEnded", f"cannot be changed: the lead {what}")


@rule(SalesLead)
def a_lead_that_must_not_be_shared_stays(
    _work: Work, _old: SalesLead | None, new: SalesLead
) -> Iterator[Fault]:
    """Refuse to give a lead to a partner that wishes not to be passed on."""
    if not new.do_not_share:
        return
    for index, one in enumerate(new.related_party):
        if one.role == PARTNER:
            message = "wishes not to be passed on to others; keep the lead, or ask again first"
            yield Fault(f"relatedParty[{index}]", "sharingNotWanted", message)


def wishes_against(lead: SalesLead, channel: str) -> Sequence[str]:
    """Return why somebody must not be reached by a channel (phone, sms, email), or nothing."""
    if channel in {"phone", "sms"} and lead.do_not_call:
        return ("does not want to be called; write by e-mail or letter",)
    if channel == "email" and lead.do_not_email:
        return ("does not want e-mails; call, or write a letter",)
    return ()


@amends(SalesLead)
def words_are_a_reason(_work: Work, document: Document, after: dict[str, Json]) -> dict[str, Json]:
    """Take the standard's reason in words for why a lead is given up, where nothing else says."""
    gives_up = after.get("stage") == "disqualified" != document.raw.get("stage")
    said = after.get("statusChangeReason")
    if gives_up and not after.get("closeReason") and said != document.raw.get("statusChangeReason"):
        after["closeReason"], after["otherReason"] = OTHER, said
    return after
