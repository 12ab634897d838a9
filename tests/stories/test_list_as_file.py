"""A list as a file: CSV, workbook, JSON or PDF, with what its asker may see and nothing else."""

from __future__ import annotations

from typing import Any

import falcon.testing
import pytest

from tests.stories.test_same_rights_everywhere import person
from tests.support.operator import PARTY, Customer, Operator
from tests.web.browser import Browser
from tests.workspace.test_exports_and_imports import printed_text, read_rows
from trunkline.kernel.actor import Grant
from trunkline.workspace.tables import FORMATS

PLAIN = Grant("all", frozenset({"public", "internal"}))
OWN_ROWS = Grant("own", frozenset({"public", "internal", "personal"}))
JOBS = "/api/workspace/v1/jobs"
COLUMNS = ["key", "familyName", "birthDate"]


def words(kind: str, content: bytes) -> str:
    """Return all that a file says."""
    if kind == "xlsx":
        return str(read_rows(kind, content))
    return printed_text(content) if kind == "pdf" else content.decode()


def made(operator: Operator, client: Any, kind: str, query: str) -> bytes:
    """Have a file of people made by the interface and fetch it."""
    asked = {"kind": "export", "resource": "Individual", "format": kind, "query": query,
             "columns": COLUMNS}  # fmt: skip
    job = client.post(JOBS, asked)
    assert job.status_code in (201, 202), job.json
    operator.settle()
    answer = client.get(f"{JOBS}/{job.json['id']}/file")
    assert answer.status_code == 200, client.get(f"{JOBS}/{job.json['id']}").json
    content: bytes = answer.content
    return content


@pytest.fixture
def two(operator: Operator) -> tuple[Customer, Customer]:
    """Two customers who were born, of whom one came through a partner."""
    ada, eve = operator.ada(), operator.ada()
    for one, family in ((ada, "Filed"), (eve, "Filed")):
        body = {"familyName": family, "birthDate": "1815-12-10T00:00:00Z"}
        assert operator.staff.patch(f"{PARTY}/individual/{one.party}", body).status_code == 200
    return ada, eve


def test_the_file_of_named_records_has_those_and_no_others(
    operator: Operator, two: tuple[Customer, Customer]
) -> None:
    """Records named by id or key are a file of their own, however many; what is neither asked
    for nor there is not in it, and a query beside names is refused."""
    ada, eve = two
    key = operator.staff.get(f"{PARTY}/individual/{eve.party}").json["key"]
    asked = {"kind": "export", "resource": "Individual", "format": "json"}
    missing = [f"00000000-0000-4000-8000-{n:012}" for n in range(250)]
    for named in ([ada.party], [ada.party, *missing, key], missing):
        job = operator.staff.post(JOBS, {**asked, "id": named}).json["id"]
        operator.settle()
        found = operator.staff.get(f"{JOBS}/{job}/file").json
        known = {ada.party: ada.party, key: eve.party}
        assert {one["id"] for one in found} == {known[one] for one in named if one in known}
    both = operator.staff.post(JOBS, {**asked, "id": [ada.party], "query": "familyName=Filed"})
    assert (both.status_code, both.json["fault"][0]["path"]) == (400, "id")


@pytest.mark.accepts("NFR-09")
@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_has_what_its_asker_sees_and_nothing_else(
    operator: Operator, pages: falcon.testing.TestClient, two: tuple[Customer, Customer], kind: str
) -> None:
    """Sales has everybody with their birthdays, a customer herself alone, a catalog manager is
    refused; by the interface and by the page, in each format."""
    ada, _ = two
    (adas, eves) = (
        operator.staff.get(f"{PARTY}/individual/{one.party}").json["key"] for one in two
    )
    address = f"/r/individual/export?as={kind}&what=view"
    by_sales = person(operator, pages, "sales", ada)
    for content in (
        made(operator, by_sales.client, kind, "familyName=Filed"),
        by_sales.browser.get(address).content,
    ):
        said = words(kind, content)
        assert adas in said
        assert eves in said
    assert "1815" in words(kind, made(operator, by_sales.client, kind, "familyName=Filed"))
    reads = ("Individual:read", "workspace:own")
    operator.site.role("clerk", dict(zip(reads, (PLAIN, Grant()), strict=True)))
    clerk = operator.site.user(f"clerk-{kind}", roles=["clerk"], scopes=reads)
    said = words(kind, made(operator, clerk, kind, f"id={ada.party}"))
    assert adas in said
    assert "Filed" not in said
    assert "1815" not in said
    operator.site.role("herself", dict(zip(reads, (OWN_ROWS, Grant("own")), strict=True)))
    herself = operator.site.user(f"ada-{kind}", roles=["herself"], party=ada.party, scopes=reads)
    said = words(kind, made(operator, herself, kind, ""))
    assert adas in said
    assert eves not in said
    by_catalog = person(operator, pages, "catalog", ada)
    refused = by_catalog.client.post(
        JOBS, {"kind": "export", "resource": "Individual", "format": kind, "columns": ["key"]}
    )
    assert refused.status_code == 403
    assert by_catalog.browser.get(address).status_code == 403


def test_a_page_offers_each_format(browser: Browser, two: tuple[Customer, Customer]) -> None:
    page = browser.get("/r/individual").text
    assert all(f'value="{kind}"' in page for kind in FORMATS)
    answer = browser.get("/r/individual/export?as=pdf&what=view&familyName=Filed")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
