"""Registers of this module: what parties and accounts are sorted by, and where they stand."""

from __future__ import annotations

from trunkline.governance.bindings import bind, bind_everywhere
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.kernel.resource import Document
from trunkline.party.account import (
    BillingAccount,
    FinancialAccount,
    PartyAccount,
    SettlementAccount,
)
from trunkline.party.customer import Customer
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.shared.contact import ContactMedium, ContactPreference
from trunkline.shared.reference import PlaceRefOrValue

PAID: tuple[type[Document], ...] = (BillingAccount, PartyAccount, SettlementAccount)
ACCOUNTS: tuple[type[Document], ...] = (*PAID, FinancialAccount)


def _names(german: str, arabic: str) -> dict[str, str]:
    return {"de": german, "ar": arabic}


def _value(
    code: str, name: str, german: str, arabic: str, color: str = "", icon: str = ""
) -> ShippedValue:
    return ShippedValue(code, name, _names(german, arabic), color, icon)


ship(
    ShippedRegister(
        "customerType", "Customer type", _names("Kundenart", "نوع العميل"),
        (
            _value("consumer", "Consumer", "Privatkunde", "مستهلك", "blue", "person"),
            _value("foreignConsumer", "Foreign consumer", "Privatkunde aus dem Ausland",
                   "مستهلك أجنبي", "blue", "person"),
            _value("company", "Company", "Firma", "شركة", "violet", "building"),
            _value("wholesale", "Wholesale", "Großhandel", "جملة", "teal", "network"),
            _value("household", "Household", "Haushalt", "أسرة", "green", "home"),
        ),
        "What a customer is; forms and checks may depend on it.",
    ),
    ShippedRegister(
        "customerSegment", "Customer segment", _names("Kundensegment", "شريحة العملاء"),
        (
            _value("mass", "Mass market", "Massenmarkt", "السوق العام", "grey"),
            _value("premium", "Premium", "Premium", "مميز", "amber"),
            _value("smallBusiness", "Small business", "Kleinunternehmen", "أعمال صغيرة", "blue"),
            _value("enterprise", "Enterprise", "Großunternehmen", "مؤسسات كبرى", "violet"),
            _value("publicSector", "Public sector", "Öffentliche Hand", "القطاع العام", "teal"),
        ),
    ),
    ShippedRegister(
        "rating", "Rating", _names("Bonität", "التصنيف"),
        (
            _value("A", "A: pays on time", "A: zahlt pünktlich", "أ: يدفع في الموعد", "green"),
            _value("B", "B: pays late at times", "B: zahlt manchmal spät", "ب: يتأخر أحياناً",
                   "blue"),
            _value("C", "C: pays late", "C: zahlt spät", "ج: يتأخر", "amber"),
            _value("D", "D: does not pay", "D: zahlt nicht", "د: لا يدفع", "red"),
        ),
    ),
    ShippedRegister(
        "lineOfBusiness", "Line of business", _names("Geschäftsfeld", "مجال العمل"),
        (
            _value("retail", "Retail", "Endkundengeschäft", "التجزئة", "blue"),
            _value("wholesale", "Wholesale", "Großhandel", "الجملة", "teal"),
        ),
    ),
    ShippedRegister(
        "legalForm", "Legal form", _names("Rechtsform", "الشكل القانوني"),
        (
            _value("limitedCompany", "Limited company", "GmbH", "شركة محدودة المسؤولية"),
            _value("publicCompany", "Public company", "Aktiengesellschaft", "شركة مساهمة"),
            _value("partnership", "Partnership", "Personengesellschaft", "شركة تضامن"),
            _value("soleTrader", "Sole trader", "Einzelunternehmen", "مؤسسة فردية"),
            _value("association", "Association", "Verein", "جمعية"),
            _value("publicBody", "Public body", "Körperschaft", "هيئة عامة"),
        ),
    ),
    ShippedRegister(
        "industry", "Industry", _names("Branche", "القطاع"),
        (
            _value("agriculture", "Agriculture", "Landwirtschaft", "الزراعة"),
            _value("construction", "Construction", "Bau", "البناء"),
            _value("education", "Education", "Bildung", "التعليم"),
            _value("finance", "Finance", "Finanzen", "المالية"),
            _value("health", "Health", "Gesundheit", "الصحة"),
            _value("industry", "Manufacturing", "Industrie", "الصناعة"),
            _value("logistics", "Logistics", "Logistik", "الخدمات اللوجستية"),
            _value("publicSector", "Public sector", "Öffentliche Hand", "القطاع العام"),
            _value("services", "Services", "Dienstleistungen", "الخدمات"),
            _value("telecommunications", "Telecommunications", "Telekommunikation", "الاتصالات"),
            _value("trade", "Trade", "Handel", "التجارة"),
        ),
    ),
    ShippedRegister(
        "organizationType", "Type of organization", _names("Art der Organisation", "نوع المنظمة"),
        (
            _value("company", "Company", "Firma", "شركة"),
            _value("department", "Department", "Abteilung", "قسم"),
            _value("publicBody", "Public body", "Körperschaft", "هيئة عامة"),
            _value("reseller", "Reseller", "Wiederverkäufer", "موزع"),
            _value("household", "Household", "Haushalt", "أسرة"),
        ),
    ),
    ShippedRegister(
        "accountType", "Account type", _names("Kontoart", "نوع الحساب"),
        (
            _value("residential", "Residential", "Privat", "سكني"),
            _value("business", "Business", "Geschäftlich", "أعمال"),
            _value("corporate", "Corporate", "Konzern", "مؤسسي"),
            _value("wholesale", "Wholesale", "Großhandel", "جملة"),
        ),
    ),
    ShippedRegister(
        "paymentBehaviour", "Payment behaviour", _names("Zahlungsverhalten", "سلوك الدفع"),
        (
            _value("good", "Good", "Gut", "جيد", "green"),
            _value("late", "Late", "Spät", "متأخر", "amber"),
            _value("poor", "Poor", "Schlecht", "ضعيف", "red"),
            _value("unknown", "Unknown", "Unbekannt", "غير معروف", "grey"),
        ),
    ),
    ShippedRegister(
        "paymentTerms", "Payment terms", _names("Zahlungsziel", "شروط الدفع"),
        (
            _value("immediate", "At once", "Sofort", "فوراً"),
            _value("net14", "14 days", "14 Tage", "14 يوماً"),
            _value("net30", "30 days", "30 Tage", "30 يوماً"),
            _value("net60", "60 days", "60 Tage", "60 يوماً"),
        ),
    ),
    ShippedRegister(
        "customerStatus", "Status of customers", _names("Status von Kunden", "حالة العملاء"),
        (
            _value("prospect", "Prospect", "Interessent", "محتمل"),
            _value("active", "Active", "Aktiv", "نشط"),
            _value("suspended", "Suspended", "Gesperrt", "موقوف"),
            _value("terminated", "Terminated", "Beendet", "منتهٍ"),
        ),
        "What states of customers are called and how they look; those that rules add stand here.",
    ),
    ShippedRegister(
        "accountState", "State of accounts", _names("Status von Konten", "حالة الحسابات"),
        (
            _value("defined", "Defined", "Angelegt", "معرّف"),
            _value("active", "Active", "Aktiv", "نشط"),
            _value("suspended", "Suspended", "Gesperrt", "موقوف"),
            _value("closed", "Closed", "Geschlossen", "مغلق"),
        ),
        "What states of accounts are called and how they look; those that rules add stand here.",
    ),
    ShippedRegister(
        "addressRole", "Role of an address", _names("Verwendung der Adresse", "دور العنوان"),
        (
            _value("service", "Service", "Anschluss", "الخدمة"),
            _value("billing", "Billing", "Rechnung", "الفوترة"),
            _value("shipping", "Shipping", "Lieferung", "الشحن"),
            _value("correspondence", "Correspondence", "Schriftverkehr", "المراسلات"),
        ),
    ),
    ShippedRegister(
        "partyRoleType", "Role of a person", _names("Rolle einer Person", "دور الشخص"),
        (
            _value("technical", "Technical contact", "Technik", "جهة اتصال فنية"),
            _value("billing", "Billing contact", "Rechnungen", "جهة اتصال الفوترة"),
            _value("sales", "Sales contact", "Einkauf", "جهة اتصال المبيعات"),
            _value("legalRepresentative", "Legal representative", "Gesetzlicher Vertreter",
                   "الممثل القانوني"),
            _value("orderApprover", "Approves orders", "Genehmigt Aufträge", "يعتمد الطلبات"),
            _value("primary", "Primary contact", "Hauptkontakt", "جهة الاتصال الرئيسية"),
        ),
    ),
    ShippedRegister(
        "mediumType", "Kind of contact", _names("Kontaktweg", "وسيلة الاتصال"),
        (
            _value("email", "E-mail", "E-Mail", "بريد إلكتروني"),
            _value("phone", "Phone", "Telefon", "هاتف"),
            _value("mobile", "Mobile phone", "Mobiltelefon", "هاتف محمول"),
            _value("fax", "Fax", "Fax", "فاكس"),
            _value("postalAddress", "Post", "Post", "بريد"),
            _value("socialNetwork", "Social network", "Soziales Netz", "شبكة اجتماعية"),
        ),
    ),
    ShippedRegister(
        "contactChannel", "Permitted channel", _names("Erlaubter Kanal", "القناة المسموح بها"),
        (
            _value("email", "E-mail", "E-Mail", "بريد إلكتروني"),
            _value("sms", "Text message", "SMS", "رسالة نصية"),
            _value("phone", "Phone", "Telefon", "هاتف"),
            _value("letter", "Letter", "Brief", "رسالة"),
            _value("app", "App", "App", "التطبيق"),
        ),
    ),
)  # fmt: skip

for path, register in (
    ("customerType", "customerType"),
    ("customerSegment", "customerSegment"),
    ("rating", "rating"),
    ("lineOfBusiness", "lineOfBusiness"),
):
    bind(Customer, path, register)
bind(BillingAccount, "lineOfBusiness", "lineOfBusiness")
bind(Organization, "legalForm", "legalForm")
bind(Organization, "industry", "industry")
bind(Organization, "organizationType", "organizationType", is_open=True)
bind(PartyRole, "roleType", "partyRoleType")
for kind in PAID:
    bind(kind, "paymentBehaviour", "paymentBehaviour")
    bind(kind, "paymentTerms", "paymentTerms")
bind(Customer, "status", "customerStatus", is_open=True)
for kind in ACCOUNTS:
    bind(kind, "state", "accountState", is_open=True)
    bind(kind, "accountType", "accountType", is_open=True)
bind_everywhere(PlaceRefOrValue, "role", "addressRole", is_open=True)
bind_everywhere(ContactPreference, "permittedChannel", "contactChannel")
bind_everywhere(ContactMedium, "mediumType", "mediumType", is_open=True)
