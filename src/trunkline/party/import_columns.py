"""What files about parties and accounts hold: ways to reach somebody, numbers, and their heads."""

from __future__ import annotations

from trunkline.kernel.resource import Document
from trunkline.party.account import BillingAccount, PartyAccount, SettlementAccount
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.party.organization import Organization
from trunkline.party.role import PartyRole
from trunkline.workspace.import_columns import called_in_files, element_columns

MEDIA = "contactMedium"
LINES = ("street1", "street2", "postCode", "city", "stateOrProvince", "country")
REACHED: tuple[type[Document], ...] = (Individual, Organization, Customer, PartyRole)
REACHED_BY = {
    "email": ("characteristic.emailAddress",),
    "phone": ("characteristic.phoneNumber",),
    "mobile": ("characteristic.phoneNumber",),
    "fax": ("characteristic.faxNumber",),
    "postalAddress": tuple(f"characteristic.{one}" for one in LINES),
}
NUMBER = ("identificationId", "country")
POSTAL = f"{MEDIA}[postalAddress].characteristic"

for kind in REACHED:
    element_columns(kind, MEDIA, "mediumType", REACHED_BY)
    called_in_files(kind, {
        f"{MEDIA}[email].characteristic.emailAddress": (
            "E-mail", "E-mail address", "Mail", "E-Mail-Adresse", "البريد الإلكتروني"),
        f"{MEDIA}[phone].characteristic.phoneNumber": (
            "Phone", "Phone number", "Telephone", "Telefon", "Telefonnummer", "Rufnummer",
            "Festnetz", "الهاتف"),
        f"{MEDIA}[mobile].characteristic.phoneNumber": (
            "Mobile", "Mobile phone", "Cell phone", "Mobil", "Mobilnummer", "Mobiltelefon",
            "Handy", "الجوال"),
        f"{MEDIA}[fax].characteristic.faxNumber": ("Fax", "Fax number", "Telefax", "Faxnummer"),
        f"{POSTAL}.street1": ("Street", "Address", "Straße", "Strasse", "Anschrift", "Adresse",
                              "Straße und Hausnummer", "الشارع"),
        f"{POSTAL}.postCode": ("Postcode", "Post code", "ZIP", "ZIP code", "PLZ", "Postleitzahl"),
        f"{POSTAL}.city": ("City", "Town", "Ort", "Stadt", "Wohnort", "المدينة"),
        f"{POSTAL}.stateOrProvince": ("State", "Province", "Bundesland"),
        f"{POSTAL}.country": ("Country", "Land", "الدولة"),
    })  # fmt: skip

element_columns(
    Individual, "individualIdentification", "identificationType",
    {"passport": NUMBER, "nationalId": NUMBER, "nationalIdentityCard": NUMBER,
     "driversLicense": NUMBER, "taxId": NUMBER},
)  # fmt: skip
element_columns(
    Organization, "organizationIdentification", "identificationType",
    {"companyId": NUMBER, "vat": NUMBER, "taxId": NUMBER},
)  # fmt: skip
called_in_files(Individual, {
    "givenName": ("First name", "Forename", "Vorname", "الاسم الأول"),
    "familyName": ("Last name", "Surname", "Nachname", "Familienname", "Zuname", "اسم العائلة"),
    "birthDate": ("Date of birth", "Birthday", "Born", "DOB", "Geburtsdatum", "Geburtstag",
                  "Geboren am", "تاريخ الميلاد"),
    "nationality": ("Nationalität", "Staatsangehörigkeit"),
    "gender": ("Sex", "Geschlecht"),
    "title": ("Titel",),
    "individualIdentification[passport].identificationId": (
        "Passport", "Passport number", "Pass", "Passnummer", "Reisepass"),
    "individualIdentification[nationalId].identificationId": (
        "National id", "National number", "Personal number"),
    "individualIdentification[nationalIdentityCard].identificationId": (
        "Identity card", "ID card", "Ausweis", "Ausweisnummer", "Personalausweis"),
    "individualIdentification[driversLicense].identificationId": (
        "Driving licence", "Drivers license", "Führerschein"),
    "individualIdentification[taxId].identificationId": (
        "Tax number", "Tax id", "Steuernummer", "Steuer-ID"),
})  # fmt: skip
called_in_files(Organization, {
    "tradingName": ("Company", "Company name", "Firma", "Firmenname", "Unternehmen"),
    "code": ("Number", "Nummer", "Nr."),
    "legalForm": ("Rechtsform",),
    "industry": ("Branche",),
    "organizationIdentification[companyId].identificationId": (
        "Company number", "Registration number", "Handelsregisternummer", "HRB"),
    "organizationIdentification[vat].identificationId": (
        "VAT", "VAT id", "VAT number", "USt-IdNr.", "UStID", "Umsatzsteuer-ID", "UID"),
    "organizationIdentification[taxId].identificationId": (
        "Tax number", "Tax id", "Steuernummer"),
})  # fmt: skip
called_in_files(Customer, {
    "name": ("Customer", "Customer name", "Kunde", "Kundenname"),
    "code": ("Number", "Customer number", "Nummer", "Nr.", "Kundennummer", "Kunden-Nr."),
    "engagedParty": ("Party", "Person", "Partei", "Geschäftspartner"),
    "customerType": ("Type", "Art", "Kundenart"),
    "customerSegment": ("Segment", "Kundensegment"),
    "lineOfBusiness": ("Geschäftsfeld",),
})  # fmt: skip
for account in (BillingAccount, PartyAccount, SettlementAccount):
    called_in_files(account, {
        "name": ("Account", "Account name", "Konto", "Kontoname"),
        "accountType": ("Type", "Art", "Kontoart"),
        "relatedParty": ("Party", "Customer", "Kunde", "Partei"),
        "currency": ("Währung",),
        "paymentTerms": ("Zahlungsziel",),
    })  # fmt: skip
called_in_files(BillingAccount, {
    "externalId": ("Number", "Account number", "Nummer", "Kontonummer"),
    "billingSystem": ("Abrechnungssystem",),
    "costCentre": ("Cost center", "Kostenstelle"),
    "contract": ("Vertrag",),
    "agreement": ("Vereinbarung",),
    "lineOfBusiness": ("Geschäftsfeld",),
})  # fmt: skip
