"""A walk through a program that has the beacon module installed; prints what happened as JSON."""

from __future__ import annotations

import html
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
                **visit(site),
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
    unread = admin.patch(item, {"state": "lit"})
    unread_end = admin.delete(item)
    mark = {"If-Match": admin.get(item).headers["ETag"]}
    lit = admin.patch(item, {"state": "lit"}, headers=mark)
    stale = admin.patch(item, {"brightness": 1}, headers=mark)
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
        "changed unread": [unread.status_code, unread.json["code"], unread_end.status_code,
                           stale.status_code],
        "keeper in use": admin.delete(f"/tmf-api/party/v4/individual/{keeper}").status_code,
        "events": [kind for (kind,) in site.rows(
            "select kind from event where subject = %s order by version", made.json["id"]
        )],
    }  # fmt: skip


def visit(site: Any) -> dict[str, Any]:
    """Look at the module's page as its administrator and as somebody without rights."""
    import falcon.testing

    from tests.web.browser import Browser
    from trunkline.api.app import make_app
    from trunkline.settings import load
    from trunkline.web.app import add_routes

    settings = load({"TRUNKLINE_TEST_CLOCK": "on"})
    app = make_app(site.services, site.authenticator, settings)
    add_routes(app, site.services, site.authenticator, settings)
    staff, visitor = (Browser(falcon.testing.TestClient(app)) for _ in range(2))
    nobody = staff.get("/beacons")
    site.unentitled()
    staff.sign_in("admin")
    visitor.sign_in("bob")
    seen = staff.get("/beacons")
    put_out = staff.post("/beacons", {"key": "BCN000001"})
    return {
        "page": [seen.status_code, "Pharos is lit" in seen.text, "<title>Beacons" in seen.text],
        "put out": [put_out.status_code, "Pharos is dark" in staff.get("/beacons").text],
        "page of nobody": [nobody.status_code, nobody.headers["location"]],
        "page of a visitor": visitor.get("/beacons").status_code,
        "other pages": staff.get("/r/beacon").status_code,
        "menu": [entries(staff.get("/").text), entries(seen.text), entries(visitor.get("/").text)],
    }


def entries(page: str) -> list[list[Any]]:
    """Return the menu's links to the module's page: group, whether one is there now, words."""
    found = []
    for group in html.unescape(page).split("<section>")[1:]:
        title = group.partition("<h2>")[2].partition("</h2>")[0]
        for one in group.split('href="/beacons"')[1:]:
            link = one.partition("</a>")[0]
            found.append([title, 'aria-current="page"' in link, "Lights on masts" in link])
    return found


if __name__ == "__main__":
    here = Path(__file__).parent
    sys.path[:0] = [str(here), str(here.parents[2])]
    print(json.dumps(walk(sys.argv[1])))
