"""A register of companies in a file: CSV with a line of heads, read again when it has changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from trunkline.adapters.kept_file import UNREADABLE, KeptFile
from trunkline.documents.errors import Unready
from trunkline.onboarding.company_register import CompanyFacts

HEADS: Mapping[str, str] = {
    "country": "country", "companyId": "company_id", "name": "name", "legalForm": "legal_form",
    "taxId": "tax_id", "streetName": "street_name", "streetNr": "street_nr",
    "postcode": "postcode", "city": "city",
}  # fmt: skip
NEEDED = ("country", "companyId", "name")


class CompanyFile:
    """Companies by country and number, of a file that somebody else keeps."""

    def __init__(self, path: Path) -> None:
        """Remember the file; it is read when it is first asked."""
        self._file = KeptFile(path, NEEDED, _entry)

    def find(self, country: str, company_id: str) -> CompanyFacts | None:
        """Return what the file has under a number. Raises Unready where it cannot be read."""
        try:
            return self._file.held().get(_key(country, company_id))
        except UNREADABLE as error:
            raise Unready(
                "registerAway", f"the register of companies cannot be read: {error}; type instead"
            ) from error


def _key(country: str, company_id: str) -> tuple[str, str]:
    return country.strip().upper(), "".join(one for one in company_id.upper() if one.isalnum())


def _entry(row: Mapping[str, str], _line: int) -> tuple[tuple[str, str], CompanyFacts]:
    one = CompanyFacts(**{name: row.get(head, "") for head, name in HEADS.items()})
    return _key(one.country, one.company_id), one
