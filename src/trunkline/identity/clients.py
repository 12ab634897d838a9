"""Clients: programs that call with a secret and get short-lived access tokens for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import ForeignKeyViolation

from trunkline.database.connection import Connection
from trunkline.documents.errors import Conflict, Fault, Invalid, refuse
from trunkline.identity.accounts import (
    NewUser,
    disable,
    insert_principals,
    insert_roles,
    must_place,
)
from trunkline.identity.change import changing, log
from trunkline.identity.refusals import unknown
from trunkline.identity.rights import actor_of, held, must_administer, no_principal, scope_faults
from trunkline.identity.roles import must_give
from trunkline.identity.tokens import ACCESS, CLIENT_SECRET, digest, is_well_formed, new_token
from trunkline.kernel.actor import Actor
from trunkline.kernel.services import Services, bump_generation

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
ACCESS_TOKEN_LASTS = timedelta(minutes=10)
SECRETS_MAX = 2


@dataclass(frozen=True)
class NewClient:
    """A client just made; its secret is shown here only."""

    id: str
    client_id: str
    secret: str


@dataclass(frozen=True)
class AccessToken:
    """An access token just issued, with the scopes that it has and when it ends."""

    token: str
    scopes: tuple[str, ...]
    expires_at: datetime


def create_client(
    services: Services,
    *,
    by: Actor,
    client_id: str,
    name: str,
    roles: Sequence[str] = (),
    party: str | None = None,
    partner: str | None = None,
    connection: Connection | None = None,
) -> NewClient:
    """Add a client with its roles and first secret; 409 conflictClient where the id is taken."""
    if not CLIENT_ID.fullmatch(client_id) or not name.strip() or not name.isprintable():
        fault = Fault(
            "clientId", "clientForm", "use letters, digits, dot, - and _, at most 63, and a name"
        )
        raise Invalid.of([fault])
    ident = services.chance.uuid()
    like_user = [NewUser(client_id, name, roles=roles, party=party, partner=partner)]
    with changing(services, connection) as change:
        must_give(services, change, by=by, roles=roles)
        must_place(change, by=by, party=party, partner=partner)
        insert_principals(services, change, kind="client", idents=[ident], users=like_user)
        done = change.execute(
            "insert into api_client (principal, client_id) values (%s, %s) on conflict do nothing",
            [ident, client_id],
        )
        if not done.rowcount:
            raise Conflict("conflictClient", f"there is a client {client_id} already")
        insert_roles(services, change, by=by, idents=[ident], users=like_user)
        secret = _add_secret(services, change, ident)
        log(services, change, by=by, action="createClient", subject=ident)
    return NewClient(ident, client_id, secret)


def rotate_secret(
    services: Services, *, by: Actor, client_id: str, connection: Connection | None = None
) -> str:
    """Return a second secret for a client; the first stays good until `drop_former_secrets`.

    Refuses (409 conflictSecrets) a third.
    """
    with changing(services, connection) as change:
        ident = _client(services, change, by, client_id)
        row = change.execute(
            "select count(*) from client_secret where client = %s", [ident]
        ).fetchone()
        if row is not None and row[0] >= SECRETS_MAX:
            raise Conflict(
                "conflictSecrets", f"{client_id} has two secrets; drop the former one first"
            )
        secret = _add_secret(services, change, ident)
        log(services, change, by=by, action="rotateSecret", subject=ident)
    return secret


def drop_former_secrets(
    services: Services, *, by: Actor, client_id: str, connection: Connection | None = None
) -> int:
    """Drop every secret of a client but the newest, and the tokens it was used for; how many."""
    with changing(services, connection) as change:
        ident = _client(services, change, by, client_id)
        done = change.execute(
            "delete from client_secret where client = %(client)s and hash <> ("
            "select hash from client_secret where client = %(client)s "
            "order by number desc limit 1)",
            {"client": ident},
        )
        if done.rowcount:
            log(services, change, by=by, action="dropSecret", subject=ident)
            bump_generation(change)
    return done.rowcount


def revoke_client(
    services: Services, *, by: Actor, client_id: str, connection: Connection | None = None
) -> bool:
    """Switch a client off and remove its secrets and tokens; False where all that was done."""
    with changing(services, connection) as change:
        ident = _client(services, change, by, client_id)
        was_active = disable(services, by=by, principal=ident, connection=change)
        done = change.execute("delete from client_secret where client = %s", [ident])
        if done.rowcount and not was_active:
            bump_generation(change)
    return was_active or bool(done.rowcount)


def issue_access_token(
    services: Services, *, client_id: str, secret: str, scopes: Sequence[str] = ()
) -> AccessToken:
    """Return an access token for a client's secret, good for ten minutes.

    Without scopes it has all permissions that the client has now. Refuses 401 whoever is not
    known, and 400 scopeNotHeld what goes beyond the client's rights.
    """
    if not is_well_formed(secret, CLIENT_SECRET) or not CLIENT_ID.fullmatch(client_id):
        raise unknown()
    with changing(services) as connection:
        row = connection.execute(
            "select p.id::text, p.kind, p.name, p.party::text, p.partner::text, "
            "rights_of(p.id, %s) from client_secret s join api_client c on c.principal = s.client "
            "join principal p on p.id = c.principal "
            "where s.hash = %s and c.client_id = %s and p.active",
            [services.machine_now(), digest(secret), client_id],
        ).fetchone()
        if row is None:
            raise unknown()
        chosen = _chosen_scopes(services, row, scopes)
        try:
            return _insert_token(services, connection, row[0], secret, chosen)
        except ForeignKeyViolation:  # the secret was dropped at this moment
            raise unknown() from None


def _chosen_scopes(
    services: Services, row: tuple[Any, ...], scopes: Sequence[str]
) -> tuple[str, ...]:
    client = actor_of(row, scopes=None, channel="api")
    chosen = tuple(sorted(set(scopes) or client.grants))
    refuse(list(scope_faults(chosen)))
    refuse(
        [
            Fault("scope", "scopeNotHeld", f"{client.name} does not hold {one}")
            for one in chosen
            if held(services.registry, client, one) is None
        ]
    )
    return chosen


def _insert_token(
    services: Services, connection: Connection, ident: str, secret: str, scopes: tuple[str, ...]
) -> AccessToken:
    now = services.machine_now()
    token = new_token(services.chance.random_bytes, ACCESS)
    issued = AccessToken(token, scopes, now + ACCESS_TOKEN_LASTS)
    connection.execute(
        "insert into token (hash, id, principal, kind, scopes, secret, created_at, expires_at) "
        "values (%s, %s, %s, 'access', %s, %s, %s, %s)",
        [
            digest(token),
            services.chance.uuid(),
            ident,
            list(scopes),
            digest(secret),
            now,
            issued.expires_at,
        ],
    )
    return issued


def _client(services: Services, connection: Connection, by: Actor, client_id: str) -> str:
    if not CLIENT_ID.fullmatch(client_id):
        raise no_principal()
    row = connection.execute(
        "select principal::text from api_client where client_id = %s", [client_id]
    ).fetchone()
    if row is None:
        raise no_principal()
    must_administer(services, connection, by=by, principal=row[0])
    return str(row[0])


def _add_secret(services: Services, connection: Connection, ident: str) -> str:
    secret = new_token(services.chance.random_bytes, CLIENT_SECRET)
    connection.execute(
        "insert into client_secret (hash, client, created_at) values (%s, %s, %s)",
        [digest(secret), ident, services.machine_now()],
    )
    return secret
