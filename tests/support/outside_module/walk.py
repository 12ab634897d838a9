"""A walk through a program that has the beacon module installed; prints what happened as JSON."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

import psycopg


def walk(cluster: str) -> dict[str, Any]:
    from tests.support.program import Site
    from trunkline.kernel.module import load_modules
    from trunkline.program.start import bring_up_to_date

    modules = load_modules()
    name = f"outside_{uuid.uuid4().hex[:12]}"
    dsn = psycopg.conninfo.make_conninfo(cluster, dbname=name)
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    try:
        first, again = bring_up_to_date(dsn, modules), bring_up_to_date(dsn, modules)
        site = Site.open(dsn)
        try:
            return {
                "modules": [one.name for one in modules],
                "migrated": [one for one in first if "beacon" in one],
                "migrated again": again,
                **use(site),
            }
        finally:
            site.close()
    finally:
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


def use(site: Any) -> dict[str, Any]:
    path, admin = "/api/beacon/v1/beacon", site.admin
    person = {"givenName": "Ada", "familyName": "Lovelace"}
    keeper = admin.post("/tmf-api/party/v4/individual", person).json["id"]
    bright = admin.post(path, {"name": "Pharos", "brightness": 101})
    made = admin.post(path, {"name": "Pharos", "brightness": 7, "keeper": {"id": keeper}})
    item = f"{path}/{made.json['id']}"
    worked = [site.work()]
    logs = [len(site.rows("select 1 from beacon_log"))]
    lit = admin.patch(item, {"state": "lit"})
    worked.append(site.work())
    logs.append(len(site.rows("select 1 from beacon_log")))
    return {
        "refused": [bright.status_code, bright.json["code"]],
        "made": [made.status_code, made.json["key"], made.json["keeper"]["name"]],
        "lit": [lit.status_code, lit.json["state"]],
        "worked": worked,
        "logs": logs,
        "found": [one["name"] for one in admin.get(path, query_string="brightness.lt=8").json],
        "stranger": site.stranger().get(item).status_code,
        "keeper in use": admin.delete(f"/tmf-api/party/v4/individual/{keeper}").status_code,
        "events": [kind for (kind,) in site.rows(
            "select kind from event where subject = %s order by version", made.json["id"]
        )],
    }  # fmt: skip


if __name__ == "__main__":
    here = Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parents[2])]
    print(json.dumps(walk(sys.argv[1])))
