"""Registers of this module: why a visit was in vain, which the operator keeps."""

from __future__ import annotations

from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship

REASON = "visitFailure"

ship(
    ShippedRegister(
        REASON, "Visit in vain", {"de": "Vergeblicher Termin", "ar": "زيارة بلا جدوى"},
        (
            ShippedValue("notHome", "Nobody was there",
                         {"de": "Niemand angetroffen", "ar": "لم يكن هناك أحد"}, "amber"),
            ShippedValue("noAccess", "No access",
                         {"de": "Kein Zugang", "ar": "لا يمكن الدخول"}, "amber"),
            ShippedValue("lineMissing", "No line into the building",
                         {"de": "Keine Leitung ins Gebäude", "ar": "لا يوجد خط إلى المبنى"}, "red"),
            ShippedValue("partsMissing", "Parts were missing",
                         {"de": "Teile fehlten", "ar": "قطع ناقصة"}, "violet"),
            ShippedValue("refused", "The customer refused",
                         {"de": "Vom Kunden abgelehnt", "ar": "رفض العميل"}, "red"),
            ShippedValue("unsafe", "It was not safe",
                         {"de": "Nicht sicher", "ar": "غير آمن"}, "red"),
            ShippedValue("other", "Something else",
                         {"de": "Etwas anderes", "ar": "شيء آخر"}, "grey"),
        ),
        "Why something could not be done on a visit; technicians choose it when they report.",
    )
)  # fmt: skip
