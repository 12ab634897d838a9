"""A register of companies in a file: CSV with a line of heads, read again when it has changed."""

from __future__ import annotations

import csv
import threading
from collections.abc import Mapping
from pathlib import Path

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
        self._path = path
        self._lock = threading.Lock()
        self._read_at = -1.0
        self._companies: dict[tuple[str, str], CompanyFacts] = {}

    def find(self, country: str, company_id: str) -> CompanyFacts | None:
        """Return what the file has under a number. Raises Unready where it cannot be read."""
        try:
            with self._lock:
                changed_at = self._path.stat().st_mtime
                if changed_at != self._read_at:
                    self._companies = _read(self._path)
                    self._read_at = changed_at
                return self._companies.get(_key(country, company_id))
        except (OSError, ValueError, csv.Error) as error:
            raise Unready(
                "registerAway", f"the register of companies cannot be read: {error}; type instead"
            ) from error


def _key(country: str, company_id: str) -> tuple[str, str]:
    return country.strip().upper(), "".join(one for one in company_id.upper() if one.isalnum())


def _read(path: Path) -> dict[tuple[str, str], CompanyFacts]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [one for one in NEEDED if one not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"its first line lacks {', '.join(missing)}")
        found = {}
        for row in rows:
            values = {name: (row.get(head) or "").strip() for head, name in HEADS.items()}
            one = CompanyFacts(**values)
            found[_key(one.country, one.company_id)] = one
        return found
