"""Files of other servers over HTTPS, through the guard that call-backs have, in pieces."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator

from trunkline.adapters.dialing import dial
from trunkline.catalog.exchanged_file import PIECE_BYTES, Begun
from trunkline.catalog.remote_file import NotFetched, Piece
from trunkline.hub.guard import AllowList, Target, TargetRefused, check_url

CONNECT_TIMEOUT_S = 10.0
SILENT_S_MAX = 20.0
READ_BYTES = 64_000
AGAIN = frozenset({408, 425, 429})
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class NothingLeft(Exception):
    """The server has nothing behind what we have: it is whole, or it became another file."""


class HttpsFiles:
    """Fetches files; where some of one is there already, the rest, if it is still the same."""

    def __init__(self, allow: AllowList) -> None:
        self._allow = allow

    def fetch(self, url: str, begun: Begun) -> Iterator[Piece]:
        """Yield what is missing of a file. Raises NotFetched."""
        try:
            yield from self._rest(url, begun)
        except NothingLeft:
            yield from self._rest(url, Begun())

    def _rest(self, url: str, begun: Begun) -> Iterator[Piece]:
        try:
            target = check_url(url, allow=self._allow, with_query=True)
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = dial(target, allow=self._allow, timeout_s=CONNECT_TIMEOUT_S)
        except TargetRefused as refused:
            raise NotFetched(f"is not fetched: {refused}", is_final=True) from refused
        except (OSError, UnicodeError) as error:
            raise NotFetched(f"the server cannot be reached: {_name(error)}") from error
        try:
            connection.sock.settimeout(SILENT_S_MAX)
            yield from _pieces(connection, target, begun)
        except (OSError, http.client.HTTPException) as error:
            raise NotFetched(f"the line broke: {_name(error)}") from error
        finally:
            connection.close()


def _pieces(
    connection: http.client.HTTPConnection, target: Target, begun: Begun
) -> Iterator[Piece]:
    headers = {
        "Host": target.authority, "User-Agent": "Trunkline", "Accept": "application/json, */*",
        "Accept-Encoding": "identity", "Connection": "close",
    }  # fmt: skip
    if begun.size > 0 and begun.tag is not None:
        headers |= {"Range": f"bytes={begun.size}-", "If-Range": begun.tag}
    connection.request("GET", target.path, headers=headers)
    answer = connection.getresponse()
    _check(answer)
    total, starts_anew = _told(answer, begun)
    tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
    tag = None if tag is None or tag.startswith("W/") else tag
    is_over = False
    while not is_over:
        body, problem, is_over = _read(answer)
        if body or starts_anew:
            yield Piece(body, total, tag, starts_anew)
        if problem is not None:
            raise problem
        starts_anew = False


def _check(answer: http.client.HTTPResponse) -> None:
    """Refuse what is no file."""
    status = answer.status
    if status in {200, 206}:
        return
    if 300 <= status < 400:
        leads = "the address leads elsewhere; give the one at which the file itself is"
        raise NotFetched(leads, is_final=True)
    if status == 416:
        raise NothingLeft
    is_final = 400 <= status < 500 and status not in AGAIN
    raise NotFetched(f"the server answered {status}", is_final=is_final)


def _told(answer: http.client.HTTPResponse, begun: Begun) -> tuple[int | None, bool]:
    """Return how long the file is in all, and whether it comes from its beginning."""
    if answer.status == 200:
        length = answer.headers.get("Content-Length", "")
        return int(length) if length.isdecimal() else None, True
    found = RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != begun.size:
        raise NotFetched("the server sent another part of the file than was asked for")
    return int(found[2]), False


def _read(answer: http.client.HTTPResponse) -> tuple[bytes, Exception | None, bool]:
    """Return the next piece, what went wrong behind it, and whether the answer is over."""
    body, until = b"", time.monotonic() + SILENT_S_MAX
    while len(body) < PIECE_BYTES and time.monotonic() < until:
        try:
            read = answer.read1(min(READ_BYTES, PIECE_BYTES - len(body)))
        except (OSError, http.client.HTTPException) as problem:
            return body, problem, True
        if not read:
            return body, None, True
        body += read
    return body, None, False


def _name(error: Exception) -> str:
    return type(error).__name__
