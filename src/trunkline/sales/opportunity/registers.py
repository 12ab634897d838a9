"""Registers of opportunities: why they are won and lost."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.documents.errors import Fault
from trunkline.governance.bindings import bind, chosen_faults
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.kernel.behaviour import rule
from trunkline.kernel.work import Work
from trunkline.sales.opportunity.opportunity import SalesOpportunity

WON, LOST = "winReason", "lossReason"


def _value(code: str, name: str, german: str, arabic: str) -> ShippedValue:
    return ShippedValue(code, name, {"de": german, "ar": arabic})


ship(
    ShippedRegister(
        WON, "Opportunity won", {"de": "Chance gewonnen", "ar": "سبب الفوز بالفرصة"},
        (
            _value("price", "Price", "Preis", "السعر"),
            _value("product", "The product itself", "Das Produkt selbst", "المنتج نفسه"),
            _value("relationship", "Relationship", "Beziehung", "العلاقة"),
            _value("service", "Service", "Service", "الخدمة"),
            _value("coverage", "Available there", "Dort verfügbar", "متوفر هناك"),
            _value("other", "Something else", "Etwas anderes", "شيء آخر"),
        ),
        "Why an opportunity was won.",
    ),
    ShippedRegister(
        LOST, "Opportunity lost", {"de": "Chance verloren", "ar": "سبب خسارة الفرصة"},
        (
            _value("price", "Price", "Preis", "السعر"),
            _value("competitor", "Another provider", "Anderer Anbieter", "مزود آخر"),
            _value("noBudget", "No budget", "Kein Budget", "لا ميزانية"),
            _value("noDecision", "No decision", "Keine Entscheidung", "لا قرار"),
            _value("coverage", "Not available there", "Dort nicht verfügbar", "غير متوفر هناك"),
            _value("product", "Something is missing", "Etwas fehlt", "ينقصه شيء"),
            _value("other", "Something else", "Etwas anderes", "شيء آخر"),
        ),
        "Why an opportunity was lost.",
    ),
)  # fmt: skip
bind(SalesOpportunity, "source", "leadSource", is_open=True)
bind(SalesOpportunity, "rating", "leadRating", is_open=True)


@rule(SalesOpportunity)
def close_reason_is_known(
    work: Work, old: SalesOpportunity | None, new: SalesOpportunity
) -> Iterator[Fault]:
    """Refuse a reason that is not one of the register for won, or for lost, opportunities."""
    reason = new.close_reason
    if not reason or new.status == "open":
        return
    if old is not None and (old.close_reason, old.status) == (reason, new.status):
        return
    register = registers(work).get(WON if new.status == "won" else LOST)
    if register is not None:
        yield from chosen_faults(work, register, "closeReason", reason)
