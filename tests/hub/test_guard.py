"""Shows that no hostile callback gets through: neither its text, its addresses nor a rebinding."""

import asyncio
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.hub.guard import (
    AllowList,
    NameNotResolved,
    Reason,
    Target,
    TargetRefused,
    address_reason,
    check_url,
    resolve,
)
from trunkline.hub.outcome import Kind
from trunkline.hub.sender import Sender

NOTHING = AllowList()
# What a careful operator may well have configured; the corpus must be refused under it too.
TYPICAL = AllowList.parse("10.0.0.0/8, erp.example:9443, 127.0.0.1:9000", never="10.9.9.9")
PUBLIC = "93.184.215.14"

HOSTILE_URLS = {
    # the text
    "": "schemeNotAllowed",
    "https://" + "a" * 2048 + ".example": "urlTooLong",
    "https://ada.example/ listener": "urlInvalidCharacter",
    "https://ada.example\t.attacker.example/": "urlInvalidCharacter",
    "https://ada.example/\r\nHost: internal": "urlInvalidCharacter",
    "https://ada.example/\x00": "urlInvalidCharacter",
    "https://ada.example/%0d%0aHost:internal": "urlInvalidCharacter",
    "https://ada.example\\@127.0.0.1/": "urlInvalidCharacter",
    "https:\\\\127.0.0.1/": "urlInvalidCharacter",
    "https://①②⑦.0.0.1/": "urlInvalidCharacter",
    "https://127。0。0。1/": "urlInvalidCharacter",
    "https://ⓛocalhost/": "urlInvalidCharacter",
    # the scheme
    "http://ada.example/": "schemeNotAllowed",
    "http://ada.example:443/": "schemeNotAllowed",
    "ftp://ada.example/": "schemeNotAllowed",
    "file:///etc/passwd": "schemeNotAllowed",
    "gopher://127.0.0.1:6379/_x": "schemeNotAllowed",
    "unix:///run/docker.sock": "schemeNotAllowed",
    "javascript:alert(1)": "schemeNotAllowed",
    "//ada.example/": "schemeNotAllowed",
    "https:/ada.example/": "schemeNotAllowed",
    "https:ada.example": "schemeNotAllowed",
    "jar:https://ada.example!/": "schemeNotAllowed",
    # user, query, fragment
    "https://ada@ada.example/": "userinfoNotAllowed",
    "https://ada.example@127.0.0.1/": "userinfoNotAllowed",
    "https://ada.example:443@10.0.0.1:443/": "userinfoNotAllowed",
    "https://@ada.example/": "userinfoNotAllowed",
    "https://ada.example/?to=": "queryNotAllowed",
    "https://ada.example?": "queryNotAllowed",
    "https://ada.example?@127.0.0.1/": "queryNotAllowed",
    "https://ada.example/#": "fragmentNotAllowed",
    "https://ada.example#@127.0.0.1/": "fragmentNotAllowed",
    # the host
    "https://": "hostInvalid",
    "https:///ada.example": "hostInvalid",
    "https://:443/": "hostInvalid",
    "https://2130706433/": "hostInvalid",
    "https://0x7f000001/": "hostInvalid",
    "https://0x7f.0.0.1/": "hostInvalid",
    "https://0177.0.0.1/": "hostInvalid",
    "https://127.1/": "hostInvalid",
    "https://127.0.0.01/": "hostInvalid",
    "https://0/": "hostInvalid",
    "https://127.0.0.1./": "hostInvalid",
    "https://ada.example./": "hostInvalid",
    "https://ada..example/": "hostInvalid",
    "https://.ada.example/": "hostInvalid",
    "https://-ada.example/": "hostInvalid",
    "https://ada_1.example/": "hostInvalid",
    "https://%6c%6f%63alhost/": "hostInvalid",
    "https://127.0.0.1%00.ada.example/": "urlInvalidCharacter",
    "https://ada.example,127.0.0.1/": "hostInvalid",
    "https://ada.example;127.0.0.1/": "hostInvalid",
    "https://*.example/": "hostInvalid",
    "https://[::1/": "hostInvalid",
    "https://::1/": "hostInvalid",
    "https://[::1]ada.example/": "hostInvalid",
    "https://[fe80::1%25eth0]/": "hostInvalid",
    "https://[127.0.0.1]/": "hostInvalid",
    "https://[v1.ada]/": "hostInvalid",
    "https://" + "a" * 64 + ".example/": "hostInvalid",
    "https://intranet/": "hostNotQualified",
    "https://instance-data/latest/": "hostNotQualified",
    "https://localhost/": "loopbackAddress",
    "https://LOCALHOST:8443/": "loopbackAddress",
    "https://ada.localhost/": "loopbackAddress",
    "https://metadata.google.internal/": "metadataAddress",
    # the port
    "https://ada.example:0/": "portNotAllowed",
    "https://ada.example:22/": "portNotAllowed",
    "https://ada.example:80/": "portNotAllowed",
    "https://ada.example:5432/": "portNotAllowed",
    "https://ada.example:9000/": "portNotAllowed",
    "https://ada.example:/": "portNotAllowed",
    "https://ada.example:0443/": "portNotAllowed",
    "https://ada.example:65979/": "portNotAllowed",
    "https://ada.example:443:22/": "hostInvalid",
    "https://ada.example:-1/": "hostInvalid",
    "https://ada.example:4_43/": "hostInvalid",
    "https://10.0.0.1:5432/": "portNotAllowed",
    "https://127.0.0.1:9001/": "portNotAllowed",
    # the address
    "https://127.0.0.1/": "loopbackAddress",
    "https://127.255.255.254:8443/": "loopbackAddress",
    "https://[::1]/": "loopbackAddress",
    "https://[0:0:0:0:0:0:0:1]:8443/": "loopbackAddress",
    "https://[::ffff:127.0.0.1]/": "loopbackAddress",
    "https://[::ffff:7f00:1]/": "loopbackAddress",
    "https://0.0.0.0/": "unspecifiedAddress",
    "https://0.1.2.3/": "unspecifiedAddress",
    "https://[::]/": "unspecifiedAddress",
    "https://[::127.0.0.1]/": "reservedAddress",
    "https://[::ffff:0:127.0.0.1]/": "reservedAddress",
    "https://169.254.169.254/": "metadataAddress",
    "https://[::ffff:169.254.169.254]/": "metadataAddress",
    "https://[fd00:ec2::254]/": "metadataAddress",
    "https://100.100.100.200/": "metadataAddress",
    "https://168.63.129.16/": "metadataAddress",
    "https://169.254.0.1/": "linkLocalAddress",
    "https://[fe80::1]/": "linkLocalAddress",
    "https://172.16.0.1/": "privateAddress",
    "https://172.31.255.255/": "privateAddress",
    "https://192.168.1.1/": "privateAddress",
    "https://100.64.0.1/": "privateAddress",
    "https://198.18.0.1/": "privateAddress",
    "https://[fc00::1]/": "privateAddress",
    "https://10.9.9.9/": "ownAddress",
    "https://[::ffff:10.9.9.9]/": "ownAddress",
    "https://[64:ff9b::7f00:1]/": "tunnelAddress",
    "https://[64:ff9b::a00:1]/": "tunnelAddress",
    "https://[64:ff9b::a9fe:a9fe]/": "tunnelAddress",
    "https://[64:ff9b:1::7f00:1]/": "reservedAddress",
    "https://[2002:7f00:1::]/": "tunnelAddress",
    "https://[2002:5db8:d70e::1]/": "tunnelAddress",
    "https://[2001:0:53aa:64c:0:5efe:a2b:3c4d]/": "tunnelAddress",
    "https://[2a00::5efe:a00:1]/": "tunnelAddress",
    "https://[2a00::200:5efe:7f00:1]/": "tunnelAddress",
    "https://192.88.99.1/": "tunnelAddress",
    "https://224.0.0.1/": "multicastAddress",
    "https://239.255.255.250/": "multicastAddress",
    "https://[ff02::1]/": "multicastAddress",
    "https://240.0.0.1/": "reservedAddress",
    "https://255.255.255.255/": "reservedAddress",
    "https://192.0.0.8/": "reservedAddress",
    "https://192.0.2.1/": "reservedAddress",
    "https://203.0.113.1/": "reservedAddress",
    "https://[2001:db8::1]/": "reservedAddress",
    "https://[3fff::1]/": "reservedAddress",
    "https://[100::1]/": "reservedAddress",
    "https://[fec0::1]/": "reservedAddress",
    "https://[5f00::1]/": "reservedAddress",
    "https://[4000::1]/": "reservedAddress",
}


