"""Whether a database can grow: its disk, its quota or its own limit may be full while the data folder has room."""

from backend.models import Audit
from backend.storage.database import Database
from backend.storage.disk_space import is_full

MOST_PROBED = 64 * 2**20
"""Bytes; a larger probe would hold the write lock for seconds."""

NO_HASHES = {"previous_hash": "", "row_hash": ""}
"""Of a row that never joins the chain of the audit log."""


class _TakenBack(Exception):
    """Ends the probe without a row."""


def database_has_room(database: Database, size: int) -> bool:
    """Whether the database takes `size` more bytes (at most `MOST_PROBED`); tried with a row that is taken back."""
    try:
        with database.write() as session:
            session.add(Audit(actor="", action="room", target="x" * min(size, MOST_PROBED), **NO_HASHES))
            session.flush()
            raise _TakenBack
    except _TakenBack:
        return True
    except Exception as error:
        if is_full(error):
            return False
        raise
