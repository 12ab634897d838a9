"""Lists on paper: heads on every page, letters of any direction, and what is too large."""

from __future__ import annotations

import pypdfium2
import pytest

from tests.support.program import Site
from tests.workspace.test_exports_and_imports import JOBS, NOW, made, printed_text
from trunkline.workspace import printing
from trunkline.workspace.tables import PIECES, Cell


def on_paper(people: list[list[Cell]]) -> bytes:
    writer, heads = PIECES["pdf"], ["Name", "Status"]
    pieces = [writer.first(heads, "Customers"), writer.rows(heads, people, is_first=True)]
    return writer.last(pieces, NOW)


def test_a_list_on_paper_has_its_heads_on_every_page() -> None:
    content = on_paper([["Zoë Ångström", True], ["Łukasz Żółć", None]] * 40)
    pages = list(pypdfium2.PdfDocument(content))
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        text = page.get_textpage().get_text_range()
        assert "Name" in text
        assert " ".join(text.split()).endswith(f"{number} / {len(pages)}")
        assert "Customers · 2026-11-22 09:30 UTC" in text
    whole = printed_text(content)
    assert whole.count("Zoë Ångström") == 40
    assert whole.count("Łukasz Żółć") == 40


def test_letters_that_run_leftwards_stand_at_the_right_of_their_cell() -> None:
    (page,) = pypdfium2.PdfDocument(on_paper([["ليلى", "active"], ["Ada", "active"]]))
    text = page.get_textpage()
    at = {one: text.get_charbox(text.get_text_range().index(one))[0] for one in "لA"}
    assert at["ل"] > at["A"] + 50


def test_a_list_too_large_for_paper_is_refused_with_a_way_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "ROWS_MAX", 2)
    for _ in range(3):
        made(site, "Papery")
    asked = {"kind": "export", "resource": "Individual", "query": "familyName=Papery",
             "columns": ["key"], "format": "pdf"}  # fmt: skip
    job = site.admin.post(JOBS, asked).json
    site.work()
    told = site.admin.get(f"{JOBS}/{job['id']}").json
    assert told["state"] == "failed"
    assert "2 records" in told["message"]
    assert "CSV" in told["message"]
    job = site.admin.post(JOBS, asked | {"columns": ["key"] * 13}).json
    site.work()
    assert "12 columns" in site.admin.get(f"{JOBS}/{job['id']}").json["message"]
