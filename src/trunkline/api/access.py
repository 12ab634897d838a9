"""User roles and permissions (TMF672), served from what identity keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import falcon

from trunkline.access.api import TMF672
from trunkline.access.permission import (
    change_permission,
    grant_permission,
    holder_of,
    holders,
    permission,
)
from trunkline.access.role import Permission, UserRole
from trunkline.access.user_role import (
    change_user_role,
    create_user_role,
    role_named,
    user_role,
)
from trunkline.api.asking import (
    Asked,
    answer_json,
    not_offered,
)
from trunkline.api.at_hand import page_at_hand
from trunkline.documents.decode import encode
from trunkline.documents.errors import Invalid, Stale, Unsupported
from trunkline.documents.fields import pick_fields
from trunkline.documents.patch import json_patch, merge_patch
from trunkline.documents.shape import Json
from trunkline.identity.roles import all_roles
from trunkline.kernel.masks import Mask, hidden_paths, mask
from trunkline.kernel.resource import Resource
from trunkline.kernel.services import Services
from trunkline.rest.http import JSON_TYPE, Doorman, Known
from trunkline.rest.patching import MERGE_TYPES, PATCH_TYPE

Document = dict[str, Json]


class Kept(Asked):
    """What the two resources have in common: addresses, marks of versions, lists, patches."""

    needs = "refused"

    path = ""

    def on_delete_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Refuse: the interface has no such operation."""
        raise not_offered("GET", "PATCH")

    def answer_item(
        self, req: falcon.Request, resp: falcon.Response, found: Mapping[str, Json], known: Known
    ) -> None:
        """Answer with one document as the asker may see it, its chosen attributes, and its mark."""
        text = req.get_param("fields") if req.method == "GET" else None
        fields = None if text is None else [one.strip() for one in text.split(",")]
        answer_json(resp, self._picked(req, found, fields, known))
        resp.set_header("ETag", mark_of(found))

    def answer_created(
        self, req: falcon.Request, resp: falcon.Response, found: Mapping[str, Json], known: Known
    ) -> None:
        """Answer with a new document and its address."""
        self.answer_item(req, resp, found, known)
        resp.status = falcon.HTTP_201
        resp.set_header("Location", self._address(req, found))

    def answer_page(
        self, req: falcon.Request, resp: falcon.Response, found: Sequence[Document], known: Known,
        resource: Resource,
    ) -> None:  # fmt: skip
        """Answer with one page of those documents that are asked for.

        A filter on what is hidden from the asker is refused as one that there is not.
        """
        page, fields = page_at_hand(
            req, resp, resource, known.actor.must(resource, "read"), found,
            page_max=self.services.page_max,
        )  # fmt: skip
        answer_json(resp, [self._picked(req, one, fields, known) for one in page])

    def patched(self, req: falcon.Request, patch: Json) -> Callable[[Document], Mapping[str, Json]]:
        """Return what a patch makes of a document; refuses (412) when that is another by now."""
        kind = (req.content_type or JSON_TYPE).partition(";")[0].strip().lower()
        if kind not in MERGE_TYPES and kind != PATCH_TYPE:
            raise Unsupported("badContentType", f"PATCH takes {JSON_TYPE} or {PATCH_TYPE}")
        match = req.get_header("If-Match")

        def change(before: Document) -> Mapping[str, Json]:
            if match is not None and match.strip() != "*" and mark_of(before) not in match:
                raise Stale(
                    "stale", "it was changed since you read it; read it again",
                    headers={"ETag": mark_of(before)},
                )  # fmt: skip
            if kind != PATCH_TYPE and not isinstance(patch, dict):
                raise Invalid("badType", "a merge patch must be an object")
            after = json_patch(before, patch) if kind == PATCH_TYPE else merge_patch(before, patch)
            if not isinstance(after, dict):
                raise Invalid("badPatch", "the patch leaves no object")
            return after

        return change

    def _hidden(self, known: Known) -> Mask | None:
        """Return what is hidden from the asker: of roles nothing, they say nothing of a person."""
        del known
        return None

    def _picked(
        self, req: falcon.Request, found: Mapping[str, Json], fields: Sequence[str] | None,
        known: Known,
    ) -> Document:  # fmt: skip
        hidden = self._hidden(known)
        shown = dict(found) if hidden is None else mask(dict(found), hidden)
        whole = {"id": found["id"], "href": self._address(req, found)} | shown
        if fields is None:
            return whole
        return pick_fields(whole, fields, view=False)

    def _address(self, req: falcon.Request, found: Mapping[str, Json]) -> str:
        return f"{req.prefix}{TMF672.base}/{self.path}/{found['id']}"


