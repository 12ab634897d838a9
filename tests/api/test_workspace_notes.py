"""Notes, tasks and files about records: who may write and read them, and whose key seals them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.governance.shipped import ensure_registers
from trunkline.kernel.actor import EVERY_CLASS, Grant
from trunkline.workspace.attachments import LIMIT, SCAN, use_scan

BASE = "/api/workspace/v1"
BESIDE = ("workspace:records", "workspace:own")
PLAIN = frozenset({"public", "internal"})


@pytest.fixture(scope="module")
def ada(site: Site) -> dict[str, Any]:
    body = {"givenName": "Ada", "familyName": "Lovelace"}
    found: dict[str, Any] = site.admin.post("/tmf-api/party/v4/individual", body).json
    return found


@pytest.fixture(scope="module")
def ben(site: Site) -> Client:
    """Somebody who reads people and nothing else."""
    return person(site, "ben", "Individual", Grant("all", EVERY_CLASS))


@pytest.fixture(scope="module")
def own(site: Site, ada: dict[str, Any]) -> Client:
    """Ada herself, who reads her own records."""
    return person(site, "ada", "Individual", Grant("own", EVERY_CLASS), party=ada["id"])


def person(site: Site, login: str, reads: str, grant: Grant, **options: str) -> Client:
    """Somebody who reads one kind of records and nothing else."""
    beside = {one: Grant("own") for one in BESIDE}
    site.role(f"of-{login}", {f"{reads}:read": grant, **beside})
    return site.user(login, roles=[f"of-{login}"], scopes=(f"{reads}:read", *BESIDE), **options)


def named(ada: dict[str, Any]) -> dict[str, str]:
    return {"id": ada["key"], "@referredType": "Individual"}


def about(ada: dict[str, Any], what: str) -> str:
    return f"{BASE}/{what}?record={ada['id']}&type=Individual"


def listed(client: Client, ada: dict[str, Any], what: str) -> Any:
    path, _, query = about(ada, what).partition("?")
    return client.get(path, query_string=query)


def test_a_note_is_written_changed_and_removed_by_its_author(
    site: Site, ada: dict[str, Any], ben: Client
) -> None:
    made = ben.post(f"{BASE}/notes", {"record": named(ada), "text": " Prefers mail. "})
    assert made.status_code == 201, made.text
    note = made.json
    assert (note["text"], note["author"]["name"], note["pinned"]) == ("Prefers mail.", "Ben", False)
    address = f"{BASE}/notes/{note['id']}"
    assert site.admin.patch(address, {"text": "x"}).status_code == 403
    assert site.admin.delete(address).status_code == 403
    assert site.admin.patch(address, {"pinned": True}).json["pinned"] is True
    changed = ben.patch(address, {"text": "Prefers letters."}).json
    assert changed["text"] == "Prefers letters."
    assert "editedAt" in changed
    assert [one["id"] for one in listed(site.admin, ada, "notes").json] == [note["id"]]
    assert ben.delete(address).status_code == 204
    assert listed(ben, ada, "notes").json == []


def test_the_reach_of_the_record_decides(
    site: Site, ada: dict[str, Any], ben: Client, own: Client
) -> None:
    """Not the one it is about, nobody out of reach, nobody who sees no personal values."""
    note = ben.post(f"{BASE}/notes", {"record": named(ada), "text": "Rude on the phone"}).json
    task = ben.post(f"{BASE}/tasks", {"record": named(ada), "title": "Call"}).json
    file = ben.post(
        f"{BASE}/attachments",
        {"record": named(ada), "name": "a.txt", "content": base64.b64encode(b"abc").decode()},
    ).json
    plain = person(site, "plain", "Individual", Grant("all", PLAIN))
    other = person(site, "other", "GeographicSite", Grant("all", EVERY_CLASS))
    for kind, one in (("notes", note), ("tasks", task), ("attachments", file)):
        for client, refused in ((own, 403), (plain, 403), (other, 403)):
            assert listed(client, ada, kind).status_code == refused, (kind, refused)
            path = f"{BASE}/{kind}/{one['id']}"
            assert client.get(path).status_code in {403, 404}
            assert client.delete(path).status_code in {403, 404}
    for client in (own, plain, other):
        assert client.get(f"{BASE}/attachments/{file['id']}/content").status_code in {403, 404}
        sent = {"record": named(ada), "text": "x"}
        assert client.post(f"{BASE}/notes", sent).status_code == 403
    assert site.stranger().get(f"{BASE}/notes/{note['id']}").status_code == 404


def test_a_partner_reaches_what_is_about_its_own(site: Site) -> None:
    """Row-level security stands behind the reach: a narrow actor's connection sees its own.

    What the staff notes about them is not among it.
    """
    api = "/tmf-api/party/v4"
    dealer = site.admin.post(f"{api}/organization", {"tradingName": "Dealer"}).json
    client = person(
        site, "dealer", "Individual", Grant("partner", EVERY_CLASS),
        party=dealer["id"], partner=dealer["id"],
    )  # fmt: skip
    related = [{"id": dealer["id"], "role": "partner", "@referredType": "Organization"}]
    theirs = site.admin.post(
        f"{api}/individual", {"givenName": "Cy", "familyName": "Own", "relatedParty": related}
    ).json
    others = site.admin.post(f"{api}/individual", {"givenName": "Di", "familyName": "Other"}).json
    for one, status in ((theirs, 201), (others, 404)):
        sent = {"record": named(one), "text": "Seen"}
        assert client.post(f"{BASE}/notes", sent).status_code == status
        internal = site.admin.post(f"{BASE}/notes", sent | {"text": "Not for dealers"})
        assert internal.status_code == 201
        assert client.get(f"{BASE}/notes/{internal.json['id']}").status_code == 404
    assert [note["text"] for note in listed(client, theirs, "notes").json] == ["Seen"]
    assert len(listed(site.admin, theirs, "notes").json) == 2
    assert listed(client, others, "notes").status_code == 404


def test_what_is_written_is_sealed_for_the_owner_of_the_record(site: Site, ben: Client) -> None:
    body = {"givenName": "Eve", "familyName": "Gone"}
    eve = site.admin.post("/tmf-api/party/v4/individual", body).json
    ben.post(f"{BASE}/notes", {"record": named(eve), "text": "Secret word"})
    ben.post(f"{BASE}/tasks", {"record": named(eve), "title": "Secret word"})
    ben.post(
        f"{BASE}/attachments",
        {
            "record": named(eve),
            "name": "Secret word",
            "content": base64.b64encode(b"Secret word").decode(),
        },
    )
    rows = site.rows(
        "select said from staff_note where record = %s union all select said from staff_task "
        "where record = %s union all select said from staff_file where record = %s union all "
        "select content from staff_file where record = %s",
        *[eve["id"]] * 4,
    )
    assert len(rows) == 4
    assert all(b"Secret" not in bytes(one) for (one,) in rows)
    assert listed(ben, eve, "notes").json[0]["text"] == "Secret word"
    with site.services.database.app.connection() as connection:
        connection.execute("delete from owner_key where owner = %s", [eve["id"]])
    site.services.keyring.forget()
    assert "text" not in listed(ben, eve, "notes").json[0]
    assert "title" not in listed(ben, eve, "tasks").json[0]
    file = listed(ben, eve, "attachments").json[0]
    assert "name" not in file
    assert ben.get(f"{BASE}/attachments/{file['id']}/content").status_code == 404


def test_who_is_named_in_a_note_and_may_read_it_is_told(
    site: Site, ada: dict[str, Any], ben: Client, own: Client
) -> None:
    """A login behind an @; not the author, not somebody without access, once per note."""
    text = "@Ben please look, @ben! Not @ada nor @nobody nor me@example.com"
    note = site.admin.post(f"{BASE}/notes", {"record": named(ada), "text": text}).json
    told = [one for one in ben.get(f"{BASE}/notification").json if one["kind"] == "mention"]
    assert [one["text"] for one in told] == [
        f"Admin named you in a note about individual {ada['key']}"
    ]
    assert told[0]["record"] == {"id": ada["id"], "@referredType": "Individual"}
    assert own.get(f"{BASE}/notification").json == []
    site.admin.patch(f"{BASE}/notes/{note['id']}", {"text": text + " again"})
    again = [one for one in ben.get(f"{BASE}/notification").json if one["kind"] == "mention"]
    assert len(again) == 1


def test_a_task_is_given_found_done_and_told(
    site: Site, ada: dict[str, Any], ben: Client, own: Client
) -> None:
    sent = {"record": named(ada), "title": "Call back", "due": "2026-12-01", "assignee": "ben"}
    task = site.admin.post(f"{BASE}/tasks", sent).json
    assert (task["assignee"]["name"], task["due"]) == ("Ben", "2026-12-01")
    given = [one for one in ben.get(f"{BASE}/notification").json if one["kind"] == "task"]
    assert given[0]["address"] == f"/my-tasks#task-{task['id']}"
    free = ben.post(f"{BASE}/tasks", {"title": "Lunch"}).json
    soon = ben.post(f"{BASE}/tasks", {"title": "Sooner", "due": "2026-11-01"}).json
    mine = ben.get(f"{BASE}/tasks", query_string="mine=open&limit=2").json
    assert [one["id"] for one in mine] == [soon["id"], task["id"]]
    rest = ben.get(f"{BASE}/tasks", query_string=f"mine=open&before={task['id']}").json
    assert free["id"] in [one["id"] for one in rest]
    assert site.admin.get(f"{BASE}/tasks/{free['id']}").status_code == 404
    address = f"{BASE}/tasks/{task['id']}"
    done = ben.patch(address, {"done": True}).json
    assert done["doneBy"] == "Ben"
    assert ben.get(f"{BASE}/tasks", query_string="mine=done").json[0]["id"] == task["id"]
    assert "doneAt" not in ben.patch(address, {"done": False, "due": None}).json
    assert ben.delete(address).status_code == 403
    assert site.admin.delete(address).status_code == 204
    for assignee in ("ada", "nobody"):
        refused = site.admin.post(f"{BASE}/tasks", sent | {"assignee": assignee})
        assert (refused.status_code, refused.json["fault"][0]["path"]) == (400, "assignee")
    assert own.post(f"{BASE}/tasks", {"title": "x"}).status_code == 403


def test_a_task_about_a_record_out_of_reach_keeps_its_title_to_itself(
    site: Site, ada: dict[str, Any]
) -> None:
    client = person(site, "cleo", "Individual", Grant("all", EVERY_CLASS))
    client.post(f"{BASE}/tasks", {"record": named(ada), "title": "Ask Ada about her debts"})
    sites = {"GeographicSite:read": Grant("all", EVERY_CLASS)}
    site.role("of-cleo", sites | {one: Grant() for one in BESIDE})
    (task,) = client.get(f"{BASE}/tasks", query_string="mine=open").json
    assert "title" not in task
    assert client.get(f"{BASE}/tasks/{task['id']}").status_code == 404


@pytest.fixture
def limits(site: Site) -> Iterator[dict[str, Any]]:
    yield site.services.extra
    site.services.extra.pop(LIMIT, None)
    site.services.extra.pop(SCAN, None)


def test_a_file_is_what_its_bytes_are_and_only_leaves_as_a_download(
    ada: dict[str, Any], ben: Client
) -> None:
    page = b"<script>alert(1)</script>"
    sent = {
        "record": named(ada),
        "name": '../x/ev"il\r\n.txt',
        "content": base64.b64encode(page).decode(),
    }
    file = ben.post(f"{BASE}/attachments", sent).json
    assert (file["name"], file["mediaType"], file["size"]) == ('ev"il.txt', "text/plain", 25)
    answer = ben.get(f"{BASE}/attachments/{file['id']}/content")
    assert answer.content == page
    head = answer.headers
    assert head["content-type"].startswith("text/plain")
    assert head["content-disposition"].startswith('attachment; filename="ev_il.txt"')
    assert head["x-content-type-options"] == "nosniff"
    assert "sandbox" in head["content-security-policy"]
    image = base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()
    named_text = sent | {"name": "a.txt", "content": image}
    assert ben.post(f"{BASE}/attachments", named_text).json["mediaType"] == "image/png"


def test_a_file_too_large_empty_or_not_clean_is_refused(
    site: Site, ada: dict[str, Any], ben: Client, limits: dict[str, Any]
) -> None:
    def post(content: bytes) -> Any:
        body = {"record": named(ada), "name": "a", "content": base64.b64encode(content).decode()}
        return ben.post(f"{BASE}/attachments", body)

    before = len(listed(ben, ada, "attachments").json)
    limits[LIMIT] = 1000
    use_scan(site.services, lambda name, content: "it is a virus" if b"EICAR" in content else None)
    assert post(b"x" * 1001).status_code == 413
    assert post(b"x" * 9000).status_code == 413
    assert post(b"").status_code == 400
    refused = post(b"EICAR")
    assert (refused.status_code, refused.json["fault"][0]["code"]) == (400, "fileRefused")
    assert len(listed(ben, ada, "attachments").json) == before
    assert post(b"x" * 1000).status_code == 201


def test_a_file_has_a_type_a_version_and_is_of_a_kind_that_is_kept(
    site: Site, ada: dict[str, Any], ben: Client
) -> None:
    """One of a name that is there is its next version, the older one stays; what a file is for is
    one of the operator's types; programs, pages and drawings that run are refused by content and
    by name, as with documents."""

    def post(name: str, content: bytes, **more: Any) -> Any:
        body = {"record": named(ada), "name": name, **more}
        body["content"] = base64.b64encode(content).decode()
        return ben.post(f"{BASE}/attachments", body)

    ensure_registers(site.services)
    first = post("Terms.pdf", b"%PDF-1.7 one", fileType="contract").json
    second = post("terms.PDF", b"%PDF-1.7 two", fileType="contract").json
    other = post("Terms 2.pdf", b"%PDF-1.7 two").json
    assert [one["version"] for one in (first, second, other)] == [1, 2, 1]
    assert (second["fileType"], other.get("fileType")) == ("contract", None)
    kept = {one["id"]: one for one in listed(ben, ada, "attachments").json}
    assert kept[first["id"]]["version"] == 1
    assert ben.get(f"{BASE}/attachments/{first['id']}/content").content == b"%PDF-1.7 one"
    before = len(kept)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for name, content in (("x.exe", b"MZ\x90\x00\x03"), ("x", b"MZ\x90\x00\x03"),
                          ("a.html", b"<p>hello</p>"), ("p.svg", svg), ("run.bat", b"echo"),
                          ("all.zip", b"PK\x03\x04rest")):  # fmt: skip
        refused = post(name, content)
        assert refused.status_code == 400, name
        assert refused.json["fault"][0]["code"] == "fileKindRefused", name
    wrong = post("a.pdf", b"%PDF-1.7", fileType="poem")
    assert (wrong.status_code, wrong.json["fault"][0]["path"]) == (400, "fileType")
    assert len(listed(ben, ada, "attachments").json) == before


def test_a_token_needs_the_scope(site: Site, ada: dict[str, Any]) -> None:
    rights = {"*:read": Grant("all", EVERY_CLASS), "workspace:records": Grant()}
    site.role("reads-all", rights)
    narrow = site.user("narrow", roles=["reads-all"], scopes=("*:read",))
    assert listed(narrow, ada, "notes").status_code == 403
    wide = site.user("wide", roles=["reads-all"], scopes=tuple(rights))
    assert listed(wide, ada, "notes").status_code == 200


def test_what_was_sent_wrong_is_named(ada: dict[str, Any], ben: Client) -> None:
    for path, body, fault in (
        ("notes", {"text": "x"}, "record"),
        ("notes", {"record": named(ada)}, "text"),
        ("notes", {"record": named(ada), "text": " "}, "text"),
        ("notes", {"record": {"id": "1", "@referredType": "Thing"}, "text": "x"},
         "record.@referredType"),
        ("notes", {"record": named(ada), "text": "x", "colour": 1}, "colour"),
        ("tasks", {"title": "x", "due": "soon"}, "due"),
        ("attachments", {"record": named(ada), "name": "a", "content": "?"}, "content"),
        ("attachments", {"record": named(ada), "content": "YWJj"}, "name"),
    ):  # fmt: skip
        answer = ben.post(f"{BASE}/{path}", body)
        assert answer.status_code == 400, (path, body)
        assert answer.json["fault"][0]["path"] == fault
    assert ben.get(f"{BASE}/notes", query_string="record=1").status_code == 400
    assert ben.get(f"{BASE}/notes/none").status_code == 404
