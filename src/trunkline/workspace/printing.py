"""Lists on paper: rows of cells as a PDF with heads on every page, in any script of its font."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from trunkline.documents.errors import Conflict
from trunkline.workspace.workbook import Cell

ROWS_MAX = 2_000
COLUMNS_MAX = 12
PORTRAIT_MAX = 5
"""With more columns than these a page lies on its side."""
FONTS = Path(__file__).with_name("fonts")
FAMILY = "DejaVu"
SIZE_PT, TITLE_PT = 8, 14
LINE_MM, MARGIN_MM = 4.6, 14
NARROWEST, WIDEST = 6, 32
"""How many characters a column counts for, at least and at most, when widths are shared out."""
CELL_MAX = 400
INK, QUIET, RULE, BAND = (28, 30, 36), (110, 114, 124), (206, 209, 216), (244, 245, 248)


class Paper(FPDF):
    """Pages that say at their foot what they are, and which of how many."""

    foot_pt = 7

    def __init__(self, title: str, foot: str, at: datetime | None, *, wide: bool = False) -> None:
        """Begin a document that has a title and was made at a time, where that is known."""
        super().__init__(orientation="landscape" if wide else "portrait", format="A4")
        self._foot = foot
        self.set_title(title)
        self.set_creator("Trunkline")
        if at is not None:
            self.set_creation_date(at)
        self.add_font(FAMILY, fname=FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FAMILY, style="B", fname=FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=MARGIN_MM + LINE_MM)

    def footer(self) -> None:
        """Write the foot of a page."""
        self.set_y(-MARGIN_MM)
        self.set_font(FAMILY, size=self.foot_pt)
        self.set_text_color(*QUIET)
        self.cell(0, LINE_MM, self._foot)
        self.set_x(self.l_margin)
        self.cell(0, LINE_MM, f"{self.page_no()} / {{nb}}", align="R")


def check_size(columns: int, rows: int) -> None:
    """Refuse a list that no page has room for or that nobody would leaf through."""
    if columns > COLUMNS_MAX:
        raise Conflict(
            "conflictMany", f"a PDF has room for {COLUMNS_MAX} columns; choose fewer, or take CSV"
        )
    if rows > ROWS_MAX:
        raise Conflict(
            "conflictMany", f"a PDF may have {ROWS_MAX} records; narrow the list, or take CSV"
        )


def printed(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], at: datetime
) -> bytes:
    """Return the list as a PDF; texts of over 400 characters are cut."""
    lines = [[_text(one) for one in row] for row in rows]
    foot = f"{title} · {at:%Y-%m-%d %H:%M} UTC"
    paper = Paper(title, foot, at, wide=len(heads) > PORTRAIT_MAX)
    if any(_is_shaped(text) for line in [[title, *heads], *lines] for text in line):
        paper.set_text_shaping(True)
    paper.add_page()
    paper.set_text_color(*INK)
    paper.set_font(FAMILY, style="B", size=TITLE_PT)
    paper.cell(0, TITLE_PT * 0.6, title, align=_side(title), new_x="LMARGIN", new_y="NEXT")
    paper.ln(LINE_MM / 2)
    paper.set_font(FAMILY, size=SIZE_PT)
    if not lines:
        paper.set_text_color(*QUIET)
        paper.cell(0, LINE_MM * 2, "No records.")
        return bytes(paper.output())
    paper.set_draw_color(*RULE)
    with paper.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        cell_fill_color=BAND,
        cell_fill_mode="EVEN_ROWS",
        col_widths=tuple(_widths(heads, lines)),
        headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=BAND),
        line_height=LINE_MM,
        padding=(0.8, 1.2),
        text_align="LEFT",
    ) as table:
        for line in [list(heads), *lines]:
            row = table.row()
            for text in line:
                row.cell(text, align=_side(text))
    return bytes(paper.output())


def _widths(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> list[float]:
    """Return the shares of the columns: by their longest text, within bounds."""
    return [
        float(min(max(NARROWEST, *(len(line[at]) for line in [heads, *lines])), WIDEST))
        for at in range(len(heads))
    ]


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    plain = "".join(one if one.isprintable() else " " for one in str(cell))
    return plain if len(plain) <= CELL_MAX else plain[: CELL_MAX - 1] + "…"


def _side(text: str) -> str:
    """Return the side on which a text begins: that of its first letter's script."""
    for one in text:
        way = unicodedata.bidirectional(one)
        if way in {"R", "AL"}:
            return "R"
        if way == "L":
            return "L"
    return "L"


def _is_shaped(text: str) -> bool:
    """Tell whether letters of a text take their form from their neighbours or run leftwards."""
    return not text.isascii() and any(
        unicodedata.bidirectional(one) in {"R", "AL"} or unicodedata.combining(one) for one in text
    )
