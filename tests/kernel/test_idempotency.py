"""Idempotency over HTTP: one key, one record, one answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.program import Client, Site
from trunkline.identity.roles import withdraw_role
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.work import transaction
from trunkline.rest import idempotency

PARTY = "/tmf-api/party/v4/individual"
ADA = {"givenName": "Ada", "familyName": "Lovelace", "birthDate": "1815-12-10T00:00:00Z"}
TWINS = 8


def post(client: Client, key: str, body: Any = None) -> Any:
    return client.post(PARTY, body or ADA, headers={"Idempotency-Key": key})


def clerk(site: Site, login: str) -> tuple[Client, str]:
    """A user who may create and read persons by a role of their own, and their principal."""
    role = site.role(f"clerk_{login}", {"Individual:create": Grant(), "Individual:read": Grant()})
    client = site.user(login, roles=[role], scopes=("Individual:create", "Individual:read"))
    ((principal,),) = site.rows("select principal::text from user_account where login = %s", login)
    return client, principal


def test_twins_at_the_same_moment_make_one_record(site: Site) -> None:
    """Eight threads with one key: one record, one event, one audit line, one body."""
    site.admin.get(PARTY)  # the client and its token exist before the race
    for round_ in range(5):
        ready = threading.Barrier(TWINS)

        def run(_number: int, key: str = f"race-{round_}", ready: Any = ready) -> Any:
            ready.wait()
            return post(site.admin, key)

        with ThreadPoolExecutor(TWINS) as pool:
            answers = list(pool.map(run, range(TWINS)))
        assert {one.status_code for one in answers} == {201}
        assert len({one.text for one in answers}) == 1
        ident = answers[0].json["id"]
        assert len({one.headers["Location"] for one in answers}) == 1
        counts = site.rows(
            "select (select count(*) from event where subject = %s), "
            "(select count(*) from audit where subject = %s), (select count(*) from individual)",
            ident,
            ident,
        )
        assert counts == [(1, 1, round_ + 1)]


def test_twins_with_different_bodies_make_one_record(site: Site) -> None:
    """Of racing requests with one key and two bodies one body wins; the other is refused."""
    before = site.rows("select count(*) from individual")[0][0]
    ready = threading.Barrier(TWINS)

    def run(number: int) -> Any:
        ready.wait()
        return post(site.admin, "two bodies", ADA | {"nationality": f"N{number % 2}"})

    with ThreadPoolExecutor(TWINS) as pool:
        answers = list(pool.map(run, range(TWINS)))
    assert sorted(one.status_code for one in answers) == [201] * 4 + [409] * 4
    assert site.rows("select count(*) from individual")[0][0] == before + 1


def test_changed_payload_is_refused(site: Site) -> None:
    """The same key for another body or address answers 409; another caller may use it too."""
    first = post(site.admin, "changed")
    for answer in (
        post(site.admin, "changed", ADA | {"gender": "female"}),
        site.admin.post(
            "/tmf-api/party/v4/organization", ADA, headers={"Idempotency-Key": "changed"}
        ),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "idempotencyKeyReused")
    client, _ = clerk(site, "olga")
    other = post(client, "changed")
    assert other.status_code == 201
    assert other.json["id"] != first.json["id"]


def test_answer_is_the_first_one(site: Site) -> None:
    """A later repeat gets the body of the first answer, though the record has moved on."""
    first = post(site.admin, "later")
    site.admin.patch(f"{PARTY}/{first.json['id']}", {"gender": "female"})
    again = post(site.admin, "later")
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["ETag"] == first.headers["ETag"] == '"1"'
    assert again.headers["Location"] == first.headers["Location"]


def test_replay_shows_what_may_be_seen_today(site: Site) -> None:
    """A class that was taken away meanwhile is masked in the repeated answer."""
    client, _ = clerk(site, "masked")
    assert post(client, "masks").json["familyName"] == "Lovelace"
    narrow = Grant("all", frozenset({"public", "internal"}))
    site.role("clerk_masked", {"Individual:create": Grant(), "Individual:read": narrow})
    again = post(client, "masks")
    assert again.status_code == 201
    assert "Lovelace" not in again.text
    assert "1815" not in again.text


def test_replay_after_rights_are_gone(site: Site) -> None:
    """Without the permission 403, without reach or record 404: a key opens no door."""
    client, principal = clerk(site, "leaver")
    made = post(client, "leaving").json
    site.role("clerk_leaver", {"*:*": Grant("own", EVERY_CLASS)})
    assert post(client, "leaving").status_code == 404
    withdraw_role(site.services, by=system("tests"), principal=principal, role="clerk_leaver")
    assert post(client, "leaving").status_code == 403
    post(site.admin, "gone")
    gone = post(site.admin, "gone").json["id"]
    assert site.admin.delete(f"{PARTY}/{gone}").status_code == 204
    assert post(site.admin, "gone").status_code == 404
    assert made["id"] != gone


def test_key_of_a_failed_write_is_free(site: Site) -> None:
    """What was refused or rolled back leaves no key behind."""
    assert post(site.admin, "second try", {"givenName": "Ada"}).status_code == 400
    assert post(site.admin, "second try").status_code == 201
    with pytest.raises(RuntimeError), transaction(site.services, system("tests")) as work:  # noqa: PT012
        assert idempotency.claim(work, "crash", b"mark") is None
        raise RuntimeError("the process dies before its commit")
    with transaction(site.services, system("tests")) as work:
        assert idempotency.claim(work, "crash", b"mark") is None


def test_first_request_that_does_not_end_is_named(site: Site) -> None:
    """A twin of a request that hangs is told to ask again, after the lock time-out."""
    ((principal,),) = site.rows("select principal::text from user_account where login = 'admin'")
    with site.services.database.app.connection() as connection, connection.transaction():
        connection.execute(
            "insert into idempotency (client, key, fingerprint) values (%s, 'hangs', 'x')",
            [principal],
        )
        answer = post(site.admin, "hangs")
    assert (answer.status_code, answer.json["code"]) == (409, "stillRunning")
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "tab\tin"])
def test_keys_have_a_form(site: Site, key: str) -> None:
    """An empty, endless or unprintable key answers 400 or counts as none."""
    assert post(site.admin, key).status_code in {201, 400}
    assert site.rows("select count(*) from idempotency where length(key) > 255") == [(0,)]


def test_old_keys_are_removed(site: Site) -> None:
    """Keys older than 72 hours are forgotten; younger ones stay."""
    post(site.admin, "old")
    post(site.admin, "young")
    with transaction(site.services, system("tests")) as work:
        work.connection.execute(
            "update idempotency set created_at = now() - interval '73 hours' where key = 'old'"
        )
        assert idempotency.forget_old(work) == 1
    assert site.rows("select key from idempotency where key in ('old', 'young')") == [("young",)]


def test_stored_answers_are_sealed(site: Site) -> None:
    """The database holds no readable copy of a personal answer."""
    post(site.admin, "sealed", ADA | {"familyName": "Canarywharf"})
    ((answer,),) = site.rows("select answer from idempotency where key = 'sealed'")
    assert b"Canarywharf" not in bytes(answer)
