"""The demonstration: everything in one command, with a network to play with."""

from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from importlib import import_module
from typing import Annotated, Any

import typer

from trunkline.cli.servers import children, ensure_all_roles, prepare, supervise
from trunkline.cli.terminal import err, say, settings, show, stop
from trunkline.program.serve import (
    Child,
    ServeProblem,
    await_answer,
    free_port,
    is_free,
    listening_address,
)
from trunkline.program.start import Program
from trunkline.settings import Settings

SEED = "trunkline.demo.seed"
START_S = 30.0
NETWORK_CLIENT = "trunkline"
PARTNER_SECRET = "partner"
PLAYED = {"COMPANY_REGISTER": "/companies/tmf-api/party/v4", "BILLING_FEED": "/billing/v1",
          "PAYMENT": "/tmf-api/payment/v4"}  # fmt: skip
"""The systems beside the network that the simulator plays, and where."""
CUSTOMERS = 500


Customers = Annotated[
    int, typer.Option(min=100, max=100_000, help="How many customers a first start makes up.")
]


def demo(customers: Customers = CUSTOMERS) -> None:
    """Run Trunkline with demonstration data and a simulated network. Ends with Ctrl-C.

    The first start fills an empty database and takes up to a minute; later ones are quick.
    """
    os.environ.setdefault("TRUNKLINE_TEST_CLOCK", "on")
    os.environ.setdefault("TRUNKLINE_LOG_LEVEL", "warning")
    chosen = settings()
    if chosen.is_production:
        raise stop("Demonstration data never goes into production. Unset TRUNKLINE_MODE.")
    if not is_free(chosen.host, chosen.port):
        port = free_port(chosen.host)
        say(f"Port {chosen.port} is busy, so this demonstration takes port {port}")
        os.environ["TRUNKLINE_PORT"] = str(port)
        chosen = settings()
    program = prepare(chosen)
    try:
        seed_when_empty(program, customers=customers)
        processes = [*children(["web", "worker"], _with_network(chosen)), *_network(chosen)]
        if chosen.network_url is None:
            seed_module().play_partner(program, os.environ["TRUNKLINE_NETWORK_URL"])
    except BaseException:
        program.close()
        raise
    supervise(program, processes, after_start=lambda: _welcome(chosen))


def seed_when_empty(program: Program, *, customers: int) -> bool:
    """Fill a database without records with demonstration data; False where there are some.

    What an interrupted run has stored is dropped first, so that the data is as from one run.
    """
    seed, beginning = seed_module(), import_module("trunkline.demo.beginning")
    with beginning.alone(program.services) as is_ours:
        if not is_ours:
            raise stop("Another process fills in the demonstration data. Wait until it is done.")
        state = beginning.state_of(program)
        if state == "mixed":
            raise stop(
                "The demonstration data is incomplete, since filling it in was interrupted, and"
                " something else was stored meanwhile. Start with another folder (--data) or"
                " database."
            )
        if state == "filled":
            return False
        if state == "interrupted":
            say("Filling in demonstration data was interrupted; it is dropped and begun anew")
            beginning.start_anew(program)
            ensure_all_roles(program.services)
        say("Filling in demonstration data")
        seed.seed_demo(program, say, customers=customers)
    return True


def seed_module() -> Any:
    """Return the module of the demonstration data, or say that it is not there."""
    try:
        return import_module(SEED)
    except ModuleNotFoundError as error:
        if error.name not in (SEED, SEED.rpartition(".")[0]):
            raise
        raise stop(
            "This installation brings no demonstration data (trunkline.demo). Install the complete"
            " package, or run `trunkline serve` on an empty database."
        ) from None


def _with_network(chosen: Settings) -> dict[str, str]:
    """Return the environment of the processes, with the simulator as the network."""
    if chosen.network_url is not None:
        return dict(os.environ)
    port = free_port("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
    os.environ["TRUNKLINE_NETWORK_URL"] = url
    os.environ["TRUNKLINE_NETWORK_CLIENT_ID"] = NETWORK_CLIENT
    # Both ends run here and now: the secrets are made for this run and kept nowhere.
    for name in ("CLIENT", "CALLBACK"):
        os.environ[f"TRUNKLINE_NETWORK_{name}_SECRET"] = os.urandom(32).hex()
    _play_others(chosen, url)
    return dict(os.environ)


def _play_others(chosen: Settings, url: str) -> None:
    """Let the simulator play each other system that the settings leave out, and the partner."""
    token = _token()
    is_set = {"COMPANY_REGISTER": chosen.company_register_file or chosen.company_register_url,
              "BILLING_FEED": chosen.billing_feed_url, "PAYMENT": chosen.payment_url}  # fmt: skip
    for name, path in PLAYED.items():
        if not is_set[name]:
            os.environ[f"TRUNKLINE_{name}_URL"] = url + path
            os.environ[f"TRUNKLINE_{name}_TOKEN"] = token
    if chosen.outside_secrets is None:
        secrets = chosen.data / "played-secrets"
        secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        (secrets / PARTNER_SECRET).write_text(token, encoding="utf-8")
        (secrets / PARTNER_SECRET).chmod(0o600)
        os.environ["TRUNKLINE_OUTSIDE_SECRETS"] = str(secrets)
    allowed = [*chosen.callback_allow, url.partition("//")[2]]
    os.environ["TRUNKLINE_CALLBACK_ALLOW"] = ",".join(allowed)


def _token() -> str:
    """Return the token of this run that the simulator takes beside those that it gives."""
    secret = os.environ["TRUNKLINE_NETWORK_CLIENT_SECRET"]
    return sha256(f"token {secret}".encode()).hexdigest()


def _network(chosen: Settings) -> list[Child]:
    """Return the simulator, unless there is a real network to talk to."""
    if chosen.network_url is not None:
        return []
    from trunkline.simulator.running import NotStarted
    from trunkline.simulator.running import start as start_simulator

    def launch() -> subprocess.Popen[str]:
        url = os.environ["TRUNKLINE_NETWORK_URL"]
        try:
            running = start_simulator(
                port=int(url.rpartition(":")[2]),
                journal=chosen.data / "network.journal",
                client_id=NETWORK_CLIENT,
                client_secret=os.environ["TRUNKLINE_NETWORK_CLIENT_SECRET"],
                callback_secret=os.environ["TRUNKLINE_NETWORK_CALLBACK_SECRET"],
                token=_token(),
            )
        except NotStarted as error:
            raise ServeProblem(str(error)) from error
        return running.process

    return [Child("network", launch, is_last=True)]


def _welcome(chosen: Settings) -> None:
    address = listening_address(chosen.host)
    if not await_answer(address, chosen.port, timeout_s=START_S):
        err.print("[bold red]The web processes do not answer yet; see the lines above.[/bold red]")
        err.print(f"\nOnce they do, Trunkline runs at {chosen.public_url}  (Ctrl-C ends it)")
    else:
        err.print(f"\n[bold]Trunkline runs at {chosen.public_url}[/bold]  (Ctrl-C ends it)")
    network = os.environ.get("TRUNKLINE_NETWORK_URL")
    err.print(f"The network is played at {network}; data lies in {chosen.data.absolute()}\n")
    seed = seed_module()
    err.print(f"Everybody's password is [bold]{seed.PASSWORD}[/bold]")
    rows = [(one.login, one.name, one.what) for one in seed.SIGN_INS]
    show("Sign in as", ("Login", "Name", "Who that is"), rows)
