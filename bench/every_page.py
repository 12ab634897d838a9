"""Every page of the demonstration beside many customers: `python -m bench.every_page`.

The demonstration is started once, so that each page and each part has something to show. Then the
suite's walker finds all addresses by their links, as an administrator and as a customer at the
portal; thin customers are added, and each address is asked for again and timed. Told are all that
take longer than they may, the slowest of the others, and how many there were.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import falcon.testing
import psycopg

from bench.place import Place, opened
from bench.processes import free_port
from bench.thin import add_thin
from tests.support.walk_begins import CUSTOMER, STAFF
from tests.support.walking import Seen, fullness_of, walked
from tests.web.browser import Browser
from trunkline.api.app import make_app
from trunkline.identity.authenticate import Authenticator
from trunkline.settings import load
from trunkline.web.app import add_routes

PASSWORD = "meridian-demo-2026"
FILLED_S = 300
ASKED = 5
MOST_MS = 100
TOLD = 25


def main() -> None:
    """Start the demonstration, add customers, and ask for each page."""
    parser = argparse.ArgumentParser(prog="python -m bench.every_page", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--kept", type=Path, help="a folder whose database is taken and left there")
    chosen = parser.parse_args()
    folder = chosen.kept or Path(tempfile.mkdtemp(prefix="tl-bench-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    os.chmod(folder, 0o711)
    try:
        if not (folder / "data").exists():
            demonstrate(folder)
        with opened(_say, folder) as place:
            tell(place, chosen.customers)
    finally:
        if chosen.kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def demonstrate(folder: Path) -> None:
    """Start the demonstration in a folder, let it come to rest, and stop it."""
    port = free_port()
    own = {"TRUNKLINE_DATA": str(folder / "data"), "TRUNKLINE_PORT": str(port)}
    command = [sys.executable, "-m", "trunkline.cli.main", "demo"]
    process = subprocess.Popen(command, env=os.environ | own, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + FILLED_S
    while not _answers(f"http://127.0.0.1:{port}/readyz"):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError("the demonstration did not start")
        time.sleep(1)
    time.sleep(60)  # its workers take up what follows from what was filled in
    process.send_signal(signal.SIGINT)
    process.wait(60)


def tell(place: Place, customers: int) -> None:
    """Walk, add customers, and print what each address takes."""
    app = _pages(place)
    staff, customer = Browser(app), Browser(app)
    for login, browser in (("admin", staff), ("customer", customer)):
        if browser.sign_in(login, PASSWORD).status_code != 303:
            raise RuntimeError(f"{login} cannot sign in")
    with psycopg.connect(place.owner_dsn, autocommit=True) as connection:
        fullness = fullness_of(connection)
    found = [(staff, one) for one in walked(staff, fullness, STAFF, with_kinds=True).seen.values()]
    at_portal = walked(customer, fullness, CUSTOMER, with_kinds=False)
    found += [(customer, one) for one in at_portal.seen.values()]
    add_thin(place.owner_dsn, customers, _say)
    place.vacuum()
    took = sorted((_asked(browser, one) for browser, one in found), reverse=True)
    above = sum(ms > MOST_MS for ms, *_ in took)
    pages = sum(one.is_page for _, one in found)
    print(f"\n## {pages} pages and {len(took) - pages} parts with {customers:,} customers\n")
    print(f"{above} take more than {MOST_MS} ms (median of {ASKED}); the slowest:\n")
    print("| address | ms | statements |\n|---|---|---|")
    for ms, address, sent in took[: max(TOLD, above)]:
        print(f"| {address} | {ms:.1f} | {sent} |")


def _pages(place: Place) -> Any:
    settings = load({"TRUNKLINE_DATABASE_URL": place.dsn})
    authenticator = Authenticator(place.services)
    app = make_app(place.services, authenticator, settings)
    add_routes(app, place.services, authenticator, settings)
    return falcon.testing.TestClient(app)


def _asked(browser: Browser, one: Seen) -> tuple[float, str, int]:
    headers = {} if one.is_page else {"HX-Request": "true"}
    took = []
    for _ in range(1 + ASKED):
        began = time.perf_counter()
        answer = browser.get(one.address, **headers)
        took.append((time.perf_counter() - began) * 1000)
    if answer.status_code not in {200, 204}:
        return 9999.0, f"{one.address} ({answer.status_code})", 0
    return sorted(took[1:])[ASKED // 2], one.address, len(one.statements)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
