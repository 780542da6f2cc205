"""`radiomiclens protocol list | show | check`: what images, regions and targets the cases of a cohort have."""

import json
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.protocol_option import file_text, named_protocol
from shared.protocols.reader import BUILT_IN, BadProtocol, built_in, own_protocol
from shared.protocols.writer import as_yaml
from shared.schemas.protocol import Protocol, ProtocolLine

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.info.help = "Look at protocols: what images, regions and targets the cases of a cohort have."
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@app.command("list")
def list_protocols(as_json: AsJson = False) -> None:
    """List the built-in protocols."""
    lines = [ProtocolLine.of(built_in(name)) for name in BUILT_IN]
    if as_json:
        typer.echo(json.dumps([line.model_dump(mode="json") for line in lines], indent=2))
        return
    for line in lines:
        typer.echo(f"{line.name:17} {line.description}")


@app.command("show")
def show(
    protocol: Annotated[str, typer.Argument(help="A built-in protocol, or a YAML file.", metavar="NAME|FILE")],
    as_json: AsJson = False,
) -> None:
    """Print a protocol as YAML, to read it or to begin a file of your own."""
    found = named_protocol(protocol)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    typer.echo(as_yaml(found), nl=False)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The YAML file of a protocol.", metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Say every mistake in a protocol file, or what it declares; exit code 1 where there is a mistake."""
    found, mistakes = None, []
    try:
        found = own_protocol(file_text(file), file.name)
    except BadProtocol as error:
        mistakes = list(error.sentences)
    if as_json:
        told = {"file": file.name, "mistakes": mistakes, "protocol": found and found.model_dump(mode="json")}
        typer.echo(json.dumps(told, indent=2))
    else:
        typer.echo("\n".join(f"mistake  {sentence}" for sentence in mistakes) or f"good     {summary(found)}")
    if mistakes:
        raise typer.Exit(1)


def summary(protocol: Protocol | None) -> str:
    """What a protocol declares, in one line."""
    if protocol is None:
        return ""
    kinds = {
        "modalities": protocol.modality_names,
        "regions": protocol.region_names,
        "targets": tuple(one.name for one in protocol.targets),
    }
    parts = [
        f"{what} {', '.join(names) or ('as imported' if protocol.open else 'none')}" for what, names in kinds.items()
    ]
    return f"{protocol.name}: {'; '.join(parts)}"
