"""The operating-system user that the embedded server runs as."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from trunkline.database.problems import ServerProblem

Command: TypeAlias = Sequence[str | Path]

# As root: an account made for us, one made for PostgreSQL, the one made for nothing.
_ACCOUNTS_FOR_ROOT = ("trunkline", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """One user; commands run as this user also where the caller is root."""

    uid: int
    gid: int
    name: str

    @property
    def is_other(self) -> bool:
        """Tell whether this process runs as another user than this one."""
        return os.geteuid() != self.uid

    def run(
        self,
        command: Command,
        *,
        cwd: Path = Path("/"),
        text: str | None = None,
        pass_fds: Sequence[int] = (),
        timeout_s: float | None = 180,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, with none of our secrets in its environment.

        Raises ServerProblem where it does not end within its time.
        """
        try:
            return self._run(command, cwd, text, pass_fds, timeout_s)
        except subprocess.TimeoutExpired as expired:
            raise ServerProblem(
                f"{command[0]} did not end within {timeout_s:.0f} s. Look at what keeps this"
                " machine busy, and try again."
            ) from expired

    def _run(
        self,
        command: Command,
        cwd: Path,
        text: str | None,
        pass_fds: Sequence[int],
        timeout_s: float | None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            check=False,
            cwd=cwd,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=pass_fds,
            timeout=timeout_s,
            env=program_environment(),
            umask=0o077,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )

    def must(
        self,
        command: Command,
        *,
        cwd: Path = Path("/"),
        text: str | None = None,
        timeout_s: float | None = 180,
    ) -> None:
        """Run a program and raise ServerProblem with its last words where it fails.

        What goes through all of the data has no limit of time (None).
        """
        done = self.run(command, cwd=cwd, text=text, timeout_s=timeout_s)
        if done.returncode != 0:
            raise ServerProblem(f"{command[0]} failed:\n{last_lines(done.stdout)}")

    def can_reach(self, folder: Path) -> bool:
        """Tell whether this user can enter a folder; asked of the kernel, so it knows ACLs."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def can_run(self, program: Path) -> bool:
        """Tell whether this user can execute a program."""
        try:
            return self.run([program, "--version"]).returncode == 0
        except OSError:
            return False

    def append(self, path: Path, text: str) -> None:
        """Add text to a file as this user."""
        self.must(["/bin/sh", "-c", 'cat >> "$1"', "sh", path], text=text)

    def write(self, path: Path, text: str) -> None:
        """Write a file as this user: root never follows a link that this user may have laid."""
        self.must(["/bin/sh", "-c", 'cat > "$1"', "sh", path], text=text)

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only this user (and root) can enter, or check that it is one."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            if self.is_other:
                os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        status = folder.lstat()
        if folder.is_symlink() or status.st_uid != self.uid or status.st_mode & 0o077:
            raise ServerProblem(
                f"{folder} must be a folder of user {self.name} that nobody else can enter;"
                " it is not. Remove it and start again."
            )


def account_for(data: Path, cluster: Path) -> Account:
    """Choose the user: ourselves, or as root the owner of what is there, else a spare account."""
    if os.geteuid() != 0:
        return _account(os.geteuid(), os.getegid())
    if (cluster / "PG_VERSION").exists():
        owner = cluster.stat()
        if owner.st_uid == 0:
            raise ServerProblem(
                f"{cluster} belongs to root, but PostgreSQL refuses to run as root."
                f" Give it to another user, for example: chown -R nobody {cluster}"
            )
        return _account(owner.st_uid, owner.st_gid)
    folder = data.stat()
    if folder.st_uid != 0:
        return _account(folder.st_uid, folder.st_gid)
    for name in _ACCOUNTS_FOR_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, name)
    raise ServerProblem(
        "PostgreSQL refuses to run as root, and there is no user "
        + " or ".join(_ACCOUNTS_FOR_ROOT)
        + " to run it as. Start Trunkline as an ordinary user, or add one of these users."
    )


def program_environment() -> dict[str, str]:
    """Return the few variables that PostgreSQL's programs need; no PG* variable reaches them."""
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "HOME")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def last_lines(text: str, count: int = 12) -> str:
    """Return the end of a program's output, indented for a message."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:])


def _account(uid: int, gid: int) -> Account:
    try:
        return Account(uid, gid, pwd.getpwuid(uid).pw_name)
    except KeyError:
        raise ServerProblem(
            f"User id {uid} has no entry in /etc/passwd, which PostgreSQL needs. Add one, run as a"
            " user that has one, or set TRUNKLINE_DATABASE_URL to a server that already runs."
        ) from None
