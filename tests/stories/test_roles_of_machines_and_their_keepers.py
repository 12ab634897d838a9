"""An integrating system works by the interfaces alone; who keeps the machines sees no person."""

from __future__ import annotations

import re

import falcon.testing
import pytest

from tests.stories.test_list_as_file import made, words
from tests.support.operator import ACCOUNT, CUSTOMER, ORDER, OWN, PARTY, PRODUCT, Operator
from tests.web.browser import Browser
from trunkline.access.standard import ensure_roles
from trunkline.identity.roles import assign_role
from trunkline.kernel.actor import system
from trunkline.workspace.tables import FORMATS

ROLES = "/rolesAndPermissions/v4/userRole"


@pytest.mark.accepts("SEC-04")
def test_an_integrating_system_has_interfaces_and_no_pages(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """Its token reads and writes; its sign-in is refused, saying so. Who has it beside another
    role sees on pages what the other one gives; and a session that was open loses its pages."""
    services, by = operator.site.services, system("tests")
    ensure_roles(services)
    client = operator.site.user(
        "billing-bridge", roles=["integrator"], scopes=("*:read", "*:update")
    )
    ada = operator.ada()
    assert client.get(f"{CUSTOMER}/{ada.id}").status_code == 200
    changed = client.patch(f"{ACCOUNT}/{ada.account}", {"description": "billed elsewhere"})
    assert changed.status_code == 200
    browser = Browser(pages)
    refused = browser.sign_in("billing-bridge")
    assert refused.status_code == 403
    assert "for the interfaces only" in refused.text
    assert browser.get("/r/customer").status_code in (302, 303)

    both = operator.site.user("part-time", roles=["catalog", "integrator"], scopes=("TMF629:read",))
    assert both.get(f"{CUSTOMER}/{ada.id}").status_code == 200
    assert browser.sign_in("part-time").status_code == 303
    assert browser.get("/r/productOffering").status_code == 200
    assert browser.get(f"/r/customer/{ada.id}").status_code == 403

    made_here = {"id": "night_shift", "involvementRole": "Night shift",
                 "entitlement": [{"function": "TMF629", "action": "read"}]}  # fmt: skip
    assert operator.staff.post(ROLES, made_here).status_code == 201
    operator.site.user("nora", roles=["night_shift"], scopes=("TMF629:read",))
    assert browser.sign_in("nora").status_code == 303
    assert browser.get("/r/customer").status_code == 200
    assert operator.staff.patch(f"{ROLES}/night_shift", {"interfacesOnly": True}).status_code == 200
    assert browser.get("/r/customer").status_code == 403
    assert operator.site.user("nora", roles=[]).get(CUSTOMER).status_code in (200, 206)
    with services.database.app.connection() as connection:
        (nora,) = connection.execute(
            "select principal::text from user_account where login = 'nora'"
        ).fetchone()
    assert assign_role(services, by=by, principal=nora, role="sales")
    assert browser.get("/r/customer").status_code == 200


@pytest.mark.accepts("SEC-07")
def test_who_keeps_the_machines_sees_no_person(
    operator: Operator, pages: falcon.testing.TestClient
) -> None:
    """Jobs, listeners and attributes are the technical administrator's to keep; of Ada there is
    neither a name nor a birthday, in records, pages, history, files, search or filters; and no
    role that shows them can be handed on."""
    ada = operator.ada()
    body = {"familyName": "Machinist", "birthDate": "1815-12-10T00:00:00Z"}
    assert operator.staff.patch(f"{PARTY}/individual/{ada.party}", body).status_code == 200
    order = ada.has(ada.fibre("1"))
    keeper = operator.site.user(
        "keeper", roles=["technical"],
        scopes=("*:read", "workspace:own", "operations:read", "identity:administer"),
    )  # fmt: skip
    browser = Browser(pages)
    assert browser.sign_in("keeper").status_code == 303
    for path, ident in (
        (f"{PARTY}/individual", ada.party), (CUSTOMER, ada.id), (ACCOUNT, ada.account),
        (ORDER, order.id), (PRODUCT, order.product()["id"]),
    ):  # fmt: skip
        segment = path.rpartition("/")[2]
        answers = [
            keeper.get(f"{path}/{ident}"), keeper.get(path, query_string=f"id={ident}"),
            browser.get(f"/r/{segment}/{ident}"), browser.get(f"/r/{segment}"),
            browser.get(f"/r/{segment}/{ident}/history"),
        ]  # fmt: skip
        for answer in answers:
            assert "Machinist" not in answer.text, answer.text
            assert not re.search(r"(?<![\w-])1815(?![\w-])|1815-12", answer.text)
        assert [one.status_code for one in answers[:3]] == [200, 200, 200], segment
    hidden = keeper.get(f"{PARTY}/individual", query_string="familyName=Machinist")
    assert hidden.status_code == 400
    for kind in FORMATS:
        said = words(kind, made(operator, keeper, kind, f"id={ada.party}"))
        assert "Machinist" not in said
    found = keeper.get("/api/workspace/v1/search", query_string="q=Machinist")
    assert "Machinist" not in found.text
    assert browser.get("/administration/health").status_code == 200
    assert keeper.get(f"{OWN.replace('ordering', 'operations')}/health").status_code in (200, 404)
    seeing = {"function": "TMF632", "action": "read", "sees": ["personal"]}
    role = {"id": "curious", "involvementRole": "Curious", "entitlement": [seeing]}
    assert keeper.post(ROLES, role).status_code == 403
