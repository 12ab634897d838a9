"""Notices: customers are told 90, 60 and 30 days before a contract ends or is renewed."""

from __future__ import annotations

from datetime import timedelta

import structlog

from trunkline.contract.service.contract import Contract, RenewalNotice
from trunkline.contract.service.lasting import FINAL
from trunkline.documents.errors import Refusal
from trunkline.kernel.work import Work
from trunkline.ordering.jeopardy.policies import days_zone
from trunkline.party.receiving import BUYING
from trunkline.party.telling import tell_customer
from trunkline.shared.party_reference import customer_among
from trunkline.shared.period import end_of
from trunkline.workspace.message_texts import MessageText, text_named

NOTICE_DAYS = (90, 60, 30)
ENDS = MessageText(
    "contract-ends", "", "Your contract {contract} ends on {date}",
    "Dear {name},\n\nyour contract {contract} ends on {date}. Tell us whether you want to "
    "renew it.",
)  # fmt: skip
RENEWS = MessageText(
    "contract-renews", "", "Your contract {contract} is renewed on {date}",
    "Dear {name},\n\nyour contract {contract} is renewed for {months} months on {date}. "
    "Tell us before if you do not want that.",
)  # fmt: skip
"""Names of texts that the operator may keep, and what is said where there is none."""
log = structlog.get_logger("trunkline.contract")


def notice_days(contract: Contract) -> list[int]:
    """Return how many days before its end the customer is told, the earliest first."""
    renewal = contract.renewal
    if renewal is None or renewal.kind == "none":
        return []
    return sorted(set(renewal.notice_days or NOTICE_DAYS), reverse=True)


def tell_of_end(work: Work, contract: Contract) -> None:
    """Tell the customer of the end to come, once for each of the days that say when.

    Of several that have come since nobody looked, or since the contract is short, only the last
    one is told.
    """
    end = end_of(contract.valid_for)
    if end is None or end <= work.now or contract.renewed_by is not None:
        return
    if contract.state in FINAL or contract.state == "draft":
        return
    due = [days for days in notice_days(contract) if end - timedelta(days=days) <= work.now]
    told = {one.days for one in contract.renewal_notice if one.end_date_time == end}
    if not due or due[-1] in told:
        return
    is_sent = _write(work, contract)
    with work.edit(Contract, contract.id) as held:
        held.renewal_notice.append(
            RenewalNotice(days=due[-1], end_date_time=end, told_at=work.now, is_sent=is_sent)
        )


def _write(work: Work, contract: Contract) -> bool:
    parties = contract.related_party
    party = customer_among(parties) or next(iter(parties), None)
    if party is None:
        return False
    is_auto = contract.renewal is not None and contract.renewal.kind == "auto"
    text = RENEWS if is_auto else ENDS
    kept = text_named(work.connection, text.name) or text
    values = _values(work, contract)
    try:
        tell_customer(work, party.raw, kept, values, about=contract, role_type=BUYING)
    except Refusal as refusal:  # as a rule since the customer does not want to hear of it
        log.warning("customer not told", contract=contract.key, reason=refusal.message)
        return False
    return True


def _values(work: Work, contract: Contract) -> dict[str, str]:
    zone = days_zone(work)
    end = end_of(contract.valid_for)
    renewal = contract.renewal
    months = (renewal.term_months if renewal is not None else None) or contract.term_months or ""
    return {
        "contract": contract.name or contract.key,
        "date": f"{end.astimezone(zone):%Y-%m-%d}" if end is not None else "",
        "months": str(months),
    }