class FakeResolver:
    """Gives one prepared answer after another and the last one for ever; counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.questions = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.questions += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def addresses(url: str, allow: AllowList, *answer: str) -> tuple[IPv4Address | IPv6Address, ...]:
    target = check_url(url, allow=allow)
    return asyncio.run(resolve(target, allow=allow, resolver=FakeResolver(answer)))


def test_corpus_is_large_enough() -> None:
    assert len(HOSTILE_URLS) >= 60
    assert set(Reason) - set(HOSTILE_URLS.values()) == {Reason.PARSERS_DISAGREE}


@pytest.mark.parametrize(("url", "code"), HOSTILE_URLS.items())
@pytest.mark.parametrize("allow", [NOTHING, TYPICAL], ids=["nothing", "typical"])
def test_hostile_url_is_refused(url: str, code: str, allow: AllowList) -> None:
    if allow is NOTHING and code == "ownAddress":
        code = "privateAddress"
    with pytest.raises(TargetRefused) as refused:
        check_url(url, allow=allow)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://ada.example", Target("https", "ada.example", 443, "/")),
        ("https://ada.example:8443/hook", Target("https", "ada.example", 8443, "/hook")),
        ("HTTPS://Ada.Example/A%20b/@c", Target("https", "ada.example", 443, "/A%20b/@c")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        (f"https://{PUBLIC}/", Target("https", PUBLIC, 443, "/")),
        ("https://[2A00:1450::0:1]:443/", Target("https", "2a00:1450::1", 443, "/")),
        ("https://[64:ff9b::5db8:d70e]/", Target("https", "64:ff9b::5db8:d70e", 443, "/")),
    ],
)
def test_public_https_url_passes(url: str, target: Target) -> None:
    assert check_url(url, allow=NOTHING) == target


def test_parsers_that_disagree_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that reads another host than the grammar did stops the URL."""
    other = urlsplit("https://other.example/")
    monkeypatch.setattr("trunkline.hub.guard.urlsplit", lambda url: other)
    with pytest.raises(TargetRefused) as refused:
        check_url("https://ada.example/", allow=NOTHING)
    assert refused.value.code is Reason.PARSERS_DISAGREE


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (("127.0.0.1",), "loopbackAddress"),
        ((PUBLIC, "127.0.0.1"), "loopbackAddress"),
        ((PUBLIC, "::ffff:192.168.0.1"), "privateAddress"),
        (("169.254.169.254",), "metadataAddress"),
        (("fd00:ec2::254",), "metadataAddress"),
        (("fe80::1%eth0",), "linkLocalAddress"),
        (("2002:7f00:1::",), "tunnelAddress"),
        (("10.9.9.9",), "ownAddress"),
        (("64:ff9b::a09:909",), "ownAddress"),
    ],
)
def test_name_with_one_bad_address_is_refused(answer: tuple[str, ...], code: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        addresses("https://ada.example/", TYPICAL, *answer)
    assert refused.value.code == code


def test_checked_addresses_are_unwrapped_and_unique() -> None:
    found = addresses("https://ada.example/", NOTHING, f"::ffff:{PUBLIC}", PUBLIC, "2a00::1")
    assert found == (ip_address(PUBLIC), ip_address("2a00::1"))


def test_name_without_address_may_be_tried_later() -> None:
    with pytest.raises(NameNotResolved):
        addresses("https://ada.example/", NOTHING)

    async def failing(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    target = check_url("https://ada.example/", allow=NOTHING)
    with pytest.raises(NameNotResolved):
        asyncio.run(resolve(target, allow=NOTHING, resolver=failing))


def test_operator_opens_private_networks_and_hosts() -> None:
    allow = AllowList.parse("10.0.0.0/8, fd12::/16, erp.example:9443, 192.168.7.7, 127.0.0.1:9000")
    assert addresses("https://erp.corp.example/", allow, "10.1.2.3") == (ip_address("10.1.2.3"),)
    assert addresses("https://[fd12::5]:8443/", allow) == (ip_address("fd12::5"),)
    assert addresses("http://erp.example:9443/", allow, "172.16.0.9") == (ip_address("172.16.0.9"),)
    assert addresses("http://127.0.0.1:9000/", allow) == (ip_address("127.0.0.1"),)
    assert check_url("http://192.168.7.7/", allow=allow).port == 80


@pytest.mark.parametrize(
    ("url", "answer", "code"),
    [
        ("http://erp.example/", (), "schemeNotAllowed"),
        ("http://10.1.2.3/", (), "schemeNotAllowed"),
        ("https://erp.example:9444/", (), "portNotAllowed"),
        ("https://other.example:9443/", (), "portNotAllowed"),
        ("https://other.example/", ("192.168.7.7",), "privateAddress"),
        ("http://erp.example:9443/", ("127.0.0.1",), "loopbackAddress"),
        ("http://erp.example:9443/", ("169.254.169.254",), "metadataAddress"),
        ("http://erp.example:9443/", ("224.0.0.1",), "multicastAddress"),
        ("https://metadata.google.internal/", (), "metadataAddress"),
    ],
)
def test_what_is_open_opens_nothing_else(url: str, answer: tuple[str, ...], code: str) -> None:
    allow = AllowList.parse("10.0.0.0/8, erp.example:9443, 192.168.7.7, 127.0.0.1:9000")
    with pytest.raises(TargetRefused) as refused:
        addresses(url, allow, *answer)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "entry",
    [
        "0.0.0.0/0", "127.0.0.0/8", "8.8.8.0/24", "169.254.0.0/16", "10.0.0.1/8", "::/0", "::1/128",
        "169.254.169.254:80", "[fd00:ec2::254]:80", "168.63.129.16", "0.0.0.0:9000",
        "erp.example:0", "erp.example:70000", "erp.example:", "http://erp.example", "a b", "127.1",
    ],
)  # fmt: skip
def test_unsafe_allow_list_stops_the_start(entry: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        AllowList.parse(f"10.0.0.0/8, {entry}")


def test_empty_allow_list_opens_nothing() -> None:
    assert AllowList.parse(" , ") == NOTHING


@given(st.ip_addresses(v=6))
def test_only_global_unicast_and_translated_ipv6_passes(address: IPv6Address) -> None:
    wrapped = address.ipv4_mapped or address in IPv6Network("64:ff9b::/96")
    if address_reason(address) is None and not wrapped:
        assert address in IPv6Network("2000::/3")
        assert address.is_global


@given(st.ip_addresses(v=4))
def test_ipv4_is_judged_alike_in_every_wrapping(address: IPv4Address) -> None:
    reason = address_reason(address)
    assert address_reason(IPv6Address(f"::ffff:{address}")) is reason
    assert (address_reason(IPv6Address(f"64:ff9b::{address}")) is None) is (reason is None)
    assert address_reason(IPv6Address(f"::{address}")) is not None
    assert reason is not None or (address.is_global and not address.is_multicast)


class Trap:
    """A live listener that counts who connects and answers 204."""

    def __init__(self) -> None:
        self.connections = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while await reader.readline():
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2 if b"Content-Length: 2" in head else 0)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()


def sender(allow: AllowList, resolver: FakeResolver) -> Sender:
    return Sender(
        allow=allow,
        resolver=resolver,
        now=lambda: datetime(2025, 3, 10, tzinfo=UTC),
        monotonic_s=lambda: 0.0,
    )


def test_name_that_turns_to_loopback_after_registration_reaches_nothing() -> None:
    async def story() -> None:
        trap = Trap()
        server = await asyncio.start_server(trap.answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        allow = AllowList.parse(f"rebind.example:{port}")
        resolver = FakeResolver([PUBLIC], ["127.0.0.1"])
        target = check_url(f"http://rebind.example:{port}/", allow=allow)
        assert await resolve(target, allow=allow, resolver=resolver) == (ip_address(PUBLIC),)
        async with server, sender(allow, resolver) as client:
            outcome = await client.send(f"http://rebind.example:{port}/", {}, b"{}")
        assert (outcome.kind, outcome.error) == (Kind.REFUSED, "loopbackAddress")
        assert trap.connections == 0

    asyncio.run(story())


def test_send_connects_to_the_checked_address_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One question per send, no other look-up, and an open connection does not skip the check."""

    async def story() -> None:
        right, trap = Trap(), Trap()
        try:
            server = await asyncio.start_server(right.answer, "127.0.0.2", 0)
        except OSError:
            pytest.skip("this system has one loopback address only")
        port = server.sockets[0].getsockname()[1]
        trap_server = await asyncio.start_server(trap.answer, "127.0.0.1", port)
        allow = AllowList.parse(f"localhost:{port}")
        resolver = FakeResolver(["127.0.0.2"], ["127.0.0.2"], ["127.0.0.1", "169.254.169.254"])

        def look_up(*question: object, **options: object) -> None:
            raise AssertionError(f"a second look-up: {question}")

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        async with server, trap_server, sender(allow, resolver) as client:
            kinds = [
                (await client.send(f"http://localhost:{port}/", {}, b"{}")).kind for _ in range(3)
            ]
            assert kinds == [Kind.DELIVERED, Kind.DELIVERED, Kind.REFUSED]
            assert (resolver.questions, right.connections, trap.connections) == (3, 1, 0)
            resolver.answers = [["127.0.0.1"]]  # the trap does work
            await client.send(f"http://localhost:{port}/", {}, b"{}")
            assert (right.connections, trap.connections) == (1, 1)

    asyncio.run(story())
