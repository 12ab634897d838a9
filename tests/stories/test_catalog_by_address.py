"""A catalog goes from one installation to the other by address, over a line that breaks."""

from __future__ import annotations

import json
import re
import socket
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.operator import Record
from tests.support.program import Site, open_site
from trunkline.adapters.remote_files import HttpsFiles
from trunkline.catalog.remote_file import use_remote_files
from trunkline.hub.guard import AllowList

PRODUCTS = "/tmf-api/productCatalogManagement/v4"
JOB = f"{PRODUCTS}/importJob"


class Server:
    """Serves one file; `script` holds what becomes of the next requests."""

    def __init__(self) -> None:
        self.content, self.tag = b"", '"one"'
        self.script: list[Any] = []
        self.asked: list[str] = []
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                own.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def answer(self, req: BaseHTTPRequestHandler) -> None:
        """Send the file or its rest; of a number in the script only so many bytes."""
        asked = req.headers.get("Range") if req.headers.get("If-Range") == self.tag else None
        self.asked.append(f"{req.path} {asked or 'whole'}")
        said = self.script.pop(0) if self.script else None
        if isinstance(said, str):
            req.send_response(int(said))
            req.send_header("Location", "http://127.0.0.1:1/secret")
            req.end_headers()
            return
        found = re.fullmatch(r"bytes=(\d+)-", asked or "")
        start = int(found[1]) if found else 0
        body = self.content[start:]
        req.send_response(206 if found else 200)
        req.send_header("ETag", self.tag)
        req.send_header("Content-Length", str(len(body)))
        if found:
            whole = len(self.content)
            req.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        req.end_headers()
        req.wfile.write(body if said is None else body[:said])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def site(cluster: str, template: str) -> Iterator[Site]:
    with open_site(cluster, template) as made:
        yield made


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    made = Server()
    use_remote_files(site.services, HttpsFiles(AllowList.parse(made.address)))
    yield made
    made.close()


def begun(site: Site, url: str) -> str:
    made = site.admin.post(JOB, {"url": url})
    assert made.status_code == 201, made.json
    site.work()
    return str(made.json["id"])


def read(site: Site, job: str) -> Record:
    found: Record = site.admin.get(f"{JOB}/{job}").json
    return found


def hurried(site: Site, job: str) -> Record:
    """Let the next try begin now and return the job as it stands then."""
    site.rows("update work set run_at = clock_timestamp() where subject = %s returning 1", job)
    site.work()
    return read(site, job)


def offerings(count: int, name: str) -> bytes:
    """A file of some offerings, more than one piece long."""
    made = [{"externalId": f"{name}-{n}", "name": f"{name} {n}", "description": "x" * 60_000}
            for n in range(count)]  # fmt: skip
    return json.dumps({"productOffering": made}).encode()


def test_a_file_comes_by_its_address_over_a_line_that_breaks(site: Site, server: Server) -> None:
    """What came before the line broke is kept and told, the rest is asked for, and a file that
    changed meanwhile is fetched from its beginning. The job says why it waits, and how far."""
    server.content, server.script = offerings(80, "Fibre"), [4_100_000, "503", None]
    job = begun(site, f"http://{server.address}/spring.json?signature=a%2Fb")
    waiting = read(site, job)
    assert (waiting["status"], waiting["bytesTotal"]) == ("Running", len(server.content))
    assert waiting["bytesFetched"] == 4_100_000
    assert "asked for again" in waiting["errorLog"]
    assert "503" in hurried(site, job)["errorLog"]
    done = hurried(site, job)
    assert (done["status"], done.get("errorLog")) == ("Succeeded", None), done
    assert done["bytesFetched"] == done["bytesTotal"] == len(server.content)
    path = "/spring.json?signature=a%2Fb"
    rest = f"{path} bytes=4100000-"
    assert server.asked == [f"{path} whole", rest, rest]
    assert site.admin.get(f"{PRODUCTS}/productOffering?name=Fibre%2079").json

    server.content, server.script = offerings(80, "Copper"), [4_100_000]
    job = begun(site, f"http://{server.address}/summer.json")
    server.content, server.tag = offerings(70, "Radio"), '"two"'
    assert hurried(site, job)["status"] == "Succeeded"
    assert site.admin.get(f"{PRODUCTS}/productOffering?name=Radio%2069").json
    assert not site.admin.get(f"{PRODUCTS}/productOffering?name=Copper%200").json
    assert site.rows("select 1 from exchanged_piece") == []


