"""Bodies over HTTP: whatever is sent, the answer is a refusal or a record, never a 5xx."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.program import Site

PARTY = "/tmf-api/party/v4/individual"
NAMES = b'"givenName":"Ada","familyName":"Lovelace"'


def post(site: Site, body: bytes, **headers: str) -> Any:
    return site.admin.call(
        "POST", PARTY, body=body, headers={"Content-Type": "application/json", **headers}
    )


def nested(depth: int) -> bytes:
    return b'{%b,"x":%b%b}' % (NAMES, b'{"a":' * depth + b"1", b"}" * depth)


REFUSED = {
    "empty": b"",
    "white space": b"  ",
    "not JSON": b"{givenName}",
    "cut off": b'{"givenName":"Ada"',
    "two values": b"{}{}",
    "trailing comma": b'{"givenName":"Ada",}',
    "comment": b"/**/{}",
    "not a number": b'{%b,"x":NaN}' % NAMES,
    "infinity": b'{%b,"x":Infinity}' % NAMES,
    "list": b"[]",
    "text": b'"x"',
    "null": b"null",
    "number": b"1",
    "bad UTF-8": b'{%b,"x":"\xff\xfe"}' % NAMES,
    "overlong UTF-8": b'{%b,"x":"\xc0\xaf"}' % NAMES,
    "byte order mark": b"\xef\xbb\xbf{%b}" % NAMES,
    "UTF-16": '{"givenName":"Ada","familyName":"L"}'.encode("utf-16"),
    "NUL escape": b'{%b,"x":"\\u0000"}' % NAMES,
    "NUL in a key": b'{%b,"\\u0000":1}' % NAMES,
    "NUL deep": b'{%b,"x":[{"y":["\\u0000"]}]}' % NAMES,
    "lone surrogate": b'{%b,"x":"\\ud800"}' % NAMES,
    "swapped surrogates": b'{%b,"x":"\\udc00\\ud800"}' % NAMES,
    "lone surrogate in a key": b'{%b,"\\udfff":1}' % NAMES,
    "duplicate key": b'{%b,"givenName":"Eve"}' % NAMES,
    "duplicate key, escaped": b'{%b,"given\\u004eame":"Eve"}' % NAMES,
    "duplicate key deep": b'{%b,"x":{"a":1,"a":2}}' % NAMES,
    "same key in two forms": '{"givenName":"A","familyName":"L","\u00e9":1,"e\u0301":2}'.encode(),
    "huge exponent": b'{%b,"x":1e999999999}' % NAMES,
    "tiny exponent": b'{%b,"x":1e-999999999}' % NAMES,
    "huge number": b'{%b,"x":%b}' % (NAMES, b"9" * 10_000),
    "long fraction": b'{%b,"x":0.%b}' % (NAMES, b"1" * 10_000),
    "deep objects": nested(100),
    "very deep objects": nested(100_000),
    "very deep lists": b'{%b,"x":%b%b}' % (NAMES, b"[" * 100_000, b"]" * 100_000),
    "unclosed depth": b'{"x":' * 100_000,
    "date of the 13th month": b'{%b,"birthDate":"2026-13-01"}' % NAMES,
    "date as a number": b'{%b,"birthDate":20260101}' % NAMES,
    "list for text": b'{"givenName":["Ada"],"familyName":"L"}',
    "object for a list": b'{%b,"contactMedium":{}}' % NAMES,
    "null in a list": b'{%b,"contactMedium":[null]}' % NAMES,
    "text in a list of objects": b'{%b,"contactMedium":["phone"]}' % NAMES,
    "list in a list": b'{%b,"contactMedium":[[]]}' % NAMES,
    "null for what is required": b'{"givenName":null,"familyName":"L"}',
    "unknown state": b'{%b,"status":"nonsense"}' % NAMES,
    "state of another type": b'{%b,"status":{}}' % NAMES,
    "final state": b'{%b,"status":"deceaded"}' % NAMES,
}


@pytest.mark.parametrize("name", REFUSED)
def test_malformed_bodies_are_refused(site: Site, name: str) -> None:
    """400 (or 409 for a state) in the published form, and nothing is stored."""
    before = site.rows("select count(*) from record")
    answer = post(site, REFUSED[name])
    assert answer.status_code in {400, 409}, (answer.status_code, answer.text[:300])
    assert {"code", "reason", "message", "status"} <= set(answer.json)
    assert site.rows("select count(*) from record") == before


TAKEN = {
    "19.90": b"19.90",
    "many digits": b"1234567890.12345678901234567890",
    "large exponent": b"1e20",
    "negative zero": b"-0",
    "large whole number": b"12345678901234567890123",
    "emoji": '"\U0001f600"'.encode(),
    "surrogate pair": b'"\\ud83d\\ude00"',
    "empty text": b'""',
    "empty object": b"{}",
    "null": b"null",
    "colon in text": b'"a\\": 1"',
    "quote before a colon": b'["\\":",":\\""]',
    "markup": b'"</script><script>"',
    "depth of 40": b"[" * 40 + b"]" * 40,
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_unusual_is_kept(site: Site, name: str) -> None:
    """An undeclared value comes back as it was sent, number by number."""
    answer = post(site, b'{%b,"x":%b}' % (NAMES, TAKEN[name]))
    assert answer.status_code == 201, answer.text
    read = site.admin.get(f"{PARTY}/{answer.json['id']}")
    sent = json.loads(TAKEN[name], parse_float=str, parse_int=str)
    kept = json.loads(read.text, parse_float=str, parse_int=str)["x"]
    if name not in {"large exponent", "negative zero"}:
        assert kept == sent
    assert read.json["x"] == json.loads(TAKEN[name])


def test_text_is_kept_composed(site: Site) -> None:
    """Text is stored in NFC and found in either form."""
    body = {"givenName": "Zoe\u0308", "familyName": "L"}
    made = site.admin.post(PARTY, body).json
    assert made["givenName"] == "Zo\u00eb"
    found = site.admin.get(PARTY, query_string="givenName=Zo%C3%AB").json
    assert [one["id"] for one in found] == [made["id"]]
    decomposed = site.admin.get(PARTY, query_string="givenName=Zoe%CC%88").json
    assert [one["id"] for one in decomposed] == [made["id"]]


def test_too_large_is_told_before_it_is_read(site: Site) -> None:
    """A body over the limit answers 413, with and without its length in a header."""
    limit = site.services.body_bytes_max
    for body in (b" " * (limit + 1), b'{"x":"' + b"a" * limit + b'"}'):
        answer = post(site, body)
        assert (answer.status_code, answer.json["code"]) == (413, "bodyTooLarge")


PATCHES: list[tuple[str, Any, int]] = [
    ("application/json", [], 400),
    ("application/json", "x", 400),
    ("application/json", None, 400),
    ("application/json", {"status": ["x"]}, 400),
    ("application/json", {"familyName": None}, 400),
    ("application/json", {"contactMedium": [{"characteristic": []}]}, 400),
    ("application/json", {"birthDate": "soon"}, 400),
    ("application/json", {"id": "x", "href": "y", "key": "z"}, 200),
    ("application/json", {"id": {"deep": []}}, 200),
    ("application/merge-patch+json;charset=utf-8", {"gender": "female"}, 200),
    ("APPLICATION/JSON", {"gender": "x"}, 200),
    ("text/plain", {}, 415),
    ("application/xml", {}, 415),
    ("application/json-patch-query+json", [], 200),
    ("application/json-patch+json", {}, 400),
    ("application/json-patch+json", [1], 400),
    ("application/json-patch+json", [{"op": "nope", "path": "/x"}], 400),
    ("application/json-patch+json", [{"op": "remove", "path": "/nothing"}], 400),
    ("application/json-patch+json", [{"op": "replace", "path": "", "value": 1}], 400),
    ("application/json-patch+json", [{"op": "replace", "path": "x", "value": 1}], 400),
    ("application/json-patch+json", [{"op": "test", "path": "/gender", "value": 0}], 409),
    ("application/json-patch+json", [{"op": "add", "path": "/id", "value": "x"}], 200),
    ("application/json-patch+json", [{"op": "remove", "path": "/familyName"}], 400),
    ("application/json-patch+json", [{"op": "copy", "from": "", "path": "/x"}] * 60, 400),
]


@pytest.mark.parametrize("kind, patch, status", PATCHES)
def test_patches_of_every_shape(site: Site, kind: str, patch: Any, status: int) -> None:
    """A patch is applied whole or refused; id, href and key are never changed by one."""
    made = post(site, b'{%b,"gender":"x"}' % NAMES).json
    path = f"{PARTY}/{made['id']}"
    body = json.dumps(patch).encode()
    answer = site.admin.call("PATCH", path, body=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text[:300]
    read = site.admin.get(path).json
    assert all(read[name] == made[name] for name in ("id", "href", "key"))
    if status != 200:
        assert read == made


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "ident", ["%00", "x%00y", "..", "%2e%2e", "a%2Fb", "%C3%A9", "%ED%A0%80", "x" * 3000,
              "IND", "IND0", "%20", "%25", "'", "%22", "null", "-1"]
)  # fmt: skip
def test_strange_names_are_not_found(site: Site, method: str, ident: str) -> None:
    """A name that nothing can have answers 404 or 400 for every operation."""
    body = {} if method == "PATCH" else None
    answer = site.admin.call(method, f"{PARTY}/{ident}", body)
    assert answer.status_code in {400, 404, 405}, answer.status_code


@pytest.mark.parametrize(
    "path", [PARTY + "/", PARTY.replace("/v4", "//v4"), "/" + PARTY, PARTY + "//"]
)
def test_slashes_are_tolerated_without_a_redirect(site: Site, path: str) -> None:
    """A trailing or double slash reaches the same place, for POST too."""
    assert site.admin.get(path).status_code == 200
    answer = site.admin.post(path, {"givenName": "Ada", "familyName": "L"})
    assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
def test_create_takes_json_only(site: Site, kind: str) -> None:
    """POST of another media type answers 415, as PATCH does."""
    answer = post(site, b"{%b}" % NAMES, **{"Content-Type": kind})
    assert (answer.status_code, answer.json["code"]) == (415, "badContentType")


@pytest.mark.parametrize("header", ["If-Match", "Prefer", "Idempotency-Key", "X-Request-Id"])
@pytest.mark.parametrize("value", ["", "\u00e9", "a" * 5000, '"', 'W/"1"', "\t", "*"])
def test_odd_headers_are_no_fault_of_ours(site: Site, header: str, value: str) -> None:
    """Strange header values are taken, ignored or refused, never a 5xx."""
    headers = {header: value}
    made = site.admin.post(PARTY, {"givenName": "Ada", "familyName": "L"}, headers=headers)
    assert made.status_code in {201, 400, 409}
    assert site.admin.get(PARTY, query_string="limit=1", headers=headers).status_code < 300
    ident = site.admin.get(PARTY, query_string="limit=1").json[0]["id"]
    changed = site.admin.patch(f"{PARTY}/{ident}", {"gender": "x"}, headers=headers)
    assert changed.status_code in {200, 412}
