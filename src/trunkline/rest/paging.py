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
    links = [_link(reader, query, "first", offset=0)]
    if page.next is not None:
        links.append(_link(reader, query, "next", after=page.next))
    if query.offset:
        links.append(_link(reader, query, "prev", offset=max(0, first - query.limit)))
    if page.total and query.after is None and query.limit:
        last = (page.total - 1) // query.limit * query.limit
        if last <= OFFSET_MAX:
            links.append(_link(reader, query, "last", offset=last))
    resp.set_header("Link", ", ".join(links))


def _link(
    reader: Reader,
    query: ListQuery,
    rel: str,
    *,
    offset: int | None = None,
    after: str | None = None,
) -> str:
    kept = [one for one in query.parameters if one[0] not in {"offset", "limit", "after"}]
    kept.append(("limit", str(query.limit)))
    if after is not None:
        kept.append(("after", after))
    elif offset:
        kept.append(("offset", str(offset)))
    return f'<{reader.base}?{urlencode(kept)}>; rel="{rel}"'
