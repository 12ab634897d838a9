"""What can go wrong around the database, each with a message that says the next step."""


class DatabaseProblem(Exception):
    """A failure that an operator can mend; its text says how."""


class ServerProblem(DatabaseProblem):
    """The embedded server cannot be found, started or stopped."""


class DatabaseUnavailable(DatabaseProblem):
    """The server does not answer or refuses the connection."""


class DatabaseBusy(DatabaseProblem):
    """Every connection of a pool is in use for longer than the pool waits."""


class MigrationProblem(DatabaseProblem):
    """The tables cannot be brought to the state that this release needs."""


class BackupProblem(DatabaseProblem):
    """A backup, a restore or an upgrade of the stored tables failed."""
