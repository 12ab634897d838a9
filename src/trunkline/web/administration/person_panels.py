"""What a page about a user or client shows below its roles, each part read on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.documents.shape import Json
from trunkline.identity.personal_tokens import personal_tokens_of
from trunkline.identity.principals import Kind, Principal, acts_about, sessions_of
from trunkline.identity.privileges import privileges_of
from trunkline.web.administration.browsers import browser_of
from trunkline.web.administration.limits import asked, dimensions, in_words, said
from trunkline.web.administration.matrix import REACHES
from trunkline.web.desk import Desk
from trunkline.web.values import instant
from trunkline.web.wording import words

PANELS: Mapping[Kind, Sequence[tuple[str, str]]] = {
    "user": (("works", "Works for"), ("sessions", "Signed in"), ("tokens", "Tokens for scripts"),
             ("privileges", "Held without a role"), ("happened", "What happened")),
    "client": (("works", "Works for"), ("privileges", "Held without a role"),
               ("happened", "What happened")),
}  # fmt: skip
ACTS = {
    "addUser": "User added",
    "createClient": "Client added",
    "signIn": "Signed in",
    "setSpheres": "Working elsewhere",
    "setPassword": "New password",
    "givePasswordLink": "Link for a new password made",
    "endSession": "Session ended",
    "disable": "Locked",
    "enable": "Unlocked",
    "assignRole": "Role given",
    "withdrawRole": "Role withdrawn",
    "endSessions": "Sessions ended",
    "viewAs": "Viewed as this user",
    "endViewAs": "Viewing ended",
    "createToken": "Token made",
    "revokeToken": "Token revoked",
    "rotateSecret": "Second secret made",
    "dropSecret": "Former secret dropped",
    "givePrivilege": "Privilege given",
    "withdrawPrivilege": "Privilege withdrawn",
}


def panel_values(
    desk: Desk, connection: Any, one: Principal, panel: str, *, generation: int, session: str | None
) -> dict[str, Json]:
    """Return what a part shows of somebody; `session` is the token of the visitor's own."""
    zone = desk.zone
    if panel == "sessions":
        found = sessions_of(desk.services, connection, principal=one.id, asking=session)
        return {
            "sessions": [
                {"id": each.id, "address": each.address, "browser": browser_of(each.agent),
                 "agent": each.agent, "here": each.is_asking, "viewing": each.is_viewing,
                 "since": instant(each.created_at, zone), "used": instant(each.last_seen_at, zone)}
                for each in found
            ]
        }  # fmt: skip
    if panel == "works":
        names = dimensions(desk.services, connection, generation)
        return {"asked": asked(names, one.lies_in), "lies_in": said(one.lies_in, names)}
    if panel == "tokens":
        return {
            "tokens": [
                {"id": each.id, "name": each.name, "scopes": list(each.scopes),
                 "ends": instant(each.expires_at, zone), "used": instant(each.last_used_at, zone)}
                for each in personal_tokens_of(desk.services, owner=one.id)
            ]
        }  # fmt: skip
    if panel == "privileges":
        held = privileges_of(connection, [one.id]).get(one.id, {})
        return {
            "privileges": [
                {
                    "name": name,
                    "reach": REACHES[each.grant.reach],
                    "limits": in_words(each.grant.limits, {}),
                    "ends_at": instant(each.ends_at, zone),
                }
                for name, each in held.items()
            ]
        }
    return {
        "lines": [
            {"at": instant(each.at, zone), "actor": each.actor, "what": _act(each.action)[0],
             "about": _act(each.action)[1], "refused": each.outcome != "done"}
            for each in acts_about(connection, principal=one.id)
        ]
    }  # fmt: skip


def _act(action: str) -> tuple[str, str]:
    """Return what was done in words, and to which role or permission."""
    name, _, about = action.partition(" ")
    return ACTS.get(name) or words(name), "" if about.isdigit() else about
