"""Exports keep masks and run nothing in a spreadsheet; imports say first what they would do."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.support.program import Site
from trunkline.documents.errors import Refusal
from trunkline.kernel.actor import Grant
from trunkline.workspace import export_job
from trunkline.workspace.import_file import read_file
from trunkline.workspace.tables import as_csv, as_xlsx, harmless, meant

PEOPLE = "/tmf-api/party/v4/individual"
JOBS = "/api/workspace/v1/jobs"
FORMULAS = ["=1+1", "+49", "-5 euros", "@SUM(A1)", "\tx", "\rx"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    (head, row) = csv.reader(io.StringIO(as_csv(["a"], [[text]]).decode("utf-8-sig"), newline=""))
    assert head == ["a"]
    assert row[0].startswith("'")
    sheet = load_workbook(io.BytesIO(as_xlsx([text], [[text]]))).worksheets[0]
    assert all(cell.data_type == "s" for line in sheet.iter_rows() for cell in line)
    assert meant(str(harmless(text))) == text


def test_numbers_stay_numbers() -> None:
    sheet = load_workbook(io.BytesIO(as_xlsx(["n"], [[-5], [7]]))).worksheets[0]
    assert [sheet["A2"].value, sheet["A3"].value] == [-5, 7]
    assert as_csv(["n"], [[-5]]).decode("utf-8-sig").splitlines()[1] == "-5"


def made(site: Site, family: str, **more: Any) -> dict[str, Any]:
    body = {"givenName": "Ada", "familyName": family, **more}
    found: dict[str, Any] = site.admin.post(PEOPLE, body).json
    return found


def exported(site: Site, client: Any, **asked: Any) -> bytes:
    job = client.post(JOBS, {"kind": "export", "resource": "Individual", **asked}).json
    site.work()
    answer = client.get(f"{JOBS}/{job['id']}/file")
    assert answer.status_code == 200, client.get(f"{JOBS}/{job['id']}").text
    content: bytes = answer.content
    return content


def test_an_export_is_as_its_asker_sees_the_records(site: Site) -> None:
    made(site, "Masked", birthDate="1990-01-02T00:00:00Z")
    may = {"Individual:read": Grant("all", frozenset({"public", "internal"})),
           "workspace:own": Grant()}  # fmt: skip
    site.role("masked", may)
    kim = site.user("kim", roles=["masked"], scopes=tuple(may))
    columns = ["key", "familyName", "birthDate"]
    whole = exported(site, site.admin, query="familyName=Masked", columns=columns, format="csv")
    assert b"Masked" in whole
    assert b"1990-01-02" in whole
    seen = exported(site, kim, query="", columns=columns, format="csv")
    assert b"IND" in seen
    assert b"Masked" not in seen
    assert b"1990" not in seen
    refused = kim.post(JOBS, {"kind": "export", "resource": "Individual",
                              "query": "familyName=Masked", "columns": columns})  # fmt: skip
    site.work()
    assert kim.get(f"{JOBS}/{refused.json['id']}").json["state"] == "failed"


def test_an_export_of_several_parts_has_every_record_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.services, "page_max", 3)
    monkeypatch.setattr(export_job, "PART_BYTES", 40)
    keys = {made(site, "Parted")["key"] for _ in range(8)}
    content = exported(
        site, site.admin, query="familyName=Parted", columns=["key", "givenName"], format="csv"
    )
    lines = content.decode("utf-8-sig").splitlines()
    assert len(lines) == 9
    assert {one.partition(",")[0] for one in lines[1:]} == keys


def imported(site: Site, rows: list[dict[str, Any]], match: str = "") -> dict[str, Any]:
    asked = {"kind": "import", "resource": "Individual", "rows": rows}
    if match:
        asked["match"] = match
    answer = site.admin.post(JOBS, asked)
    assert answer.status_code == 201, answer.text
    site.work()
    found: dict[str, Any] = site.admin.get(f"{JOBS}/{answer.json['id']}").json
    return found


def test_an_import_makes_changes_and_says_what_was_refused(site: Site) -> None:
    one, two = made(site, "Kept", title="Dr"), made(site, "Same")
    job = imported(
        site,
        [{"key": one["key"], "familyName": "Changed", "title": "Prof"},
         {"key": two["key"], "familyName": "Same"},
         {"key": "IND999999", "familyName": "Nobody"},
         {"givenName": "Grace", "familyName": "New"}],
        match="key",
    )  # fmt: skip
    counts = {name: job.get(name, 0) for name in ("created", "changed", "same", "refused")}
    assert counts == {"created": 1, "changed": 1, "same": 1, "refused": 1}
    back = site.admin.post(f"{JOBS}/{job['id']}/takeBack").json
    site.work()
    done = site.admin.get(f"{JOBS}/{back['id']}").json
    assert (done["changed"], done["removed"]) == (1, 1)
    now = site.admin.get(f"{PEOPLE}/{one['id']}").json
    assert (now["familyName"], now["title"]) == ("Kept", "Dr")
    assert site.admin.get(f"{PEOPLE}?familyName=New").json == []


def test_an_import_sets_nothing_that_a_client_may_not_set(site: Site) -> None:
    answer = site.admin.post(
        JOBS, {"kind": "import", "resource": "Individual", "rows": [{"nosuch": "x"}]}
    )
    assert answer.status_code == 400
    assert answer.json["fault"][0]["path"] == "mapping[nosuch]"


def test_files_of_every_kind_are_read_alike() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Name", "Size", "Day"])
    sheet.append(["'=Ada", 3.0, None])
    out = io.BytesIO()
    book.save(out)
    assert read_file("a.xlsx", out.getvalue()).rows == [{"Name": "=Ada", "Size": 3}]
    for text in ("Name;Size\r\nMüller;3\r\n", "Name\tSize\nMüller\t3\n"):
        assert read_file("a.csv", text.encode("cp1252")).rows == [{"Name": "Müller", "Size": "3"}]
    flat = read_file("a.json", b'[{"name":{"first":"Ada"},"many":[1]}]')
    assert flat.rows == [{"name.first": "Ada", "many": "[1]"}]


@pytest.mark.parametrize("content", [b"", b"Name\n", b"PK\x03\x04broken", b"[1]", b"{", b"\0a\nb"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal):
        read_file("a.csv", content)
