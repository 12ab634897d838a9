"""Remote files: a port behind which the files of other servers are fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from trunkline.catalog.exchanged_file import Begun
from trunkline.kernel.services import Services

SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True)
class Piece:
    """The next bytes of a file; `starts_anew` where what was fetched before is of no use."""

    body: bytes
    total: int | None
    tag: str | None
    starts_anew: bool = False


class NotFetched(Exception):
    """Says why a file was not fetched; a final one is not tried again."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_final = is_final


class RemoteFiles(Protocol):
    """What fetches files from other servers."""

    def fetch(self, url: str, begun: Begun) -> Iterator[Piece]:
        """Yield what is missing of a file, piece by piece. Raises NotFetched."""


_PORT = "remote files"


def use_remote_files(services: Services, files: RemoteFiles) -> None:
    """Let import jobs fetch files from other servers."""
    services.extra[_PORT] = files


def remote_files(services: Services) -> RemoteFiles:
    """Return what fetches files; it refuses everything where nothing is connected."""
    found: RemoteFiles = services.extra.get(_PORT, _Nothing())
    return found


def is_remote(url: str) -> bool:
    """Tell whether a url names a file of another server."""
    return urlsplit(url).scheme.lower() in SCHEMES


class _Nothing:
    def fetch(self, url: str, begun: Begun) -> Iterator[Piece]:
        raise NotFetched("this installation fetches no files; send a data: url", is_final=True)
