"""The mechanisms know no telecom word, names say something, and no machine's path is kept."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MECHANISMS = (
    "rest", "kernel", "leases", "documents", "database", "identity", "hub", "governance", "screens",
    "workspace",
)  # fmt: skip

# `subscriber` belongs to the hub and `party` to the scope columns; TMF630 is the grammar of REST.
TELECOM_WORDS = re.compile(
    r"""\b(?:
      tele(?:coms?|co|phony) | tmf\s?6(?!30)\d\d | msisdn | imsi | imei | iccid | esim
    | broadband | fib(?:er|re) | roaming | tariffs? | prepaid | postpaid
    | customers? | offerings? | products? | catalog(?:ue)?s? | invoices? | billing | billed
    | (?:service|resource|work|sales)\s(?:orders?|specifications?|inventory)(?!\s+by\b)
    )\b""",
    re.VERBOSE,
)
HARMLESS = re.compile(r"from itertools import .*|itertools\.product\(|\bpg_catalog\b")
WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_-]+")

SAYS_NOTHING = {"util", "utils", "common", "base", "manager", "managers", "helper", "helpers"}
LEFTOVERS = re.compile(r".*\.(?:orig|rej|bak|tmp|swp|log|pyc)|.*~|\.DS_Store|Thumbs\.db|\.env")

INDEX_HOSTS = re.compile(
    r"\bpypi(?:\.python)?\.(?:org|io|com)\b|\bpythonhosted\.|\bregistry\.(?:npmjs|yarnpkg)\b"
    r"|^\s*(?:--)?(?:extra-)?(?:index-url|default-index|find-links)[\s=]",
    re.MULTILINE,
)
BESIDE = [re.escape(one.name) for one in sorted(ROOT.parent.iterdir()) if one.is_dir()]
MACHINE_PATHS = re.compile(
    "|".join(
        [
            r"(?<![\w.~}/>-])/(?:home|root|Users)/\w[\w.-]*",
            r"(?<![\w.~}/>-])/tmp/(?!trunkline)\w[\w.-]*",
            r"\bfile:///(?!etc/)\w",
            # The folders beside this checkout, unless it lies directly under the root.
            *(
                [rf"(?<![\w.~}}/>-]){re.escape(str(ROOT.parent))}/(?:{'|'.join(BESIDE)})\b"]
                if len(ROOT.parts) > 2
                else []
            ),
        ]
    )
)


def telecom_words(text: str) -> list[str]:
    """The telecom words in a text, whether written apart, in camelCase or in snake_case."""
    return TELECOM_WORDS.findall(WORD_START.sub(" ", HARMLESS.sub("", text)).lower())


def kept_files() -> list[Path]:
    """Every file that Git keeps or would keep; in an unpacked archive every file outside .venv."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        names = sorted(name for name in listing.stdout.split("\0") if name)
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    hidden = {".git", ".venv", "__pycache__"}
    return sorted(p for p in ROOT.rglob("*") if p.is_file() and not hidden.intersection(p.parts))


def texts() -> list[tuple[str, str]]:
    """Name and content of every kept text file that was written here."""
    found = []
    for path in kept_files():
        content = path.read_bytes()
        if b"\0" not in content and "vendor" not in path.parts:
            found.append((str(path.relative_to(ROOT)), content.decode("utf-8")))
    return found


@pytest.mark.parametrize("package", MECHANISMS)
def test_mechanisms_know_no_telecom_word(package: str) -> None:
    folder = ROOT / "src" / "trunkline" / package
    found = [
        f"{path.relative_to(ROOT)}:{number}: {', '.join(words)}"
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.sql")])
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (words := telecom_words(f"{path.stem} {line}" if number == 1 else line))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "class ProductOrder:",
        "def load_service_order(id):",
        "serviceOrder = 1",
        "the customer's name",
        "TMF622",
        "table tmf_product_order",
        "billing_account",
        "PRODUCT_OFFERING = 1",
    ],
)
def test_telecom_words_are_seen(text: str) -> None:
    assert telecom_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "select id from event order by position",
        "subscriber",
        "the rules of TMF630",
        "production",
        "from itertools import product",
        "for left, right in itertools.product(names, values):",
        "resource, order",
        "set search_path = pg_catalog",
        "select id from work order by due_at",
        "account.owner_party",
    ],
)
def test_words_of_mechanisms_are_let_through(text: str) -> None:
    assert not telecom_words(text)


def test_file_names_say_something() -> None:
    wrong = [
        str(name)
        for name in (path.relative_to(ROOT) for path in kept_files())
        if LEFTOVERS.fullmatch(name.name)
        or (
            name.suffix == ".py"
            and SAYS_NOTHING.intersection([*name.parts[:-1], *name.stem.split("_")])
        )
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("pattern", [INDEX_HOSTS, MACHINE_PATHS], ids=["hosts", "paths"])
def test_no_machine_and_no_index_is_named(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{content.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}"
        for name, content in texts()
        for match in pattern.finditer(content)
    ]
    assert not found, "\n".join(found)


def test_hosts_and_paths_are_seen() -> None:
    assert INDEX_HOSTS.search("--index-" + "url https://packages.example/simple")
    assert INDEX_HOSTS.search("https://pypi" + ".org/simple")
    assert MACHINE_PATHS.search("see /" + "home/ada/notes.txt")
    assert MACHINE_PATHS.search(f"lies in {ROOT / 'docs'}") or len(ROOT.parts) <= 2
    assert not MACHINE_PATHS.search("GET /tmf-api/x and ./opt/local and https://example/home/ada")
