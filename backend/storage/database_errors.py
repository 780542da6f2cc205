"""What SQLite says when a database cannot be used, as errors of ours with one sentence each."""

from backend.errors import BadSettings, Damaged, DiskFull, Unavailable

UNREADABLE = ("malformed", "file is not a database", "Could not decode to UTF-8")
"""What SQLite says of a file it cannot make sense of."""
UNWRITABLE = ("unable to open database file", "attempt to write a readonly database")
"""What it says of a file that it may not use."""
LOCKED = ("is locked",)
"""What it says when another process kept a lock for longer than the busy timeout."""
FULL = ("database or disk is full",)


def refuse_unusable(error: BaseException, *, reader: bool = False) -> None:
    """Raises Damaged, Unavailable, DiskFull or BadSettings where `error` is one of SQLite's about the file itself.

    Anything else returns, and is an error of the program: also a write by a `reader`. Where a name in its schema is
    damaged, SQLite's own message is no UTF-8 any more.
    """
    said = str(error)
    if isinstance(error, UnicodeDecodeError) or _any(UNREADABLE, said):
        raise Damaged("The database file is damaged; restore it from a backup.") from error
    if _any(LOCKED, said):
        raise Unavailable("Another program keeps the database locked; try again in a few seconds.") from error
    if _any(FULL, said):
        raise DiskFull("There is no space left on the disk of the database; make room and try again.") from error
    if _any(UNWRITABLE, said) and not reader:
        raise BadSettings(
            "The database file cannot be opened or written; check the data folder, RADIOMICLENS_DATABASE_URL and "
            "their permissions."
        ) from error


def _any(known: tuple[str, ...], said: str) -> bool:
    return any(each in said for each in known)
