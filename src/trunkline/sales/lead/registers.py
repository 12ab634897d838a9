"""Registers of leads: where they come from, how warm they are, why they are given up."""

from __future__ import annotations

from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.sales.lead.lead import SalesLead


def _value(code: str, name: str, german: str, arabic: str, color: str = "") -> ShippedValue:
    return ShippedValue(code, name, {"de": german, "ar": arabic}, color)


ship(
    ShippedRegister(
        "leadSource", "Source of leads",
        {"de": "Herkunft von Leads", "ar": "مصدر العملاء المحتملين"},
        (
            _value("inboundPhone", "Inbound call", "Eingehender Anruf", "مكالمة واردة"),
            _value("inboundWeb", "Website", "Website", "الموقع الإلكتروني"),
            _value("partnerReferral", "Referral by a partner", "Empfehlung eines Partners",
                   "إحالة من شريك"),
            _value("thirdPartyReferral", "Referral by a third party", "Empfehlung eines Dritten",
                   "إحالة من طرف ثالث"),
            _value("employeeReferral", "Referral by an employee", "Empfehlung von Mitarbeitenden",
                   "إحالة من موظف"),
            _value("boughtList", "Bought list", "Gekaufte Liste", "قائمة مشتراة"),
            _value("tradeShow", "Trade show", "Messe", "معرض تجاري"),
            _value("press", "Press", "Presse", "الصحافة"),
            _value("displayAdvertising", "Display advertising", "Onlinewerbung",
                   "إعلانات عبر الإنترنت"),
            _value("billboard", "Billboard", "Plakat", "لوحة إعلانية"),
            _value("aiSuggested", "Suggested by software", "Von Software vorgeschlagen",
                   "مقترح من برنامج"),
            _value("other", "Something else", "Etwas anderes", "شيء آخر"),
        ),
        "Where a lead came from.",
    ),
    ShippedRegister(
        "leadRating", "Rating of leads",
        {"de": "Bewertung von Leads", "ar": "تقييم العملاء المحتملين"},
        (
            _value("cold", "Cold", "Kalt", "بارد", "grey"),
            _value("warm", "Warm", "Warm", "دافئ", "amber"),
            _value("hot", "Hot", "Heiß", "ساخن", "red"),
            _value("superHot", "Super hot", "Sehr heiß", "ساخن جدا", "violet"),
        ),
        "How likely a lead is to buy.",
    ),
    ShippedRegister(
        "leadType", "Type of leads", {"de": "Art von Leads", "ar": "نوع العملاء المحتملين"},
        (
            _value("newBusiness", "New business", "Neugeschäft", "عمل جديد"),
            _value("existingBusiness", "Existing business", "Bestandsgeschäft", "عمل قائم"),
        ),
        "Whether a lead is somebody new or a customer already.",
    ),
    ShippedRegister(
        "leadCloseReason", "Lead given up",
        {"de": "Lead aufgegeben", "ar": "سبب التخلي عن العميل المحتمل"},
        (
            _value("notReached", "Not reached", "Nicht erreicht", "لم يتم الوصول إليه"),
            _value("noInterest", "No interest", "Kein Interesse", "لا اهتمام"),
            _value("noBudget", "No budget", "Kein Budget", "لا ميزانية"),
            _value("noCoverage", "Not available there", "Dort nicht verfügbar", "غير متاح هناك"),
            _value("chosenOther", "Chose another provider", "Anderer Anbieter gewählt",
                   "اختار مزودا آخر"),
            _value("duplicate", "There twice", "Doppelt vorhanden", "مكرر"),
            _value("badData", "Wrong contact data", "Falsche Kontaktdaten", "بيانات خاطئة"),
            _value("other", "Something else", "Etwas anderes", "شيء آخر"),
        ),
        "Why a lead is given up.",
    ),
)  # fmt: skip
bind(SalesLead, "source", "leadSource", is_open=True)
bind(SalesLead, "rating", "leadRating", is_open=True)
bind(SalesLead, "type", "leadType", is_open=True)
bind(SalesLead, "closeReason", "leadCloseReason")