class UserRoles(Kept):
    """`/userRole`: what roles there are and what each may do."""

    path = "userRole"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List user roles."""

        def answer(known: Known) -> None:
            known.actor.must(UserRole.resource, "read")
            with self.opened(known) as connection:
                found = [user_role(one) for one in all_roles(connection)]
            self.answer_page(req, resp, found, known, UserRole.resource)

        self.as_known(req, answer)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return one user role."""

        def answer(known: Known) -> None:
            known.actor.must(UserRole.resource, "read")
            with self.opened(known) as connection:
                found = user_role(role_named(connection, ident))
            self.answer_item(req, resp, found, known)

        self.as_known(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Define a role."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            known.actor.must(UserRole.resource, "create")

            def act(connection: Any) -> None:
                made = create_user_role(self.services, connection, by=known.actor, sent=sent)
                self.answer_created(req, resp, user_role(made), known)

            self.opened_once(req, resp, known, act)

        self.as_known(req, answer)

    def on_patch_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Change what a role may do."""
        change = self.patched(req, self.sent_any(req))

        def answer(known: Known) -> None:
            known.actor.must(UserRole.resource, "update")
            with self.opened(known) as connection:
                made = change_user_role(
                    self.services, connection, by=known.actor, name=ident, change=change
                )
            self.answer_item(req, resp, user_role(made), known)

        self.as_known(req, answer)


class Permissions(Kept):
    """`/permission`: which roles each user and client has."""

    path = "permission"

    def _hidden(self, known: Known) -> Mask | None:
        grant = known.actor.grant(Permission.resource, "read")
        return hidden_paths(Permission.resource, grant.sees if grant else frozenset())

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List permissions."""

        def answer(known: Known) -> None:
            grant = known.actor.must(Permission.resource, "read")
            with self.opened(known) as connection:
                found = [permission(one) for one in holders(connection, known.actor, grant)]
            self.answer_page(req, resp, found, known, Permission.resource)

        self.as_known(req, answer)

    def on_get_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Return what one user or client has."""

        def answer(known: Known) -> None:
            grant = known.actor.must(Permission.resource, "read")
            with self.opened(known) as connection:
                found = permission(holder_of(connection, known.actor, grant, ident))
            self.answer_item(req, resp, found, known)

        self.as_known(req, answer)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give a user roles."""
        sent = self.sent(req)

        def answer(known: Known) -> None:
            grant = known.actor.must(Permission.resource, "create")

            def act(connection: Any) -> None:
                ident = grant_permission(self.services, connection, by=known.actor, sent=sent)
                found = permission(holder_of(connection, known.actor, grant, ident))
                self.answer_created(req, resp, found, known)

            self.opened_once(req, resp, known, act)

        self.as_known(req, answer)

    def on_patch_item(self, req: falcon.Request, resp: falcon.Response, ident: str) -> None:
        """Give and withdraw roles."""
        change = self.patched(req, self.sent_any(req))

        def answer(known: Known) -> None:
            grant = known.actor.must(Permission.resource, "update")
            with self.opened(known) as connection:
                _lock_principal(connection, ident)
                holder = holder_of(connection, known.actor, grant, ident)
                after = change(permission(holder))
                change_permission(
                    self.services, connection, by=known.actor, holder=holder, after=after
                )
                found = permission(holder_of(connection, known.actor, grant, ident))
            self.answer_item(req, resp, found, known)

        self.as_known(req, answer)


def mark_of(found: Mapping[str, Json]) -> str:
    """Return the mark (ETag) of a document: the same as long as nothing in it changes but names.

    Names cannot be changed here, and who may not see them cannot guess them by the mark.
    """
    plain = {
        name: {part: inner for part, inner in value.items() if part != "name"}
        if isinstance(value, dict)
        else value
        for name, value in found.items()
    }
    return f'"{hashlib.sha256(encode(plain)).hexdigest()[:20]}"'


def _lock_principal(connection: Any, ident: str) -> None:
    connection.execute("select 1 from principal where id::text = %s for no key update", [ident])


def add_routes(app: falcon.App[Any, Any], services: Services, doorman: Doorman) -> None:
    """Add the addresses of user roles and permissions."""
    for kept in (UserRoles(services, doorman), Permissions(services, doorman)):
        app.add_route(f"{TMF672.base}/{kept.path}", kept)
        app.add_route(f"{TMF672.base}/{kept.path}/{{ident}}", kept, suffix="item")
