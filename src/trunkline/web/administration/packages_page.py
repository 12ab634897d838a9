"""Configuration packages: taken out as a file; a file held against what is here, and taken in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import falcon

from trunkline.documents.decode import decode, encode
from trunkline.documents.errors import Invalid, Refusal
from trunkline.documents.patch import ABSENT
from trunkline.documents.shape import Json
from trunkline.governance.package_run import (
    EXPORT,
    IMPORT,
    Asking,
    must_transfer,
    take_in,
    try_out,
)
from trunkline.governance.packages import (
    Difference,
    Done,
    Package,
    differences,
    exported,
    package_of,
    sections,
)
from trunkline.rest.http import request_id
from trunkline.web.administration.opened import BASE
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.lists.export_page import FileAnswer
from trunkline.web.timeline.uploads import UploadForm, reader
from trunkline.workspace.drafts import discard_draft, draft_of, keep_draft

CONFIGURATION = f"{BASE}/configuration"
COMPARED = f"{CONFIGURATION}/difference"
JSON_FILE = "application/json"
FILE_BYTES_MAX = 500_000
VALUE_MAX = 120
STATES = {
    "added": ("New", "good"), "changed": ("Changed", "warn"), "here": ("Only here", "idle"),
}  # fmt: skip


class PackagesPage:
    """`/administration/configuration`, `export` and `difference`."""

    needs = "governance:export governance:import"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.read = reader(FILE_BYTES_MAX)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Offer both ways."""
        self._desk.answer(req, resp, self._start)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take a file, to be held against what is here."""
        self._desk.act(req, resp, self._take, read=self.read)

    def on_get_export(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Send the sections that are asked for as a file."""
        file = FileAnswer()

        def view(visit: Visit) -> Answer:
            must_transfer(visit.actor, EXPORT)
            with self._desk.work(visit) as work:
                content = encode(exported(work, req.get_param_as_list("section") or ()))
            return file.put("configuration.json", JSON_FILE, content)

        self._desk.answer(req, resp, view)
        file.send(resp)

    def on_get_difference(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what the file would change."""
        self._desk.answer(req, resp, self._difference)

    def on_post_difference(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Try what was chosen, take it in, or forget the file."""
        self._desk.act(req, resp, self._act)

    # --- the file ------------------------------------------------------------------------------

    def _start(self, visit: Visit) -> Answer:
        self._desk.must_be_current(visit)
        return self._offered(visit, None)

    def _offered(self, visit: Visit, refusal: Refusal | None) -> Answer:
        may_export, may_import = (visit.actor.may(one) is not None for one in (EXPORT, IMPORT))
        if not may_export:
            must_transfer(visit.actor, IMPORT)
        values: dict[str, Json] = {
            "sections": [{"name": one.name, "title": one.title} for one in sections()],
            "may_export": may_export,
            "may_import": may_import,
            "problem": refusal.message if refusal else "",
            "begun": may_import and self._kept(visit) is not None,
        }
        return Shown("admin_configuration.html", values, refusal.status if refusal else 200)

    def _take(self, visit: Visit, form: Form) -> Answer:
        must_transfer(visit.actor, IMPORT)
        files = form.files if isinstance(form, UploadForm) else []
        try:
            if not files:
                raise Invalid("fileMissing", "choose a file first")
            if len(files[0].content) > FILE_BYTES_MAX:
                message = "is too large for this page; use the command line or the interface"
                raise Invalid("fileTooLarge", message)
            package_of(decode(files[0].content))
        except Refusal as refusal:
            return self._offered(visit, refusal)
        keep_draft(
            self._desk.services, principal=visit.actor.id, place=CONFIGURATION, version=0,
            fields={"name": [files[0].name], "package": [files[0].content.decode()]},
        )  # fmt: skip
        return Moved(COMPARED)

    def _kept(self, visit: Visit) -> tuple[str, Package] | None:
        """Return the name of the file that was taken and what is in it."""
        kept = draft_of(self._desk.services, principal=visit.actor.id, place=CONFIGURATION)
        if kept is None:
            return None
        return kept.fields["name"][0], package_of(decode(kept.fields["package"][0].encode()))

    # --- the difference ------------------------------------------------------------------------

    def _difference(self, visit: Visit) -> Answer:
        return self._compared(visit, ())

    def _compared(
        self, visit: Visit, done: Sequence[Done], chosen: Sequence[str] | None = None
    ) -> Answer:
        must_transfer(visit.actor, IMPORT)
        kept = self._kept(visit)
        if kept is None:
            return Moved(CONFIGURATION)
        name, package = kept
        with self._desk.work(visit) as work:
            found = differences(work, package)
        fates = {f"{one.section}/{one.key}": one for one in done}
        parts: list[dict[str, Any]] = []
        for section in sections():
            own = [one for one in found if one.section == section.name]
            shown = [_item(one, fates, chosen) for one in own if one.state != "same"]
            if own:
                same = len(own) - len(shown)
                parts.append({"title": section.title, "items": shown, "same": same})
        refused = any(one.state == "refused" for one in done)
        values: dict[str, Json] = {
            "file": name,
            "parts": parts,
            "unknown": package.unknown,
            "to_take": any(one["box"] for part in parts for one in part["items"]),
            "was_tried": bool(done) and not refused,
            "refused": refused,
        }
        return Shown("admin_difference.html", values, 400 if refused else 200)

    def _act(self, visit: Visit, form: Form) -> Answer:
        services, do = self._desk.services, form.text("do")
        if do == "forget":
            discard_draft(services, principal=visit.actor.id, place=CONFIGURATION)
            return Moved(CONFIGURATION)
        kept = self._kept(visit)
        if kept is None:
            return Moved(CONFIGURATION)
        chosen = form.all("item")
        asking = Asking(visit.actor, visit.generation, request_id(visit.req))
        done = try_out(services, asking, kept[1], chosen)
        if do == "try" or any(one.state == "refused" for one in done):
            return self._compared(visit, done, chosen)
        take_in(services, asking, kept[1], chosen)
        return Moved(f"{COMPARED}?done=taken")


def _item(one: Difference, fates: dict[str, Done], chosen: Sequence[str] | None) -> dict[str, Any]:
    name = f"{one.section}/{one.key}"
    fate = fates.get(name)
    word, tone = STATES[one.state]
    box = one.state != "here"
    return {
        "name": name,
        "key": one.key,
        "state": {"kind": "state", "text": word, "tone": tone},
        "box": box,
        "chosen": box and (chosen is None or name in chosen),
        "changes": [
            {"label": label_of_path(each.path), "path": each.path, "here": _value(each.old),
             "there": _value(each.new)}
            for each in one.changes
        ],
        "faults": [
            {"label": label_of_path(each.path), "message": each.message}
            for each in (fate.faults if fate else ())
        ],
    }  # fmt: skip


def _value(value: Any) -> str:
    """Return a value as the page shows it; empty for none."""
    if value is ABSENT:
        return ""
    text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= VALUE_MAX else f"{text[: VALUE_MAX - 1]}…"
