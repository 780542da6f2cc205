"""PostgreSQL with the promises of SQLite: one writer at a time, and readers that see one moment and change nothing.

Every read-change-write of this software counts on being alone. `write()` so takes one advisory lock of the database,
which its transaction holds to its end; readers never wait for it. What a lost server, a full disk or a missing right
looks like is said in `refuse_unusable_server`.
"""

import math
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.engine import URL

from backend.errors import BadSettings, Damaged, DiskFull, RadiomicLensError, Unavailable

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import Buffer

WRITER_LOCK = 7_019_282_311
"""The advisory lock of who writes; PostgreSQL keeps it apart for each database."""
IDLE_SECONDS = 300
"""A transaction that does nothing for as long is ended by the server: its process hangs, and others wait for it."""
PAUSE_SECONDS = 0.25
MOST_TO_CONNECT = 10.0

LOST = ("08", "57P", "25P03", "53200", "53300", "40001", "40P01", "57014")
"""States (or their beginnings) that pass: connection lost, shut down, too many connections, a collision, a time-out."""
UNREADABLE = ("XX001", "XX002", "58030", "58P01")
LOCKED, FULL, READ_ONLY, NO_RIGHT = "55P03", "53100", "25006", "42501"
REFUSED = (
    "authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "no password supplied",
    "permission denied",
)
"""What the server says at the door when waiting does not help; it gives no state there."""
NOT_STORABLE = ("22003", "22021", "22P05")


def driver_arguments(url: URL, busy_seconds: float) -> dict[str, Any]:
    """Arguments of the driver, so that a server or a network that is gone is noticed; the URL's own win."""
    wanted = {
        "connect_timeout": max(2, math.ceil(min(busy_seconds, MOST_TO_CONNECT))),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "application_name": "radiomiclens",
        "client_encoding": "utf8",
    }
    return {name: value for name, value in wanted.items() if name not in url.query}


def set_up_postgres(engine: Engine, busy_seconds: float) -> None:
    """Adds what a connection, a transaction and an error need to an engine of PostgreSQL."""
    event.listen(engine, "do_connect", partial(_connect, seconds=busy_seconds))
    event.listen(engine, "connect", partial(_on_connect, busy_seconds=busy_seconds))
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "handle_error", _on_error)


def require_utf8(connection: Connection) -> None:
    """Raises BadSettings where the database cannot hold every letter."""
    found = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if found != "UTF8":
        raise BadSettings(
            f"The PostgreSQL database keeps text as {found}; create it with ENCODING 'UTF8' TEMPLATE template0."
        )


def _connect(dialect: Any, _record: object, args: Any, named: Any, *, seconds: float) -> Any:
    """A connection; a server that starts, or is replaced by another, is waited for."""
    end = monotonic() + seconds
    while True:
        try:
            return dialect.connect(*args, **named)
        except dialect.loaded_dbapi.OperationalError as error:
            if monotonic() > end or _at_the_door(error):
                raise
        sleep(PAUSE_SECONDS)


def _on_connect(connection: "psycopg.Connection[Any]", _record: object, busy_seconds: float) -> None:
    from psycopg.types.numeric import FloatBinaryDumper

    class NoNaN(FloatBinaryDumper):
        """Not a number is NULL, as SQLite stores it: comparisons and sorting treat the two alike."""

        def dump(self, obj: float) -> "Buffer | None":
            return None if math.isnan(obj) else super().dump(float(obj))

    for name in (float, "numpy.float64"):
        connection.adapters.register_dumper(name, NoNaN)
    connection.autocommit = True  # a setting made in a transaction would end with it
    connection.execute(
        f"SET lock_timeout = {round(1000 * busy_seconds)};"
        f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s';"
        "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
    )
    connection.autocommit = False


def _on_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("read_only", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def _on_error(context: ExceptionContext) -> None:
    if context.is_pre_ping:  # a connection of the pool was lost while nobody used it: another is made
        return
    connection = context.connection
    reader = connection is not None and connection.get_execution_options().get("read_only", False)
    refuse_unusable_server(context.original_exception, reader=reader)


def refuse_unusable_server(error: BaseException, *, reader: bool = False) -> None:
    """Raises an error of ours where `error` is PostgreSQL's or its driver's about the server, its disk or its rights.

    Anything else returns, and is an error of the program: also a write by a `reader`.
    """
    found = _as_ours(error, reader)
    if found is not None:
        raise found from error


def _as_ours(error: BaseException, reader: bool) -> RadiomicLensError | None:
    state, said = getattr(error, "sqlstate", None), str(error)
    if state is None:
        return _without_state(error, said)
    if state == LOCKED:
        return Unavailable("Another program keeps the database locked; try again in a few seconds.")
    if state.startswith(LOST):
        return Unavailable("The database server ended the connection; try again in a few seconds.")
    if state == FULL:
        return DiskFull("There is no space left on the disk of the database; make room and try again.")
    if state in UNREADABLE:
        return Damaged("The database server cannot read its files; restore the database from a backup.")
    if state == NO_RIGHT or (state == READ_ONLY and not reader):
        return BadSettings(
            "The database cannot be written; check that RADIOMICLENS_DATABASE_URL names the primary server, and the "
            "rights of its user."
        )
    if state in NOT_STORABLE:
        return BadSettings("A value cannot be stored: a number is too large, or a text holds no letters; change it.")
    return None


def _without_state(error: BaseException, said: str) -> RadiomicLensError | None:
    """What the driver itself says: it has no server to ask, or refuses to send a value."""
    kind = type(error).__name__
    if "NUL (0x00)" in said:
        return BadSettings("A text holds the character NUL, which cannot be stored; leave it out.")
    if kind == "OperationalError" and _at_the_door(error):
        return BadSettings(
            "The database server refuses the connection; check user, password and name of the database in "
            "RADIOMICLENS_DATABASE_URL."
        )
    if kind in ("OperationalError", "ConnectionTimeout"):
        return Unavailable("The database server cannot be reached; try again in a few seconds.")
    return None


def _at_the_door(error: BaseException) -> bool:
    return any(each in str(error) for each in REFUSED)
