"""The command line of the simulator."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from .journal import JournalDamaged
from .refusal import Refusal
from .server import DEFAULT_PORT, serve
from .settings import Settings, parse_settings

CLIENT_SECRET_VARIABLE = "TRUNKLINE_SIMULATOR_CLIENT_SECRET"
CALLBACK_SECRET_VARIABLE = "TRUNKLINE_SIMULATOR_CALLBACK_SECRET"
TOKEN_VARIABLE = "TRUNKLINE_SIMULATOR_TOKEN"


def main(argv: Sequence[str] | None = None) -> int:
    """Read the options, serve until stopped, and give an exit status."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        settings = _first_settings(options.settings, options.seed)
        serve(
            options.host,
            options.port,
            journal=options.journal,
            client_id=options.client_id,
            client_secret=os.environ.get(CLIENT_SECRET_VARIABLE),
            token=os.environ.get(TOKEN_VARIABLE),
            callback_secret=os.environ.get(CALLBACK_SECRET_VARIABLE),
            seed=options.seed,
            settings=settings,
            stop=_input_closed if options.until_input_closes else None,
        )
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError, JournalDamaged, Refusal, msgspec.DecodeError) as error:
        message = error.message if isinstance(error, Refusal) else str(error)
        print(f"The network simulator cannot start: {message}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trunkline simulator",
        description="Plays what an operator has beside Trunkline: the network, a partner, coverage,"
        " registers of addresses and companies, billing and payments.",
        epilog=f"Secrets come from the environment: {CLIENT_SECRET_VARIABLE}, "
        f"{CALLBACK_SECRET_VARIABLE} and {TOKEN_VARIABLE}.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--journal", type=Path, help="file that keeps effects over a restart")
    parser.add_argument("--client-id", help="demand a bearer token of this OAuth2 client")
    parser.add_argument("--seed", type=int, default=1, help="what made-up values come from")
    parser.add_argument("--settings", type=Path, help="JSON file, as sent to PUT /control")
    parser.add_argument(
        "--until-input-closes", action="store_true", help="stop when standard input ends"
    )
    return parser


def _first_settings(path: Path | None, seed: int) -> Settings:
    document = msgspec.json.decode(path.read_bytes()) if path else {}
    return parse_settings(document, seed=seed)


async def _input_closed() -> None:
    """Wait until whoever started the simulator closes its input, or is gone."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while os.read(0, 1024):
            pass
        loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=watch, daemon=True).start()
    await stopped.wait()
