"""A workbook of one sheet, written in pieces: no piece needs what another one held.

It is an archive whose first entry is the sheet. Each piece of it is compressed by itself up to a
whole byte, and such pieces behind each other are one compressed entry; its size and checksum, which
the archive names behind it, are counted when all of them are there.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from trunkline.documents.errors import Conflict

Cell = str | int | Decimal | bool | None
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0d-\x1f\ud800-\udfff\ufffe\uffff]")
SHEET = "xl/worksheets/sheet1.xml"
WHOLE_MAX = 2**53
"""A number beyond this, or with more digits than a workbook keeps, is written as a text."""
CELL_MAX = 32_000
BYTES_MAX = 0xFFFF_FFFF
AT_ONCE = 1 << 20
LATER, PACKED, PLAIN = 8, 8, 0
"""The flag of sizes that follow an entry, and the two ways in which an entry is kept."""
ROOM = "http://schemas.openxmlformats.org"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
BEGIN = (
    f'{XML}<worksheet xmlns="{ROOM}/spreadsheetml/2006/main"><sheetViews>'
    '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/></sheetView></sheetViews><sheetData>'
)
END = "</sheetData></worksheet>"
RELATED = f'{XML}<Relationships xmlns="{ROOM}/package/2006/relationships"><Relationship Id="rId1" '
TYPED = f"{ROOM}/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
AROUND = {
    "[Content_Types].xml": f'{XML}<Types xmlns="{ROOM}/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{OFFICE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{RELATED}Type="{TYPED}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'{XML}<workbook xmlns="{ROOM}/spreadsheetml/2006/main" '
    f'xmlns:r="{TYPED}"><sheets><sheet name="Records" sheetId="1" r:id="rId1"/></sheets>'
    "</workbook>",
    "xl/_rels/workbook.xml.rels": f'{RELATED}Type="{TYPED}/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}


def first_piece(heads: Sequence[str]) -> bytes:
    """Return the beginning of a workbook: its first entry up to the row of heads."""
    return _entry(SHEET, LATER, PACKED, 0, 0, 0) + _packed(BEGIN + _row(heads))


def rows_piece(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as a further piece."""
    return _packed("".join(map(_row, rows)))


def last_piece(pieces: Iterable[bytes]) -> bytes:
    """Return the end of a workbook that consists of these pieces so far, read one by one."""
    begun = len(_entry(SHEET, LATER, PACKED, 0, 0, 0))
    end = _packed(END, zlib.Z_FINISH)
    checksum, packed, size = _counted(_with(pieces, end), begun)
    told = struct.pack("<4sLLL", b"PK\x07\x08", checksum, packed, size)
    at = begun + packed + len(told)
    found = [end, told]
    table = [_listed(SHEET, LATER, PACKED, checksum, packed, size, 0)]
    for name, text in AROUND.items():
        plain = text.encode()
        own = (zlib.crc32(plain), len(plain), len(plain))
        found += [_entry(name, 0, PLAIN, *own), plain]
        table.append(_listed(name, 0, PLAIN, *own, at))
        at += len(found[-2]) + len(plain)
    long = sum(map(len, table))
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, len(table), len(table), long, at, 0)
    return b"".join([*found, *table, tail])


def _counted(pieces: Iterable[bytes], begun: int) -> tuple[int, int, int]:
    """Return checksum, packed size and size of an entry whose first bytes are its head."""
    checksum, packed, size = 0, -begun, 0
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    for one in pieces:
        body = one[begun:] if packed < 0 else one
        packed += len(one)
        while body:
            plain = unpack.decompress(body, AT_ONCE)
            checksum, size = zlib.crc32(plain, checksum), size + len(plain)
            body = unpack.unconsumed_tail
    rest = unpack.flush()
    if size + len(rest) > BYTES_MAX:
        raise Conflict("conflictMany", "too much for one workbook; take CSV or fewer columns")
    return zlib.crc32(rest, checksum), packed, size + len(rest)


def _with(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    yield from pieces
    yield end


def _packed(text: str, end: int = zlib.Z_FULL_FLUSH) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text.encode()) + packer.flush(end)


def _row(cells: Sequence[Cell]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, bool):
        return f'<c t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, (int, Decimal)):
        plain = f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
        exact = Decimal(cell)
        if abs(exact) <= WHOLE_MAX and Decimal(repr(float(exact))) == exact:
            return f"<c><v>{plain}</v></c>"
        cell = plain
    text = escape(NOT_IN_XML.sub("", cell)[:CELL_MAX])
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _entry(name: str, flags: int, kept: int, checksum: int, packed: int, size: int) -> bytes:
    """Return what stands in front of an entry of an archive."""
    head = (20, flags, kept, 0, 0x21, checksum, packed, size, len(name), 0)
    return struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", *head) + name.encode()


def _listed(
    name: str, flags: int, kept: int, checksum: int, packed: int, size: int, at: int
) -> bytes:
    """Return the line of an entry in the table at the end of an archive."""
    head = (20, 20, flags, kept, 0, 0x21, checksum, packed, size, len(name), 0, 0, 0, 0, 0, at)
    return struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\x01\x02", *head) + name.encode()
