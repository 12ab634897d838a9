"""The roles that every installation has; the rest comes from the modules and the operator."""

from __future__ import annotations

from trunkline.identity.change import changing
from trunkline.identity.roles import Role, all_roles, define_role
from trunkline.kernel.actor import EVERY_CLASS, Grant, system
from trunkline.kernel.services import Services

ADMINISTRATOR = Role(
    "administrator", "Administrator", "May do everything.", {"*:*": Grant("all", EVERY_CLASS)}
)
PLAIN = Grant("all", frozenset({"public", "internal"}))
AUDITOR = Role(
    "auditor",
    "Auditor",
    "Reads every record, without personal and sensitive values, and who has read them.",
    {"*:read": PLAIN, "workspace:own": PLAIN, "privacy:readLog": PLAIN},
)
TECHNICAL = Role(
    "technical",
    "Technical administrator",
    "Keeps the installation running: jobs, listeners, attributes; sees no personal values.",
    {
        "*:read": PLAIN, "workspace:own": PLAIN, "operations:read": PLAIN,
        "operations:retry": PLAIN, "hub:administer": PLAIN, "events:subscribe": PLAIN,
        "attributes:read": PLAIN, "attributes:define": PLAIN, "identity:administer": PLAIN,
    },
)  # fmt: skip


def ensure_standard_roles(services: Services) -> list[str]:
    """Define the standard roles that are missing and return their names.

    One that the operator has changed stays as it is.
    """
    made = []
    with changing(services) as connection:
        present = {one.name for one in all_roles(connection)}
        for role in (ADMINISTRATOR, AUDITOR, TECHNICAL):
            if role.name not in present:
                define_role(
                    services,
                    by=system("setup"),
                    name=role.name,
                    title=role.title,
                    description=role.description,
                    permissions=role.permissions,
                    connection=connection,
                )
                made.append(role.name)
    return made
