"""Files to import: read as rows of named cells, whatever a spreadsheet made of them."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Invalid, Refusal, TooLarge
from trunkline.documents.shape import Json, format_instant
from trunkline.workspace.tables import meant

FILE_BYTES_MAX = 20 * 1024 * 1024
UNPACKED_BYTES_MAX = 200 * 1024 * 1024
ROWS_MAX = 50_000
COLUMNS_MAX = 200
DELIMITERS = ",;\t|"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What the "Unicode text" of a spreadsheet begins with."""


@dataclass(frozen=True)
class Sheet:
    """What a file holds: the heads of its columns, and rows of a value for each.

    `numbers` are those of the rows in the file, empty ones counted, where it is a table.
    """

    heads: Sequence[str]
    rows: Sequence[Mapping[str, Json]]
    numbers: Sequence[int] = ()


def read_file(name: str, content: bytes) -> Sheet:
    """Return what a CSV, XLSX or JSON file holds; refuses what is none, or too large."""
    if len(content) > FILE_BYTES_MAX:
        raise TooLarge("fileTooLarge", f"a file may have {FILE_BYTES_MAX >> 20} MB; split it")
    if content[:2] == b"PK":
        read = _workbook(content)
    elif content.lstrip()[:1] in {b"[", b"{"} or name.lower().endswith(".json"):
        return _documents(content)
    else:
        read = _csv(content)
    table = [(number, row) for number, row in enumerate(read, 1)
             if any(one not in ("", None) for one in row)]  # fmt: skip
    heads = ["" if one is None else str(one).strip() for one in table[0][1]] if table else []
    named = [(at, head) for at, head in enumerate(heads) if head][:COLUMNS_MAX]
    if not named or len(table) < 2:
        raise Invalid("fileEmpty", "the file has no rows: its first line names the columns")
    rows = {
        number: cells
        for number, row in table[1:]
        if (cells := {head: row[at] for at, head in named
                      if at < len(row) and row[at] not in ("", None)})
    }  # fmt: skip
    heads = list(dict.fromkeys(head for _, head in named))
    return _checked(heads, list(rows.values()), list(rows))


def _checked(heads: list[str], rows: list[dict[str, Json]], numbers: Sequence[int] = ()) -> Sheet:
    if not rows:
        raise Invalid("fileEmpty", "the file has no rows")
    if len(rows) > ROWS_MAX:
        raise TooLarge("fileTooLarge", f"a file may have {ROWS_MAX} rows; split it")
    return Sheet(heads, rows, numbers)


def _csv(content: bytes) -> list[list[Json]]:
    try:
        text = content.decode("utf-16" if content[:2] in UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise Invalid("badFile", "this is no CSV, XLSX or JSON file")
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("badFile", f"the file cannot be read: {error}") from error
    return [[meant(cell.strip()) for cell in row] for row in rows]


def _workbook(content: bytes) -> list[list[Json]]:
    # Imported when it is needed: it would take a tenth of each start of the program.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED_BYTES_MAX:
                raise TooLarge("fileTooLarge", "the workbook is too large when unpacked; split it")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise Invalid("badFile", "the workbook cannot be read; save it as XLSX again") from error
    sheet = book.worksheets[0]
    rows: list[list[Json]] = []
    for row in sheet.iter_rows(values_only=True, max_row=ROWS_MAX + 2, max_col=COLUMNS_MAX):
        rows.append([_cell(one) for one in row])
    book.close()
    return rows


def _cell(value: object) -> Json:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return f"{value:%Y-%m-%d}" if value.time() == value.min.time() else format_instant(moment)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return int(value) if value.is_integer() else Decimal(str(value))
    if value is None or isinstance(value, (bool, int)):
        return value
    return meant(str(value).strip())


def _documents(content: bytes) -> Sheet:
    try:
        found = decode(content)
    except Refusal as refusal:
        raise Invalid("badFile", f"the file is no JSON: {refusal.message}") from refusal
    documents = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in documents):
        raise Invalid("badFile", "the file must be a list of objects")
    rows = [_flat(one, "") for one in documents]
    return _checked(list(dict.fromkeys(name for row in rows for name in row)), rows)


def _flat(document: dict[str, Json], start: str) -> dict[str, Json]:
    """Return a document as cells: what objects hold by dotted names, lists as JSON."""
    row: dict[str, Json] = {}
    for name, value in document.items():
        path = f"{start}{name}"
        if isinstance(value, dict) and value:
            row |= _flat(value, f"{path}.")
        elif isinstance(value, (dict, list)):
            row[path] = encode(value).decode()
        elif value is not None:
            row[path] = value
    return row
