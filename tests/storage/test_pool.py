import threading
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from backend.settings import Settings
from backend.storage.database import Database, upgrade

THREADS = 48
"""Of a busy server: 40 for routes and 8 for sign-ins."""


def test_no_thread_of_a_busy_server_waits_for_a_connection(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings)
    together, seen = threading.Barrier(THREADS), []

    def read(database: Database) -> None:
        with database.read() as session:
            session.execute(text("SELECT count(*) FROM users")).scalar_one()
            together.wait(20)  # breaks where one of them waits for another's connection
            seen.append(1)

    with closing(Database(settings)) as database:
        threads = [threading.Thread(target=read, args=(database,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(seen) == THREADS
