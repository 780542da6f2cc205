"""The data folder a command works on: `--data-dir`, else `RADIOMICLENS_DATA_DIR`, else the user's own."""

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from backend.errors import BadSettings
from backend.settings import Settings

DataDir = Annotated[
    Path | None, typer.Option(help="Data folder; RADIOMICLENS_DATA_DIR or your own data folder unless told.")
]


def settings_of(data_dir: Path | None, **changes: object) -> Settings:
    """The settings in force, with the changes the command line asks for; raises BadSettings."""
    given = {name: value for name, value in changes.items() if value is not None}
    if data_dir is not None:
        given["data_dir"] = data_dir.absolute()
    try:
        return Settings.model_validate(Settings().model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # of several settings together; the text names them
            raise BadSettings(f"The settings cannot be used. {first['msg'].removeprefix('Value error, ')}.") from None
        name = ".".join(map(str, first["loc"]))
        raise BadSettings(f"The setting {name} (RADIOMICLENS_{name.upper()}): {first['msg']}.") from None


def as_environment(settings: Settings) -> dict[str, str]:
    """This process' environment with the settings that a child must share."""
    return os.environ | {
        "RADIOMICLENS_DATA_DIR": str(settings.data_dir),
        "RADIOMICLENS_DATABASE_URL": settings.database_url,
    }
