"""What holds for every declared resource, generated from the declarations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support import (  # bodies for resources with rules of their own
    overrides,  # noqa: F401
    overrides_above,  # noqa: F401
)
from tests.support.program import Client, Site
from tests.support.samples import address, create
from trunkline.kernel.ddl import is_scoped
from trunkline.kernel.module import load_modules
from trunkline.kernel.resource import Resource, registry

load_modules()
RESOURCES = [one for one in registry if one.published]
UNKNOWN = "01a20000-0000-7000-8000-000000000000"


def having(*operations: str) -> Any:
    chosen = [one for one in RESOURCES if set(operations) <= set(one.operations)]
    return pytest.mark.parametrize("resource", chosen, ids=lambda one: one.name)


@pytest.fixture(autouse=True)
def exempted(request: pytest.FixtureRequest) -> None:
    """Skip what a declaration says cannot apply to its resource, with its reason."""
    resource = request.node.callspec.params.get("resource")
    name = request.node.originalname.removeprefix("test_")
    if resource is not None and name in resource.exempt:
        pytest.skip(resource.exempt[name])


@pytest.fixture
def admin(site: Site) -> Client:
    return site.admin


def version_in(answer: Any) -> str:
    """Return the version that an ETag begins with; a sum of the names in it may follow."""
    return str(answer.headers["ETag"]).strip('"').partition("-")[0]


@having("create", "retrieve")
def test_created_record_is_found_by_id_and_key(resource: Resource, admin: Client) -> None:
    """A record comes back under its id, its key and the address that the answer named."""
    created = create(resource, admin)
    by_id = admin.get(f"{address(resource)}/{created['id']}")
    by_key = admin.get(f"{address(resource)}/{created['key']}")
    assert by_id.status_code == by_key.status_code == 200
    assert by_id.json == by_key.json
    assert by_id.headers["ETag"]
    assert created["key"].startswith(resource.prefix)
    assert created["href"].endswith(f"{address(resource)}/{created['id']}")
    assert by_id.json["id"] == created["id"]


@having("create")
def test_answer_to_create_names_the_place(resource: Resource, admin: Client) -> None:
    """POST answers 201 with Location, ETag and the whole record."""
    from tests.support.samples import body_for

    sent = body_for(resource, admin)
    answer = admin.post(address(resource), sent)
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"{address(resource)}/{answer.json['id']}")
    assert version_in(answer) == "1"
    if "retrieve" in resource.operations:
        read = admin.get(f"{address(resource)}/{answer.json['id']}")
        assert read.headers["ETag"] == answer.headers["ETag"]
    assert set(sent) - {"id", "href"} <= set(answer.json)


@having("create", "retrieve")
def test_undeclared_attributes_are_kept(resource: Resource, admin: Client) -> None:
    """What nobody declared is stored and returned, deep inside as well."""
    from tests.support.samples import body_for

    sent = body_for(resource, admin) | {
        "vendorScore": {"grade": Decimal("19.90"), "why": ["x", {"y": None}]}
    }
    answer = admin.post(address(resource), sent)
    assert answer.status_code == 201, answer.json
    read = admin.get(f"{address(resource)}/{answer.json['id']}")
    assert read.json["vendorScore"] == {"grade": 19.90, "why": ["x", {"y": None}]}
    assert '"grade":19.90' in read.text


@having("create", "list")
def test_list_filters_sorts_pages_and_counts(resource: Resource, admin: Client) -> None:
    """A list pages with totals and headers, filters by id, sorts stably."""
    made = [create(resource, admin)["id"] for _ in range(3)]
    path = address(resource)
    whole = admin.get(path)
    assert whole.status_code == 200
    assert int(whole.headers["X-Total-Count"]) >= 3
    assert int(whole.headers["X-Result-Count"]) == len(whole.json)
    page = admin.get(path, params={"limit": "2", "sort": "-id"})
    assert page.status_code == 206
    assert len(page.json) == 2
    assert page.headers["Content-Range"].startswith("items 0-1/")
    assert 'rel="next"' in page.headers["Link"]
    following = admin.get(path, params={"limit": "2", "offset": "2", "sort": "-id"})
    assert not {one["id"] for one in page.json} & {one["id"] for one in following.json}
    some = admin.get(path, query_string=f"id={made[0]},{made[1]}")
    assert {one["id"] for one in some.json} == set(made[:2])
    assert some.headers["X-Total-Count"] == "2"


@having("create", "list", "retrieve")
def test_fields_pick_attributes(resource: Resource, admin: Client) -> None:
    """`fields` returns what was asked for, always with id and href; unknown names are ignored."""
    created = create(resource, admin)
    path = f"{address(resource)}/{created['id']}"
    assert set(admin.get(path, query_string="fields=none").json) == {"id", "href"}
    names = [name for name in created if name not in {"id", "href", "key"}][:2]
    picked = admin.get(path, query_string="fields=" + ",".join([*names, "noSuchThing"]))
    assert set(picked.json) == {"id", "href", *names}
    listed = admin.get(address(resource), query_string=f"id={created['id']}&fields=none")
    assert [set(one) for one in listed.json] == [{"id", "href"}]


@having("list")
def test_undeclared_filter_is_refused_by_name(resource: Resource, admin: Client) -> None:
    """A filter or sort on what is not declared is refused with its name."""
    answer = admin.get(address(resource), query_string="noSuchThing.deep=1&sort=norThis")
    assert answer.status_code == 400
    assert answer.json["code"] == "notFilterable"
    assert {one["path"] for one in answer.json["fault"]} == {"noSuchThing.deep", "sort=norThis"}


@having("create", "patch")
def test_patch_changes_and_counts_versions(resource: Resource, admin: Client, site: Site) -> None:
    """A merge patch changes what it names; the same patch again writes nothing."""
    created = create(resource, admin)
    path = f"{address(resource)}/{created['id']}"
    for _ in range(2):
        answer = admin.patch(path, {"operatorRemark": "seen"})
        assert answer.status_code == 200, answer.json
        assert version_in(answer) == "2"
        assert answer.json["operatorRemark"] == "seen"
    removed = admin.patch(
        path,
        [{"op": "remove", "path": "/operatorRemark"}],
        headers={"Content-Type": "application/json-patch+json"},
    )
    assert removed.status_code == 200, removed.json
    assert "operatorRemark" not in removed.json
    audit = site.rows("select version from audit where subject = %s order by 1", created["id"])
    event = site.rows("select version from event where subject = %s order by 1", created["id"])
    assert audit == event == [(1,), (2,), (3,)]


@having("create", "patch")
def test_stale_patch_is_refused(resource: Resource, admin: Client) -> None:
    """If-Match with an older version answers 412 and changes nothing."""
    created = create(resource, admin)
    path = f"{address(resource)}/{created['id']}"
    admin.patch(path, {"operatorRemark": "first"})
    stale = admin.patch(path, {"operatorRemark": "second"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json["code"] == "stale"
    fresh = admin.patch(path, {"operatorRemark": "second"}, headers={"If-Match": '"2"'})
    assert fresh.status_code == 200


@having("create", "patch")
def test_server_set_attributes_are_not_writable(resource: Resource, admin: Client) -> None:
    """What the server sets may not be patched."""
    created = create(resource, admin)
    own = resource.type.attributes()
    for name in resource.server_sets:
        attribute = own[name]
        value: Any = "2020-01-01T00:00:00Z" if attribute.scalar == "instant" else "changed"
        if attribute.shape is not None or attribute.is_list or attribute.choices:
            continue
        answer = admin.patch(f"{address(resource)}/{created['id']}", {attribute.json_name: value})
        assert answer.status_code == 400, (name, answer.json)
        assert answer.json["fault"][0]["path"] == attribute.json_name


@having("create", "delete")
def test_deleted_record_is_gone_and_remembered(
    resource: Resource, admin: Client, site: Site
) -> None:
    """DELETE answers 204, the record is gone, and a tombstone stays."""
    created = create(resource, admin)
    path = f"{address(resource)}/{created['id']}"
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert admin.delete(path).status_code == 404
    assert site.rows("select deleted_at is not null from record where id = %s", created["id"]) == [
        (True,)
    ]
    last = site.rows(
        "select kind from event where subject = %s order by version desc limit 1", created["id"]
    )
    assert last == [("deleted",)]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_operations_that_the_api_lacks_answer_405(resource: Resource, admin: Client) -> None:
    """An operation that the published API does not have answers 405 and says which it has."""
    calls = {
        "list": ("GET", address(resource)),
        "create": ("POST", address(resource)),
        "retrieve": ("GET", f"{address(resource)}/{UNKNOWN}"),
        "patch": ("PATCH", f"{address(resource)}/{UNKNOWN}"),
        "delete": ("DELETE", f"{address(resource)}/{UNKNOWN}"),
    }
    for operation, (method, path) in calls.items():
        answer = admin.call(method, path, {} if method in {"POST", "PATCH"} else None)
        if operation not in resource.operations:
            assert answer.status_code == 405, (operation, answer.status_code)
            assert "Allow" in answer.headers
        elif operation in {"retrieve", "patch", "delete"}:
            assert answer.status_code == 404


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_nobody_and_the_unentitled_are_refused(resource: Resource, site: Site) -> None:
    """Without a token 401, without the permission 403, whatever is asked for."""
    nobody = Client(site.app, "tl_pat_nonsense")
    unentitled = site.unentitled()
    for method, path in (
        ("GET", address(resource)),
        ("POST", address(resource)),
        ("GET", f"{address(resource)}/{UNKNOWN}"),
        ("PATCH", f"{address(resource)}/{UNKNOWN}"),
        ("DELETE", f"{address(resource)}/{UNKNOWN}"),
    ):
        body = {} if method in {"POST", "PATCH"} else None
        assert nobody.call(method, path, body).status_code in {401, 405}
        assert unentitled.call(method, path, body).status_code in {403, 405}


@having("create", "retrieve", "list")
def test_a_stranger_does_not_see_the_record(resource: Resource, admin: Client, site: Site) -> None:
    """Who may see only their own gets 404 and an empty list for another's record."""
    if not is_scoped(resource):
        pytest.skip("public to all staff: the record belongs to nobody")
    created = create(resource, admin)
    stranger = site.stranger()
    path = f"{address(resource)}/{created['id']}"
    assert stranger.get(path).status_code == 404
    assert stranger.patch(path, {"x": 1}).status_code in {404, 405}
    assert stranger.delete(path).status_code in {404, 405}
    listed = stranger.get(address(resource), query_string=f"id={created['id']}")
    assert listed.json == []
    assert listed.headers["X-Total-Count"] == "0"


@having("create", "patch")
def test_bad_bodies_are_refused_with_every_path(resource: Resource, admin: Client) -> None:
    """Type faults and missing attributes are all named at once; nothing is stored."""
    own = resource.type.attributes().values()
    sent: dict[str, Any] = {}
    expected = set()
    for attribute in own:
        if attribute.scalar == "boolean" and attribute.name not in resource.server_sets:
            sent[attribute.json_name] = "yes"
            expected.add(attribute.json_name)
        elif attribute.required:
            expected.add(attribute.json_name)
    if not expected:
        pytest.skip("nothing in it can be wrong by type")
    answer = admin.post(address(resource), sent)
    assert answer.status_code == 400
    assert expected <= {one["path"] for one in answer.json["fault"]}
