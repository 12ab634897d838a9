"""Imports on the command line: the same draft, trial, job and taking back as on the pages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from trunkline.cli.terminal import opened, out, show, stop
from trunkline.cli.users import must_find
from trunkline.documents.decode import encode
from trunkline.documents.shape import Json
from trunkline.identity.rights import read_actor
from trunkline.kernel.actor import Actor
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.kernel.work import transaction
from trunkline.web.governed import governed
from trunkline.web.lists.import_heads import head_names
from trunkline.worker.steps import carry_out, claim
from trunkline.workspace.import_fields import MATCHES, guessed
from trunkline.workspace.import_file import Sheet, read_file
from trunkline.workspace.import_job import Tried, begin_import, importable, map_import, try_import
from trunkline.workspace.job import Job, every_line, job_of, tally
from trunkline.workspace.jobs import LANE, resume
from trunkline.workspace.many import take_back

app = typer.Typer(no_args_is_help=True, help="Records from a file: run, resume, take back.")
CHANNEL = "cli"
PAUSE_S = 0.2
PIECES = 4
REFUSED_SHOWN = 20

Login = Annotated[
    str, typer.Option("--as", metavar="LOGIN", help="Whose rights hold for it.", show_default=False)
]
Ident = Annotated[str, typer.Argument(metavar="JOB", help="The job, as `run` named it.")]


@app.command("run")
def run_import(
    kind: Annotated[str, typer.Argument(help="The kind of record, such as Individual.")],
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON.", exists=True, dir_okay=False)],
    login: Login,
    column: Annotated[
        list[str] | None,
        typer.Option(help="HEAD=path for a column that is not guessed; HEAD= leaves it out."),
    ] = None,
    match: Annotated[
        str, typer.Option(help="Rows change the records found by: key, id or externalId.")
    ] = "",
    try_only: Annotated[
        bool, typer.Option("--try", help="Say what would become of the rows; write nothing.")
    ] = False,
) -> None:
    """Take the rows of a file in as records, or change those that they match."""
    with opened() as program:
        services = program.services
        actor = _actor(services, login)
        resource = _resource(services, kind)
        sheet = read_file(file.name, file.read_bytes())
        mapping = _mapping(services, actor, resource, sheet, column or ())
        chosen = match or next((one for one in MATCHES if one in mapping.values()), "")
        ident = begin_import(
            services, actor, resource, sheet, mapping={}, match="", zone=program.settings.time_zone,
            title=f"Import: {file.name}",
        )  # fmt: skip
        job = job_of(services, actor, ident)
        with transaction(services, actor) as work:
            fields = importable(work, resource)
        map_import(services, job, fields, mapping=mapping, match=chosen)
        show("Columns", ("Column", "Becomes"),
             [(head, mapping.get(head) or "left out") for head in sheet.heads])  # fmt: skip
        if try_only:
            _try(services, actor, resource, ident, len(sheet.rows))
            return
        resume(services, actor, ident)
        _follow(services, actor, ident)


@app.command("resume")
def resume_import(ident: Ident, login: Login) -> None:
    """Let an import go on that was tried only, stopped, failed, or lost its process."""
    with opened() as program:
        actor = _actor(program.services, login)
        if not job_of(program.services, actor, ident).is_open:
            resume(program.services, actor, ident)
        _follow(program.services, actor, ident)


@app.command("take-back")
def take_import_back(ident: Ident, login: Login) -> None:
    """Remove what an import made and put back what it changed, where nobody did since."""
    with opened() as program:
        actor = _actor(program.services, login)
        job = job_of(program.services, actor, ident)
        _follow(program.services, actor, take_back(program.services, actor, job))


def _actor(services: Services, login: str) -> Actor:
    principal = must_find(services, login)
    with services.database.app.connection() as connection:
        found = read_actor(
            connection, principal=principal, now=services.machine_now(), channel=CHANNEL
        )
    if found is None:
        raise stop(f"There is no user {login}. `trunkline user list` shows all.")
    return found


def _resource(services: Services, kind: str) -> Resource:
    by_name = {one.name.casefold(): one for one in services.registry if one.published}
    found = by_name.get(kind.casefold())
    if found is None or "create" not in found.operations:
        names = ", ".join(
            sorted(one.name for one in by_name.values() if "create" in one.operations)
        )
        raise stop(f"There is no kind of record {kind} to import. There are: {names}.")
    return found


def _mapping(
    services: Services, actor: Actor, resource: Resource, sheet: Sheet, said: list[str] | tuple[()]
) -> dict[str, str]:
    """Return what each column becomes: guessed, and as it was said."""
    with transaction(services, actor) as work:
        fields = importable(work, resource)
        known = governed(work, resource)
    mapping = guessed(resource, sheet.heads, fields, head_names(fields, known))
    for one in said:
        head, sign, path = one.partition("=")
        if not sign or head not in sheet.heads:
            heads = ", ".join(sheet.heads)
            raise stop(f"--column {one}: write HEAD=path, with a head of the file: {heads}.")
        mapping.pop(head, None)
        if path:
            mapping[head] = path
    return mapping


def _try(services: Services, actor: Actor, resource: Resource, ident: str, rows: int) -> None:
    counts: dict[str, int] = {}
    refused: list[Tried] = []
    done = 0
    with Progress(console=out) as progress:
        task = progress.add_task("Trying rows", total=rows)
        while True:
            job = job_of(services, actor, ident)
            page = try_import(services, actor, resource, job, after=done)
            if not page:
                break
            for one in page:
                counts[one.state] = counts.get(one.state, 0) + 1
                if one.state == "refused" and len(refused) < REFUSED_SHOWN:
                    refused.append(one)
            done = page[-1].number
            progress.update(task, completed=done)
    out.print("Nothing is written. " + _counted(counts))
    out.print(
        f"Job {ident}; to take the rows in as they were tried: trunkline import resume {ident}"
    )
    _show_refused([(one.number, one.faults) for one in refused])


def _follow(services: Services, actor: Actor, ident: str) -> None:
    """Show how far a job is until it ends, and carry its pieces out where no worker does.

    Ended by hand or killed, it stays where it is: a worker, or `resume`, goes on with it.
    """
    out.print(f"Job {ident}; if this is interrupted: trunkline import resume {ident}")
    with Progress(console=out) as progress:
        task = progress.add_task("Rows", total=None)
        while (job := job_of(services, actor, ident)).is_open:
            progress.update(task, total=job.total, completed=_done(services, job))
            rows = claim(services, lane=LANE, worker="import", limit=PIECES)
            carry_out(services, rows)
            if not rows:
                time.sleep(PAUSE_S)
        progress.update(task, total=job.total, completed=_done(services, job))
    _report(services, job)


def _done(services: Services, job: Job) -> int:
    return sum(count for state, count in tally(services, job).items() if state != "waiting")


def _report(services: Services, job: Job) -> None:
    out.print(_counted({name: int(one) for name, one in tally(services, job).items()}))
    refused = []
    for line in every_line(services, job, states=["refused"]):
        refused.append((line.number, line.detail.get("faults", ())))
        if len(refused) == REFUSED_SHOWN:
            break
    _show_refused(refused)
    if job.state != "done":
        raise stop(f"It ended as {job.state}: {job.message or 'stopped by somebody'}.")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{one} {name}" for name, one in counts.items() if one) or "no rows"


def _show_refused(rows: list[tuple[int, Json]]) -> None:
    if rows:
        told = [(number, "; ".join(_fault(one) for one in faults)) for number, faults in rows]
        show(f"Refused rows (the first {REFUSED_SHOWN})", ("Row", "Why"), told)


def _fault(one: Json) -> str:
    if not isinstance(one, dict):
        return encode(one).decode()
    path, message = one.get("path"), one.get("message")
    return f"{path}: {message}" if path else str(message)
