"""A callout over a real connection: what is sent, how answers are told apart, and the secret."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.stories.test_broken_down import LIVE, sell
from tests.support.operator import FALLOUT, SERVICE_SPECIFICATION, Operator, values
from tests.support.outside import ScriptedOutside, says
from tests.support.plans import (
    SYSTEM,
    TABLE,
    by_item,
    item,
    ordered,
    picked,
    published,
    row,
)
from trunkline.adapters.outside import OutsideSystems
from trunkline.hub.guard import AllowList
from trunkline.kernel.work import as_system
from trunkline.ordering.design.calling import use_outside

SECRET = "opens-every-door-91"


@dataclass
class Registry:
    """An outside system that does what its script says: a status and a body, or silence."""

    url: str = ""
    script: list[tuple[int, Any]] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    quiet: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def registry() -> Iterator[Registry]:
    """One that listens on this machine."""
    found = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            found.heard.append(
                {
                    "path": self.path,
                    "body": json.loads(sent),
                    "key": self.headers["Idempotency-Key"],
                    "secret": self.headers["X-Door"],
                }
            )
            status, body = found.script.pop(0)
            if status == 0:
                found.quiet.wait(10)
                return
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/registry"
    yield found
    found.quiet.set()
    server.shutdown()
    server.server_close()


def pager(operator: Operator, registry: Registry, secrets: Path) -> str:
    """Set the system up, say the plan that calls it, and return an offering that goes by it."""
    host = registry.url.split("/")[2]
    use_outside(operator.site.services, OutsideSystems(AllowList.parse(host), secrets))
    credentials = {"kind": "header", "header": "X-Door", "secret": "door"}
    system = {"code": "registry", "name": "Registry", "url": registry.url}
    operator.make(SYSTEM, {**system, "credentials": credentials})
    published(
        operator, "pager",
        item("number", "callout", retry={"technical": [0], "unknown": [0]}, callout={
            "system": "registry", "timeoutSeconds": 1, "isRepeatable": True,
            "request": {"path": "/number", "body": {
                "for": "order ${order.key}", "zone": "${line.characteristic.zone}",
                "count": "${line.quantity + 1}"}},
            "successWhen": "response.status == 200 && has(response.body.number)",
            "businessErrorWhen": "response.status == 200 && has(response.body.refused)",
            "errorCode": "response.body.refused", "errorMessage": "response.body.text",
            "mapping": [{"characteristic": "number", "expression": "response.body.number"}]}),
    )  # fmt: skip
    picked(operator, row("pager", specification="Pager"))
    asked = [{"name": "number", "valueType": "string", "configurable": True}]
    made = operator.make(SERVICE_SPECIFICATION,
                         {"name": "Pager", "specCharacteristic": asked, **LIVE})  # fmt: skip
    own = [{"name": "zone", "valueType": "string", "configurable": True}]
    return sell(operator, "Pager sold", serviceSpecification=[made],
                    productSpecCharacteristic=own)  # fmt: skip


def opened_audit(operator: Operator, *subjects: str) -> str:
    """Return all that the audit says of records, opened: on disk it is sealed."""
    with as_system(operator.site.services, "tests") as work:
        sql = "select id::text, owner::text, changes from audit where subject = any(%s::uuid[])"
        rows = work.connection.execute(sql, [list(subjects)]).fetchall()
        keyring = work.services.keyring
        opened = [
            keyring.open(work.connection, owner, f"audit|{ident}", bytes(sealed))
            for ident, owner, sealed in rows
        ]
    assert all(opened)
    said = "".join(one.decode() for one in opened if one is not None)
    return said + str([operator.audit(one) for one in subjects])


@pytest.mark.accepts("ORC-04")
def test_a_callout_is_sent_told_apart_and_keeps_its_secret(
    operator: Operator,
    registry: Registry,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The request is put together from its template. Turned away and left without an answer in
    time, it is sent again under its key after the pauses of its item; refused, it is fallout with
    the other side's words. Tried again it is done, and what it answers becomes the service's. The
    secret goes over the line, and stands in no log, request, answer, fallout or audit, although
    the other side repeats it."""
    caplog.set_level(logging.DEBUG)
    (tmp_path / "door").write_text(f"{SECRET}\n")
    offering = pager(operator, registry, tmp_path)
    registry.script = [
        (503, {"message": f"not with {SECRET}"}), (0, None),
        (200, {"refused": "noneLeft", "text": f"none left for {SECRET}"}),
    ]  # fmt: skip
    order = ordered(operator, operator.ada(), offering, zone="north")
    operator.hurry()
    (fallout,) = order.fallouts()
    assert (fallout["cause"]["kind"], fallout["cause"]["code"]) == ("business", "noneLeft")
    told = [(one["kind"], one["code"]) for one in fallout["attempt"]]
    assert told == [("technical", "http503"), ("unknown", "noAnswer"), ("business", "noneLeft")]
    assert fallout["cause"]["message"] == "none left for ***"
    registry.script = [(200, {"number": "555-01", "echo": SECRET})]
    assert operator.staff.post(f"{FALLOUT}/{fallout['id']}/retry").status_code == 200
    operator.settle()
    assert order.state == "completed"
    assert values(order.services["Pager"])["number"] == "555-01"
    body = {"for": f"order {order.key}", "zone": "north", "count": 2}
    assert [(one["path"], one["body"]) for one in registry.heard] == [
        ("/registry/number", body)
    ] * 4
    assert {one["secret"] for one in registry.heard} == {SECRET}
    keys = [one["key"] for one in registry.heard]
    assert (len(set(keys[:3])), keys[3] in keys[:3]) == (1, False)
    kept = json.dumps([by_item(order), operator.read(FALLOUT, fallout["id"])])
    columns = "request, answer, attempts, design, handoff"
    kept += str(operator.site.rows(f"select {columns} from plan_item"))
    kept += str(operator.site.rows("select * from outside_system"))
    audit = opened_audit(operator, order.id, fallout["id"], order.services["Pager"]["id"])
    assert "555-01" in audit
    output = capfd.readouterr()
    assert SECRET not in kept + audit + caplog.text + output.out + output.err
    for table in operator.find(TABLE, isOn="true"):
        assert operator.staff.patch(f"{TABLE}/{table['id']}", {"isOn": False}).status_code == 200


