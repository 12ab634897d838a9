"""Tables: records as rows of cells, and rows as files that no spreadsheet runs anything of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from trunkline.documents.decode import encode, load
from trunkline.documents.shape import Json
from trunkline.screens.values_at import values_at
from trunkline.workspace import workbook
from trunkline.workspace.workbook import Cell

Format = Literal["csv", "xlsx", "json", "pdf"]
FORMATS: tuple[Format, ...] = ("csv", "xlsx", "json", "pdf")
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
}
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these a cell would begin a formula; such a text gets an apostrophe in front."""
BOM = "\ufeff"


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
    return "'" + cell if isinstance(cell, str) and cell.lstrip("'").startswith(RISKY) else cell


def meant(text: str) -> str:
    """Return what a cell said before it was made harmless."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(RISKY) else text


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV, in the way that spreadsheets read."""
    return _CSV.first(heads) + _CSV.rows(heads, rows, is_first=True)


class Pieces(Protocol):
    """How a file of some format is written piece by piece.

    The pieces in their order are the file; where it `is_whole`, what `last` returns is, and the
    pieces only keep the rows for it.
    """

    is_whole: bool

    def check(self, columns: int, rows: int) -> None:
        """Refuse what the format has no room for."""
        ...

    def first(self, heads: Sequence[str], title: str) -> bytes:
        """Return the beginning of the file."""
        ...

    def rows(
        self, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, is_first: bool
    ) -> bytes:
        """Return the next rows; `is_first` where no row stands before them."""
        ...

    def last(self, pieces: Iterable[bytes], at: datetime) -> bytes:
        """Return the end of the file that has these pieces so far; `at` is when that was."""
        ...


class _InPieces:
    is_whole = False

    def check(self, columns: int, rows: int) -> None:
        pass


class _Csv(_InPieces):
    def first(self, heads: Sequence[str], title: str = "") -> bytes:
        return BOM.encode() + _lines([[harmless(one) for one in heads]])

    def rows(
        self, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, is_first: bool
    ) -> bytes:
        return _lines([_text(one) for one in row] for row in rows)

    def last(self, pieces: Iterable[bytes], at: datetime) -> bytes:
        return b""


class _Json(_InPieces):
    """A list of objects by the names of the columns, or of whole records without columns."""

    def first(self, heads: Sequence[str], title: str) -> bytes:
        return b"["

    def rows(self, heads: Sequence[str], rows: Iterable[Any], *, is_first: bool) -> bytes:
        bodies = [encode(_named(heads, row) if heads else row) for row in rows]
        return (b"" if is_first or not bodies else b",") + b",".join(bodies)

    def last(self, pieces: Iterable[bytes], at: datetime) -> bytes:
        return b"]"


class _Xlsx(_InPieces):
    def first(self, heads: Sequence[str], title: str) -> bytes:
        return workbook.first_piece([str(harmless(one)) for one in heads])

    def rows(
        self, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, is_first: bool
    ) -> bytes:
        return workbook.rows_piece([harmless(one) for one in row] for row in rows)

    def last(self, pieces: Iterable[bytes], at: datetime) -> bytes:
        return workbook.last_piece(pieces)


class _Pdf:
    """Set all at once, since the width of a column follows from all that stands in it.

    What sets it is imported when it is needed: that takes as long as half the program does.
    """

    is_whole = True

    def check(self, columns: int, rows: int) -> None:
        from trunkline.workspace.printing import check_size

        check_size(columns, rows)

    def first(self, heads: Sequence[str], title: str) -> bytes:
        return encode([title, *heads]) + b"\n"

    def rows(
        self, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, is_first: bool
    ) -> bytes:
        return b"".join(encode(list(row)) + b"\n" for row in rows)

    def last(self, pieces: Iterable[bytes], at: datetime) -> bytes:
        lines: list[list[Any]] = [load(one) for one in b"".join(pieces).split(b"\n") if one]
        title, *heads = lines[0]
        from trunkline.workspace.printing import printed

        return printed(title, heads, lines[1:], at)


_CSV = _Csv()
PIECES: Mapping[Format, Pieces] = {"csv": _CSV, "xlsx": _Xlsx(), "json": _Json(), "pdf": _Pdf()}


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _named(heads: Sequence[str], row: Sequence[Cell]) -> dict[str, Json]:
    return {name: cell for name, cell in zip(heads, row, strict=True) if cell is not None}


def _text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return "" if cell is None else str(harmless(cell))


def file_name(title: str, kind: Format, at: datetime) -> str:
    """Return what a file of some records is called."""
    plain = "".join(one if one.isalnum() else "-" for one in title.lower()).strip("-")
    return f"{plain}-{at:%Y%m%d-%H%M}.{kind}"
