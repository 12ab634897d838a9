"""Uploads: forms with files, read up to what a file may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import falcon

from trunkline.documents.errors import Invalid, TooLarge
from trunkline.web.forms import Form, read_form

FORM_TYPE = "multipart/form-data"
FILES_MAX = 20
FIELD_BYTES_MAX = 100_000


@dataclass(frozen=True)
class Upload:
    """One file as it was sent: its name is the sender's word."""

    name: str
    content: bytes


@dataclass(frozen=True)
class UploadForm(Form):
    """A form with its files."""

    files: list[Upload] = field(default_factory=list)


def reader(bytes_max: int) -> Callable[[falcon.Request], Form]:
    """Return what reads a form whose files have up to so many bytes each."""

    def read(req: falcon.Request) -> Form:
        if not (req.content_type or "").lower().startswith(FORM_TYPE):
            return read_form(req)
        if (req.content_length or 0) > FILES_MAX * bytes_max:
            raise TooLarge("formTooLarge", f"send at most {FILES_MAX} files at once")
        try:
            return _read(req, bytes_max)
        except falcon.HTTPError as error:
            raise Invalid("badForm", error.description or "the form cannot be read") from error

    return read


def _read(req: falcon.Request, bytes_max: int) -> UploadForm:
    fields: dict[str, list[str]] = {}
    files: list[Upload] = []
    for part in req.get_media():
        if part.filename is None:
            text = part.stream.read(FIELD_BYTES_MAX).decode("utf-8", "replace")
            fields.setdefault(part.name or "", []).append(text)
            continue
        content = part.stream.read(bytes_max + 1)
        part.stream.exhaust()
        if part.filename or content:
            files.append(Upload(part.filename, content))
        if len(files) > FILES_MAX:
            raise TooLarge("formTooLarge", f"send at most {FILES_MAX} files at once")
    return UploadForm(fields, files)
