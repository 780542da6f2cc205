"""What a server or a worker does with its data folder before it works: closed to others, checked, newest schema."""

import logging
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from backend.errors import NotFound
from backend.settings import Settings
from backend.storage.database import schema_revision, upgrade
from backend.storage.folder_modes import close_to_others, is_open, refuse_unwritable
from backend.storage.page_check import check_pages_now
from backend.storage.shared_files import refuse_unmoved, refuse_unusable

log = logging.getLogger(__name__)
CHECKED_AT_ONCE = 100 * 2**20
"""Bytes up to which a server checks its database before it answers, about a second; above it does so while it runs."""


def prepare_data_folder(settings: Settings, *, check_all: bool = False) -> None:
    """Closes the folder to other users, checks the database's pages and brings its schema to the newest version.

    A large database is checked here only where `check_all`, which a worker can wait for. Raises Damaged, and
    BadSettings where the folder may not be written, or stored files lie elsewhere than the settings say.
    """
    refuse_unwritable(settings.data_dir)
    refuse_unmoved(settings)
    refuse_unusable(settings)
    was_open = is_open(settings.data_dir)
    closed = close_to_others(settings.data_dir)
    if was_open and closed:
        log.warning("The data folder was open to other users of this machine: %d files and folders closed.", closed)
    database = sqlite_path(settings)
    if database is not None and database.is_file() and (check_all or database.stat().st_size <= CHECKED_AT_ONCE):
        check_pages_now(database)
    upgrade(settings)


def sqlite_path(settings: Settings) -> Path | None:
    """The SQLite file of a data folder; None where the settings name another kind of database."""
    try:
        url = make_url(settings.url)
    except ArgumentError:
        return None  # opening it says what is wrong
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def require_database(settings: Settings) -> None:
    """Raises NotFound where nothing is stored yet: to open it would make a database, and find it whole."""
    path = sqlite_path(settings)
    if path is None and schema_revision(settings) is None:
        raise NotFound("There is nothing in the database yet; check RADIOMICLENS_DATABASE_URL.")
    if path is not None and not path.is_file():
        raise NotFound("There is no database in this data folder; name another one with --data-dir.")
