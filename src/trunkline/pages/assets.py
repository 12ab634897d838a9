"""Assets: styles, scripts and pictures of a package; their addresses name their content."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import falcon

from trunkline.documents.errors import NotFound

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is served; `digest` changes with its content."""

    name: str
    media_type: str
    digest: str
    content: bytes
    packed: bytes


class Assets:
    """Serves `{base}/{digest}/{name}`: the files of a folder and those that all pages share.

    Every file is read once, when the program starts.
    """

    needs = "public"

    def __init__(self, base: str, folder: Traversable) -> None:
        self._base = base
        folders = (files("trunkline.pages") / "static", folder)
        self._assets = {one.name: one for inner in folders for one in _read(inner)}

    @property
    def route(self) -> str:
        """The address under which the files are served, as a route."""
        return self._base + "/{digest}/{name}"

    def address(self, name: str) -> str:
        """Return the address of a file; it may be kept for ever."""
        return f"{self._base}/{self._assets[name].digest}/{name}"

    def on_get(self, req: falcon.Request, resp: falcon.Response, digest: str, name: str) -> None:
        """Serve a file; one whose content has changed is found under its new address."""
        asset = self._assets.get(name)
        if asset is None:
            raise NotFound("notFound", f"there is no file {name}")
        if asset.digest != digest:
            resp.status = falcon.HTTP_302
            resp.location = self.address(name)
            return
        resp.content_type = asset.media_type
        resp.set_header("Cache-Control", FOR_EVER)
        resp.set_header("Vary", "Accept-Encoding")
        if "gzip" in (req.get_header("Accept-Encoding") or ""):
            resp.set_header("Content-Encoding", "gzip")
            resp.data = asset.packed
        else:
            resp.data = asset.content


def _read(folder: Traversable) -> Iterator[Asset]:
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            yield from _read(one)
            continue
        media_type = MEDIA_TYPES.get("." + one.name.rpartition(".")[2])
        if media_type is None:
            continue
        content = one.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:16]
        yield Asset(one.name, media_type, digest, content, gzip.compress(content, mtime=0))
