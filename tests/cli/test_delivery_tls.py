"""Deliveries by TLS to a listener inside, whose certificate an authority of our own has signed."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cli.conftest import Installation, await_true
from trunkline.documents.decode import encode

PARTY = "/tmf-api/party/v4"
DAY = dt.timedelta(days=1)


@dataclass
class Authority:
    """Signs the certificates of one operator's own servers."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, signed(key, key, "Own authority", "Own authority", is_authority=True))


def signed(
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    name: str,
    issuer: str,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(
        named(issuer), named(name), key.public_key(), x509.random_serial_number(), now - DAY,
        now + DAY,
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(by, hashes.SHA256())


class Listener:
    """Takes messages by TLS."""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.paths: list[str] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                listener.paths.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        key = ec.generate_private_key(ec.SECP256R1())
        certificate = signed(key, authority.key, "localhost", "Own authority")
        pem = folder / "listener.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def authority(installation: Installation) -> Authority:
    made = Authority.make()
    pem = made.certificate.public_bytes(serialization.Encoding.PEM)
    (installation.folder / "authority.pem").write_bytes(pem)
    return made


@pytest.fixture
def listener(installation: Installation, authority: Authority) -> Iterator[Listener]:
    made = Listener(authority, installation.folder)
    yield made
    made.close()


def post(installation: Installation, token: str, path: str, body: dict[str, Any]) -> None:
    connection = HTTPConnection("127.0.0.1", installation.port, timeout=10)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, encode(body), headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


@pytest.mark.parametrize("is_known", [False, True], ids=["unknown", "known"])
def test_a_listener_with_a_certificate_of_an_own_authority(
    installation: Installation, listener: Listener, is_known: bool
) -> None:
    """It is served where the authority is named to us, and refused where it is not."""
    authority = {"SSL_CERT_FILE": str(installation.folder / "authority.pem")} if is_known else {}
    installation.start(
        "serve",
        TRUNKLINE_CALLBACK_ALLOW=f"localhost:{listener.port}",
        TRUNKLINE_WEB_PROCESSES="1",
        **authority,
    )
    try:
        login = f"ada-{is_known}".lower()
        installation.call("user", "add", login, "--role", "administrator", "--generate")
        token = installation.call("token", "create", login).stdout.strip()
        post(installation, token, f"{PARTY}/hub", {
            "callback": f"https://localhost:{listener.port}/hook",
        })  # fmt: skip
        post(installation, token, f"{PARTY}/individual", {
            "givenName": "Ada", "familyName": "Lovelace",
        })  # fmt: skip
        if is_known:
            await_true(lambda: listener.paths, "the message", log=installation.log)
            assert listener.paths[0].startswith("/hook/listener/")
            return

        def refused() -> bool:
            return "tlsFailed" in str(installation.get("/api/hub/v1/delivery", token)[1])

        await_true(refused, "the refusal in the log of deliveries", log=installation.log)
        assert not listener.paths
    finally:
        installation.stop()
