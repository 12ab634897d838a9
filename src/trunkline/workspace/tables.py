"""Tables: records as rows of cells, and rows as files that no spreadsheet runs anything of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from openpyxl import Workbook

from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.screens.values_at import values_at

Format = Literal["csv", "xlsx", "json"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "json")
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""With these a cell would begin a formula; such a text gets an apostrophe in front."""
CELL_MAX = 32_000
BOM = "\ufeff"

Cell = str | int | Decimal | bool | None


def cells_of(document: dict[str, Json], paths: Sequence[str]) -> list[Cell]:
    """Return what a document has at each path, as one cell each."""
    return [_cell(list(values_at(document, path))) for path in paths]


def _cell(values: list[Json]) -> Cell:
    found = [one for one in values if one not in ("", [], {})]
    if not found:
        return None
    if len(found) == 1:
        return _plain(found[0])
    return "; ".join(str(_plain(one)) for one in found)


def _plain(value: Json) -> Cell:
    if isinstance(value, dict):
        names = {one for one in value if not one.startswith("@")}
        if names <= {"id", "href", "name"}:
            return str(value.get("name") or value.get("id") or "")
        return encode(value).decode()
    if isinstance(value, list):
        return encode(value).decode()
    if isinstance(value, float):
        return Decimal(str(value))
    plain: Cell = value
    return plain


def harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(cell, str):
        return ("'" + cell if cell.startswith(RISKY) else cell)[:CELL_MAX]
    return cell


def meant(text: str) -> str:
    """Return what a cell said before it was made harmless."""
    return text[1:] if text.startswith("'") and text[1:].startswith(RISKY) else text


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV, in the way that spreadsheets read."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(one) for one in heads])
    for row in rows:
        writer.writerow([_text(one) for one in row])
    return out.getvalue().encode()


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "" if cell is None else str(harmless(cell))


def as_xlsx(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as a workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Records")
    sheet.freeze_panes = "A2"
    sheet.append([harmless(one) for one in heads])
    for row in rows:
        sheet.append([_safe(one) for one in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(cell: Cell) -> Cell | float:
    found = harmless(cell)
    if isinstance(found, str):
        return "".join(one for one in found if one >= " " or one in "\n\t")
    return found


def as_json(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as a JSON list of objects, by the names of the columns."""
    found = [
        {name: cell for name, cell in zip(heads, row, strict=True) if cell is not None}
        for row in rows
    ]
    return encode(found)


def file_name(title: str, kind: Format, at: datetime) -> str:
    """Return what a file of some records is called."""
    plain = "".join(one if one.isalnum() else "-" for one in title.lower()).strip("-")
    return f"{plain}-{at:%Y%m%d-%H%M}.{kind}"
