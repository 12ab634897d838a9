"""Columns of files: what people call them, and single elements of lists as columns."""

from __future__ import annotations

import io

from openpyxl import Workbook

from tests.support.program import Site
from tests.workspace.test_exports_and_imports import PEOPLE, imported
from trunkline.geography.address import GeographicAddress
from trunkline.kernel.resource import Document
from trunkline.kernel.work import as_system
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.web.governed import governed
from trunkline.web.lists.import_heads import head_names
from trunkline.workspace.import_fields import guessed
from trunkline.workspace.import_file import read_file
from trunkline.workspace.import_job import importable

EMAIL = "contactMedium[email].characteristic.emailAddress"
PHONE = "contactMedium[phone].characteristic.phoneNumber"
POSTAL = "contactMedium[postalAddress].characteristic"


def test_cells_beside_a_table_are_no_column() -> None:
    """A spreadsheet pads each row to the widest one."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Vorname", "Nachname"])
    sheet.append(["Ida", "Rhodes", None, "aside"])
    out = io.BytesIO()
    book.save(out)
    assert read_file("people.xlsx", out.getvalue()).heads == ["Vorname", "Nachname"]


def test_what_people_call_columns_is_guessed(site: Site) -> None:
    """Heads that files have, English and German: media by their type, papers, address parts."""
    wanted: dict[type[Document], list[dict[str, str]]] = {
        Individual: [
            {"Vorname": "givenName", "Nachname": "familyName", "Geburtsdatum": "birthDate",
             "E-Mail": EMAIL, "Telefon": PHONE, "Straße": f"{POSTAL}.street1",
             "PLZ": f"{POSTAL}.postCode", "Staatsangehörigkeit": "nationality",
             "Reisepass": "individualIdentification[passport].identificationId"},
            {"First name": "givenName", "Date of birth": "birthDate", "E-mail": EMAIL,
             "Phone": PHONE, "Street": f"{POSTAL}.street1"},
        ],
        Customer: [{"Number": "code", "Party": "engagedParty", "E-mail": EMAIL, "Phone": PHONE,
                    "Kundenart": "customerType"}],
        GeographicAddress: [{"Street": "streetName", "Number": "streetNr", "Ort": "city"}],
    }  # fmt: skip
    services = site.services
    for kind, files in wanted.items():
        with as_system(services, "import") as work:
            fields = importable(work, kind.resource)
            names = head_names(fields, governed(work, kind.resource))
        for heads in files:
            assert guessed(kind.resource, [*heads], fields, names) == heads
        assert "" not in guessed(kind.resource, ["---", "###"], fields, names).values()
        assert not guessed(kind.resource, ["---"], fields, names)


def test_a_column_is_one_element_of_a_list(site: Site) -> None:
    """An e-mail column makes that medium, and changes it later; the others stay as they are."""
    row = {"givenName": "Ida", "familyName": "Rhodes", EMAIL: "ida@example.com",
           PHONE: "+49 30 5557001", "birthDate": "15.05.1990",
           "individualIdentification[passport].identificationId": "C01X"}  # fmt: skip
    assert imported(site, [row])["created"] == 1
    (ida,) = site.admin.get(PEOPLE, params={"familyName": "Rhodes"}).json
    assert ida["birthDate"].startswith("1990-05-15")
    assert ida["individualIdentification"][0]["identificationType"] == "passport"
    assert [(one["mediumType"], one["characteristic"]) for one in ida["contactMedium"]] == [
        ("email", {"emailAddress": "ida@example.com"}),
        ("phone", {"phoneNumber": "+49305557001"}),
    ]
    again = {"key": ida["key"], EMAIL: "rhodes@example.com"}
    assert imported(site, [again], match="key")["changed"] == 1
    now = site.admin.get(f"{PEOPLE}/{ida['id']}").json
    assert [(one["mediumType"], one["characteristic"]) for one in now["contactMedium"]] == [
        ("email", {"emailAddress": "rhodes@example.com"}),
        ("phone", {"phoneNumber": "+49305557001"}),
    ]
    wrong = imported(site, [{"key": ida["key"], EMAIL: "no address"}], match="key")
    assert wrong["refused"] == 1
