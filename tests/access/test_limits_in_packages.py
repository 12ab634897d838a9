"""Limits in configuration packages: roles carry theirs, and shared views leave a line."""

from __future__ import annotations

from tests.support.program import Site
from trunkline.kernel.actor import Grant

PACKAGE = "/api/governance/v1/package"
LIMIT = frozenset({"customerType:company", "team:$own"})


def test_a_package_brings_limits_and_leaves_a_line_for_a_shared_view(site: Site) -> None:
    """A role comes over with its limits, the second time without a change; broken ones do not."""
    grant = Grant("limited", frozenset({"public"}), frozenset({LIMIT}))
    site.role("firms", {"TMF629:read": grant})
    view = {"resource": "Customer", "name": "Mine", "state": "status=active", "role": "firms"}
    keeper = site.user("keeper", roles=["administrator", "firms"])
    shared = keeper.post("/api/workspace/v1/views", view)
    assert shared.status_code == 201, shared.json
    package = site.admin.get(PACKAGE).json
    role = package["section"]["roles"]
    (firms,) = (one for one in role if one["name"] == "firms")
    assert firms["permission"]["TMF629:read"]["limits"] == [sorted(LIMIT)]
    site.role("firms", {"TMF629:read": Grant()})
    site.rows("update saved_view set name = 'Another' where name = 'Mine' returning 1")
    done = site.admin.post(f"{PACKAGE}/import", {"package": package})
    assert done.status_code == 200, done.json
    kept = site.rows("select reach, limits from role_permission where role = 'firms'")
    assert kept == [("limited", '[["customerType:company","team:$own"]]')]
    lines = site.rows("select actor_name, action from access_log where action ~ '^shareView'")
    assert [one[1].split("/")[0] for one in lines] == ["shareView Customer"]
    firms["permission"]["TMF629:read"]["limits"] = "team:x"
    refused = site.admin.post(f"{PACKAGE}/import", {"package": package})
    assert refused.status_code == 400
