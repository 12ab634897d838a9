"""The three roles of the database: one owns the tables, two use them."""

from contextlib import suppress

import psycopg
from psycopg import errors, sql

from trunkline.database.binaries import OLDEST_MAJOR
from trunkline.database.connection import APP_ROLE, SCOPED_ROLE, Connection
from trunkline.database.problems import DatabaseUnavailable, MigrationProblem

OWNER_ROLE = "trunkline_owner"
ROLES = (OWNER_ROLE, APP_ROLE, SCOPED_ROLE)

_CREATE = "CREATE ROLE {} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS"
_USERS = f"{APP_ROLE}, {SCOPED_ROLE}"
SCHEMA_GRANTS = (
    f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE}",
    f"GRANT USAGE ON SCHEMA public TO {_USERS}",
)

# Said once for what the owner will make, and not again for what is there: a migration that takes
# a right away (rows that nobody may edit) stays true.
DEFAULT_GRANTS = (
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
    f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {_USERS}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {_USERS}",
)


def connect_plain(dsn: str) -> Connection:
    """Open a connection for maintenance to a server that serves, without time-outs."""
    try:
        connection = psycopg.connect(dsn, autocommit=True)
    except psycopg.Error as error:
        raise DatabaseUnavailable(f"The database does not answer: {error}") from error
    try:
        if connection.info.server_version < OLDEST_MAJOR * 10_000:
            raise MigrationProblem(
                f"The server is PostgreSQL {connection.info.server_version // 10_000};"
                f" Trunkline needs {OLDEST_MAJOR} or newer."
            )
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise MigrationProblem(
                f"The database is encoded in {encoding}; Trunkline needs UTF8."
                " Create it with: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
            )
        connection.execute(
            "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
            " SET client_min_messages = warning; SET search_path = public"
        )
    except BaseException:
        connection.close()
        raise
    return connection


def prepare_roles(connection: Connection, *, login: str | None = None) -> None:
    """Make the roles where they are missing, let the login use them, and act as the owner.

    `login` is the application's own login where it is not the connection's.
    """
    user = connection.info.user
    try:
        for role in ROLES:
            _make_role(connection, role, user)
        if login is not None and login != user:
            for role in (APP_ROLE, SCOPED_ROLE):
                _grant_role(connection, role, login)
        for statement in SCHEMA_GRANTS:
            connection.execute(statement)
        _check_schema(connection)
        become(connection, OWNER_ROLE)
    except errors.InsufficientPrivilege as error:
        raise MigrationProblem(_instructions(connection, login or user)) from error
    for statement in DEFAULT_GRANTS:
        connection.execute(statement)


def become(connection: Connection, role: str) -> None:
    """Act as a role from here on."""
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def _make_role(connection: Connection, role: str, user: str) -> None:
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if known is None:
        # Another database of the same server may be prepared at this moment.
        with suppress(errors.DuplicateObject, errors.UniqueViolation):
            connection.execute(sql.SQL(_CREATE).format(sql.Identifier(role)))
    try:
        become(connection, role)
    except errors.InsufficientPrivilege:
        _grant_role(connection, role, user)
    connection.execute("RESET ROLE")


def _grant_role(connection: Connection, role: str, user: str) -> None:
    member = "SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
    known = connection.execute(
        f"{member} JOIN pg_roles u ON u.oid = m.member WHERE r.rolname = %s AND u.rolname = %s"
        " AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)",
        [role, user],
    ).fetchone()
    if known is None:
        grant = sql.SQL("GRANT {} TO {}")
        connection.execute(grant.format(sql.Identifier(role), sql.Identifier(user)))


def _check_schema(connection: Connection) -> None:
    """Look whether the grants were made: a login that may not grant only gets a warning."""
    row = connection.execute(
        "SELECT has_schema_privilege(%s, 'public', 'CREATE')"
        " AND has_schema_privilege(%s, 'public', 'USAGE')"
        " AND has_schema_privilege(%s, 'public', 'USAGE')",
        ROLES,
    ).fetchone()
    if row != (True,):
        raise errors.InsufficientPrivilege("rights on schema public are missing")


def _instructions(connection: Connection, login: str) -> str:
    def quoted(name: str) -> str:
        return sql.Identifier(name).as_string(connection)

    statements = [_CREATE.format(role) for role in ROLES]
    members = dict.fromkeys((connection.info.user, login))
    statements += [f"GRANT {', '.join(ROLES)} TO {quoted(user)}" for user in members]
    statements += SCHEMA_GRANTS
    return (
        f"The login {connection.info.user} may not prepare Trunkline's roles. Let an administrator"
        f" run this in the database {connection.info.dbname} (without the roles that exist):\n"
        + "\n".join(f"  {statement};" for statement in statements)
    )
