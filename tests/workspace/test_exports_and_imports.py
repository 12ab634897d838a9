"""Exports keep masks and run nothing in a spreadsheet; imports say first what they would do."""

from __future__ import annotations

import csv
import gc
import io
import re
import weakref
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
from openpyxl import Workbook, load_workbook

from tests.support.program import Site
from tests.support.sql_counter import counted
from tests.workspace.test_many import piece
from trunkline.documents.decode import decode
from trunkline.documents.errors import Refusal
from trunkline.kernel.actor import Grant
from trunkline.workspace import export_job
from trunkline.workspace import job as job_module
from trunkline.workspace.import_file import read_file
from trunkline.workspace.tables import PIECES, Cell, as_csv, harmless, meant

PEOPLE = "/tmf-api/party/v4/individual"
JOBS = "/api/workspace/v1/jobs"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
FORMULAS = ["=1+1", "+49", "-5 euros", "@SUM(A1)", "\tx", "\rx", "\n=1", "\uff1d1", "'=1", "''+1"]


def as_xlsx(heads: list[str], *pieces: list[list[Cell]]) -> bytes:
    writer = PIECES["xlsx"]
    found = [writer.first(heads, "Customers")]
    found += [writer.rows(heads, rows, is_first=not at) for at, rows in enumerate(pieces)]
    return b"".join([*found, writer.last(found, NOW)])


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    (head, row) = csv.reader(io.StringIO(as_csv(["a"], [[text]]).decode("utf-8-sig"), newline=""))
    assert head == ["a"]
    assert row[0].startswith("'")
    sheet = load_workbook(io.BytesIO(as_xlsx([text], [[text]]))).worksheets[0]
    assert all(cell.data_type == "s" for line in sheet.iter_rows() for cell in line)
    assert meant(str(harmless(text))) == text


def test_numbers_stay_numbers() -> None:
    sheet = load_workbook(io.BytesIO(as_xlsx(["n"], [[-5]], [], [[7]]))).worksheets[0]
    assert [sheet["A2"].value, sheet["A3"].value] == [-5, 7]
    assert as_csv(["n"], [[-5]]).decode("utf-8-sig").splitlines()[1] == "-5"


def test_nothing_of_a_value_is_lost_in_a_file() -> None:
    """More digits than a workbook keeps are a text there; a text is as long as it is in CSV."""
    many, part = 12345678901234567890, Decimal("0.12345678901234567890")
    sheet = load_workbook(io.BytesIO(as_xlsx(["n"], [[many], [part], [Decimal("19.90")]]))).active
    values = [sheet["A2"].value, sheet["A3"].value, sheet["A4"].value]
    assert values == [str(many), str(part), 19.9]
    text = "x" * 40_000
    assert as_csv(["t"], [[text]]).decode("utf-8-sig").splitlines()[1] == text


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


def test_a_workbook_in_pieces_is_one_that_reads_alike() -> None:
    odd = 'a<b>&"c"\x00\x1f\ufffe ü 漢\n'
    rows: list[list[Cell]] = [[odd, True, Decimal("19.90"), None], ["", False, 2**53, "x" * 40_000]]
    content = as_xlsx(["A", "B", "C", "D"], rows, rows * 500)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    read = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert read[1] == ['a<b>&"c" ü 漢\n', True, 19.9, None]
    assert read[2][:3] == [None, False, 2**53]
    assert len(str(read[2][3])) == 32_000
    assert len(read) == 1 + 2 + 1_000
    assert sheet.freeze_panes == "A2"


def printed_text(content: bytes) -> str:
    """Return all that stands on the pages of a PDF."""
    return "\n".join(
        page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)
    )


