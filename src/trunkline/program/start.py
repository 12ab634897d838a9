"""Start: settings to a running program: database found or started, current, services made."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

import trunkline.governance.attribute_index
import trunkline.workspace.export_job
import trunkline.workspace.import_job
import trunkline.workspace.many
import trunkline.workspace.packaged
import trunkline.workspace.status_tasks
import trunkline.workspace.undoing  # noqa: F401 - the worker carries out the work of these modules
from trunkline.adapters.address_register import use_outside_addresses
from trunkline.adapters.billing import use_billing
from trunkline.adapters.company_register import use_companies
from trunkline.adapters.credit_file import CreditFile
from trunkline.adapters.mail import use_mail
from trunkline.adapters.network import use_network
from trunkline.adapters.outside import use_outside_systems
from trunkline.adapters.payments import use_payment_provider
from trunkline.adapters.qualification import use_qualification
from trunkline.adapters.remote_files import HttpsFiles
from trunkline.catalog import exchange
from trunkline.catalog.remote_file import use_remote_files
from trunkline.database.connection import Database
from trunkline.database.launcher import EmbeddedServer, silent
from trunkline.database.migrate import MigrationSource, migrate, pending
from trunkline.documents.clock import Chance
from trunkline.fieldwork import booking
from trunkline.governance import configured
from trunkline.governance.status_follow_up import FollowUps
from trunkline.hub.fanout import Fanout
from trunkline.hub.place import allow_list
from trunkline.kernel import ddl
from trunkline.kernel.module import Module, load_modules
from trunkline.kernel.resource import registry
from trunkline.kernel.services import Services
from trunkline.leases.sealing import Keyring
from trunkline.matching import known_numbers
from trunkline.ordering.capture.credit_check import use_credit_check
from trunkline.party import address_holders
from trunkline.settings import Settings
from trunkline.workspace.attachments import LIMIT as ATTACHMENT_LIMIT
from trunkline.workspace.business_zone import set_business_zone

GENERIC_PLANS = "-c plan_cache_mode=force_generic_plan"
MECHANISMS = ("kernel", "identity", "hub", "workspace")


@dataclass
class Program:
    """A running program: what it works with, and how it leaves."""

    settings: Settings
    services: Services
    modules: tuple[Module, ...]
    dsn: str
    owner_dsn: str
    server: EmbeddedServer | None

    def close(self) -> None:
        """Close the connections and leave the embedded server, which the last one stops."""
        self.services.database.close()  # type: ignore[attr-defined]
        if self.server is not None:
            self.server.leave()


def migration_sources(modules: tuple[Module, ...]) -> list[MigrationSource]:
    """Return the folders of migrations in the order in which they are applied."""
    sources = [
        MigrationSource(name, files(f"trunkline.{name}") / "migrations") for name in MECHANISMS
    ]
    for module in modules:
        folder = module.migrations
        if folder is not None:
            sources.append(MigrationSource(module.name, folder))
    return sources


def bring_up_to_date(
    owner_dsn: str, modules: tuple[Module, ...], *, login: str | None = None
) -> list[str]:
    """Apply the outstanding migrations and what the declarations ask for; return their names.

    `login` is the role that the application signs in as, where that is not the owner's.
    """
    return migrate(owner_dsn, migration_sources(modules), declared_statements, login=login)


def login_of(dsn: str) -> str | None:
    """Return the login that a connection string names, if it names one."""
    login = conninfo_to_dict(dsn).get("user")
    return str(login) if login is not None else None


def declared_statements(connection: Any) -> Iterator[str]:
    """Yield the statements that the declarations still ask for."""
    yield from ddl.statements(registry, connection)
    yield from configured.statements(connection)
    yield from known_numbers.statements(connection)
    yield from address_holders.statements(connection)
    yield from booking.statements(connection)


def outstanding(dsn: str, modules: tuple[Module, ...]) -> list[str]:
    """Return the names of the migrations that the database still needs."""
    return pending(dsn, migration_sources(modules))


def open_program(
    settings: Settings,
    *,
    say: Callable[[str], None] = silent,
    with_migrations: bool = True,
    connections_max: int | None = None,
    is_worker: bool = False,
) -> Program:
    """Find or start the database, bring it up to date and make the services.

    A worker reads by id and writes lists, so its statements keep one plan each: planning them
    anew took a quarter of the database's time for an order. Raises SettingsError where a setting
    contradicts what the program allows.
    """
    allow_list(settings)
    modules = load_modules()
    server = None
    if settings.database_url is None:
        server = EmbeddedServer.start(settings.data, bindir=settings.pg_bindir, say=say)
        dsn, owner_dsn = server.dsn(), server.dsn()
        if server.notice:
            say(server.notice)
    else:
        dsn = settings.database_url
        owner_dsn = settings.database_owner_url or dsn
    try:
        if with_migrations:
            for name in bring_up_to_date(owner_dsn, modules, login=login_of(dsn)):
                say(f"migrated: {name}")
    except BaseException:
        if server is not None:
            server.leave()
        raise
    wanted = connections_max or max(settings.web_threads, settings.worker_threads) + 2
    used = make_conninfo(dsn, options=GENERIC_PLANS) if is_worker else dsn
    services = make_services(settings, Database(used, connections_max=wanted))
    collect_rarely()
    return Program(settings, services, modules, dsn, owner_dsn, server)


def collect_rarely() -> None:
    """Let the garbage collector pass over what start-up made, and run less often.

    Documents are trees without circles, freed as they are let go of; looking for circles in them
    cost a fifth of the processor time of an order.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def make_services(settings: Settings, database: Database) -> Services:
    """Return the services of a process over an open database, wired to what is outside."""
    chance = Chance()
    services = Services(
        database=database,
        keyring=Keyring(settings.secret, chance.random_bytes),
        chance=chance,
        test_clock=settings.test_clock,
        page_max=settings.page_max,
        body_bytes_max=settings.body_bytes_max,
    )
    services.fanout.append(Fanout(services.registry))
    services.fanout.append(FollowUps(services))
    services.extra[ATTACHMENT_LIMIT] = settings.attachment_bytes_max
    set_business_zone(services, settings.time_zone)
    exchange.configure(settings.data / "exchange", settings.public_url)
    use_remote_files(services, HttpsFiles(allow_list(settings)))
    use_network(services, settings)
    use_qualification(services, settings)
    use_outside_systems(services, settings)
    use_outside_addresses(services, settings)
    use_companies(services, settings)
    use_billing(services, settings)
    use_payment_provider(services, settings)
    use_mail(services, settings)
    if settings.credit_check_file is not None:
        use_credit_check(services, CreditFile(settings.credit_check_file))
    return services


@contextmanager
def running(settings: Settings, *, say: Callable[[str], None] = silent) -> Iterator[Program]:
    """Open a program for a `with` block and close it at its end."""
    program = open_program(settings, say=say)
    try:
        yield program
    finally:
        program.close()
