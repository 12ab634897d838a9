"""Kinds of files: what may be kept with records and documents, and what the operator calls them.

What a file is, is told by its first bytes; its name may then not end as something else would that
a computer runs or shows by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trunkline.documents.errors import Fault
from trunkline.governance.bindings import chosen_faults
from trunkline.governance.registers import registers
from trunkline.governance.shipped import ShippedRegister, ShippedValue, ship
from trunkline.kernel.work import Work

BEGINNINGS: Sequence[tuple[bytes, str]] = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"), (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"), (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
)  # fmt: skip
OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
UNKNOWN, TEXT = "application/octet-stream", "text/plain"
ENDINGS: Mapping[str, Sequence[str]] = {
    "application/pdf": ("pdf",),
    "application/rtf": ("rtf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    TEXT: ("txt", "csv", "tsv", "log", "md", "json", "eml", "ics", "vcf"),
    **{kind: (ending,) for ending, kind in OFFICE.items()},
}
"""What a file may be, and how the names of such files end."""
KNOWN_ENDINGS = frozenset(one for endings in ENDINGS.values() for one in endings)
FILE_TYPE = "fileType"

ship(
    ShippedRegister(
        FILE_TYPE, "Type of file", {"de": "Art der Datei", "ar": "نوع الملف"},
        (
            ShippedValue("contract", "Contract", {"de": "Vertrag", "ar": "عقد"}),
            ShippedValue("identification", "Identification", {"de": "Ausweis", "ar": "إثبات هوية"}),
            ShippedValue("correspondence", "Correspondence",
                         {"de": "Schriftverkehr", "ar": "مراسلات"}),
            ShippedValue("technical", "Technical", {"de": "Technik", "ar": "تقني"}),
            ShippedValue("picture", "Picture", {"de": "Bild", "ar": "صورة"}),
            ShippedValue("other", "Other", {"de": "Sonstiges", "ar": "أخرى"}),
        ),
        "What a file that is kept with a record is for.",
    )
)  # fmt: skip


def media_type_of(name: str, content: bytes) -> str:
    """Return what a file is by its first bytes; its name only tells kinds of archives apart."""
    for beginning, kind in BEGINNINGS:
        if content.startswith(beginning):
            return OFFICE.get(ending_of(name), kind) if kind == "application/zip" else kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    try:
        is_text = b"\0" not in content and content.decode() is not None
    except UnicodeDecodeError:
        is_text = False
    return TEXT if is_text and content else UNKNOWN


def ending_of(name: str) -> str:
    """Return what a name ends in behind its last dot, in small letters; empty without one."""
    stem, dot, ending = name.rpartition(".")
    return ending.strip().lower() if dot and stem else ""


def kind_faults(name: str, content: bytes) -> Iterator[Fault]:
    """Yield why a file is not kept: it is of a kind that nobody keeps, or is named as one."""
    ending = ending_of(name)
    if media_type_of(name, content) not in ENDINGS or (ending and ending not in KNOWN_ENDINGS):
        told = "may be a PDF, a picture, a text or an office document; send one of these"
        yield Fault("content", "fileKindRefused", f"{told}, named by its kind (such as .pdf)")


def type_faults(work: Work, file_type: str | None) -> Iterator[Fault]:
    """Yield what is wrong with what somebody says that a file is for."""
    register = registers(work).get(FILE_TYPE)
    if file_type and register is not None:
        yield from chosen_faults(work, register, "fileType", file_type)


def type_names(work: Work, language: str) -> dict[str, str]:
    """Return what a file may be said to be for, by code, in the operator's order."""
    register = registers(work).get(FILE_TYPE)
    chosen = register.chosen(work.now) if register is not None else ()
    return {one.code: one.called.within(language) for one in chosen}


def type_name(work: Work, code: str, language: str) -> str:
    """Return what a type of file is called, one that has ended as well."""
    register = registers(work).get(FILE_TYPE)
    found = register.values.get(code) if register is not None else None
    return found.called.within(language) if found is not None else code
