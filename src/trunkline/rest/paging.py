"""Paging: the headers that say which part of a list an answer is, and where the next part is."""

from __future__ import annotations

from urllib.parse import urlencode

import falcon

from trunkline.kernel.filters import ListQuery
from trunkline.kernel.reading import OFFSET_MAX, Page, Reader


def page_headers(reader: Reader, query: ListQuery, page: Page, resp: falcon.Response) -> None:
    """Set counts, range and links of a page; 206 only where the client paged itself."""
    count = len(page.rows)
    resp.set_header("X-Result-Count", str(count))
    if page.total is not None:
        resp.set_header("X-Total-Count", str(page.total))
    first = query.offset
    total = "*" if page.total is None else str(page.total)
    span = f"{first}-{first + count - 1}" if count else "*"
    if query.after is None:
        resp.set_header("Content-Range", f"items {span}/{total}")
    if query.paged and (page.next or query.offset or query.after):
        resp.status = falcon.HTTP_206
    kept = [one for one in query.parameters if one[0] not in {"offset", "limit", "after"}]
    address = f"{reader.base}?{urlencode([*kept, ('limit', str(query.limit))])}"
    links = [f'<{address}>; rel="first"']
    if page.next is not None:
        links.append(f'<{address}&after={page.next}>; rel="next"')
    if query.offset:
        links.append(_part(address, max(0, first - query.limit), "prev"))
    if page.total and query.after is None and query.limit:
        last = (page.total - 1) // query.limit * query.limit
        if last <= OFFSET_MAX:
            links.append(_part(address, last, "last"))
    resp.set_header("Link", ", ".join(links))


def _part(address: str, offset: int, rel: str) -> str:
    return f'<{address}&offset={offset}>; rel="{rel}"' if offset else f'<{address}>; rel="{rel}"'
