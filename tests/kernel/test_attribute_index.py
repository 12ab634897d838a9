"""An attribute that becomes indexed: older records follow in the background, filters stay right."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Site
from trunkline.catalog.category import Category
from trunkline.governance import attribute_index
from trunkline.kernel.actor import system
from trunkline.kernel.work import transaction
from trunkline.worker.steps import carry_out, claim

ROOT = Path(__file__).parents[2]
CATEGORY = "/tmf-api/productCatalogManagement/v4/category"
ADDRESS = "/api/attributes/v1/attribute/Category"
SLOW_WORKER = """
import sys, time
from trunkline.governance import attribute_index
from tests.support.program import Site
from trunkline.kernel.module import load_modules
load_modules()
attribute_index.PART = 1
kept = attribute_index.keep_values
def slowly(*given):
    kept(*given)
    print("part", flush=True)
    time.sleep(0.1)
attribute_index.keep_values = slowly
Site.open(sys.argv[1]).work()
"""


@pytest.fixture
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let five records make three parts."""
    monkeypatch.setattr(attribute_index, "PART", 2)


def define(site: Site, name: str, kind: str, *, indexed: bool) -> Any:
    answer = site.admin.call("PUT", f"{ADDRESS}/{name}", {"kind": kind, "indexed": indexed})
    assert answer.status_code == 200, answer.json
    return answer.json


def shown(site: Site, name: str) -> Any:
    return site.admin.get(f"{ADDRESS}/{name}").json


def named(site: Site, query: str) -> list[str]:
    answer = site.admin.get(CATEGORY, query_string=query)
    assert answer.status_code == 200, answer.json
    return sorted(one["name"] for one in answer.json)


def kept(site: Site, name: str) -> int:
    rows = site.rows("select count(*) from catalog_attribute where name = %s", name)
    return int(rows[0][0])


def step(site: Site) -> None:
    rows = claim(site.services, lane="reaction", worker="tests", limit=1)
    assert [one.kind for one in rows] == ["attribute"]
    carry_out(site.services, rows)


def is_quick(site: Site, name: str) -> bool:
    with transaction(site.services, system("tests")) as work:
        return work.columns(Category.resource).is_quick(name)


def add(site: Site, **values: Any) -> str:
    answer = site.admin.post(CATEGORY, values)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def test_older_records_are_found_before_during_and_after(site: Site, parts_of_two: None) -> None:
    """Filters answer the same all the way; the index is used from its last part on."""
    define(site, "shade", "text", indexed=False)
    idents = [add(site, name=f"C{n}", shade="dark" if n % 2 else "pale") for n in range(5)]
    site.work()
    begun = define(site, "shade", "text", indexed=True)
    assert begun["index"] == {"state": "filling", "records": 0, "unfit": 0}
    assert named(site, "shade=dark") == ["C1", "C3"]
    step(site)
    assert shown(site, "shade")["index"] == {"state": "filling", "records": 2, "unfit": 0}
    assert (kept(site, "shade"), is_quick(site, "shade")) == (2, False)
    site.admin.patch(f"{CATEGORY}/{idents[0]}", {"shade": "dark"})
    site.admin.patch(f"{CATEGORY}/{idents[4]}", {"shade": None})
    add(site, name="C5", shade="dark")
    assert named(site, "shade=dark") == ["C0", "C1", "C3", "C5"]
    site.work()
    assert shown(site, "shade")["index"]["state"] == "ready"
    assert (kept(site, "shade"), is_quick(site, "shade")) == (5, True)
    assert named(site, "shade=dark") == ["C0", "C1", "C3", "C5"]
    assert named(site, "shade=pale") == ["C2"]
    site.rows("delete from catalog_attribute where name = 'shade' and text = 'pale' returning 1")
    assert named(site, "shade=pale") == [], "the side table is what answers now"


