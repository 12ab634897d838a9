"""What people call the columns of files with addresses and sites."""

from __future__ import annotations

from trunkline.geography.address import GeographicAddress
from trunkline.geography.site import GeographicSite
from trunkline.workspace.import_columns import called_in_files

called_in_files(GeographicAddress, {
    "streetName": ("Street", "Straße", "Strasse", "الشارع"),
    "streetNr": ("Number", "House number", "No.", "Nummer", "Nr.", "Hausnummer", "رقم المبنى"),
    "streetNrSuffix": ("Zusatz", "Hausnummernzusatz"),
    "postcode": ("Post code", "ZIP", "ZIP code", "PLZ", "Postleitzahl"),
    "city": ("Town", "Ort", "Stadt", "المدينة"),
    "locality": ("District", "Ortsteil"),
    "stateOrProvince": ("State", "Province", "Bundesland"),
    "country": ("Land", "الدولة"),
})  # fmt: skip
called_in_files(GeographicSite, {
    "name": ("Site", "Standort", "Standortname"),
    "code": ("Number", "Nummer", "Nr.", "Standortnummer"),
    "place": ("Address", "Adresse", "Anschrift"),
    "relatedParty": ("Party", "Customer", "Kunde", "Partei"),
    "accessNote": ("Access", "Zugang"),
})  # fmt: skip
