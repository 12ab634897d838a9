"""Two clerks enter the same customer at the same moment, each not knowing of the other."""

from __future__ import annotations

import threading
from typing import Any

from tests.support.operator import CUSTOMER, PARTY, Operator
from tests.support.program import Client

PAIR = "/api/party/v1/duplicatePair"
POSSIBLE = "/api/party/v1/possibleDuplicates"
MERGE = "/api/party/v1/merge"


def person(**more: Any) -> dict[str, Any]:
    mail = {"mediumType": "email", "characteristic": {"emailAddress": "grace@example.com"}}
    return {"givenName": "Grace", "familyName": "Hopper", "birthDate": "1906-12-09T00:00:00Z",
            "contactMedium": [mail], **more}  # fmt: skip


def at_once(*calls: Any) -> list[Any]:
    """Make all calls at the same moment and return their answers."""
    ready, answers = threading.Barrier(len(calls)), []

    def call(one: Any) -> None:
        ready.wait()
        answers.append(one())

    threads = [threading.Thread(target=call, args=(one,)) for one in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


def enter(clerk: Client, body: dict[str, Any]) -> Any:
    answer = clerk.post(f"{PARTY}/individual", body)
    if answer.status_code != 201:
        return answer
    role = {"name": f"{body['givenName']} {body['familyName']}",
            "engagedParty": {"id": answer.json["id"]}}  # fmt: skip
    return clerk.post(CUSTOMER, role)


def test_with_an_identity_card_one_of_them_wins(operator: Operator) -> None:
    """The number settles it: one customer is made; the other clerk is refused and led there."""
    ann, ben = (operator.site.user(name, roles=["administrator"]) for name in ("ann", "ben"))
    card = {"identificationType": "nationalIdentityCard", "identificationId": "GH-1906"}
    body = person(individualIdentification=[card])
    answers = at_once(lambda: enter(ann, body), lambda: enter(ben, body))
    won, lost = sorted(answers, key=lambda one: one.status_code)
    assert (won.status_code, lost.status_code) == (201, 409)
    offered = lost.json["existing"]
    again = operator.read(offered["href"])
    assert again["familyName"] == "Hopper"
    assert offered["id"] == won.json["engagedParty"]["id"]


def test_without_one_both_are_made_and_the_pair_waits_for_somebody(operator: Operator) -> None:
    """Nobody is held up. Both are found by each other afterwards: one pair in the queue, which is
    merged into the first one with a look at both."""
    ann, ben = (operator.site.user(name, roles=["administrator"]) for name in ("ann", "ben"))
    mail = {"mediumType": "email", "characteristic": {"emailAddress": "katherine@example.com"}}
    first = person(givenName="Katherine", familyName="Johnson", contactMedium=[mail])
    second = person(givenName="Catherine", familyName="Jonson", contactMedium=[mail])
    made = at_once(lambda: enter(ann, first), lambda: enter(ben, second))
    assert [one.status_code for one in made] == [201, 201]
    operator.settle()
    idents = sorted(one.json["id"] for one in made)
    (pair,) = operator.find(PAIR, first__id=idents[0])
    assert (pair["second"]["id"], pair["state"]) == (idents[1], "open")
    third = {"@type": "Individual", "record": first}
    told = ann.post(POSSIBLE, third).json
    assert {one["record"]["name"] for one in told} == {"Katherine Johnson", "Catherine Jonson"}
    survivor, loser = idents
    operator.make(MERGE, {"survivor": {"id": survivor}, "loser": {"id": loser}})
    operator.settle()
    assert operator.read(CUSTOMER, loser)["id"] == survivor
    assert operator.read(PAIR, pair["id"])["state"] == "merged"
    assert len(ann.post(POSSIBLE, third).json) == 1
