"""Requests in odd forms: every one is answered or refused, none is a 5xx or broken JSON."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import psycopg
import pytest

from tests.support.program import Site

PARTY = "/tmf-api/party/v4/individual"
ADA = {"givenName": "Ada", "familyName": "Lovelace"}
ROLE = "/rolesAndPermissions/v4/userRole"
PERMISSION = "/rolesAndPermissions/v4/permission"


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("path", [
    "/tmf-api/event/v4/event?after=99999999999999999999.1", "/api/hub/v1/delivery?state=%00",
    "/tmf-api/event/v4/topic/%00/event", "/api/ordering/v1/productOrder/%00/plan",
    f"{PARTY}?familyName.regex=%00", f"{PARTY}?createdAt=%00", f"{PARTY}/a%00b",
    f"{PARTY}?after={cursor('x')}", f"{PARTY}?after={cursor({})}", f"{PARTY}?after={cursor(None)}",
    f"{PARTY}?sort=birthDate&after={cursor('x', 'y')}",
])  # fmt: skip
def test_odd_address_is_refused(site: Site, path: str) -> None:
    """NUL, forged cursors and positions that no database has answer 400."""
    address, _, query = path.partition("?")
    assert site.admin.get(address, query_string=query).status_code == 400


@pytest.mark.parametrize("host", ['a"b', 'x","y":"1', "\u00e9.example"])
@pytest.mark.parametrize("query", ["", "fields=id", "limit=1"])
def test_odd_host_breaks_no_answer(site: Site, host: str, query: str) -> None:
    """Whatever a Host header says, the answer is JSON and the header adds no attribute."""
    ident = site.admin.post(PARTY, ADA).json["id"]
    answer = site.admin.get(f"{PARTY}/{ident}", query_string=query, headers={"Host": host})
    assert answer.status_code == 200
    assert answer.json["id"] == ident
    assert "y" not in answer.json


def test_text_beyond_an_index_is_refused(site: Site) -> None:
    """What no index can hold is the sender's fault, not a database that is away."""
    text = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(5_000))
    for body in ({"id": text}, {"familyName": text}):
        answer = site.admin.post(PARTY, ADA | body)
        assert answer.status_code == 400, answer.json


@pytest.mark.parametrize("kind, status", [
    ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("application/xml", 415),
    ("application/json", 201), ("Application/JSON; charset=utf-8", 201), ("", 201),
])  # fmt: skip
def test_create_takes_json(site: Site, kind: str, status: int) -> None:
    """POST of another media type answers 415; a missing one means JSON."""
    answer = site.admin.post(PARTY, ADA, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_body_in_chunks_is_read(site: Site) -> None:
    """A body without a length is taken where the server says where it ends, up to the limit."""
    for length, status in ((10, 201), (2 << 20, 413)):
        answer = site.admin.call(
            "POST",
            PARTY,
            headers={"Transfer-Encoding": "chunked"},
            extras={
                "wsgi.input": io.BytesIO(json.dumps(ADA | {"note2": "x" * length}).encode()),
                "wsgi.input_terminated": True,
            },
        )
        assert answer.status_code == status, answer.json


def test_token_endpoint_knows_no_odd_header(site: Site) -> None:
    """Credentials that are no base64 are those of nobody."""
    answer = site.app.simulate_post(
        "/oauth/token",
        body="grant_type=client_credentials",
        headers={"Authorization": "Basic \u00e9"},
    )
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path, body", [
    (ROLE, {"entitlement": [{"function": "Individual", "action": "read", "reach": []}]}),
    (PERMISSION, {"user": {"id": "x"}, "assetUserRole": [{"userRole": {"id": "auditor"}}],
                  "validFor": {"startDateTime": "0001-01-01T00:00:00+23:00"}}),
])  # fmt: skip
def test_odd_rights_are_refused(site: Site, path: str, body: Any) -> None:
    """Values of a wrong type or before all time answer 400."""
    assert site.admin.post(path, body).status_code == 400


def test_events_ahead_of_their_month_move_over(site: Site) -> None:
    """What was written before its partition was made does not stop that from being made."""
    site.move_clock(150 * 86_400)
    site.admin.post(PARTY, ADA)
    site.move_clock(-150 * 86_400)
    before = site.rows("select count(*) from event")
    assert site.rows("select count(*) from event_rest") != [(0,)]
    with site.services.database.app.connection() as connection:
        connection.execute("select ensure_partitions(6)")
    assert site.rows("select count(*) from event_rest") == [(0,)]
    assert site.rows("select count(*) from event") == before
    with (
        site.services.database.scoped.connection() as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("select 1 from audit_rest")
