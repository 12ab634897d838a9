"""What is installed is locked, hashed, and has its line in the decision record."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(line) for line in SETTINGS["project"]["dependencies"]]
DEVELOPMENT = [
    Requirement(line)
    for group in ("build", "dev")
    for line in SETTINGS["dependency-groups"][group]
    if isinstance(line, str)
]
OPTIONAL = [
    Requirement(line)
    for lines in SETTINGS["project"]["optional-dependencies"].values()
    for line in lines
]
BUILD = [Requirement(line) for line in SETTINGS["build-system"]["requires"]]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")


def entries(lock: str) -> list[str]:
    """The requirements of a lock file, each with its continuation lines, without comments."""
    text = re.sub(r"^\s*#.*\n?", "", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [entry for entry in text.replace("\\\n", " ").splitlines() if entry.strip()]


def pins(lock: str) -> dict[str, set[str]]:
    """The versions pinned for each name; markers may pin more than one."""
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        name, version = re.match(r"([\w.\[\]-]+)==([^\s;]+)", entry).groups()  # type: ignore[union-attr]
        found.setdefault(canonicalize_name(name.partition("[")[0]), set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_locked_requirements_are_pinned_and_hashed(lock: str) -> None:
    assert entries(lock)
    loose = [
        entry.split()[0]
        for entry in entries(lock)
        if not re.match(r"[\w.\[\]-]+==\S+", entry)
        or not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)
    ]
    assert not loose


@pytest.mark.parametrize(
    "lock,requirements",
    [(LOCKS[0], RUNTIME), (LOCKS[1], [*RUNTIME, *DEVELOPMENT, *OPTIONAL, *BUILD])],
    ids=["runtime", "development"],
)
def test_locks_satisfy_the_project(lock: str, requirements: list[Requirement]) -> None:
    locked = pins(lock)
    unmet = [
        str(wanted)
        for wanted in requirements
        if not any(map(wanted.specifier.contains, locked.get(canonicalize_name(wanted.name), ())))
    ]
    assert not unmet, f"run `make lock`: {unmet}"


def test_development_runs_on_the_versions_that_are_shipped() -> None:
    development = pins(LOCKS[1])
    assert {
        name: versions
        for name, versions in pins(LOCKS[0]).items()
        if development.get(name) != versions
    } == {}


def test_every_dependency_has_its_line() -> None:
    record = (ROOT / "docs" / "decisions" / "0004-dependencies.md").read_text(encoding="utf-8")
    named = {canonicalize_name(name) for name in re.findall(r"`([\w.-]+)`", record)}
    asked = {canonicalize_name(wanted.name) for wanted in [*RUNTIME, *DEVELOPMENT, *OPTIONAL]}
    assert not asked - named
