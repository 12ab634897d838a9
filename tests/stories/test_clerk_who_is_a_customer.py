"""An agent who is a customer, too: full reach at work, watched where only own records count."""

from __future__ import annotations

from tests.support.operator import CUSTOMER, ORDER, OWN, PRODUCT, Operator, Order
from trunkline.access.standard import ROLES, ensure_roles
from trunkline.identity.rights import read_actor
from trunkline.kernel.session import is_narrow

AT_WORK = ("sales", "fallout")
ROLES_OF_BOTH = (*AT_WORK, "self_service")


def test_both_sets_of_rights_work_together(operator: Operator) -> None:
    """The agent enters an order for somebody else and sees it, its plan and its products."""
    services = operator.site.services
    ensure_roles(services)
    grace, ada = operator.company("Exchange"), operator.ada()
    scopes = {one for name in ROLES_OF_BOTH for one in ROLES[name].permissions}
    clerk = operator.site.user(
        "clerk", roles=list(ROLES_OF_BOTH), party=grace.party, scopes=tuple(sorted(scopes))
    )
    ((ident,),) = operator.site.rows("select principal::text from user_account where login='clerk'")
    with services.database.app.connection() as connection:
        actor = read_actor(connection, principal=ident, now=services.machine_now())
    assert actor is not None
    assert is_narrow(actor)
    sent = clerk.post(ORDER, ada.body(ada.fibre("1")))
    assert sent.status_code == 201, sent.json
    operator.settle()
    order = Order(operator, sent.json["id"])
    assert clerk.get(f"{ORDER}/{order.id}").json["state"] == "completed"
    assert clerk.get(f"{CUSTOMER}/{ada.id}").status_code == 200
    assert clerk.get(f"{PRODUCT}/{order.product()['id']}").status_code == 200
    plan = clerk.get(f"{OWN}/productOrder/{order.id}/plan")
    assert (plan.status_code, len(plan.json["item"])) == (200, len(order.plan["item"]))
    own = grace.has(grace.add("1", "Wholesale Access"))
    assert {one["id"] for one in clerk.get(ORDER).json} >= {order.id, own.id}
