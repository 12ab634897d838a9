"""Filing: the files of a document, each version beside the older ones, kept sealed."""

from __future__ import annotations

from trunkline.care.paper import PaperDocument
from trunkline.documents.errors import Conflict
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.work import Work
from trunkline.workspace.about import about
from trunkline.workspace.attachments import File, add_file

CONTENT = "/api/workspace/v1/attachments/{id}/content"
CLOSED = ("archived", "deleted")


def file_version(
    work: Work, ident: str, *, name: Json, content: bytes
) -> tuple[PaperDocument, File]:
    """Keep a file as the next version of a document; the older files stay, each with an end.

    Refuses a kind of file that no document has (400), and one for an archived document (409).
    """
    work.actor.must(PaperDocument.resource, "update")
    paper = work.lock(PaperDocument, ident)
    if paper.status in CLOSED:
        raise Conflict("conflictArchived", f"{paper.key} is {paper.status}; make a new document")
    file = add_file(work, about(work, PaperDocument.resource, paper.id), name, content)
    before = dict(paper.raw)
    kept = [_ended(one.raw, work) for one in paper.attachment]
    number = sum(1 for one in kept if "version" in one) + 1
    new = _attachment(file, paper, number, format_instant(work.now))
    paper.raw["attachment"] = [new, *kept]
    paper.version = str(number)
    work.save(paper, before)
    return paper, file


def _attachment(file: File, paper: PaperDocument, number: int, now: str) -> dict[str, Json]:
    held: dict[str, Json] = {
        "id": file.id,
        "name": file.name,
        "mimeType": file.media_type,
        "size": {"amount": file.size, "units": "bytes"},
        "url": CONTENT.replace("{id}", file.id),
        "version": str(number),
        "validFor": {"startDateTime": now},
    }
    if paper.document_type:
        held["attachmentType"] = paper.document_type
    return held


def _ended(raw: dict[str, Json], work: Work) -> dict[str, Json]:
    """Return an attachment as one that a newer version has taken the place of."""
    period = raw.get("validFor")
    if "version" not in raw or (isinstance(period, dict) and period.get("endDateTime")):
        return raw
    start = period.get("startDateTime") if isinstance(period, dict) else None
    end = {"endDateTime": format_instant(work.now)}
    return raw | {"validFor": {**({"startDateTime": start} if start else {}), **end}}
