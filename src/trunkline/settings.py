"""What an operator sets: environment variables, read once, checked together."""

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

PREFIX = "TRUNKLINE_"
DEVELOPMENT_SECRET = "development-only-secret-never-for-production"
SECRET_LENGTH_MIN = 32

T = TypeVar("T")

_SECRET = re.compile(r"(?:.*_)?(?:secret|token)|database_(?:owner_)?url")
_HOST = re.compile(r"(?=.{1,253}$)(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9-]{1,63})*")


class SettingsError(Exception):
    """Says every variable that is wrong, and what to do about each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems, one line each."""
        super().__init__("The settings are wrong:\n" + "\n".join(f"  {one}" for one in problems))
        self.problems = problems


@dataclass(frozen=True, repr=False)
class Settings:
    """The settings of one installation; each field is the variable of its name."""

    mode: str
    data: Path
    database_url: str | None
    database_owner_url: str | None
    secret: str
    host: str
    port: int
    public_url: str
    trusted_proxies: tuple[str, ...]
    web_processes: int
    web_threads: int
    worker_threads: int
    log_level: str
    time_zone: str
    language: str
    pg_bindir: Path | None
    callback_allow: tuple[str, ...]
    network_url: str | None
    network_client_id: str | None
    network_client_secret: str | None
    network_callback_secret: str | None
    outside_secrets: Path | None
    body_bytes_max: int
    attachment_bytes_max: int
    page_max: int
    keep_events_days: int
    keep_audit_days: int
    keep_access_log_days: int
    keep_deliveries_days: int
    company_register_file: Path | None
    company_register_url: str | None
    company_register_token: str | None
    credit_check_file: Path | None
    address_register_url: str | None
    address_register_token: str | None
    address_register_timeout_s: int
    qualification_url: str | None
    qualification_token: str | None
    billing_feed_url: str | None
    billing_feed_token: str | None
    payment_url: str | None
    payment_token: str | None
    mail_url: str | None
    mail_password: str | None
    mail_from: str | None
    map_tiles: str | None
    map_credit: str | None
    metrics_token: str | None
    traces: bool
    test_clock: bool

    @property
    def is_production(self) -> bool:
        """Tell whether this installation serves real customers."""
        return self.mode == "production"

    @property
    def has_public_url(self) -> bool:
        """Tell whether it was said how others reach this installation."""
        return self.public_url != _own_url(self.host, self.port)

    def __repr__(self) -> str:
        """Show every setting but the secrets."""
        shown = ", ".join(f"{field.name}={self._shown(field.name)}" for field in fields(self))
        return f"Settings({shown})"

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        return "'***'" if _SECRET.fullmatch(name) and value is not None else repr(value)


