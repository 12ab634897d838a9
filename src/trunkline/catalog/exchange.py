"""The exchange: where import and export jobs read and write their files."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from trunkline.documents.errors import Invalid

DATA = "data:"
CONTENT_BYTES_MAX = 50_000_000
DATA_BYTES_MAX = 700_000
FILES = "/api/catalog/v1/files"


@dataclass(frozen=True)
class Exchange:
    """Reads and writes by url: `data:` urls, and files of one folder where there is one.

    Every refusal has the code exchangeUrl.
    """

    folder: Path | None = None
    public_url: str = ""

    def given_out_at(self, job: str, key: str) -> str:
        """Return the url at which anybody who is told it fetches the file of an export job."""
        return f"{self.public_url}{FILES}/{job}/{key}"

    def read(self, url: str) -> bytes:
        """Return the content that a url names."""
        if url.startswith(DATA):
            return _data(url)
        path = self._path(url)
        if not path.is_file():
            raise _refused(f"there is no file {path.name} in the exchange folder")
        if path.stat().st_size > CONTENT_BYTES_MAX:
            raise _refused(f"{path.name} is larger than {CONTENT_BYTES_MAX} bytes; split it")
        return path.read_bytes()

    def write(self, url: str, content: bytes) -> str:
        """Put content where a url says and return the url at which it can be read.

        A `data:` url comes back with the content in it. A file is replaced as a whole.
        """
        if url.startswith(DATA):
            if len(content) > DATA_BYTES_MAX:
                raise _refused("the content is too large for a data: url; name a file instead")
            text = base64.b64encode(content).decode("ascii")
            return f"data:application/json;base64,{text}"
        path = self._path(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        draft.write_bytes(content)
        draft.replace(path)
        return url

    def _path(self, url: str) -> Path:
        parts = urlsplit(url)
        if parts.scheme not in {"", "file"} or parts.netloc not in {"", "localhost"}:
            raise _refused(
                "must be a data: url or the name of a file in the exchange folder; an import may "
                "name an https: address, too"
            )
        if self.folder is None:
            raise _refused("this installation has no exchange folder; send a data: url")
        folder = self.folder.resolve()
        name = unquote(parts.path).lstrip("/")
        if not name or "\0" in name or "\\" in name:
            raise _refused("must name a file in the exchange folder")
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or path == folder or path.name.startswith("."):
            raise _refused("must name a file in the exchange folder, none outside of it")
        return path


def configure(folder: Path | None, public_url: str = "") -> None:
    """Say which folder is exchanged through (None admits `data:` urls only), and our address."""
    global _exchange  # noqa: PLW0603 - one installation has one exchange folder
    _exchange = Exchange(folder, public_url)


def exchange() -> Exchange:
    """Return the exchange of this installation."""
    return _exchange


_exchange = Exchange()


def _data(url: str) -> bytes:
    head, comma, text = url.removeprefix(DATA).partition(",")
    if not comma:
        raise _refused("the data: url holds no content: there is no comma in it")
    if not head.endswith(";base64"):
        return unquote_to_bytes(text)
    try:
        return base64.b64decode(unquote(text), validate=True)
    except binascii.Error as error:
        raise _refused(f"the data: url is not base 64: {error}") from error


def _refused(message: str) -> Invalid:
    return Invalid("exchangeUrl", f"url: {message}")
