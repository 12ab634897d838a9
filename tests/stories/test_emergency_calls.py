"""Emergency calls are thought of, and customers do not undo what was not their wish."""

from __future__ import annotations

from tests.stories.changing import REVISION, half_done, items_of, opened, revised
from tests.stories.test_broken_down import sell
from tests.stories.test_bundle import bundle
from tests.stories.test_suspended_for_a_while import pause, status
from tests.support.operator import Operator, codes
from trunkline.access.standard import ROLES, ensure_roles

PATH = "/tmf-api/productOrderingManagement/v4/productOrder"
PARTLY = """jsonb_set(doc::jsonb, '{productOrderItem,0,internalState}', '"partial"')"""


def phones(operator: Operator) -> dict[str, str]:
    """Put telephones on sale: one of which the customer is told, one that is kept, and a set."""
    return {
        "Lift Phone": sell(operator, "Lift Phone", emergencyCalls="tell"),
        "Care Phone": sell(operator, "Care Phone", emergencyCalls="keep"),
        "Phone Set": sell(operator, "Phone Set"),
    }


def test_who_ends_a_telephone_has_told_the_customer(operator: Operator) -> None:
    """What carries emergency calls rests or ends only when somebody says that the customer was
    told, also as a part of something else; where such calls are to stay possible it does not rest
    at all. What carries none asks for nothing."""
    ada, sold = operator.ada(), phones(operator)
    items = [
        {"id": ident, "action": "add", "productOffering": {"id": sold[name]}}
        for ident, name in (("1", "Phone Set"), ("2", "Lift Phone"), ("3", "Care Phone"))
    ]
    items[0]["productOrderItemRelationship"] = [{"id": "2", "relationshipType": "hasChild"}]
    had = ada.has(*items, ada.fibre("4"))
    whole, lift, care, fibre = (str(had.product(one)["id"]) for one in "1234")
    not_told = {("emergencyNotTold", "productOrderItem[0].emergencyTold")}
    for product, action in ((lift, "suspend"), (whole, "suspend"), (care, "delete")):
        assert codes(ada.refused(pause(ada, action, product))) == not_told
    ada.has(pause(ada, "suspend", fibre))
    ada.has({**pause(ada, "suspend", whole), "emergencyTold": True})
    assert status(operator, lift) == "suspended"
    told = {**pause(ada, "suspend", care), "emergencyTold": True}
    assert codes(ada.refused(told)) == {("emergencyCallsKept", "productOrderItem[0].action")}
    unknown = ada.refused(pause(ada, "suspend", "nothing-there"))
    assert codes(unknown) == {("danglingReference", "productOrderItem[0].product.id")}
    ada.has({**pause(ada, "delete", care), "emergencyTold": True})
    assert status(operator, care) == "terminated"


def test_who_ends_it_by_a_change_of_an_order_has_told_as_well(operator: Operator) -> None:
    """An order that runs is asked to end a telephone besides: not before the customer was told."""
    ada, sold = operator.ada(), phones(operator)
    item = {"id": "1", "action": "add", "productOffering": {"id": sold["Care Phone"]}}
    care = str(ada.has(item).product()["id"])
    order = half_done(operator, ada=ada)
    more = ada.change("3", "delete", care)
    revision = opened(operator, order, [*items_of(order), more])
    answer = operator.staff.post(f"{REVISION}/{revision['id']}/submit", {})
    assert codes(answer) == {("emergencyNotTold", "productOrderItem[2].emergencyTold")}
    withdrawn = operator.staff.post(f"{REVISION}/{revision['id']}/withdraw", {})
    assert withdrawn.status_code == 200, withdrawn.json
    revised(operator, order, [*items_of(order), {**more, "emergencyTold": True}])
    assert status(operator, care) == "terminated"


def test_customers_do_not_resume_what_was_not_their_wish(operator: Operator) -> None:
    """Ada resumes by herself what she had suspended; what rests since it was not paid comes back
    when our people say so."""
    ada = operator.ada()
    voice = str(ada.has(ada.voice("1")).product()["id"])
    ensure_roles(operator.site.services)
    scopes = tuple(ROLES["self_service"].permissions)
    client = operator.site.user(
        "ada-resumes", roles=["self_service"], party=ada.party, scopes=scopes
    )
    for reason, expected in (("customerRequest", 201), ("nonPayment", 400), ("fraud", 400)):
        ada.has({**pause(ada, "suspend", voice), "suspensionReason": reason})
        answer = client.post(PATH, ada.body(pause(ada, "resume", voice)))
        assert answer.status_code == expected, answer.json
        if expected == 400:
            told = {(one["code"], one["path"]) for one in answer.json["fault"]}
            assert told == {("resumeNotYours", "productOrderItem[0].product.id")}
            ada.has(pause(ada, "resume", voice))
        operator.settle()
        assert status(operator, voice) == "active"


def test_what_rests_for_our_reason_does_not_come_back_with_its_whole(operator: Operator) -> None:
    """Ada suspends the bundle in which a line rests for fraud already, and resumes the bundle: it
    stays, and also where our suspension was carried out in part only. When our people resume the
    whole, she may suspend and resume it again."""
    ada = operator.ada()
    had = ada.has(*bundle(ada, ada.fibre("2"), ada.voice("3")))
    whole, voice = (str(had.product(one)["id"]) for one in "13")
    ensure_roles(operator.site.services)
    client = operator.site.user(
        "ada-bundle", roles=["self_service"], party=ada.party,
        scopes=tuple(ROLES["self_service"].permissions),
    )  # fmt: skip
    ours = ada.orders({**pause(ada, "suspend", voice), "suspensionReason": "fraud"})
    operator.settle()
    ada.has(pause(ada, "suspend", whole))
    for sql in ("select 1", f"update product_order set doc = {PARTLY} where id = '{ours.id}'"):
        with operator.site.services.database.app.connection() as connection:
            connection.execute(sql)
        answer = client.post(PATH, ada.body(pause(ada, "resume", whole)))
        assert answer.status_code == 400, answer.json
        assert codes(answer) == {("resumeNotYours", "productOrderItem[0].product.id")}
    ada.has(pause(ada, "resume", whole))
    ada.has(pause(ada, "suspend", whole))
    answer = client.post(PATH, ada.body(pause(ada, "resume", whole)))
    assert answer.status_code == 201, answer.json
    operator.settle()
    assert status(operator, voice) == "active"
