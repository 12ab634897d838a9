"""Registers of leads: where they come from, how warm they are, why they are given up."""

from __future__ import annotations

from trunkline.governance.bindings import bind
from trunkline.governance.shipped import ShippedRegister, ship, worded
from trunkline.sales.lead.lead import SalesLead

ship(
    ShippedRegister(
        "leadSource", "Source of leads",
        {"de": "Herkunft von Leads", "ar": "مصدر العملاء المحتملين"},
        (
            worded("inboundPhone", "Inbound call", "Eingehender Anruf", "مكالمة واردة"),
            worded("inboundWeb", "Website", "Website", "الموقع الإلكتروني"),
            worded("partnerReferral", "Referral by a partner", "Empfehlung eines Partners",
                   "إحالة من شريك"),
            worded("thirdPartyReferral", "Referral by a third party", "Empfehlung eines Dritten",
                   "إحالة من طرف ثالث"),
            worded("employeeReferral", "Referral by an employee", "Empfehlung von Mitarbeitenden",
                   "إحالة من موظف"),
            worded("boughtList", "Bought list", "Gekaufte Liste", "قائمة مشتراة"),
            worded("tradeShow", "Trade show", "Messe", "معرض تجاري"),
            worded("press", "Press", "Presse", "الصحافة"),
            worded("displayAdvertising", "Display advertising", "Onlinewerbung",
                   "إعلانات عبر الإنترنت"),
            worded("billboard", "Billboard", "Plakat", "لوحة إعلانية"),
            worded("aiSuggested", "Suggested by software", "Von Software vorgeschlagen",
                   "مقترح من برنامج"),
            worded("other", "Something else", "Etwas anderes", "شيء آخر"),
        ),
        "Where a lead came from.",
    ),
    ShippedRegister(
        "leadRating", "Rating of leads",
        {"de": "Bewertung von Leads", "ar": "تقييم العملاء المحتملين"},
        (
            worded("cold", "Cold", "Kalt", "بارد", "grey"),
            worded("warm", "Warm", "Warm", "دافئ", "amber"),
            worded("hot", "Hot", "Heiß", "ساخن", "red"),
            worded("superHot", "Super hot", "Sehr heiß", "ساخن جدا", "violet"),
        ),
        "How likely a lead is to buy.",
    ),
    ShippedRegister(
        "leadType", "Type of leads", {"de": "Art von Leads", "ar": "نوع العملاء المحتملين"},
        (
            worded("newBusiness", "New business", "Neugeschäft", "عمل جديد"),
            worded("existingBusiness", "Existing business", "Bestandsgeschäft", "عمل قائم"),
        ),
        "Whether a lead is somebody new or a customer already.",
    ),
    ShippedRegister(
        "leadCloseReason", "Lead given up",
        {"de": "Lead aufgegeben", "ar": "سبب التخلي عن العميل المحتمل"},
        (
            worded("notReached", "Not reached", "Nicht erreicht", "لم يتم الوصول إليه"),
            worded("noInterest", "No interest", "Kein Interesse", "لا اهتمام"),
            worded("noBudget", "No budget", "Kein Budget", "لا ميزانية"),
            worded("noCoverage", "Not available there", "Dort nicht verfügbar", "غير متاح هناك"),
            worded("chosenOther", "Chose another provider", "Anderer Anbieter gewählt",
                   "اختار مزودا آخر"),
            worded("duplicate", "There twice", "Doppelt vorhanden", "مكرر"),
            worded("badData", "Wrong contact data", "Falsche Kontaktdaten", "بيانات خاطئة"),
            worded("other", "Something else", "Etwas anderes", "شيء آخر"),
        ),
        "Why a lead is given up.",
    ),
)  # fmt: skip
bind(SalesLead, "source", "leadSource", is_open=True)
bind(SalesLead, "rating", "leadRating", is_open=True)
bind(SalesLead, "type", "leadType", is_open=True)
bind(SalesLead, "closeReason", "leadCloseReason")
