"""Registers of this module: why contacts take place, and how they end; other codes are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkline.care.codes import REASONS, WRAP_UPS
from trunkline.care.interaction import PartyInteraction
from trunkline.documents.errors import Fault
from trunkline.governance.bindings import bind, chosen_faults
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.kernel.work import Work

REASON, WRAP_UP = "contactReason", "wrapUp"
SHIPPED = {REASON: REASONS, WRAP_UP: WRAP_UPS}
NAMES: Mapping[str, tuple[str, str]] = {
    "information": ("Frage", "استفسار"),
    "order": ("Bestellung", "طلب"),
    "orderStatus": ("Stand einer Bestellung", "حالة طلب"),
    "change": ("Änderung eines Dienstes", "تغيير خدمة"),
    "fault": ("Störung", "عطل"),
    "bill": ("Rechnung", "فاتورة"),
    "payment": ("Zahlung", "دفعة"),
    "complaint": ("Beschwerde", "شكوى"),
    "contactData": ("Kontaktdaten", "بيانات الاتصال"),
    "move": ("Umzug", "انتقال"),
    "security": ("Sicherheit", "الأمان"),
    "cancellation": ("Kündigung", "إلغاء"),
    "other": ("Etwas anderes", "شيء آخر"),
    "resolved": ("Gelöst", "تم الحل"),
    "ordered": ("Bestellung aufgenommen", "تم أخذ الطلب"),
    "requestTaken": ("Anliegen aufgenommen", "تم تسجيل الطلب"),
    "promised": ("Rückmeldung versprochen", "تم الوعد بالمتابعة"),
    "forwarded": ("Weitergegeben", "تمت الإحالة"),
    "notReached": ("Nicht erreicht", "لم يتم الوصول"),
    "disconnected": ("Unterbrochen", "انقطع الاتصال"),
}
"""What the shipped codes are called in German and in Arabic."""


def _shipped(code: str, name: str, german: str, arabic: str) -> ShippedRegister:
    values = [
        ShippedValue(one, text, {"de": NAMES[one][0], "ar": NAMES[one][1]})
        for one, text in SHIPPED[code].items()
    ]
    return ShippedRegister(code, name, {"de": german, "ar": arabic}, values)


ship(
    _shipped(REASON, "Reason of contact", "Anlass des Kontakts", "سبب التواصل"),
    _shipped(WRAP_UP, "Wrap-up", "Abschluss", "الخلاصة"),
)
bind(PartyInteraction, "reason", REASON, is_open=True)
bind(PartyInteraction, "interactionItem.reason", REASON, is_open=True)
bind(PartyInteraction, "wrapUpCode", WRAP_UP, is_open=True)


def chosen_among(work: Work, register: str, language: str) -> dict[str, str]:
    """Return the codes that may be chosen now with their names, in the register's order."""
    known = registers(work).get(register)
    if known is None:
        return dict(SHIPPED[register])
    return {one.code: one.called.within(language) for one in known.chosen(work.now)}


def code_faults(work: Work, register: str, path: str, code: str) -> Iterator[Fault]:
    """Yield what is wrong with a code that somebody chooses who speaks with a party here.

    What other systems write down by the standard's interface may have codes of their own.
    """
    known = registers(work).get(register)
    if known is not None:
        yield from chosen_faults(work, known, path, code)


def name_of(work: Work, register: str, code: str, language: str) -> str:
    """Return what a code is called, one that has ended as well; the code where nobody knows it."""
    known = registers(work).get(register)
    value = known.values.get(code) if known is not None else None
    return value.called.within(language) if value is not None else SHIPPED[register].get(code, code)
