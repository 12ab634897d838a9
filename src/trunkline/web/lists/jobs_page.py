"""Jobs: what somebody has asked for in the background, how far it is, and what was refused."""

from __future__ import annotations

from functools import partial
from typing import Any

import falcon

from trunkline.documents.errors import NotFound
from trunkline.kernel.references import UUID
from trunkline.web.desk import Answer, Desk, Moved, Shown, Visit
from trunkline.web.editing.problems import label_of_path
from trunkline.web.forms import Form
from trunkline.web.lists.export_page import FileAnswer
from trunkline.web.lists.job_titles import title_of
from trunkline.web.values import ago, number
from trunkline.workspace.job import (
    Job,
    every_line,
    file_of,
    job_of,
    jobs_of,
    lines_of,
    seen_job,
    sees_all,
    tally,
)
from trunkline.workspace.jobs import resume, stop
from trunkline.workspace.many import UNDONE_BY, take_back
from trunkline.workspace.tables import MEDIA, as_csv

REFUSED_SHOWN = 100
SAYING = {
    "waiting": "Waiting", "running": "Running", "stopped": "Stopped", "failed": "Failed",
    "done": "Done",
}  # fmt: skip
TONES = {"waiting": "busy", "running": "busy", "stopped": "warn", "failed": "bad", "done": "good"}


class JobsPage:
    """`/jobs`, `/jobs/{ident}` and what belongs to one."""

    needs = "signedIn"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show what this person has asked for."""
        self._desk.answer(req, resp, self._list)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show one job."""
        self._desk.answer(req, resp, partial(self._page, ident=ident))

    def on_get_progress(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Show how far it is; the page asks on its own, so that keeps nobody signed in."""
        view = partial(self._page, ident=ident, template="list_job_progress.html")
        self._desk.answer(req, resp, view, is_use=False)

    def on_post_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Stop it, let it go on, or take it back."""
        self._desk.act(req, resp, partial(self._act, ident=ident))

    def on_get_file(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Send the file that it made."""
        file = FileAnswer()

        def view(visit: Visit) -> Answer:
            job = job_of(self._desk.services, visit.actor, ident)
            content = file_of(self._desk.services, job)
            name = job.file_name or ""
            return file.put(name, MEDIA[name.rpartition(".")[2]], content)

        self._desk.answer(req, resp, view)
        file.send(resp)

    def on_get_refused(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Send what was refused, each with why."""
        file = FileAnswer()

        def view(visit: Visit) -> Answer:
            job = job_of(self._desk.services, visit.actor, ident)
            rows = [
                [one.number, one.key or one.record, fault["path"], fault["message"]]
                for one in every_line(self._desk.services, job, states=("refused",))
                for fault in one.detail.get("faults", ())
            ]
            content = as_csv(["line", "record", "attribute", "why"], rows)
            return file.put("refused.csv", MEDIA["csv"], content)

        self._desk.answer(req, resp, view)
        file.send(resp)

    # --- inside --------------------------------------------------------------------------------

    def _list(self, visit: Visit) -> Answer:
        self._desk.must_be_current(visit)
        before = visit.req.get_param("before")
        before = before if before and UUID.match(before) else None
        everyone = visit.req.get_param("of") == "everyone"
        found = jobs_of(self._desk.services, visit.actor, before=before, everyone=everyone)
        values: dict[str, Any] = {
            "everyone": everyone,
            "sees_all": sees_all(visit.actor),
            "jobs": [self._told(one) for one in found],
            "older": found[-1].id if len(found) == 50 else "",
        }
        return Shown("list_jobs.html", values)

    def _page(self, visit: Visit, *, ident: str, template: str = "list_job.html") -> Answer:
        self._desk.must_be_current(visit)
        services = self._desk.services
        job = seen_job(services, visit.actor, ident)
        is_own = job.principal == visit.actor.id
        if job.state == "draft":
            resource = services.registry[job.resource]
            return Moved(f"{self._desk.addresses.of_list(resource)}/import/{job.id}")
        counts = tally(services, job)
        resource = services.registry[job.resource]
        refused = (
            lines_of(services, job, states=("refused",), limit=REFUSED_SHOWN) if is_own else []
        )
        done = sum(count for state, count in counts.items() if state != "waiting") or job.done
        changed = counts.get("changed", 0) + counts.get("created", 0)
        values: dict[str, Any] = {
            "job": self._told(job),
            "counts": [
                {"label": label, "tone": tone, "count": number(counts[state])}
                for state, label, tone in (
                    ("created", "Created", "good"), ("changed", "Changed", "good"),
                    ("removed", "Removed", "good"), ("same", "Not different", ""),
                    ("refused", "Refused", "bad"), ("waiting", "Still to do", ""),
                )
                if counts.get(state)
            ],
            "done_count": number(done),
            "done": done,
            "total": job.total,
            "refused": [
                {"line": one.number, "key": one.key or one.record or "",
                 "address": self._desk.addresses.of_facts(resource, one.key) if one.key else "",
                 "faults": [{"label": label_of_path(str(fault["path"])),
                             "message": fault["message"]}
                            for fault in one.detail.get("faults", ())]}
                for one in refused
            ],
            "refused_count": counts.get("refused", 0),
            "may_stop": job.is_open,
            "may_go_on": is_own and job.state in {"stopped", "failed"},
            "may_undo": is_own and job.kind in UNDONE_BY and not job.is_open and changed > 0,
            "file": f"/jobs/{job.id}/file"
            if is_own and job.file_name and job.state == "done" else "",
            "asker": "" if is_own else job.asker,
            "list": self._desk.addresses.of_list(resource),
        }  # fmt: skip
        return Shown(template, values)

    def _told(self, job: Job) -> dict[str, Any]:
        now = self._desk.services.machine_now()
        return {
            "id": job.id,
            "title": title_of(self._desk.services.registry, job),
            "asker": job.asker,
            "state": SAYING[job.state],
            "tone": TONES[job.state],
            "is_open": job.is_open,
            "message": job.message or "",
            "at": ago(job.created_at, self._desk.zone, now),
            "ended": ago(job.ended_at, self._desk.zone, now),
            "total": number(job.total) if job.total is not None else "",
            "takes_back": job.takes_back or "",
            "measured": job.total is not None and (job.collected or job.kind == "export"),
        }

    def _act(self, visit: Visit, form: Form, *, ident: str) -> Answer:
        services, act = self._desk.services, form.text("do")
        if act == "stop":
            stop(services, visit.actor, ident)
        elif act == "go-on":
            resume(services, visit.actor, ident)
        elif act == "undo":
            ident = take_back(services, visit.actor, job_of(services, visit.actor, ident))
        else:
            raise NotFound("notFound", f"there is nothing called {act} to do with a job")
        return Moved(f"/jobs/{ident}")