def test_what_may_not_be_fetched_is_refused_with_the_reason(site: Site, server: Server) -> None:
    """An address of our own network, one that leads elsewhere, one that is not there, one that
    nobody answers at, and a file that is too large: the job fails and says why."""
    server.script, server.content = ["302", "404"], b"{}"
    for url, told in (
        ("https://localhost/x", "this machine itself"),
        ("https://169.254.169.254/latest", "may not be called"),
        ("https://10.0.0.1/x", "may not be called"),
        ("https://ada:secret@example.com/x", "no user or password"),
        (f"http://{server.address}/moved", "leads elsewhere"),
        (f"http://{server.address}/gone", "answered 404"),
    ):
        job = read(site, begun(site, url))
        assert (job["status"], told in job["errorLog"]) == ("Failed", True), job
    assert len(server.asked) == 2
    server.content = b" " * 50_000_001
    job = read(site, begun(site, f"http://{server.address}/large"))
    assert (job["status"], "larger than" in job["errorLog"]) == ("Failed", True), job
    server.close()
    job = begun(site, f"http://{server.address}/nobody")
    for _ in range(5):
        assert read(site, job)["status"] == "Running"
        hurried(site, job)
    found = read(site, job)
    assert (found["status"], "cannot be reached" in found["errorLog"]) == ("Failed", True), found


def test_a_name_is_judged_by_all_that_it_leads_to(
    site: Site, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name that leads into our own network is not followed there, whatever else it leads
    to, and it is asked once: what it would answer next counts for nothing."""
    asked: list[str] = []
    ask = socket.getaddrinfo

    def answering(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "files.example":
            return ask(host, port, *more, **named)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
                for one in ("93.184.215.14", "127.0.0.1")]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", answering)
    job = read(site, begun(site, "https://files.example/spring.json"))
    assert (job["status"], "may not be called" in job["errorLog"]) == ("Failed", True), job
    assert asked == ["files.example"]


def test_an_export_says_where_its_file_is_fetched(site: Site, server: Server) -> None:
    """The url of an ended export is an address; with its key the file is answered, in parts where
    asked for, and read by another installation's import. Another key, or a job that was removed,
    gives nothing."""
    nine = f"nine {uuid.uuid4().hex}"
    site.admin.post(f"{PRODUCTS}/productOffering", {"name": "Fibre 9G", "externalId": nine})
    made = site.admin.post(
        f"{PRODUCTS}/exportJob",
        {"url": "autumn.json", "path": "productOffering", "query": f"externalId={nine}"},
    )
    site.work()
    job = site.admin.get(f"{PRODUCTS}/exportJob/{made.json['id']}").json
    assert job["status"] == "Succeeded", job
    address = urlsplit(job["url"])
    assert (address.scheme, bool(address.netloc)) == ("http", True), job["url"]
    whole = site.app.simulate_get(address.path)
    assert [one["name"] for one in whole.json["productOffering"]] == ["Fibre 9G"], whole.json
    part = site.app.simulate_get(address.path, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, whole.content[5:10])
    server.content = whole.content
    assert read(site, begun(site, f"http://{server.address}/autumn.json"))["status"] == "Succeeded"
    assert site.app.simulate_get(address.path[:-1] + "x").status_code == 404
    assert site.admin.delete(f"{PRODUCTS}/exportJob/{made.json['id']}").status_code == 204
    site.work()
    assert site.app.simulate_get(address.path).status_code == 404
