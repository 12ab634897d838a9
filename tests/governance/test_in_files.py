"""Registers and extra attributes in files: imported by code or name, exported with the rest."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from tests.support.program import Site
from trunkline.governance.extra_values import registers_at
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction
from trunkline.party.customer import Customer
from trunkline.party.individual import Individual
from trunkline.workspace.import_fields import document_of
from trunkline.workspace.import_job import importable

BASE = "/api/governance/v1"


def read(site: Site, kind: Any, row: dict[str, str]) -> dict[str, Any]:
    with transaction(site.services, system("tests")) as work:
        fields = {one.path: one for one in importable(work, kind.resource)}
        return document_of(row, {head: head for head in row}, fields, ZoneInfo("UTC"))


def test_a_row_says_a_value_by_its_code_or_by_its_name_in_any_language(site: Site) -> None:
    row = {"customerSegment": "Öffentliche Hand", "customerType": "COMPANY", "rating": "nonsense"}
    wanted = {"customerSegment": "publicSector", "customerType": "company", "rating": "nonsense"}
    assert read(site, Customer, row) == wanted


def test_several_values_stand_in_one_cell(site: Site) -> None:
    body = {"recordType": "Individual", "name": "hears", "kind": "choices",
            "register": "contactChannel"}  # fmt: skip
    assert site.admin.post(f"{BASE}/extraAttribute", body).status_code == 201
    assert read(site, Individual, {"hears": "Brief; sms"}) == {"hears": ["letter", "sms"]}


def test_a_name_that_two_values_share_means_neither(site: Site) -> None:
    (held,) = site.admin.get(f"{BASE}/register?code=rating").json
    for code in ("E", "F"):
        body = {"register": {"id": held["id"]}, "code": code, "name": "Twin"}
        assert site.admin.post(f"{BASE}/registerValue", body).status_code == 201
    with transaction(site.services, system("tests")) as work:
        words = registers_at(work, Customer.resource)["rating"].by_words()
    assert "twin" not in words
    assert words["e"] == "E"