def read_rows(kind: str, content: bytes) -> list[list[str]]:
    """Return the rows of a file of any format, without its heads."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        return [[str(cell.value) for cell in line] for line in sheet.iter_rows(min_row=2)]
    if kind == "pdf":
        return [[one] for one in re.findall(r"IND\d+", printed_text(content))]
    return [[one["key"], one["givenName"]] for one in decode(content)]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "pdf"])
@pytest.mark.parametrize("count", [0, 3, 8])
def test_an_export_of_several_parts_has_every_record_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, kind: str, count: int
) -> None:
    monkeypatch.setattr(site.services, "page_max", 3)
    family = f"Parted{kind}{count}"
    keys = {made(site, family)["key"] for _ in range(count)}
    content = exported(
        site, site.admin, query=f"familyName={family}", columns=["key", "givenName"], format=kind
    )
    rows = read_rows(kind, content)
    assert sorted(one[0] for one in rows) == sorted(keys)


class Held(list[Any]):
    """Rows that are counted for as long as anybody holds them."""


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_large_export_holds_one_piece_at_a_time(
    site: Site, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Neither the rows nor the parts of a file are together in memory, up to its download."""
    monkeypatch.setattr(site.services, "page_max", 5)
    for _ in range(23):
        made(site, f"Large{kind}")
    made_rows: list[weakref.ref[Held]] = []
    most = [0]
    read = export_job._part

    def held(*asked: Any, **more: Any) -> Any:
        found, cursor, total = read(*asked, **more)
        gc.collect()
        rows = Held(found)
        made_rows.append(weakref.ref(rows))
        most[0] = max(most[0], sum(len(one() or ()) for one in made_rows))
        return rows, cursor, total

    monkeypatch.setattr(export_job, "_part", held)
    content = exported(site, site.admin, query=f"familyName=Large{kind}",
                       columns=["key", "givenName"], format=kind)  # fmt: skip
    assert len(read_rows(kind, content)) == 23
    assert most[0] == 5
    ((ident,),) = site.rows("select id::text from job order by id desc limit 1")
    job = job_module.read_job(site.services, ident)
    assert job is not None
    parts = job_module.parts_of(site.services, job)
    with counted() as sent:
        next(parts)
    assert "limit 1" in sent[0]


def test_an_export_is_stopped_killed_and_gone_on_with(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.services, "page_max", 3)
    keys = {made(site, "Resumed")["key"] for _ in range(10)}
    asked = {"query": "familyName=Resumed", "columns": ["key", "givenName"], "format": "csv"}
    job = site.admin.post(JOBS, {"kind": "export", "resource": "Individual", **asked}).json
    address = f"{JOBS}/{job['id']}"
    piece(site)
    now = job_module.read_job(site.services, job["id"])
    assert now is not None
    assert (now.done, now.total, now.collected) == (3, 10, False)
    monkeypatch.setattr(export_job, "set_parts", killed)
    with pytest.raises(KeyboardInterrupt):
        piece(site)
    monkeypatch.undo()
    monkeypatch.setattr(site.services, "page_max", 3)
    site.rows("update work set lease_until = now() - interval '1 minute' where kind = 'job' "
              "returning id")  # fmt: skip
    piece(site)
    assert site.admin.post(f"{address}/stop").json["state"] == "stopped"
    site.work()
    stopped = job_module.read_job(site.services, job["id"])
    assert stopped is not None
    assert stopped.done == 6
    assert site.admin.post(f"{address}/resume").status_code == 200
    site.work()
    rows = read_rows("csv", site.admin.get(f"{address}/file").content)
    assert sorted(one[0] for one in rows) == sorted(keys)


def test_too_large_an_export_says_so_before_anything_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.services, "page_max", 2)
    monkeypatch.setattr(export_job, "LINES_MAX", 3)
    for _ in range(4):
        made(site, "Toomany")
    asked = {"query": "familyName=Toomany", "columns": ["key"], "format": "csv"}
    job = site.admin.post(JOBS, {"kind": "export", "resource": "Individual", **asked}).json
    site.work()
    assert site.admin.get(f"{JOBS}/{job['id']}").json["state"] == "failed"
    assert site.rows("select done from job where id = %s", job["id"]) == [(0,)]


def killed(*_: Any) -> int:
    raise KeyboardInterrupt


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


CUSTOMERS = "/tmf-api/customerManagement/v4/customer"


