"""`trunkline upgrade-data` on a filled installation: from PostgreSQL 15 to the newest one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import Installation
from trunkline.database.binaries import server_binaries
from trunkline.database.launcher import EmbeddedServer
from trunkline.demo import exemplar

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")

pytestmark = pytest.mark.skipif(
    not DEBIAN_15.is_dir() or server_binaries(None).major == 15,
    reason="needs Debian's PostgreSQL 15 and a newer one",
)


def contents(installation: Installation, bindir: Path | None) -> tuple[int, dict[str, Any]]:
    """The major version, and of each table how many rows there are and a digest of them."""
    with (
        EmbeddedServer.start(installation.folder / "data", bindir=bindir) as server,
        psycopg.connect(server.superuser_dsn()) as connection,
    ):
        tables = connection.execute(
            "select relname::text from pg_class where relkind = 'r' "
            "and relnamespace = 'public'::regnamespace order by 1"
        ).fetchall()
        found = {
            table: connection.execute(
                "select count(*), md5(string_agg(md5(t::text), '' order by md5(t::text))) "
                f'from "{table}" t'
            ).fetchone()
            for (table,) in tables
        }
        return server.version, found


def test_a_filled_installation_moves_to_the_newest_version(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exemplar, "COUNT", 8)
    of_15 = {"TRUNKLINE_PG_BINDIR": str(DEBIAN_15)}
    assert installation.call("seed", "--size", "500", **of_15).returncode == 0
    added = installation.call(
        "user", "add", "ada", "--role", "administrator", "--generate", **of_15
    )
    assert added.returncode == 0
    token = installation.call("token", "create", "ada", **of_15).stdout.strip()
    version, before = contents(installation, DEBIAN_15)
    assert version == 15
    assert before["product_order"][0] > 8

    assert "PostgreSQL 15." in installation.call("doctor").stdout
    upgraded = installation.call("upgrade-data")
    assert upgraded.returncode == 0, upgraded.stderr

    version, after = contents(installation, None)
    assert version == server_binaries(None).major
    assert after == before
    looked = installation.call("doctor")
    assert looked.returncode == 0, looked.stdout
    assert f"PostgreSQL {version}." in looked.stdout
    installation.start("serve", TRUNKLINE_WEB_PROCESSES="1")
    status, orders = installation.get(
        "/tmf-api/productOrderingManagement/v4/productOrder?limit=3&state=completed", token
    )
    assert (status, len(orders)) == (206, 3)
    installation.stop()
