"""Saved views, columns and jobs for programs: the same as the pages of lists do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import falcon

from trunkline.api.asking import (
    Asked,
    answer_json,
    answer_list,
    only_attributes,
    only_parameters,
    optional_flag,
    optional_text,
    whole_number,
)
from trunkline.api.pricing import begin_repricing
from trunkline.api.workspace import ADDRESS, must_be_own
from trunkline.api.workspace_lists_told import KINDS
from trunkline.documents.errors import Fault, Invalid, refuse
from trunkline.documents.shape import Json, format_instant
from trunkline.kernel.actor import Actor
from trunkline.kernel.references import UUID
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import transaction
from trunkline.rest.http import Doorman, Known
from trunkline.workspace import saved_views as views
from trunkline.workspace.elements import ElementChange
from trunkline.workspace.export_job import Export, export_later
from trunkline.workspace.import_file import ROWS_MAX, Sheet
from trunkline.workspace.import_job import begin_import, importable, map_import
from trunkline.workspace.job import Job, file_of, job_of, jobs_of, lines_of, seen_job, tally
from trunkline.workspace.jobs import resume, stop
from trunkline.workspace.list_columns import column_faults
from trunkline.workspace.many import change_many, remove_many, take_back
from trunkline.workspace.saved_views import SavedView
from trunkline.workspace.tables import FORMATS, MEDIA, Format

TITLE_MAX = 120


class _Own(Asked):
    """What the addresses share: what is asked for is of the one who asks."""

    def own(self, req: falcon.Request, answer: Callable[[Actor], None]) -> None:
        """Answer the one who asks."""

        def answered(known: Known) -> None:
            must_be_own(known.actor)
            answer(known.actor)

        self.as_known(req, answered)

    def made(
        self, req: falcon.Request, resp: falcon.Response, make: Callable[[Actor], Json]
    ) -> None:
        """Make something once per Idempotency-Key and answer it."""

        def answered(known: Known) -> None:
            must_be_own(known.actor)

            def act(_connection: Any) -> None:
                resp.status = falcon.HTTP_201
                answer_json(resp, make(known.actor))

            self.opened_once(req, resp, known, act)

        self.as_known(req, answered)

    def resource(self, name: Json) -> Resource:
        """Return a kind of record that has lists, or refuse its name."""
        found = self.services.registry.resources.get(name) if isinstance(name, str) else None
        if found is None or not found.published or "list" not in found.operations:
            raise Invalid.of([Fault("resource", "badValue", "is no kind of record with a list")])
        return found


class Views(_Own):
    """`/views` and `/views/{id}`."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the views that the one who asks may use."""
        only_parameters(req, "resource")
        name = req.get_param("resource")

        def answer(actor: Actor) -> None:
            found = views.views_of(self.services, actor, name)
            answer_list(resp, [_view(actor, one) for one in found])

        self.own(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Keep a view."""
        sent = only_attributes(self.sent(req), "resource", "name", "state", "role")

        def make(actor: Actor) -> Json:
            found = views.make_view(
                self.services, actor, resource=self._of(sent.get("resource")),
                name=optional_text(sent, "name"), state=optional_text(sent, "state"),
                role=optional_text(sent, "role") or None,
            )  # fmt: skip
            return _view(actor, found)

        self.made(req, resp, make)

    def _of(self, name: Json) -> str:
        """Return what a view is of: a kind of record with a list, or a worklist."""
        if isinstance(name, str) and views.QUEUE.fullmatch(name):
            return name
        return self.resource(name).name

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one."""

        def answer(actor: Actor) -> None:
            answer_json(resp, _view(actor, views.view_of(self.services, actor, ident)))

        self.own(req, answer)

    def on_patch_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Change one, or open its list with it."""
        sent = only_attributes(self.sent(req), "name", "state", "role", "isDefault", "opensForRole")

        def answer(actor: Actor) -> None:
            view = views.view_of(self.services, actor, ident)
            if {"name", "state", "role", "opensForRole"} & set(sent):
                views.change_view(
                    self.services, actor, ident,
                    name=optional_text(sent, "name") if "name" in sent else None,
                    state=optional_text(sent, "state") if "state" in sent else None,
                    role=(optional_text(sent, "role") or None) if "role" in sent else "",
                    opens=optional_flag(sent, "opensForRole"),
                )  # fmt: skip
            if isinstance(sent.get("isDefault"), bool) and sent["isDefault"] != view.is_default:
                wanted = ident if sent["isDefault"] else None
                views.choose_view(self.services, actor, resource=view.resource, ident=wanted)
            answer_json(resp, _view(actor, views.view_of(self.services, actor, ident)))

        self.own(req, answer)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Delete one."""

        def answer(actor: Actor) -> None:
            views.remove_view(self.services, actor, ident)
            resp.status = falcon.HTTP_204

        self.own(req, answer)

    def on_get_columns(self, req: falcon.Request, resp: falcon.Response, resource: str) -> None:
        """Return the columns that the one who asks wants in a list."""

        def answer(actor: Actor) -> None:
            found = views.choice_of(self.services, actor, self.resource(resource).name)
            columns = None if found.columns is None else list(found.columns)
            answer_json(resp, {"resource": resource, "columns": columns})

        self.own(req, answer)

    def on_patch_columns(self, req: falcon.Request, resp: falcon.Response, resource: str) -> None:
        """Choose them; null takes the choice back."""
        columns = _texts(only_attributes(self.sent(req), "resource", "columns"), "columns")

        def answer(actor: Actor) -> None:
            of = self.resource(resource)
            views.choose_columns(self.services, actor, resource=of, columns=columns or None)
            answer_json(resp, {"resource": resource, "columns": columns or None})

        self.own(req, answer)


class Jobs(_Own):
    """`/jobs` and what belongs to one."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List those of the one who asks, or for an administrator those of everyone."""
        only_parameters(req, "limit", "before", "everyone")
        everyone = req.get_param_as_bool("everyone") or False
        before = req.get_param("before")
        if before is not None and not UUID.match(before):
            raise Invalid.of([Fault("before", "badValue", "takes the id of a job")])

        def answer(actor: Actor) -> None:
            limit = self.limit(req)
            found = jobs_of(self.services, actor, before=before, limit=limit, everyone=everyone)
            answer_list(resp, [self._told(one) for one in found])

        self.own(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Begin one."""
        sent = self.sent(req)
        self.made(req, resp, lambda actor: self._told_of(actor, self._begun(actor, sent)))

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one."""
        self.own(req, lambda actor: answer_json(resp, self._told_of(actor, ident)))

    def on_post_stop(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Let it do nothing more."""
        self._changed(req, resp, ident, stop)

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Let it go on."""
        self._changed(req, resp, ident, resume)

    def on_post_back(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Undo what it did."""

        def make(actor: Actor) -> Json:
            job = job_of(self.services, actor, ident)
            return self._told_of(actor, take_back(self.services, actor, job))

        self.made(req, resp, make)

    def on_get_line(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """List what became of its records."""
        only_parameters(req, "limit", "state", "after")
        state = req.get_param("state")
        after = whole_number(req, "after", 0)

        def answer(actor: Actor) -> None:
            job = job_of(self.services, actor, ident)
            found = lines_of(
                self.services, job, states=[state] if state else (), after=after,
                limit=self.limit(req),
            )  # fmt: skip
            answer_list(
                resp,
                [{"number": one.number, "record": one.record, "key": one.key, "state": one.state,
                  "fault": one.detail.get("faults", [])} for one in found],
            )  # fmt: skip

        self.own(req, answer)

    def on_get_file(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return the file that it made."""

        def answer(actor: Actor) -> None:
            job = job_of(self.services, actor, ident)
            resp.stream = file_of(self.services, job)
            name = job.file_name or ""
            resp.content_type = MEDIA[name.rpartition(".")[2]]
            resp.downloadable_as = name

        self.own(req, answer)

    # --- inside --------------------------------------------------------------------------------

    def _changed(
        self, req: falcon.Request, resp: falcon.Response, ident: str,
        act: Callable[[Services, Actor, str], None],
    ) -> None:  # fmt: skip
        def answer(actor: Actor) -> None:
            act(self.services, actor, ident)
            answer_json(resp, self._told_of(actor, ident))

        self.own(req, answer)

    def _begun(self, actor: Actor, sent: Mapping[str, Json]) -> str:
        resource, kind = self.resource(sent.get("resource")), sent.get("kind")
        title = optional_text(sent, "title")[:TITLE_MAX] or f"{str(kind).title()}: {resource.title}"
        query = optional_text(sent, "query") if "query" in sent else None
        idents = self._identified(actor, resource, _texts(sent, "id"))
        if query is not None and idents:
            raise Invalid.of([Fault("id", "conflictValue", "send a query or ids, not both")])
        if kind == "change":
            patch = sent.get("patch", {})
            refuse([Fault("patch", "badType", "must be an object")] * (not isinstance(patch, dict)))
            return change_many(
                self.services, actor, resource, title=title, patch=dict(patch), query=query,
                idents=idents, elements=_elements(sent),
            )  # fmt: skip
        if kind == "remove":
            return remove_many(
                self.services, actor, resource, title=title, query=query, idents=idents
            )
        if kind == "export":
            columns = [(one, one) for one in _texts(sent, "columns")]
            with transaction(self.services, actor) as work:
                refuse([*column_faults(work, resource, [one for one, _ in columns])])
            return export_later(
                self.services, actor, resource, Export(query or "", columns, _format(sent), idents),
                title=title,
            )  # fmt: skip
        if kind == "reprice":
            return begin_repricing(self.services, actor, sent, idents, title)
        if kind == "import":
            return self._imported(actor, resource, title, sent)
        raise Invalid.of([Fault("kind", "badValue", f"must be one of: {', '.join(KINDS)}")])

    def _identified(self, actor: Actor, resource: Resource, names: list[str]) -> list[str]:
        """Return the ids of records that are named by id, by key or as other systems do."""
        others = [one for one in names if not UUID.match(one)]
        if not others:
            return names
        with transaction(self.services, actor) as work:
            ids = work.directory.named(resource, others)
            reached = work.many(resource.type, ids.values())
        found = {one: ids[one] for one in others if ids.get(one) in reached}
        refuse([
            Fault(f"id[{at}]", "notFound", f"there is no {resource.title.lower()} {one}")
            for at, one in enumerate(names) if one not in found and not UUID.match(one)
        ])  # fmt: skip
        return [found.get(one, one) for one in names]

    def _imported(
        self, actor: Actor, resource: Resource, title: str, sent: Mapping[str, Json]
    ) -> str:
        rows = sent.get("rows")
        if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
            raise Invalid.of([Fault("rows", "badType", "must be a list of objects")])
        if not rows or len(rows) > ROWS_MAX:
            raise Invalid.of([Fault("rows", "badValue", f"must be 1 to {ROWS_MAX} rows")])
        heads = list(dict.fromkeys(name for row in rows for name in row))
        with transaction(self.services, actor) as work:
            fields = importable(work, resource)
        mapping, match = {name: name for name in heads}, optional_text(sent, "match")
        ident = begin_import(
            self.services, actor, resource, Sheet(heads, rows), title=title, mapping=mapping,
            match=match, zone="UTC",
        )  # fmt: skip
        job = job_of(self.services, actor, ident)
        map_import(self.services, job, fields, mapping=mapping, match=match)
        resume(self.services, actor, ident)
        return ident

    def _told_of(self, actor: Actor, ident: str) -> Json:
        return self._told(seen_job(self.services, actor, ident))

    def _told(self, job: Job) -> Json:
        told: dict[str, Json] = {
            "id": job.id, "kind": job.kind, "resource": job.resource, "title": job.title,
            "state": job.state, "askedBy": job.asker, **tally(self.services, job),
            "createdAt": format_instant(job.created_at),
        }  # fmt: skip
        more = {
            "total": job.total, "message": job.message, "takesBack": job.takes_back,
            "endedAt": format_instant(job.ended_at) if job.ended_at else None,
            "file": f"{ADDRESS}/jobs/{job.id}/file" if job.file_name else None,
        }  # fmt: skip
        return told | {name: value for name, value in more.items() if value is not None}


def _format(sent: Mapping[str, Json]) -> Format:
    name = optional_text(sent, "format") or "json"
    found = next((one for one in FORMATS if one == name), None)
    if found is None:
        raise Invalid.of([Fault("format", "badValue", f"must be one of: {', '.join(FORMATS)}")])
    return found


def _view(actor: Actor, one: SavedView) -> Json:
    told: dict[str, Json] = {
        "id": one.id, "resource": one.resource, "slug": one.slug, "name": one.name,
        "state": one.state, "isDefault": one.is_default,
        "opensForRole": one.opens_for_role, "isMine": views.may_change(actor, one),
    }  # fmt: skip
    return told | ({"role": one.role} if one.role else {})


def _elements(sent: Mapping[str, Json]) -> list[ElementChange]:
    value = sent.get("elements", [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Invalid.of([Fault("elements", "badType", "must be a list of objects")])
    return [ElementChange.of(one) for one in value]


def _texts(sent: Mapping[str, Json], name: str) -> list[str]:
    value = sent.get(name)
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Invalid.of([Fault(name, "badType", "must be a list of texts")])
    return list(found)


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses."""
    kept, jobs = Views(services, doorman), Jobs(services, doorman)
    app.add_route(f"{ADDRESS}/views", kept)
    app.add_route(f"{ADDRESS}/views/{{ident}}", kept, suffix="one")
    app.add_route(f"{ADDRESS}/columns/{{resource}}", kept, suffix="columns")
    app.add_route(f"{ADDRESS}/jobs", jobs)
    app.add_route(f"{ADDRESS}/jobs/{{ident}}", jobs, suffix="one")
    app.add_route(f"{ADDRESS}/jobs/{{ident}}/stop", jobs, suffix="stop")
    app.add_route(f"{ADDRESS}/jobs/{{ident}}/resume", jobs, suffix="resume")
    app.add_route(f"{ADDRESS}/jobs/{{ident}}/takeBack", jobs, suffix="back")
    app.add_route(f"{ADDRESS}/jobs/{{ident}}/line", jobs, suffix="line")
    app.add_route(f"{ADDRESS}/jobs/{{ident}}/file", jobs, suffix="file")