def customers(site: Site, rows: list[dict[str, Any]], match: str = "") -> list[dict[str, Any]]:
    """Import customers and return what became of each row."""
    asked = {"kind": "import", "resource": "Customer", "rows": rows, "match": match}
    answer = site.admin.post(JOBS, asked)
    assert answer.status_code == 201, answer.text
    site.work()
    lines: list[dict[str, Any]] = site.admin.get(f"{JOBS}/{answer.json['id']}/line").json
    return lines


def test_references_are_named_by_key_by_id_or_by_name(site: Site) -> None:
    one = made(site, "Referred")
    rows = [
        {"name": f"By {said}", "engagedParty": said}
        for said in (one["key"], one["key"].lower(), one["id"], "Ada Referred", "ada  REFERRED")
    ]
    rows += [{"name": "By its own column", "engagedParty.id": one["key"]},
             {"name": "By name only", "engagedParty.name": "Ada Referred"}]  # fmt: skip
    lines = customers(site, rows)
    assert [line["state"] for line in lines] == ["created"] * 7, lines
    for line in lines:
        found = site.admin.get(f"{CUSTOMERS}/{line['key']}").json["engagedParty"]
        assert (found["id"], found["@referredType"]) == (one["id"], "Individual")


def test_a_name_of_none_or_of_several_is_refused_with_what_was_found(site: Site) -> None:
    keys = [made(site, "Twice")["key"] for _ in range(2)]
    site.work()
    lines = customers(site, [{"name": "A", "engagedParty": "Ada Twice"},
                             {"name": "B", "engagedParty": "Nobody At All"},
                             {"name": "C", "engagedParty": "IND999999"}])  # fmt: skip
    faults = [(line["number"], line["fault"][0]["path"], line["fault"][0]["message"])
              for line in lines]  # fmt: skip
    assert [(number, path) for number, path, _ in faults] == [
        (number, "engagedParty.id") for number in (1, 2, 3)
    ]
    assert all(key in faults[0][2] for key in keys)
    assert "give the key" in faults[0][2]
    assert "Nobody At All" in faults[1][2]
    assert "IND999999" in faults[2][2]
    assert site.rows("select 1 from customer where doc->>'name' in ('A', 'B', 'C')") == []


def test_what_is_said_of_a_reference_stays_or_goes_with_it(site: Site) -> None:
    """An element that is named again keeps its role; another target takes no name of the former."""
    first, second = made(site, "Former"), made(site, "Latter")
    party = {"id": first["id"], "role": "contact", "@referredType": "Individual", "note": "by day"}
    body = {"name": "Kept", "engagedParty": {"id": first["id"], "@referredType": "Individual"},
            "relatedParty": [party]}  # fmt: skip
    customer = site.admin.post(CUSTOMERS, body).json
    (line,) = customers(
        site,
        [{"key": customer["key"], "engagedParty": "Ada Latter",
          "relatedParty": f"Ada Former; {second['key']} (payer)"}],
        match="key",
    )  # fmt: skip
    assert line["state"] == "changed", line
    now = site.admin.get(f"{CUSTOMERS}/{customer['key']}").json
    assert (now["engagedParty"]["id"], now["engagedParty"]["name"]) == (second["id"], "Ada Latter")
    kept, new = now["relatedParty"]
    assert (kept["id"], kept["role"], kept["note"]) == (first["id"], "contact", "by day")
    assert (new["id"], new["role"]) == (second["id"], "payer")


def test_who_may_not_see_names_finds_nobody_by_them(site: Site) -> None:
    made(site, "Unseen")
    seen = frozenset({"public", "internal"})
    may = {
        "Individual:read": Grant("all", seen),
        "Customer:read": Grant(),
        "Customer:create": Grant(),
        "workspace:own": Grant(),
    }
    site.role("name-blind", may)
    kim = site.user("blind", roles=["name-blind"], scopes=tuple(may))
    rows = [{"name": "Blind", "engagedParty": "Ada Unseen"}]
    job = kim.post(JOBS, {"kind": "import", "resource": "Customer", "rows": rows}).json
    site.work()
    assert kim.get(f"{JOBS}/{job['id']}").json["refused"] == 1


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