def test_what_stands_in_an_address_or_a_header_is_sent_or_was_never_sent(
    tmp_path: Path, registry: Registry
) -> None:
    """Letters of any script arrive as they were meant. A secret that no header can hold keeps the
    request here: that is told as such, and the secret with it to nobody."""
    from trunkline.ordering.command import Unavailable
    from trunkline.ordering.design.outside_system import System

    outside = OutsideSystems(AllowList.parse(registry.url.split("/")[2]), tmp_path)
    plain = System("i", "s", registry.url, None, None, None, None, None, ())
    registry.script = [(200, {})]
    request = {"system": "s", "method": "POST", "path": "/straße/a b?q=%20Ω", "body": {}}
    assert outside.send(plain, request, key="k", timeout_s=1).status == 200
    assert [one["path"] for one in registry.heard] == ["/registry/stra%C3%9Fe/a%20b?q=%20%CE%A9"]
    for secret in ("пароль", "two\nlines"):
        (tmp_path / "odd").write_text(secret)
        keyed = System("i", "s", registry.url, "bearer", "odd", None, None, None, ())
        with pytest.raises(Unavailable) as refused:
            outside.send(keyed, request, key="k", timeout_s=1)
        assert refused.value.code == "notConnected"
        assert secret not in str(refused.value)
    assert len(registry.heard) == 1


def test_what_may_not_be_called_is_not_called(tmp_path: Path, registry: Registry) -> None:
    """An address inside the own network that nobody opened, and a secret that is not there."""
    from trunkline.ordering.command import Unavailable
    from trunkline.ordering.design.outside_system import System

    request = {"system": "s", "method": "POST", "path": "/x", "body": {}}
    closed = OutsideSystems(AllowList.parse(""), tmp_path)
    plain = System("i", "s", registry.url, None, None, None, None, None, ())
    keyed = System("i", "s", registry.url, "bearer", "nowhere", None, None, None, ())
    for outside, system, code in (
        (closed, plain, "notAllowed"),
        (OutsideSystems(AllowList.parse(registry.url.split("/")[2]), tmp_path), keyed,
         "secretMissing"),
    ):  # fmt: skip
        with pytest.raises(Unavailable) as refused:
            outside.send(system, request, key="k", timeout_s=1)
        assert refused.value.code == code
    assert registry.heard == []


def test_a_slow_system_is_waited_for_as_long_as_its_call_says(
    operator: Operator, outside: ScriptedOutside, service: Callable[..., str]
) -> None:
    """A call may take ten minutes: as long as that no other worker takes it over, which would ask
    in vain what became of it while the answer of the first one is thrown away."""
    offering = service("Boiler")
    call = {"system": "warehouse", "timeoutSeconds": 600, "request": {"path": "/slow"}}
    published(operator, "boiler", item("heat", "callout", callout=call))
    picked(operator, row("boiler", specification="Boiler"))
    left_s: list[float] = []

    def slowly(request: Any) -> Any:
        sql = "select extract(epoch from lease_until - clock_timestamp())::float from work"
        left_s.extend(one for (one,) in operator.site.rows(f"{sql} where lease_until is not null"))
        return says(200)(request)

    outside.script = {"warehouse": [slowly]}
    assert ordered(operator, operator.ada(), offering).state == "completed"
    assert max(left_s) > 600
