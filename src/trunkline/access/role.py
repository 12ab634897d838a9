"""User roles and permissions (TMF672): what a role may do, and who has it.

The shapes only: roles and who has them are kept by identity, and `user_role` and `permission`
turn one into the other. Nothing is stored under these declarations.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from trunkline.access.api import TMF672
from trunkline.documents.shape import Limits, format_instant, many
from trunkline.kernel.behaviour import rule
from trunkline.kernel.resource import Document, Promoted, resource
from trunkline.shared.extensible import Extensible
from trunkline.shared.party_reference import RelatedParty
from trunkline.shared.period import TimePeriod, periods_are_ordered
from trunkline.shared.reference import EntityRef


class RoleEntitlement(Extensible):
    """An action that a role may take on a function; `reach`, `limit` and `sees` are ours."""

    action: str | None = None
    function: str | None = None
    reach: str | None = None
    limit: list[str] = many()
    sees: list[str] = many()


@resource(
    api=TMF672,
    path="userRole",
    prefix="URO",
    operations=("list", "retrieve", "create", "patch"),
    published=False,
    promote=(Promoted("involvementRole"),),
    label=("involvementRole",),
    columns=("key", "involvementRole"),
)
class UserRole(Extensible, Document):
    """A role that users may have: what it is called and what it entitles to.

    Ours: with `interfacesOnly` that holds for tokens, not on pages.
    """

    involvement_role: str | None = None
    description: str | None = None
    interfaces_only: bool | None = None
    entitlement: Annotated[list[RoleEntitlement], Limits(items_min=1)]


class UserRoleRef(Extensible, targets=("UserRole",)):
    """A reference to a user role."""

    id: str
    href: str | None = None
    referred_type: str | None = None


class AssetUserRole(Extensible):
    """The role that a user has with an asset: the whole installation, where none is named."""

    user_role: UserRoleRef
    manageable_asset: EntityRef | None = None
    valid_for: TimePeriod | None = None


class Privilege(Extensible):
    """An action on a function of an asset that a user may take without a role.

    `reach`, `limit`, `sees` and `validFor` are ours.
    """

    manageable_asset: EntityRef
    action: str
    function: str
    reach: str | None = None
    limit: list[str] = many()
    sees: list[str] = many()
    valid_for: TimePeriod | None = None


@resource(
    api=TMF672,
    path="permission",
    prefix="PRM",
    operations=("list", "retrieve", "create", "patch"),
    published=False,
    server_sets=("creation_date",),
    defaults={"creation_date": format_instant},
    promote=(Promoted("creationDate", "instant"),),
    owner=("user",),
    label=("description",),
    columns=("key", "description", "user.name", "creationDate"),
)
class Permission(Extensible, Document):
    """What a user may do with assets, granted by somebody, for a time."""

    description: str | None = None
    creation_date: datetime | None = None
    user: RelatedParty
    granter: RelatedParty | None = None
    valid_for: TimePeriod
    asset_user_role: list[AssetUserRole] = many()
    privilege: list[Privilege] = many()


rule(Permission)(periods_are_ordered)
