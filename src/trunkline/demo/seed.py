"""The demonstration operator: its catalog, staff, customers, history and orders of today.

Everything runs through the program itself: customers are stored by the one write path, and what
they have comes from orders that the engine carried out, at moments of the past. The clock is
injected, so the past is only another clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from psycopg.conninfo import make_conninfo

from trunkline.access.standard import ensure_roles
from trunkline.database.connection import Database
from trunkline.demo import catalog, orders
from trunkline.demo.agreements import add_agreements
from trunkline.demo.assurance import add_assurance
from trunkline.demo.bill_runs import add_bill_runs
from trunkline.demo.billing import add_billing
from trunkline.demo.campaigns import add_campaigns
from trunkline.demo.care import add_care
from trunkline.demo.catalog import DemoCatalog
from trunkline.demo.contracts import add_contracts
from trunkline.demo.coverage import add_coverage, add_houses
from trunkline.demo.duplicates import add_duplicates
from trunkline.demo.erasures import add_erasures
from trunkline.demo.fieldwork import add_field_work
from trunkline.demo.group import add_group
from trunkline.demo.network import SeedNetwork
from trunkline.demo.partner import add_partner, point_partner
from trunkline.demo.people import DemoCustomer, add_customers
from trunkline.demo.placing import place_side_by_side
from trunkline.demo.plans import add_plans
from trunkline.demo.pools import add_pools
from trunkline.demo.portal import add_portal
from trunkline.demo.rules import add_rules
from trunkline.demo.sales_carts import add_carts
from trunkline.demo.sales_leads import add_leads
from trunkline.demo.sales_quotes import add_quotes
from trunkline.demo.service_credits import add_service_credits
from trunkline.demo.today import orders_of_today
from trunkline.documents.clock import Chance
from trunkline.governance.shipped import ensure_registers
from trunkline.governance.shipped_profiles import ensure_profiles
from trunkline.governance.spheres.shipped import ensure_spheres
from trunkline.identity.accounts import NewUser, add_users
from trunkline.identity.passwords import passwords_of
from trunkline.identity.standard_roles import ensure_standard_roles
from trunkline.kernel.actor import system
from trunkline.kernel.services import Services
from trunkline.kernel.work import as_system
from trunkline.ordering.command import activator_of, use_activator
from trunkline.ordering.repair.failure_policies import ensure_failure_policies
from trunkline.program.start import GENERIC_PLANS, Program

SEED = 20_260_101
CUSTOMERS = 500
MONTHS_BACK = 18
CONNECTIONS = 4
PASSWORD = "meridian-demo-2026"


@dataclass(frozen=True)
class SignIn:
    """A demonstration user: the login, who that is, and the role."""

    login: str
    name: str
    role: str
    what: str


SIGN_INS = (
    SignIn("admin", "Robin Ashe", "administrator", "administrator: everything"),
    SignIn("sales", "Sasha Lind", "sales", "sales representative"),
    SignIn("manager", "Marit Solheim", "sales_manager", "sales manager: watches over sales"),
    SignIn("marketing", "Luca Moretti", "marketing", "marketer: campaigns and what they bring"),
    SignIn("care", "Kim Torres", "care", "care agent"),
    SignIn("fallout", "Jo Nakamura", "fallout", "order-fallout operator"),
    SignIn("orders", "Ines Okoye", "order_manager", "order manager: approves, keeps dates"),
    SignIn("dispatch", "Mika Sorel", "dispatcher", "dispatcher: sees to visits"),
    SignIn("technician", "Noor Haddad", "technician", "technician: visits customers"),
    SignIn("catalog", "Toni Berg", "catalog", "catalog manager"),
    SignIn("billing", "Alex Mbeki", "billing", "billing operator"),
    SignIn("privacy", "Charlie Roux", "privacy", "privacy officer"),
    SignIn("partner", "Dominique Ferro", "partner", "wholesale partner: own customers only"),
    SignIn("customer", "Ada Lovelace", "self_service", "customer: the portal, own records only"),
    SignIn("company", "Nadia Rossi", "self_service", "buyer of a company: the portal"),
)


def seed_demo(program: Program, say: Callable[[str], None], *, customers: int = CUSTOMERS) -> None:
    """Fill an empty installation with the demonstration operator; the same each time."""
    services = _steady(replace(program.services, database=hasty_database(program.dsn)))
    random = Random(SEED)  # noqa: S311 - made-up data, the same each time
    ensure_standard_roles(services)
    ensure_roles(services)
    ensure_registers(program.services)  # an installation's own: none of the seed's ids goes to them
    ensure_profiles(program.services)
    ensure_failure_policies(program.services)
    ensure_spheres(program.services)
    former = activator_of(services)
    network = SeedNetwork()
    use_activator(services, network)
    try:
        say("Catalog")
        with as_system(services, "demo") as work:
            stored = catalog.load(work)
            add_coverage(work, stored.service_specifications)
        people = _history(services, random, stored, customers, say)
        say("Orders of today")
        orders_of_today(services, network, stored, random, people)
        say("Contacts")
        add_care(services, at, random, people)
        add_assurance(services, at, people)
        add_billing(services, at, people)
        add_duplicates(services, people)
        add_rules(services)
        add_plans(services)
        add_pools(services)
        add_field_work(services, stored, people)
        add_quotes(services, stored, people)
        add_agreements(services, stored, people)
        add_contracts(services, stored, people)
        add_service_credits(services, at, people)
        add_carts(services, stored, people)
        add_leads(services, stored, people)
        add_campaigns(services, stored, people)
        add_partner(services)
        with as_system(services, "demo") as work:
            add_houses(work, stored.service_specifications)
        add_portal(services, stored, people)
        add_group(services, people)
        _add_users(services, people)
        add_bill_runs(services, at, people)
        add_erasures(services, at, people)
    finally:
        use_activator(services, former)
        services.database.close()  # type: ignore[attr-defined]


def play_partner(program: Program, url: str) -> None:
    """Let the simulator at an address play the partner."""
    point_partner(program.services, url)


def hasty_database(dsn: str) -> Database:
    """Return the database with commits that do not wait for the disk: a seed can be done again."""
    hasty = make_conninfo(dsn, options=f"-c synchronous_commit=off {GENERIC_PLANS}")
    return Database(hasty, connections_max=CONNECTIONS)


def _steady(services: Services) -> Services:
    """Return the services with a clock that stands still, and ids that are the same each time.

    Only ids come from the seed: keys and nonces of sealed values stay as random as ever.
    """
    ids = Random(f"{SEED} ids")  # noqa: S311 - made-up data, the same each time
    return at(replace(services, chance=Chance(ids.randbytes)), services.machine_now())


def _history(
    services: Services,
    random: Random,
    stored: DemoCatalog,
    count: int,
    say: Callable[[str], None],
) -> list[DemoCustomer]:
    """Store customers month by month, and let each order what it has since then."""
    today = services.now()
    people: list[DemoCustomer] = []
    batches = _shares(count, MONTHS_BACK)
    for months, share in zip(range(MONTHS_BACK, 0, -1), batches, strict=True):
        moment = today - timedelta(days=30 * months, hours=random.randint(0, 9))
        then = at(services, moment)
        with as_system(then, "demo") as work:
            new = add_customers(work, random, share, first=len(people))
        people += new
        bodies = [orders.typical(stored, random, one) for one in new]
        bodies += [orders.mobile(stored, random, one) for one in new
                   if one.kind in {"consumer", "household"} and random.random() < 0.3]  # fmt: skip
        place_side_by_side(then, bodies)
        say(f"{len(people)} of {count} customers")
    return people


def _shares(count: int, parts: int) -> list[int]:
    return [count // parts + (number < count % parts) for number in range(parts)]


def at(services: Services, moment: datetime) -> Services:
    """Return the same services with a clock that stands at a moment; ids are of then, too."""

    def milliseconds() -> int:
        return int(moment.timestamp() * 1000)

    return replace(
        services,
        machine_now=lambda: moment,
        chance=Chance(services.chance.random_bytes, milliseconds),
    )


def _add_users(services: Services, people: Sequence[DemoCustomer]) -> None:
    hashed = passwords_of(services).hash(PASSWORD)
    partner = next(one.party for one in people if one.kind == "partner")
    company = next(one.party for one in people if one.kind == "company")
    parties = {"customer": people[0].party, "company": company, "partner": partner}
    add_users(
        services,
        by=system("demo"),
        users=[
            NewUser(
                one.login,
                one.name,
                password_hash=hashed,
                roles=[one.role],
                party=parties.get(one.login),
                partner=partner if one.login == "partner" else None,
            )
            for one in SIGN_INS
        ],
    )
