"""The page of any worklist: groups and rows, the pane of one row, and what is done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import falcon

from trunkline.documents.errors import Forbidden, Invalid, NotFound, Refusal
from trunkline.documents.shape import parse_instant
from trunkline.kernel.references import UUID
from trunkline.kernel.work import Work
from trunkline.web.desk import Answer, Desk, Fragment, Moved, Shown, Visit, local_address
from trunkline.web.forms import Form
from trunkline.web.values import number
from trunkline.web.worklist.glance import counts_of, found_in
from trunkline.web.worklist.many import (
    MANY_MAX,
    PROBLEMS_SHOWN,
    Carried,
    carry_out,
    reason_of,
)
from trunkline.web.worklist.shown import (
    done_words,
    key_of,
    look_of,
    narrowed_by,
    rows_values,
    worklist_values,
)
from trunkline.web.worklist.worklist import Deed, Found, Look, Said, Tab, Worklist

ROWS_MORE = 200
DAYS = ((0, "Today"), (1, "Tomorrow"), (3, "In 3 days"), (7, "In a week"))
NOTHING_SAID = Form()
TYPED = ("assignee", "note", "subject", "message")
AT_ONCE_MAX = 50
"""More than so many are left to a job, where the queue has one for them."""


class WorklistPage:
    """`/{name}`, its groups (`rows`), what is new (`new`), and `/{name}/{ident}` with its pane."""

    needs = "byRecord"

    def __init__(self, desk: Desk, worklist: Worklist) -> None:
        self._desk = desk
        self._worklist = worklist

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what waits."""
        self._desk.answer(req, resp, self._view)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Ask about, or do, one thing about all that is chosen."""
        self._desk.act(req, resp, self.act_on_many)

    def on_get_rows(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the rows of one group."""
        self._desk.answer(req, resp, self._rows)

    def on_get_new(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say how many came in since the page was shown; asked by the page on its own."""
        self._desk.answer(req, resp, self._new, is_use=False)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one as a page."""
        self._desk.answer(req, resp, partial(self._view_one, ident=ident))

    def on_get_peek(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one beside the queue."""
        self._desk.answer(req, resp, partial(self._peek, ident=ident))

    def on_post_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Do something about one."""
        self._desk.act(req, resp, partial(self.act_on_one, ident=ident))

    # --- showing -------------------------------------------------------------------------------

    def _view(self, visit: Visit) -> Answer:
        self._worklist.may_see(self._desk, visit.actor)
        with self._desk.work(visit) as work:
            values = worklist_values(self._desk, visit, work, self._worklist)
        values |= {"done_words": self._done(visit), "problems": []}
        return Shown("worklist.html", values)

    def _rows(self, visit: Visit) -> Answer:
        self._worklist.may_see(self._desk, visit.actor)
        look = look_of(self._worklist, visit.req)
        with self._desk.work(visit) as work:
            found = found_in(self._desk, self._worklist.source, work, look, limit=ROWS_MORE)
            rows = self._worklist.source.rows(self._desk, work, found)
            shown = rows_values(self._desk, work, self._worklist, rows)
        values = {
            "rows": shown,
            "left": 0,
            "what": self._worklist.what,
            "about": self._worklist.about,
            "shows": list(self._worklist.shows),
            "deeds": [one for one in self._worklist.deeds if one.may(visit.actor)],
            "is_spread": self._worklist.is_spread,
            "quick": [],
        }
        return Shown("worklist_rows.html", values)

    def _new(self, visit: Visit) -> Answer:
        self._worklist.may_see(self._desk, visit.actor)
        since = _moment(visit.req.get_param("since"))
        seen = visit.req.get_param_as_int("seen") or 0
        look = look_of(self._worklist, visit.req)
        tab = look.tab
        with self._desk.work(visit) as work:
            counts, new = counts_of(
                self._desk, self._worklist.source, work, since or work.now, look
            )
        if not new and counts[tab] == seen:
            return Fragment(None)
        where = visit.req.get_param("back") or self._worklist.address
        values = {"new": number(new), "some": new > 0, "address": local_address(where)}
        return Shown("worklist_new.html", values)

    def _done(self, visit: Visit) -> dict[str, str] | None:
        return done_words(self._worklist.deeds, visit.req.get_param("done") or "")

    def _peek_values(self, visit: Visit, ident: str, **said: Any) -> dict[str, Any]:
        self._worklist.may_see(self._desk, visit.actor)
        peek = self._worklist.peek
        if peek is None:
            raise NotFound("notFound", f"there is no page of {ident}")
        with self._desk.work(visit) as work:
            values = peek(self._desk, visit, work, ident)
        start: dict[str, Any] = {
            "problem": "",
            "note": "",
            "typed": {},
            "was_done": "",
            "done_words": None,
        }
        return start | {"csrf": visit.csrf, "base": self._worklist.address} | values | said

    def _peek(self, visit: Visit, *, ident: str) -> Answer:
        return Fragment(self._peek_html(visit, ident))

    def _peek_html(self, visit: Visit, ident: str, **said: Any) -> str:
        values = self._peek_values(visit, ident, **said) | {"is_page": False}
        return self._desk.renderer.html(self._worklist.peek_template, values)

    def _view_one(self, visit: Visit, *, ident: str, **said: Any) -> Answer:
        values = self._peek_values(visit, ident, **said) | {
            "is_page": True,
            "queue_title": self._worklist.title,
            "done_words": self._done(visit),
            "pane": self._worklist.peek_template,
        }
        return Shown("worklist_one.html", values, 409 if said.get("problem") else 200)

    # --- one -----------------------------------------------------------------------------------

    def act_on_one(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        """Do something about one, or ask first for what it wants to be told."""
        deed = self._deed(form)
        is_part = visit.req.get_header("HX-Request") == "true"
        said: dict[str, Any] = {"note": form.text("note"), "typed": form.pairs("name", "value")}
        if form.text("sure") != "yes" and not _is_told(deed, form):
            return self._ask(visit, deed, [ident], back=f"{self._worklist.address}/{ident}")
        try:
            carried = carry_out(self._desk, visit, deed, [ident], self._said(form))
            if carried.problems:
                said["problem"] = " ".join(carried.problems)
        except Refusal as refusal:
            if refusal.status not in {400, 409}:
                raise
            said["problem"] = reason_of(refusal)
        if "problem" not in said:
            if not is_part:
                return Moved(f"{self._worklist.address}/{ident}?done={deed.name}-1")
            said = {"was_done": deed.name, "done_words": {"text": deed.done, "count": 1}}
        if is_part:
            return Fragment(self._peek_html(visit, ident, **said))
        return self._view_one(visit, ident=ident, **said)

    # --- many ----------------------------------------------------------------------------------

    def act_on_many(self, visit: Visit, form: Form) -> Answer:
        """Do something about all that is chosen, or ask first for what it wants to be told."""
        self._worklist.may_see(self._desk, visit.actor)
        deed = self._deed(form)
        if not deed.may(visit.actor):
            raise Forbidden("notAllowed", f"your role may not do this: {deed.title.lower()}")
        back = local_address(form.text("back") or self._worklist.address)
        idents = self._chosen(visit, form)
        if not idents:
            return self._refused(visit, "Choose at least one first.")
        if form.text("sure") != "yes" and (len(idents) > 1 or not _is_told(deed, form)):
            return self._ask(visit, deed, idents, back=back)
        said = self._said(form)
        if "why" in deed.asks and not said.note:
            return self._ask(visit, deed, idents, back=back, problem=deed.hint, form=form)
        if "message" in deed.asks and not said.message:
            problem = "Say what the customer is to be told."
            return self._ask(visit, deed, idents, back=back, problem=problem, form=form)
        if not said.message and len(idents) > AT_ONCE_MAX and self._worklist.begin is not None:
            return Moved(self._worklist.begin(self._desk, visit, deed, idents, said))
        carried = carry_out(self._desk, visit, deed, idents, said)
        if carried.is_wrong and not form.text("of"):
            problem = " ".join(dict.fromkeys(carried.problems[:PROBLEMS_SHOWN]))
            return self._ask(visit, deed, idents, back=back, problem=problem, form=form)
        if not carried.left and not carried.problems and not form.text("of"):
            return Moved(_with(back, f"{deed.name}-{carried.done}"))
        return self._progress(visit, deed, form, carried, len(idents))

    def _chosen(self, visit: Visit, form: Form) -> list[str]:
        """Return what is chosen: rows, whole groups as they are now, and what is left over."""
        left, only = form.text("left"), form.text("only")
        if left or only:
            return [only.partition(" ")[2]] if only else left.split(",")[:MANY_MAX]
        found = dict.fromkeys(form.all("chosen"))
        whole = form.all("whole")
        if form.text("now"):
            found, whole = {}, [form.text("now").partition(" ")[2]]
        if whole:
            tab: Tab = next((o for o in self._worklist.tabs if o == form.text("tab")), "all")
            grouping = self._worklist.grouping(form.text("by"))
            narrowed = narrowed_by(self._worklist, lambda name: form.text(f"filter-{name}"))
            with self._desk.work(visit) as work:
                for one in whole:
                    look = Look(tab, grouping, key_of(one), narrowed=narrowed)
                    inside = found_in(self._desk, self._worklist.source, work, look, limit=MANY_MAX)
                    found |= dict.fromkeys(each.id for each in inside)
        return list(found)[:MANY_MAX]

    def _ask(
        self, visit: Visit, deed: Deed, idents: Sequence[str], *, back: str, problem: str = "",
        form: Form = NOTHING_SAID,
    ) -> Answer:  # fmt: skip
        """Ask for what a deed wants to be told; what a `form` said of it before stands there."""
        tells = deed.and_tell is not None and deed.and_tell(visit.actor)
        with self._desk.work(visit) as work:
            values = {
                "deed": deed,
                "asks": list(deed.asks),
                "count": number(len(idents)),
                "many": len(idents) > 1,
                "left": ",".join(idents),
                "address": self._worklist.address,
                "queue_title": self._worklist.title,
                "back": back,
                "problem": problem,
                "tells": tells,
                "texts": self._texts(work) if tells or "message" in deed.asks else [],
                **(self._due(work, deed, idents) if "due" in deed.asks else {}),
                **({"due": form.text("due")} if "due" in form.fields else {}),
                "typed": {one: form.text(one) for one in TYPED},
                "is_told": form.text("tell") == "yes",
            }
        return Shown("worklist_ask.html", values, 409 if problem else 200)

    def _texts(self, work: Work) -> Sequence[Mapping[str, str]]:
        return self._worklist.texts(work) if self._worklist.texts is not None else ()

    def _due(self, work: Work, deed: Deed, idents: Sequence[str]) -> dict[str, Any]:
        """Return the ends of some next days, which one chooses most often.

        Who hands over what has no due date yet is offered the end of tomorrow.
        """
        today = work.now.astimezone(self._desk.zone)
        days = [
            {"title": title, "value": f"{today + timedelta(days=days):%Y-%m-%d}T17:00"}
            for days, title in DAYS
        ]
        few = [Found(one, None, None) for one in idents[:AT_ONCE_MAX] if UUID.fullmatch(one)]
        rows = self._worklist.source.rows(self._desk, work, few)
        is_free = all(one.due is None for one in rows)
        return {"days": days, "due": days[1]["value"] if is_free and deed.name != "due" else ""}

    def _progress(
        self, visit: Visit, deed: Deed, form: Form, carried: Carried, count: int
    ) -> Answer:
        """Show how far it has come; the page goes on with the rest by itself."""
        done = carried.done + _number(form.text("count"))
        whole = _number(form.text("of")) or count
        problems = [*form.all("problem"), *carried.problems]
        values: dict[str, Any] = {
            "deed": deed,
            "address": self._worklist.address,
            "queue_title": self._worklist.title,
            "left": ",".join(carried.left),
            "done_count": done,
            "failed": whole - done - len(carried.left),
            "of": whole,
            "done_words": {"text": deed.done, "count": number(done)},
            "problems": problems[:PROBLEMS_SHOWN],
            "back": local_address(form.text("back") or self._worklist.address),
            "note": form.text("note"),
            "assignee": form.text("assignee"),
            "due": form.text("due"),
            "tell": form.text("tell"),
            "subject": form.text("subject"),
            "message": form.text("message"),
            "csrf": visit.csrf,
        }
        if visit.req.get_header("HX-Request") == "true":
            return Fragment(self._desk.renderer.html("worklist_progress.html", values))
        return Shown("worklist_many.html", values, 409 if problems else 200)

    def _refused(self, visit: Visit, problem: str) -> Answer:
        with self._desk.work(visit) as work:
            values = worklist_values(self._desk, visit, work, self._worklist)
        return Shown("worklist.html", values | {"problems": [problem], "done_words": None}, 409)

    # --- what a form says ----------------------------------------------------------------------

    def _deed(self, form: Form) -> Deed:
        chosen = form.text("only") or form.text("now")
        found = self._worklist.deed(chosen.partition(" ")[0] or form.text("verb"))
        if found is None:
            names = ", ".join(one.name for one in self._worklist.deeds)
            raise Invalid("badVerb", f"choose one of {names}")
        return found

    def _said(self, form: Form) -> Said:
        due = None
        text = form.text("due")
        if text:
            try:
                local = datetime.fromisoformat(text)
            except ValueError as error:
                raise Invalid("badDue", "the due date is a day and a time") from error
            due = local if local.tzinfo else local.replace(tzinfo=self._desk.zone)
        pairs: Mapping[str, str] = form.pairs("name", "value")
        deed = self._deed(form)
        is_told = "message" in deed.asks or form.text("tell") == "yes"
        subject, message = (form.text("subject"), form.text("message")) if is_told else ("", "")
        return Said(form.text("note"), form.text("assignee"), due, pairs, subject, message)


def _is_told(deed: Deed, form: Form) -> bool:
    """Tell whether a form says what a deed wants to be told."""
    if "why" in deed.asks:
        return form.text("note") != ""
    wanted = [one for one in ("assignee", "due", "message") if one in deed.asks]
    return not wanted or any(one in form.fields for one in wanted)


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_instant(text.replace(" ", "+")) if text else None
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _with(address: str, done: str) -> str:
    """Return an address that says what was done, and no more what was done before."""
    parts = urlsplit(address)
    kept = [one for one in parts.query.split("&") if one and not one.startswith("done=")]
    return parts.path + "?" + "&".join([*kept, urlencode({"done": done})])