def test_taking_the_index_off_drops_what_it_kept(site: Site, parts_of_two: None) -> None:
    """Nothing stays behind; a new index is filled anew; only then may the definition go."""
    add(site, name="Tall", height=7)
    define(site, "height", "number", indexed=True)
    assert site.admin.delete(f"{ADDRESS}/height").json["code"] == "conflictIndexed"
    site.work()
    assert kept(site, "height") == 1
    assert define(site, "height", "number", indexed=False)["index"]["state"] == "emptying"
    assert named(site, "height=7") == ["Tall"]
    site.work()
    assert (kept(site, "height"), named(site, "height.gt=6")) == (0, ["Tall"])
    define(site, "height", "number", indexed=True)
    site.work()
    assert (kept(site, "height"), named(site, "height.gt=6")) == (1, ["Tall"])
    define(site, "height", "number", indexed=False)
    assert site.admin.delete(f"{ADDRESS}/height").status_code == 409
    site.work()
    assert site.admin.delete(f"{ADDRESS}/height").status_code == 204


def test_values_of_another_kind_are_counted(site: Site) -> None:
    """What was stored before the definition and cannot be indexed is told, not stumbled over."""
    for value in ("soon", 7, "2026-01-01T01:00:00+01:00", "x" * 601):
        add(site, name="Due", dueAt=value)
    define(site, "dueAt", "instant", indexed=True)
    site.work()
    found = shown(site, "dueAt")["index"]
    assert (found["state"], found["unfit"]) == ("ready", 3)
    assert named(site, "dueAt=2026-01-01T00:00:00Z") == ["Due"]
    define(site, "dueAt", "text", indexed=True)
    site.work()
    assert shown(site, "dueAt")["index"]["unfit"] == 1
    assert named(site, "dueAt=soon,7") == ["Due", "Due"]


def test_filling_waits_for_transactions_that_knew_nothing_of_it(site: Site) -> None:
    """What an older transaction stores after the definition is in the index as well."""
    with transaction(site.services, system("tests")) as work:
        work.columns(Category.resource)
        define(site, "mood", "text", indexed=True)
        site.work()
        assert shown(site, "mood")["index"]["records"] == 0
        late = Category.wrap({"name": "Late", "mood": "calm"})
        work.add(late)
    assert kept(site, "mood") == 0
    time.sleep(attribute_index.PAUSE_S)
    site.work()
    assert shown(site, "mood")["index"]["state"] == "ready"
    assert (kept(site, "mood"), named(site, "mood=calm")) == (1, ["Late"])


def test_killed_worker_loses_a_part_at_most(site: Site, parts_of_two: None) -> None:
    """After kill -9 in the middle of a part another worker goes on where that part began."""
    for number in range(8):
        add(site, name=f"K{number}", kin="yes")
    site.work()
    define(site, "kin", "text", indexed=True)
    doomed = subprocess.Popen(
        [sys.executable, "-c", SLOW_WORKER, site.dsn], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert doomed.stdout is not None
    for _ in range(4):
        assert doomed.stdout.readline() == "part\n"
    doomed.kill()
    doomed.wait()
    done = shown(site, "kin")["index"]
    assert (done["state"], 3 <= done["records"] <= 4) == ("filling", True)
    assert site.work() == 0, "the lease of the killed worker holds"
    site.rows("update work set lease_until = now() where kind = 'attribute' returning 1")
    site.work()
    total = site.rows("select count(*) from category")[0][0]
    assert shown(site, "kin")["index"]["records"] == total
    assert kept(site, "kin") == len(named(site, "kin=yes")) == 8


def test_definition_is_refused_where_it_makes_no_sense(site: Site) -> None:
    """Unknown kinds, declared names and odd kinds of value are named; readers do not define."""
    for path, body, code in (
        ("Category/name", {"kind": "text"}, "conflictName"),
        ("Category/9lives", {"kind": "text"}, "badValue"),
        ("Category/size", {"kind": "colour"}, "badValue"),
        ("Category/size", {"kind": "text", "indexed": "yes"}, "badType"),
        ("Nothing/size", {"kind": "text"}, "badValue"),
    ):
        answer = site.admin.call("PUT", f"/api/attributes/v1/attribute/{path}", body)
        assert answer.status_code == (409 if code == "conflictName" else 400)
        assert [one["code"] for one in answer.json["fault"]] == [code]
    answer = site.unentitled().call("PUT", f"{ADDRESS}/size", {"kind": "text"})
    assert answer.status_code == 403
    assert site.unentitled().get(f"{ADDRESS}/size").status_code == 403
    assert site.admin.get(f"{ADDRESS}/size").status_code == 404
