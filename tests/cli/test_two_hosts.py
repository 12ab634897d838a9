"""Two hosts on one database server: orders flow through both, nothing twice, and one may stop.

They sign in as somebody who may not migrate; `migrate` lets that login use the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.cli.conftest import Installation, await_true
from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer
from trunkline.demo import catalog
from trunkline.demo.orders import item, order
from trunkline.demo.people import DemoCustomer, add_customers
from trunkline.documents.decode import encode, load
from trunkline.kernel.work import as_system
from trunkline.program.serve import free_port
from trunkline.program.start import make_services
from trunkline.settings import load as load_settings
from trunkline.simulator.running import start as start_simulator

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
ORDER = "/tmf-api/productOrderingManagement/v4/productOrder"
SECRET = "two-hosts-only-secret-of-more-than-32-characters"
CUSTOMERS = 12


@pytest.fixture(scope="module")
def hosts(installation: Installation) -> Iterator[tuple[list[Installation], str, dict[str, str]]]:
    """Two data folders and ports, one server, and what both are told."""
    bindir = DEBIAN_15 if DEBIAN_15.is_dir() else None
    both = []
    for name in ("one", "two"):
        (installation.folder / name).mkdir()
        both.append(Installation(installation.folder / name, free_port("127.0.0.1")))
    network = start_simulator(
        client_id="trunkline",
        client_secret="network secret/of+32:characters%",
        callback_secret="callback-secret-of-32-characters",
    )
    with EmbeddedServer.start(installation.folder / "server", bindir=bindir) as server:
        with psycopg.connect(server.superuser_dsn("postgres"), autocommit=True) as connection:
            connection.execute("create role application login")
            hba = Path(connection.execute("show hba_file").fetchone()[0])
            hba.write_text(f"local all application trust\n{hba.read_text()}")
            connection.execute("select pg_reload_conf()")
        mere = make_conninfo(server.dsn(), user="application")
        told = {
            "TRUNKLINE_DATABASE_URL": mere,
            "TRUNKLINE_DATABASE_OWNER_URL": server.dsn(),
            "TRUNKLINE_SECRET": SECRET,
            "TRUNKLINE_WEB_PROCESSES": "1",
            "TRUNKLINE_NETWORK_URL": network.url,
            "TRUNKLINE_NETWORK_CLIENT_ID": "trunkline",
            "TRUNKLINE_NETWORK_CLIENT_SECRET": "network secret/of+32:characters%",
            "TRUNKLINE_NETWORK_CALLBACK_SECRET": "callback-secret-of-32-characters",
        }
        try:
            assert "up to date" in both[0].call("migrate", **told).stdout
            yield both, mere, told
        finally:
            for one in both:
                if one.process is not None and one.process.poll() is None:
                    one.stop()
            network.stop()


def customers(dsn: str) -> tuple[catalog.DemoCatalog, Sequence[DemoCustomer]]:
    settings = load_settings({"TRUNKLINE_DATABASE_URL": dsn, "TRUNKLINE_SECRET": SECRET})
    services = make_services(settings, Database(dsn, connections_max=2))
    try:
        with as_system(services, "tests") as work:
            return catalog.load(work), add_customers(work, Random(1), CUSTOMERS)
    finally:
        services.database.close()  # type: ignore[attr-defined]


def place(host: Installation, token: str, body: dict[str, Any]) -> str:
    connection = HTTPConnection("127.0.0.1", host.port, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", ORDER, encode(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 201, text
    connection.close()
    return str(load(text)["id"])


def test_orders_flow_through_both_and_one_may_stop(
    hosts: tuple[list[Installation], str, dict[str, str]],
) -> None:
    both, dsn, told = hosts
    stored, people = customers(dsn)
    for one in both:
        one.start("serve", **told)
    first, second = both
    assert "fail" not in first.call("doctor", **told).stdout
    first.call("user", "add", "ada", "--role", "administrator", "--generate", **told)
    token = first.call("token", "create", "ada", **told).stdout.strip()

    def mobile(person: DemoCustomer) -> dict[str, Any]:
        return order(person, [item(stored, "1", "Mobile M", None)])

    half = CUSTOMERS // 2
    placed = [place(both[n % 2], token, mobile(one)) for n, one in enumerate(people[:half])]
    second.stop()
    placed += [place(first, token, mobile(one)) for one in people[half:]]

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set role trunkline_app")

        def completed() -> bool:
            row = connection.execute(
                "select count(*) from product_order where p_state = 'completed' "
                "and id = any(%s::uuid[])", [placed],
            ).fetchone()  # fmt: skip
            return row == (CUSTOMERS,)

        def troubles() -> str:
            sql = "select distinct name, state, error_code, error_message from plan_item"
            return f"{connection.execute(sql).fetchall()}\n{first.log()}"

        await_true(completed, "all orders are completed", timeout_s=90, log=troubles)
        for table, each in (("product", 1), ("service", 2), ("resource", 2)):
            count = connection.execute(f"select count(*) from {table}").fetchone()
            assert count == (CUSTOMERS * each,), table
        steps = connection.execute("select distinct state from plan_item").fetchall()
        assert steps == [("completed",)]
        assert connection.execute("select count(*) from work where parked_at is not null"
                                  ).fetchone() == (0,)  # fmt: skip
    # The one that is left sees what was placed at the other, and that one comes back.
    assert first.get(f"{ORDER}/{placed[1]}", token)[1]["state"] == "completed"
    second.start("serve", **told)
    assert second.get(f"{ORDER}/{placed[0]}", token)[1]["state"] == "completed"
