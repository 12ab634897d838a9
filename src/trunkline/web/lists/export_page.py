"""Exports of a list: a file at once, or a job where there are many records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import falcon

from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Visit
from trunkline.web.governed import governed
from trunkline.web.lists.address import path_words, read_address
from trunkline.web.lists.chosen import Chosen, kernel_query, searched
from trunkline.web.lists.columns import choosable, chosen_columns, parts_of
from trunkline.web.lists.job_titles import EXPORT, english_title, told_title
from trunkline.web.lists.list_page import listed, look_of, usual_sort
from trunkline.web.lists.rows import NOBODY
from trunkline.web.records import hidden_of
from trunkline.web.wording import plural
from trunkline.workspace.export_job import Export, export_later, export_now
from trunkline.workspace.tables import FORMATS, MEDIA, Format, file_name


@dataclass
class FileAnswer:
    """A file that goes out instead of a page, where one was made."""

    found: list[tuple[str, str, bytes | Iterator[bytes]]] = field(default_factory=list)

    def put(self, name: str, media_type: str, content: bytes | Iterator[bytes]) -> Answer:
        """Take a file to send, and return what the desk answers meanwhile."""
        self.found.append((name, media_type, content))
        return Fragment(None)

    def send(self, resp: falcon.Response) -> None:
        """Answer with the file, if there is one."""
        if not self.found:
            return
        name, media_type, content = self.found[-1]
        resp.status, resp.content_type = falcon.HTTP_200, media_type
        if isinstance(content, bytes):
            resp.data = content
        else:
            resp.stream = content
        resp.set_headers(headers_of(name))


def headers_of(name: str) -> dict[str, str]:
    """Return the headers under which a browser keeps a file and shows nothing of it."""
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in "-_.") else "-" for one in name
    )
    return {
        "Content-Disposition": f'attachment; filename="{plain}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


class ExportPage:
    """`/r/{segment}/export?state=…&as=csv&what=view`."""

    needs = "byRecord"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response, segment: str) -> None:
        """Send the file, or lead to the job that makes it."""
        file = FileAnswer()
        self._desk.answer(req, resp, partial(self._view, segment=segment, file=file))
        file.send(resp)

    def _view(self, visit: Visit, *, segment: str, file: FileAnswer) -> Answer:
        resource = listed(self._desk, segment)
        req = visit.req
        state = req.get_param("state") or ""
        address = read_address(state)[0]
        if address["q"]:
            with self._desk.work(visit) as work:
                chosen = searched(self._desk, work, resource, address)
        else:
            query = kernel_query(self._desk, resource, address)
            chosen = Chosen(resource, state, (), query, None, ())
        kind, what = req.get_param("as") or "csv", req.get_param("what") or "view"
        return export_of(self._desk, visit, chosen, kind, what, file)


def export_of(
    desk: Desk, visit: Visit, chosen: Chosen, kind: str, what: str, file: FileAnswer
) -> Answer:
    """Answer with the file of what was chosen, or with its job where that is too much at once."""
    resource, services = chosen.resource, desk.services
    wanted_format: Format = next((one for one in FORMATS if one == kind), "csv")
    query, idents = chosen.query, chosen.idents
    if query is None and not idents:
        query = f"id={NOBODY}"  # nothing was found, which is not all that there is
    address, _ = read_address(chosen.state)
    with desk.work(visit) as work:
        columns = _columns(desk, visit, work, chosen, what)
        usual = usual_sort(resource, hidden_of(work, resource)) if idents else ""
    if sort := address["sort"] or usual:
        query = f"{query or ''}&sort={sort}"
    if wanted_format == "json" and what == "all":
        columns = []
    wanted = Export(query or "", columns, wanted_format, idents)
    title = plural(resource.title)
    content = export_now(services, visit.actor, resource, wanted, title=title)
    if content is None:
        told = told_title(EXPORT, resource.name, None)
        ident = export_later(
            services, visit.actor, resource, wanted, told=told,
            title=english_title(services.registry, told),
        )  # fmt: skip
        return Moved(f"/jobs/{ident}")
    name = file_name(title, wanted_format, services.now())
    return file.put(name, MEDIA[wanted_format], content)


def _columns(
    desk: Desk, visit: Visit, work: Work, chosen: Chosen, what: str
) -> list[tuple[str, str]]:
    resource = chosen.resource
    hidden = hidden_of(work, resource)
    runtime = list(work.defined(resource))
    if what == "all":
        paths = ["key", *choosable(resource, hidden, runtime)]
    else:
        look = look_of(desk, visit, resource, read_address(chosen.state)[0])
        paths = chosen_columns(resource, hidden, look.columns, runtime)
    known = governed(work, resource)
    paths = [one for path in paths for one in parts_of(resource, path)]
    return [(one, known.label(one) or path_words(one)) for one in paths]
