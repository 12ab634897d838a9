"""Concurrent changes of one record: none is overwritten unseen."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults import oracle
from tests.faults.asking import Clerk
from tests.faults.place import Background, FaultProgram
from tests.faults.verdict import Verdict

PARTY = "/tmf-api/party/v4/individual"
SEED = 20_261_124


def contest(program: FaultProgram, *, clients: int, patches: int, seed: int) -> Verdict:
    """Let clients change one record at once, half of them by a version that is gone."""
    verdict = Verdict("patches", seed)
    clerk = Clerk(program.port, program.token)
    made = clerk.until_told("POST", PARTY, {"givenName": "Ada", "familyName": "Lovelace"}).json
    path = f"{PARTY}/{made['id']}"
    done: list[tuple[str, str, str]] = []
    stale: list[int] = []
    odd: list[tuple[int, bytes]] = []

    def change(client: int) -> None:
        random = Random(seed + client)
        for number in range(patches):
            read = clerk.until_told("GET", path).headers["etag"]
            is_old = random.random() < 0.5
            tag = '"0"' if is_old else read
            name = f"Lovelace {client} {number}"
            answer = clerk.once("PATCH", path, {"familyName": name}, If_Match=tag)
            if answer.status == 200:
                done.append((tag, answer.headers["etag"], name))
            elif answer.status == 412:
                stale.append(1)
            else:
                odd.append((answer.status, answer.body[:300]))

    contestants = Background()
    for client in range(clients):
        contestants.run(change, client)
    contestants.join(timeout_s=300)
    verdict.tried |= {"patches": clients * patches, "done": len(done), "refused": len(stale)}
    verdict.check("neither done nor stale", odd)
    verdict.check(
        "stale and done", [one for one in done if int(one[0].strip('"')) + 1 != _number(one[1])]
    )
    ((version, family),) = program.rows(
        "select version, doc ->> 'familyName' from individual where id = %s", made["id"]
    )
    verdict.check("versions beyond successes", range(abs(version - 1 - len(done))))
    last = max(done, key=lambda one: _number(one[1]))
    verdict.check("last success overwritten", [] if last[2] == family else [last, family])
    oracle.judge_history(program, verdict)
    return verdict


def _number(tag: str) -> int:
    return int(tag.strip('"'))


def test_stale_changes_are_refused(program: FaultProgram, full: bool) -> None:
    """As many versions as successes; a change made on an old version never counts."""
    program.start(workers=0)
    clients, patches = (50, 20) if full else (8, 6)
    verdict = contest(program, clients=clients, patches=patches, seed=SEED)
    verdict.must_be_clean(program.logs())
    assert verdict.tried["refused"]
    assert verdict.tried["done"]


@pytest.mark.parametrize("control", ["if-match-unread"])
def test_control(program: FaultProgram, control: str) -> None:
    """Where If-Match is not read, stale changes are done."""
    program.start(workers=0, control=control)
    verdict = contest(program, clients=8, patches=6, seed=SEED)
    verdict.tell()
    assert "stale and done" in verdict.red
