"""Data folders as earlier versions left them.

`version_0_2_0.sqlite.xz` was written by the code of 0.2.0: a cohort of tables with planted changes (30 patients), two
analyses with a trust block of version 1, and their comparison. Its jobs were deleted: they named paths.
"""

import lzma
from pathlib import Path

from alembic import command
from alembic.config import Config

from backend.settings import Settings
from backend.storage.database import MIGRATIONS, make_engine


def unpack_0_2_0(folder: Path) -> Settings:
    """The folder of version 0.2.0, its schema as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = Path(__file__).with_name("version_0_2_0.sqlite.xz").read_bytes()
    (folder / "radiomiclens.sqlite").write_bytes(lzma.decompress(packed))
    return Settings(data_dir=folder, executor="inline", threads=1, workers=1)


def migrate(settings: Settings, revision: str, *, down: bool = False) -> None:
    """Bring the schema of a folder up or down to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = make_engine(settings)
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")  # as an upgrade does
        with connection.begin():
            config.attributes["connection"] = connection
            (command.downgrade if down else command.upgrade)(config, revision)
            if connection.dialect.name == "sqlite":
                assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()
