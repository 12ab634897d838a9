"""Reasons for which products are suspended and ended: registers that the operator keeps."""

from __future__ import annotations

from trunkline.governance.bindings import bind
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.kernel.work import Work
from trunkline.ordering.product_order import ProductOrder

SUSPENSION, DISCONNECTION = "suspensionReason", "disconnectionReason"
WAIVER = "feeWaiverReason"
REASONS = {
    SUSPENSION: "suspensionReason",
    DISCONNECTION: "disconnectionReason",
    WAIVER: "feeWaiverReason",
}


ship(
    ShippedRegister(
        SUSPENSION, "Reason of suspension", {"de": "Grund der Sperre", "ar": "سبب التعليق"},
        (
            worded("customerRequest", "Wish of the customer", "Wunsch des Kunden", "طلب العميل",
                   "blue"),
            worded("nonPayment", "Not paid", "Nicht bezahlt", "عدم الدفع", "amber"),
            worded("fraud", "Suspicion of fraud", "Verdacht auf Betrug", "اشتباه في احتيال", "red"),
            worded("lostDevice", "Device lost or stolen", "Gerät verloren oder gestohlen",
                   "جهاز مفقود أو مسروق", "amber"),
            worded("technical", "Protection of the network", "Schutz des Netzes", "حماية الشبكة",
                   "grey"),
        ),
        "Why a product is suspended.",
    ),
    ShippedRegister(
        DISCONNECTION, "Reason of disconnection", {"de": "Kündigungsgrund", "ar": "سبب الإلغاء"},
        (
            worded("tooExpensive", "Too expensive", "Zu teuer", "مكلف جدًا", "amber"),
            worded("betterOffer", "Better offer elsewhere", "Besseres Angebot anderswo",
                   "عرض أفضل في مكان آخر", "amber"),
            worded("quality", "Quality or faults", "Qualität oder Störungen", "الجودة أو الأعطال",
                   "red"),
            worded("movesAway", "Moves away", "Zieht weg", "انتقال إلى مكان آخر", "blue"),
            worded("notNeeded", "Not needed any more", "Nicht mehr gebraucht", "لم يعد مطلوبًا",
                   "grey"),
            worded("deceased", "Customer has died", "Kunde ist verstorben", "وفاة العميل", "grey"),
            worded("nonPayment", "Not paid", "Nicht bezahlt", "عدم الدفع", "amber"),
            worded("transferred", "Taken over by somebody else", "Von anderen übernommen",
                   "انتقلت إلى طرف آخر", "violet"),
        ),
        "Why a product is ended; offers to stay may depend on it.",
    ),
    ShippedRegister(
        WAIVER, "Reason to waive a fee", {"de": "Grund des Gebührenverzichts",
                                          "ar": "سبب الإعفاء من الرسوم"},
        (
            worded("goodwill", "Goodwill", "Kulanz", "لفتة حسن نية", "green"),
            worded("ourFault", "Our fault", "Unser Verschulden", "خطأ من جانبنا", "red"),
            worded("deceased", "Customer has died", "Kunde ist verstorben", "وفاة العميل", "grey"),
            worded("legalRight", "Right by law", "Gesetzliches Recht", "حق قانوني", "blue"),
        ),
        "Why the fee for ending a product early is not charged.",
    ),
)  # fmt: skip
for _register, _attribute in REASONS.items():
    for _path in ("productOrderItem", "productOrderItem.productOrderItem"):
        bind(ProductOrder, f"{_path}.{_attribute}", _register)


def chosen_reasons(work: Work, register: str, language: str) -> dict[str, str]:
    """Return the reasons that may be chosen now with their names, in the register's order."""
    known = registers(work).get(register)
    if known is None:
        return {}
    return {one.code: one.called.within(language) for one in known.chosen(work.now)}


def reason_names(work: Work, language: str) -> dict[str, str]:
    """Return what the reasons of all these registers are called, ended ones as well."""
    held = [registers(work).get(one) for one in REASONS]
    return {
        code: value.called.within(language)
        for register in held
        if register is not None
        for code, value in register.values.items()
    }
