"""With RADIOMICLENS_TEST_POSTGRES, every data folder of a test has a database of a server where it had an SQLite file.

`Settings.url` names the database of the folder. It is made when somebody connects: empty, or as a copy where the folder
was copied from another; a marker in the folder says from which. The first upgrade of an empty one is a copy of a
database with the newest schema. A folder that holds an SQLite file, of an earlier version or from a restore, keeps it.
"""

import hashlib
import json
import os
import sqlite3
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.postgres.cluster import Cluster

VARIABLE = "RADIOMICLENS_TEST_POSTGRES"
ADDRESS = "RADIOMICLENS_DATABASE_URL"
MARKER = ".database-of-tests"
NEWEST = "newest"
"""The database with the newest schema that others are copied from."""
ON_SERVER = bool(os.environ.get(VARIABLE))
sqlite_only = pytest.mark.skipif(ON_SERVER, reason="is about SQLite's own file")
"""Marks a test that has nothing to say about a database server."""


class Folders:
    """The databases of data folders, on one server."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._folder_of: dict[str, Path] = {}
        self._without_schema: set[Path] = set()
        self._made: set[str] = set()

    def url(self, folder: Path) -> str:
        """The URL of a data folder's database, which need not be there yet."""
        if (folder / "radiomiclens.sqlite").is_file():
            return f"sqlite:///{folder / 'radiomiclens.sqlite'}"
        return self.cluster.url(self._name(folder))

    def _name(self, folder: Path) -> str:
        place = folder.absolute()
        name = f"d{hashlib.sha256(str(place).encode()).hexdigest()[:20]}"
        self._folder_of[name] = place
        return name

    def prepare(self, name: str | None) -> None:
        """Makes the database of a folder before somebody connects to it."""
        folder = self._folder_of.get(name or "")
        if name is None or folder is None:
            return
        marker = folder / MARKER
        of = marker.read_text() if marker.is_file() else ""
        if name in self._made and of in ("", name):
            return
        self.cluster.drop(name)
        self._made.add(name)
        if of:
            self._copy(of, name)
            self._mark(folder, name)
        else:
            self.cluster.create(name)

    def _mark(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / MARKER).write_text(name)
        (folder / MARKER).chmod(0o600)

    def give_schema(self, name: str | None) -> bool:
        """Makes a folder's empty database anew with the newest schema: quicker than the migrations it stands for."""
        folder = self._folder_of.get(name or "")
        if name is None or folder is None or folder in self._without_schema:
            return False
        self.cluster.drop(name)
        self._copy(NEWEST, name)
        self._mark(folder, name)
        return True

    def _copy(self, source: str, name: str) -> None:
        users = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'"
        self.cluster.execute(users)
        self.cluster.create(name, source)

    def leave_empty(self, folder: Path) -> None:
        """The schema of the folder's database is made by migrations."""
        self._without_schema.add(folder.absolute())

    def forget(self, below: Path) -> None:
        """Drops the databases of the folders below one."""
        for name, folder in list(self._folder_of.items()):
            if folder.is_relative_to(below.absolute()):
                self.cluster.drop(name)
                self._made.discard(name)
                del self._folder_of[name]
                with suppress(OSError):
                    (folder / MARKER).unlink()


_folders: Folders | None = None


def install(cluster: Cluster) -> None:
    """Gives data folders of this process databases on a server."""
    global _folders
    from backend.settings import Settings
    from backend.storage import database

    folders = _folders = Folders(cluster)
    plain_dump, plain_create, plain_migrate = Settings.model_dump_json, database.create_engine, database._migrate

    def url(self: Settings) -> str:
        return self.database_url or folders.url(self.data_dir)

    def dump(self: Settings, **given: Any) -> str:
        """A job's process is none of the tests: it is told the address."""
        return json.dumps(json.loads(plain_dump(self, **given)) | {"database_url": self.url})

    def create_engine(address: Any, **given: Any) -> Any:
        folders.prepare(make_url(address).database)
        return plain_create(address, **given)

    def migrate(settings: Settings) -> None:
        empty = database.schema_revision(settings) is None
        if not (empty and folders.give_schema(make_url(settings.url).database)):
            plain_migrate(settings)

    database._migrate = migrate
    Settings.url = property(url)  # type: ignore[method-assign,assignment]
    Settings.model_dump_json = dump  # type: ignore[method-assign,assignment]
    database.create_engine = create_engine  # type: ignore[attr-defined]
    _skip_readers_of_the_file()
    _tell_processes(folders)


def leave_empty(folder: Path) -> None:
    """The schema of this folder's database is made by migrations."""
    if _folders is not None:
        _folders.leave_empty(folder)


def copy_database(source: Path, target: Path) -> None:
    """Copies the database of a data folder into another folder: its SQLite file, or the mark of a server's."""
    import shutil

    shutil.copyfile(source / _file(), target / _file())


def _file() -> str:
    return MARKER if ON_SERVER else "radiomiclens.sqlite"


def forget(below: Path) -> None:
    """Drops the databases of a test's folders."""
    if _folders is not None:
        _folders.forget(below)


def _skip_readers_of_the_file() -> None:
    """A test that opens a folder's SQLite file by hand is skipped at that point: there is none."""
    plain = sqlite3.connect

    def connect(address: Any, *args: Any, **given: Any) -> Any:
        path = Path(str(address).removeprefix("file:").partition("?")[0])
        if path.name == "radiomiclens.sqlite" and not path.exists():
            pytest.skip("opens SQLite's own file")
        return plain(address, *args, **given)

    sqlite3.connect = connect


def _tell_processes(folders: Folders) -> None:
    """A command that is a process of its own, on a data folder, is told the address of the folder's database."""
    plain = subprocess.Popen.__init__

    def start(self: Any, words: Any, *args: Any, **given: Any) -> None:
        environment = dict(given.get("env") or os.environ)
        named = [str(word) for word in words] if isinstance(words, list) else []
        folder = environment.get("RADIOMICLENS_DATA_DIR", "")
        if "--data-dir" in named[:-1]:
            folder = named[named.index("--data-dir") + 1]
        if folder and ADDRESS not in environment:
            url = folders.url(Path(folder))
            if url.startswith("postgresql"):
                folders.prepare(make_url(url).database)
                given["env"] = environment | {ADDRESS: url}
        plain(self, words, *args, **given)

    subprocess.Popen.__init__ = start  # type: ignore[method-assign]


def make_newest(cluster: Cluster) -> None:
    """Makes the database with the newest schema, once for all test processes."""
    from backend.settings import Settings
    from backend.storage.database import upgrade

    cluster.create(NEWEST)
    upgrade(Settings(database_url=cluster.url(NEWEST)))