VARIABLES = tuple(f"{PREFIX}{field.name.upper()}" for field in fields(Settings))


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings, empty as unset. Raises SettingsError with every fault."""
    read = _Reader(environ)
    mode = read.one_of("mode", ("development", "production"))
    host = read.value("host", _host, "127.0.0.1")
    port = read.value("port", _whole(1, 65_535), 8080)
    client_id = read.text("network_client_id")
    settings = Settings(
        mode=mode,
        data=read.value("data", Path, Path(".trunkline")),
        database_url=read.value("database_url", _database_url, None),
        database_owner_url=read.value("database_owner_url", _database_url, None),
        secret=read.text("secret") or DEVELOPMENT_SECRET,
        host=host,
        port=port,
        public_url=read.value("public_url", _web_url, _own_url(host, port)),
        trusted_proxies=read.value("trusted_proxies", _networks, ()),
        web_processes=read.value("web_processes", _whole(1, 256), 2),
        web_threads=read.value("web_threads", _whole(1, 256), 4),
        worker_threads=read.value("worker_threads", _whole(1, 256), 4),
        log_level=read.one_of("log_level", ("info", "debug", "warning", "error")),
        time_zone=read.value("time_zone", _time_zone, "UTC"),
        language=read.one_of("language", ("en", "de", "ar")),
        pg_bindir=read.value("pg_bindir", _folder, None),
        callback_allow=read.value("callback_allow", _addresses, ()),
        network_url=read.value("network_url", _web_url, None),
        network_client_id=client_id,
        network_client_secret=read.text("network_client_secret"),
        network_callback_secret=read.text("network_callback_secret"),
        outside_secrets=read.value("outside_secrets", _secrets_folder, None),
        body_bytes_max=read.value("body_bytes_max", _whole(1_024, 1 << 30), 1 << 20),
        attachment_bytes_max=read.value(
            "attachment_bytes_max", _whole(1_024, 1 << 28), 10 * 1024 * 1024
        ),
        page_max=read.value("page_max", _whole(1, 10_000), 1_000),
        keep_events_days=read.value("keep_events_days", _whole(1, 36_600), 400),
        keep_audit_days=read.value("keep_audit_days", _whole(1, 36_600), 3_660),
        keep_access_log_days=read.value("keep_access_log_days", _whole(1, 36_600), 400),
        keep_deliveries_days=read.value("keep_deliveries_days", _whole(1, 36_600), 100),
        **_outside_systems(read),
        map_tiles=read.value("map_tiles", _tiles, None),
        map_credit=read.text("map_credit"),
        metrics_token=read.text("metrics_token"),
        traces=read.value("traces", _switch, False),
        test_clock=read.value("test_clock", _switch, False),
    )
    read.problems += _contradictions(settings)
    if read.problems:
        raise SettingsError(read.problems)
    return settings


class _Reader:
    """Reads variables one by one and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = {
            name: value.strip() for name, value in environ.items() if name.startswith(PREFIX)
        }
        self.problems = [_unknown(name) for name in self._given if name not in VARIABLES]

    def text(self, field: str) -> str | None:
        """Return the text of a variable; None where it is unset."""
        return self._given.get(f"{PREFIX}{field.upper()}") or None

    def value(self, field: str, parse: Callable[[str], T], default: T) -> T:
        """Return the parsed value of a variable, or its default where it is unset or wrong."""
        text = self.text(field)
        if text is None:
            return default
        try:
            return parse(text)
        except ValueError as error:
            # The text is not repeated: it may hold a password.
            self.problems.append(f"{PREFIX}{field.upper()}: {error}.")
            return default

    def one_of(self, field: str, words: tuple[str, ...]) -> str:
        """Return a variable that is one of a few words, the first of which is the default."""

        def parse(text: str) -> str:
            if text.lower() not in words:
                raise ValueError(f"write one of {', '.join(words)}")
            return text.lower()

        return self.value(field, parse, words[0])


def _outside_systems(read: _Reader) -> dict[str, Any]:
    """Return the settings of what stands outside, by name."""
    return {
        "company_register_file": read.value("company_register_file", _file, None),
        "company_register_url": read.value("company_register_url", _web_url, None),
        "company_register_token": read.text("company_register_token"),
        "address_register_url": read.value("address_register_url", _web_url, None),
        "address_register_token": read.text("address_register_token"),
        "address_register_timeout_s": read.value("address_register_timeout_s", _whole(1, 30), 5),
        "credit_check_file": read.value("credit_check_file", _file, None),
        "qualification_url": read.value("qualification_url", _web_url, None),
        "qualification_token": read.text("qualification_token"),
        "billing_feed_url": read.value("billing_feed_url", _web_url, None),
        "billing_feed_token": read.text("billing_feed_token"),
        "payment_url": read.value("payment_url", _web_url, None),
        "payment_token": read.text("payment_token"),
        "mail_url": read.value("mail_url", _mail_url, None),
        "mail_password": read.text("mail_password"),
        "mail_from": read.value("mail_from", _mail_address, None),
    }


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    if settings.is_production:
        if settings.secret == DEVELOPMENT_SECRET or len(settings.secret) < SECRET_LENGTH_MIN:
            problems.append(
                f"{PREFIX}SECRET: production needs a random secret of your own with at least"
                f" {SECRET_LENGTH_MIN} characters, for example the output of: openssl rand -hex 32."
            )
        if settings.test_clock:
            problems.append(f"{PREFIX}TEST_CLOCK: production time cannot be moved; unset it.")
    if settings.company_register_file is not None and settings.company_register_url is not None:
        problems.append(
            f"{PREFIX}COMPANY_REGISTER_URL: there is one register of companies; unset the URL or"
            " the FILE."
        )
    if settings.mail_url is not None and settings.mail_from is None:
        problems.append(f"{PREFIX}MAIL_FROM: say from which address mail is sent.")
    if (settings.network_client_id is None) != (settings.network_client_secret is None):
        missing = "ID" if settings.network_client_id is None else "SECRET"
        problems.append(
            f"{PREFIX}NETWORK_CLIENT_{missing}: client id and client secret come together; set"
            " both or neither."
        )
    return problems


