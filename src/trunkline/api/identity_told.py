"""Users, clients and tokens, described: what each operation takes and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from trunkline.identity.rights import ADMINISTER
from trunkline.kernel.resource import Api
from trunkline.rest.verb import Object, Verb, shape

IDENTITY = Api("identity", "Users, clients and tokens", "1.0.0", "/api/identity/v1")
ONE: Mapping[str, str | Object] = {
    "id": "text", "name": "text", "active": "flag", "role": "list text", "createdAt": "instant",
    "lastUsedAt": "instant", "party": "text", "partner": "text", "liesIn": "list text",
}  # fmt: skip
NEW: Mapping[str, str | Object] = {
    "name": "text", "role": "list text", "party": "text", "partner": "text",
}  # fmt: skip

SCHEMAS: Mapping[str, Object] = {
    "IdentityUser": shape(
        "Somebody who may sign in. A password that was made is told once.",
        {"login": "text", **ONE, "password": "text"}, "id login name active role createdAt",
    ),
    "NewIdentityUser": shape(
        "A user to add; without a password one is made.",
        {"login": "text", **NEW, "password": "text"}, "login",
    ),
    "IdentityClient": shape(
        "A program that calls the interfaces. A secret that was made is told once.",
        {"clientId": "text", **ONE, "secrets": "integer", "secret": "text"},
        "id clientId name active role createdAt secrets",
    ),
    "NewIdentityClient": shape("A client to add.", {"clientId": "text", **NEW}, "clientId"),
    "IdentityChange": shape(
        "Switch off (locks out at once) or on; say in which spheres somebody works.",
        {"active": "flag", "liesIn": "list text"},
    ),
    "IdentityPassword": shape("A new password; without one it is made.", {"password": "text"}),
    "IdentityPasswordLink": shape(
        "A link by which a user chooses a new password, once; it is told once.",
        {"link": "text", "endsAt": "instant"}, "link endsAt",
    ),
    "IdentitySession": shape(
        "Somewhere that a user is signed in: from which address, and with which browser.",
        {"id": "text", "address": "text", "agent": "text", "since": "instant",
         "lastUsedAt": "instant", "endsAt": "instant"},
        "id address agent since lastUsedAt endsAt",
    ),
    "IdentityToken": shape(
        "A token for scripts of a user; the token itself is told once.",
        {"id": "text", "name": "text", "scope": "list text", "endsAt": "instant",
         "lastUsedAt": "instant", "token": "text"},
        "id name scope endsAt",
    ),
    "NewIdentityToken": shape(
        "A token to make; the user holds its scopes.",
        {"name": "text", "scope": "list text", "days": "integer"}, "name scope",
    ),
}  # fmt: skip
FOUND = {"q": "A part of the name or of what it signs in with.", "role": "Who has this role.",
         "after": "Those after this login or client id."}  # fmt: skip


def verbs() -> Iterator[Verb]:
    """Yield the operations, as OpenAPI tells of them."""
    of = partial(Verb, api=IDENTITY, scope=ADMINISTER)
    for path, word in (("user", "User"), ("client", "Client")):
        schema = f"Identity{word}"
        each = partial(of, about=schema, answers=schema)
        yield each(method="get", path=f"/{path}", name=f"list{schema}", is_list=True,
                   parameters="limit", filters=FOUND, summary=f"List {path}s")  # fmt: skip
        yield each(method="post", path=f"/{path}", name=f"create{schema}", takes=f"New{schema}",
                   status="201", conflicts=True, summary=f"Add a {path}")  # fmt: skip
        yield each(method="get", path=f"/{path}/{{id}}", name=f"retrieve{schema}",
                   summary=f"Return a {path}")  # fmt: skip
        yield each(method="patch", path=f"/{path}/{{id}}", name=f"patch{schema}",
                   takes="IdentityChange", summary=f"Change a {path}")  # fmt: skip
    user = partial(of, about="IdentityUser")
    yield user(method="post", path="/user/{id}/password", name="setIdentityPassword",
               takes="IdentityPassword", answers="IdentityUser", conflicts=True,
               summary="Give a user a new password; sessions end")  # fmt: skip
    yield user(method="post", path="/user/{id}/password-link", name="createIdentityPasswordLink",
               answers="IdentityPasswordLink", status="201",
               summary="Make a link by which a user chooses a new password")  # fmt: skip
    session = partial(of, about="IdentitySession", path="/user/{id}/session")
    yield session(method="get", name="listIdentitySession", answers="IdentitySession",
                  is_list=True, summary="List where a user is signed in")  # fmt: skip
    yield session(method="delete", name="endIdentitySession", status="204",
                  summary="Sign a user out everywhere")  # fmt: skip
    yield of(method="delete", path="/user/{id}/session/{session}", name="endOneIdentitySession",
             about="IdentitySession", status="204",
             summary="Sign a user out at one place")  # fmt: skip
    token = partial(of, about="IdentityToken")
    yield token(method="get", path="/user/{id}/token", name="listIdentityToken",
                answers="IdentityToken", is_list=True, summary="List a user's tokens")  # fmt: skip
    yield token(method="post", path="/user/{id}/token", name="createIdentityToken",
                takes="NewIdentityToken", answers="IdentityToken", status="201",
                summary="Make a token for scripts")  # fmt: skip
    yield token(method="delete", path="/token/{id}", name="deleteIdentityToken", status="204",
                summary="Revoke a token")  # fmt: skip
    client = partial(of, about="IdentityClient", path="/client/{id}/secret")
    yield client(method="post", name="rotateIdentitySecret", answers="IdentityClient",
                 conflicts=True, summary="Make a second secret")  # fmt: skip
    yield client(method="delete", name="dropIdentitySecret", status="204",
                 summary="Drop all secrets but the newest")  # fmt: skip
