"""`radiomiclens`: the command line. A command is imported when it runs, so `features` starts without a server."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from backend.errors import RadiomicLensError
from backend.storage.folder_modes import keep_private

MOST_OF_A_NAME = 60
NO_WINDOWS = "fcntl"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
COMMANDS = {
    "serve": "serve:serve",
    "login": "login:login",
    "users": "users:app",
    "tokens": "tokens:app",
    "worker": "worker:worker",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
    "synth": "synth:synth",
    "import": "imports:app",
    "features": "features:features",
    "features-table": "features_table:features_table",
    "embed": "embed:embed",
    "embed-cohort": "embed_cohort:embed_cohort",
    "extract": "submit:extract",
    "pretrain": "training:pretrain",
    "finetune": "training:finetune",
    "analyze": "submit:analyze",
    "analyze-tables": "analyze_tables:analyze_tables",
    "tables": "tables:app",
    "protocol": "protocol:app",
    "projects": "projects:app",
    "audit": "audit:app",
    "verify": "verify:verify",
    "compare": "compare:compare",
    "selfcheck": "selfcheck:selfcheck",
    "icc": "icc:icc",
    "jobs": "jobs:app",
    "quotas": "quotas:app",
    "share": "share:app",
    "export": "export:app",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "db": "db:app",
    "openapi": "openapi:openapi",
    "config": "config:app",
}
"""Name on the command line -> module of this package and the function or `typer.Typer` in it."""


class OnDemand(Mapping[str, Any]):
    """Commands by name; looking one up imports its module."""

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(f"backend.cli.{module}"), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            single.command(name)(found)
            found = single
        command = get_command(found)
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyCommands(TyperGroup):
    """The commands of `COMMANDS`, imported one at a time."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = OnDemand()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 (typer's signature)
        """Every command, in the order of COMMANDS."""
        return list(COMMANDS)


app = typer.Typer(cls=LazyCommands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        from backend.version import VERSION

        typer.echo(f"radiomiclens {VERSION}")
        raise typer.Exit


@app.callback()
def radiomiclens(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """See what fine-tuning changed inside a medical-imaging foundation model, through a radiomic lens."""


def main() -> None:
    """Runs a command; a refusal becomes one sentence on stderr and exit code 1, a name that does not exist 2.

    Whatever it writes is for its owner alone: data folders, tables and backups hold data of patients.
    """
    keep_private()
    try:
        app()
    except RadiomicLensError as refusal:
        typer.echo(refusal.sentence, err=True)
        sys.exit(refusal.exit_code)
    except ModuleNotFoundError as error:
        if error.name != NO_WINDOWS:
            raise
        typer.echo("This command needs Linux: image files and jobs are read and run in limited processes.", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno in NO_SPACE:
            typer.echo("There is no space left where this would be written; make room and start again.", err=True)
            sys.exit(1)
        if error.filename is None or error.strerror is None:
            raise  # not about a file: an error of the program
        typer.echo(file_sentence(error), err=True)
        sys.exit(1)


def file_sentence(error: OSError) -> str:
    """What the system said of a file or folder, in one sentence that names it without its place."""
    name = Path(os.fsdecode(error.filename)).name or "the folder"
    shown = name if len(name) <= MOST_OF_A_NAME else f"{name[:MOST_OF_A_NAME]}…"
    reason = str(error.strerror)
    return f"{shown}: {reason[:1].lower()}{reason[1:]}; check the path and who may read and write there."


if __name__ == "__main__":
    main()