def _unknown(name: str) -> str:
    close = get_close_matches(name, VARIABLES, n=1)
    hint = f"did you mean {close[0]}?" if close else "unset it, or see .env.example for all names."
    return f"{name}: there is no such variable; {hint}"


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(f"write a whole number from {least} to {most}")
        return int(text)

    return parse


def _mail_url(text: str) -> str:
    at = urlsplit(text)
    is_folder = at.scheme == "file" and not at.netloc and len(at.path) > 1
    if not is_folder and (at.scheme not in {"smtp", "smtps"} or not at.hostname):
        raise ValueError("write smtp://user@host:587, smtps://host or file:/folder")
    if at.password is not None:
        raise ValueError("leave the password out of it; it has a variable of its own")
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", text):
        raise ValueError("write one address, such as care@example.org")
    return text


def _switch(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValueError("write on or off")
    return text.lower() == "on"


def _database_url(text: str) -> str | None:
    if not re.match(r"postgres(ql)?://", text) and not re.match(r"[a-z_]+ *=", text):
        raise ValueError("write it as postgresql://user:password@host:5432/database")
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    _ = parts.port  # Raises ValueError where the port is no number.
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("write an address that begins with https:// or http:// and a host")
    return text.rstrip("/")


def _tiles(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc):
        raise ValueError("write an address that begins with https:// or http:// and a host")
    if not all(f"{{{one}}}" in text for one in "zxy"):
        raise ValueError("write {z}, {x} and {y} where zoom, column and row of a tile stand")
    return text


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if not _HOST.fullmatch(text.lower()) or text.startswith("*"):
            raise ValueError("write an IP address or a host name to listen on") from None
        return text.lower()


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ValueError(f"{path} is not a folder; write the folder of PostgreSQL's programs")
    return path


def _secrets_folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ValueError(f"{path} is not a folder; write the folder that holds a file per secret")
    return path


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ValueError(f"{path} is not a file; write the path of a CSV file of companies")
    return path


def _time_zone(text: str) -> str:
    if text != "UTC":
        try:
            zoneinfo.ZoneInfo(text)
        except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
            raise ValueError("write a time zone's name, such as Europe/Paris") from None
    return text


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(_address(part.strip()) for part in text.split(",") if part.strip())


def _address(text: str) -> str:
    if "/" in text:
        return str(ipaddress.ip_network(text))
    host, colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if colon and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError(f"{text} has no port between 1 and 65535 behind the colon")
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        if re.fullmatch(r"[0-9.:]+", host) or not _HOST.fullmatch(host.lower()):
            raise ValueError(
                f"{text} is neither a network such as 10.1.0.0/16 nor a host or host:port"
            ) from None
    return text.lower()


def _networks(text: str) -> tuple[str, ...]:
    return tuple(_network(part.strip()) for part in text.split(",") if part.strip())


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text} is no network; write addresses and networks such as 10.1.0.5, 10.2.0.0/24"
        ) from None
    if network.prefixlen == 0:
        raise ValueError(f"{text} is everybody; name the networks that only your proxies are in")
    return str(network)


def _own_url(host: str, port: int) -> str:
    return f"http://{_own_name(host)}:{port}"


def _own_name(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified or address.is_loopback:
        return "localhost"
    return f"[{host}]" if address.version == 6 else host
