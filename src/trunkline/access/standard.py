"""The usual roles of an operator's staff, partners, customers and systems, as data.

Each line says which verbs a role has on which things, how far they reach and what they see. A
thing is a resource, the number of an interface or a module. Cost, margin and means of payment are
sensitive, contact data and notes personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trunkline.documents.shape import DataClass
from trunkline.identity.change import changing
from trunkline.identity.roles import Role, all_roles, define_role
from trunkline.kernel.actor import EVERY_CLASS, Grant, Reach, system
from trunkline.kernel.services import Services

PLAIN: frozenset[DataClass] = frozenset({"public", "internal"})
WITH_PERSONAL: frozenset[DataClass] = PLAIN | {"personal"}
READ = ("read",)
WRITE = ("read", "create", "update")
ALL = ("read", "create", "update", "delete")

PARTIES = ("TMF632", "TMF629", "TMF669", "TMF666")
PLACES = ("TMF673", "TMF674", "TMF675")
CATALOGS = ("TMF620", "TMF633", "TMF634", "TMF671")
SELLING = ("TMF699", "TMF648", "TMF651", "TMF663", "TMF679", "TMF645", "TMF760", "TMF680", "TMF696")
ORDERS = ("TMF622", "TMF641", "TMF652")
FULFILMENT = ("TMF641", "TMF652", "TMF640", "TMF646", "TMF653", "TMF697", "TMF700", "TMF701")
INSTALLED = ("TMF637", "TMF638", "TMF639", "TMF687")
CARE = ("TMF621", "TMF683", "TMF681", "TMF667", "TMF646")
ASSURANCE = ("TMF642", "TMF656", "TMF657")
BILLS = ("TMF678", "TMF676", "TMF670", "TMF654", "TMF677", "TMF635")
PRIVACY = ("TMF644", "TMF720")
WORKSPACE = ("own", "records")
"""What tokens of the staff need for preferences, views, jobs and tasks, and for notes and files."""


@dataclass(frozen=True)
class Line:
    """What a role may do with some things, whose, and what it sees of them."""

    things: Sequence[str]
    verbs: Sequence[str]
    sees: frozenset[DataClass] = PLAIN
    reach: Reach = "all"

    def grants(self) -> dict[str, Grant]:
        """Return the permissions of this line."""
        grant = Grant(self.reach, self.sees)
        return {f"{thing}:{verb}": grant for thing in self.things for verb in self.verbs}


def _role(name: str, title: str, description: str, *lines: Line) -> Role:
    permissions: dict[str, Grant] = {}
    for line in lines:
        for permission, grant in line.grants().items():
            former = permissions.get(permission, grant)
            permissions[permission] = former.joined(grant)
    return Role(name, title, description, permissions)


ROLES: Mapping[str, Role] = {
    one.name: one
    for one in (
        _role(
            "sales",
            "Sales agent",
            "Wins customers: leads, quotes, agreements and their orders.",
            Line((*PARTIES, *SELLING, "TMF622", "TMF683", "TMF667"), WRITE, WITH_PERSONAL),
            Line(("TMF663",), ("delete",)),
            Line((*PLACES, *CATALOGS, *INSTALLED, "TMF646", "TMF687"), READ, WITH_PERSONAL),
            Line(PLACES, ("create",), WITH_PERSONAL),
            Line(("ordering",), ("simulate",), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "care",
            "Care agent",
            "Helps customers: tickets, changes to what they have, bills explained.",
            Line((*CARE, *PARTIES, *PLACES, "TMF622", "TMF653"), WRITE, WITH_PERSONAL),
            Line((*CATALOGS, *SELLING, *ORDERS, *INSTALLED), READ, WITH_PERSONAL),
            Line((*ASSURANCE, *BILLS), READ, WITH_PERSONAL),
            Line(("ordering",), ("simulate",), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "fallout",
            "Fallout agent",
            "Gets stuck orders going again: takes, corrects, retries, skips.",
            Line((*ORDERS, *FULFILMENT), WRITE, WITH_PERSONAL),
            Line((*INSTALLED, *PLACES, *CATALOGS, "TMF621"), READ, WITH_PERSONAL),
            Line(("TMF621",), ("create", "update"), WITH_PERSONAL),
            Line(("TMF681",), ("read", "create"), WITH_PERSONAL),
            Line(("ordering",), (*WRITE, "retry", "skip", "takeOver"), WITH_PERSONAL),
            Line(("ordering",), ("completeTask",), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "catalog",
            "Catalog manager",
            "Says what is sold and for how much; sees nothing of a person.",
            Line(CATALOGS, ALL, PLAIN | {"sensitive"}),
            Line(("TMF687",), READ),
            Line(("catalog",), ("publish", "transfer"), PLAIN | {"sensitive"}),
            Line(("ordering",), ("simulate",)),
            Line(("workspace",), ("own",)),
        ),
        _role(
            "billing",
            "Billing agent",
            "Runs and corrects bills and payments.",
            Line((*BILLS, "TMF666"), WRITE, EVERY_CLASS),
            Line((*PARTIES, *PLACES, *CATALOGS, "TMF622", "TMF637", "TMF651"), READ, WITH_PERSONAL),
            Line(("billing",), ("run", "adjust", "refund"), EVERY_CLASS),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "privacy",
            "Privacy officer",
            "Answers people who ask for their data or its erasure; sees all there is of them.",
            Line(("*",), READ, EVERY_CLASS),
            Line(PRIVACY, WRITE, EVERY_CLASS),
            Line(("privacy",), ("export", "erase"), EVERY_CLASS),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "integrator",
            "Integrating system",
            "A system beside this one: reads, writes and hears of events by the interfaces.",
            Line(("*",), WRITE, WITH_PERSONAL),
            Line(("events",), ("subscribe",), WITH_PERSONAL),
            Line(("workspace",), WORKSPACE),
        ),
        _role(
            "partner",
            "Partner",
            "A dealer: sells, and follows what became of it; the partner's own customers only.",
            Line(("TMF632", "TMF629", "TMF666", "TMF648", "TMF663", "TMF679", "TMF645"), WRITE,
                 WITH_PERSONAL, "partner"),
            Line(("TMF622", "TMF621", "TMF674"), ("read", "create"), WITH_PERSONAL, "partner"),
            Line(("TMF637", "TMF651"), READ, WITH_PERSONAL, "partner"),
            Line(("TMF620",), READ, frozenset({"public"}), "partner"),
            Line(("TMF622", "TMF637", "TMF621"), ("subscribe",), WITH_PERSONAL, "partner"),
            Line(("workspace",), WORKSPACE, reach="partner"),
        ),
        _role(
            "self_service",
            "Self service",
            "A customer in the portal: what is the customer's own, and what is on sale.",
            Line(("TMF632", "TMF629", "TMF666", "TMF674"), ("read", "update"), WITH_PERSONAL,
                 "own"),
            Line(("TMF622", "TMF621", "TMF663", "TMF670", "TMF676"), ("read", "create"),
                 WITH_PERSONAL, "own"),
            Line(("TMF637", "TMF678", "TMF677", "TMF654", "TMF651", "TMF644"), READ, WITH_PERSONAL,
                 "own"),
            Line(("TMF644",), ("create", "update"), WITH_PERSONAL, "own"),
            Line(("TMF620", "TMF679", "TMF645"), READ, frozenset({"public"}), "own"),
        ),
    )
}  # fmt: skip


def ensure_roles(services: Services) -> list[str]:
    """Define the usual roles that are missing and return their names.

    One that the operator has changed stays as it is.
    """
    made = []
    with changing(services) as connection:
        present = {one.name for one in all_roles(connection)}
        for role in ROLES.values():
            if role.name not in present:
                define_role(
                    services, by=system("setup"), name=role.name, title=role.title,
                    description=role.description, permissions=role.permissions,
                    connection=connection,
                )  # fmt: skip
                made.append(role.name)
    return made
