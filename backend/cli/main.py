"""`radiomiclens`: the command line. Commands import what they need when they run, so `features` stays light."""

import sys

import typer

from backend.errors import RadiomicLensError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)


def main() -> None:
    """Runs a command; a refusal becomes one sentence on stderr and exit code 1."""
    try:
        app()
    except RadiomicLensError as refusal:
        typer.echo(refusal.sentence, err=True)
        sys.exit(1)
