"""Running: the web and worker processes, and the network simulator."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import typer

from trunkline.access.newly_shipped import note_held
from trunkline.access.standard import ensure_roles
from trunkline.cli.terminal import err, say_shortly, settings
from trunkline.database.launcher import EmbeddedServer
from trunkline.governance.extra_definitions import adopt_definitions
from trunkline.governance.shipped import ensure_registers
from trunkline.governance.shipped_profiles import ensure_profiles
from trunkline.governance.spheres.shipped import ensure_spheres
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.services import Services
from trunkline.ordering.repair.failure_policies import ensure_failure_policies
from trunkline.program.serve import Child, ServeProblem, Supervisor, is_free, python_child
from trunkline.program.start import Program, open_program
from trunkline.settings import Settings

WEB = "trunkline.cli.web_process"
WORKER = "trunkline.cli.worker_process"


def serve(
    web_only: Annotated[
        bool,
        typer.Option(
            "--web-only", "--no-worker", help="Web processes only; run workers elsewhere."
        ),
    ] = False,
) -> None:
    """Serve the API and the pages, and do the work behind them.

    Brings the tables up to date first. Stops in good order on SIGTERM or Ctrl-C, within 20 s.
    """
    chosen = settings()
    must_be_free(chosen)
    program = prepare(chosen)
    names = ["web"] if web_only else ["web", "worker"]
    supervise(
        program, children(names, os.environ), after_start=lambda: greet(chosen, program.server)
    )


def worker() -> None:
    """Do the work behind the API: reactions, calls to the network, upkeep."""
    chosen = settings()
    program = prepare(chosen)
    supervise(program, children(["worker"], os.environ))


def simulator(context: typer.Context) -> None:
    """Play the operator's network; `trunkline simulator --help` lists its own options."""
    from trunkline.simulator.command_line import main as run_simulator

    raise typer.Exit(run_simulator(context.args))


def prepare(chosen: Settings) -> Program:
    """Open a program, bring its database up to date, and close its connections."""
    program = open_program(chosen, say=say_shortly())
    try:
        ensure_all_roles(program.services)
        ensure_registers(program.services)
        ensure_profiles(program.services)
        ensure_failure_policies(program.services)
        ensure_spheres(program.services)
        adopt_definitions(program.services)
    except BaseException:
        program.close()
        raise
    return program


def ensure_all_roles(services: Services) -> None:
    """Define the roles that every installation begins with, where they are missing."""
    ensure_standard_roles(services)
    ensure_roles(services)
    note_held(services)


def supervise(
    program: Program,
    processes: Sequence[Child],
    *,
    after_start: Callable[[], None] = lambda: None,
) -> None:
    """Keep processes alive until a signal comes; the database server is left last."""
    try:
        program.services.database.close()  # type: ignore[attr-defined]
        Supervisor(processes, server=program.server).run(after_start=after_start)
    finally:
        program.close()


def children(names: Sequence[str], environ: Mapping[str, str]) -> list[Child]:
    """Return the processes of these names (`web`, `worker`)."""
    modules = {"web": WEB, "worker": WORKER}
    return [python_child(name, modules[name], environ) for name in names]


def must_be_free(chosen: Settings) -> None:
    """Refuse to start where somebody listens already."""
    if not is_free(chosen.host, chosen.port):
        raise ServeProblem(
            f"Port {chosen.port} of {chosen.host} is in use, or this user may not listen on it."
            " Stop the other program, or set TRUNKLINE_PORT to another port."
        )


def greet(chosen: Settings, server: EmbeddedServer | None) -> None:
    """Say where everything is."""
    database = "as TRUNKLINE_DATABASE_URL says"
    if server is not None:
        database = f"embedded PostgreSQL {server.version} in {server.folder}"
    clock = ", test clock on (business time can be moved)" if chosen.test_clock else ""
    err.print(f"[bold]Trunkline[/bold] serves at [bold]{chosen.public_url}[/bold]")
    err.print(f"  listens on {chosen.host} port {chosen.port}")
    err.print(f"  data       {chosen.data.absolute()}")
    err.print(f"  database   {database}")
    err.print(f"  mode       {chosen.mode}{clock}")
