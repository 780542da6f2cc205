"""Writes docs/reference/ and docs/troubleshooting/ from the code; `--check` fails where the files differ from it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import typer
import write_refusals

HERE = Path(__file__).parent
NOTE = "<!-- written by docs/write_reference.py from the code: do not edit -->\n"


def commands() -> str:
    """Every command with its arguments, options and their help."""
    from backend.cli.main import app

    lines = [NOTE, "# Commands\n", "`radiomiclens COMMAND --help` prints the same.\n"]
    for path, command in leaves(typer.main.get_command(app), ()):
        lines.append(f"## `radiomiclens {' '.join(path)}`\n")
        lines.append((command.help or "").split("\n\n")[0].replace("\n", " ").strip() + "\n")
        rows = [describe(parameter) for parameter in command.params if shown(parameter)]
        if rows:
            lines += ["| argument | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The commands below a group, in the order they are listed."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


def shown(parameter: click.Parameter) -> bool:
    """Whether a reader can use it; hidden options are only there to be refused."""
    return parameter.name != "help" and not getattr(parameter, "hidden", False)


def describe(parameter: click.Parameter) -> str:
    """A table row for one argument or option."""
    names = ", ".join(f"`{name}`" for name in parameter.opts) if parameter.param_type_name == "option" else ""
    names = names or f"`{(parameter.metavar or parameter.name or '').upper()}`"
    words = (getattr(parameter, "help", None) or "").replace("\n", " ").replace("|", "/")
    default = parameter.default
    shown = isinstance(default, str | int | float) and default is not False
    return f"| {names} | {words}{f' (default `{default}`)' if shown else ''} |"


def settings() -> str:
    """Every setting as its environment variable."""
    from backend.settings import Settings

    lines = [NOTE, "# Settings\n", "Environment variables of server, worker and command line.\n"]
    lines += ["| variable | meaning | default |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "computed" if field.default_factory else f"`{json.dumps(field.default)}`"
        lines.append(f"| `RADIOMICLENS_{name.upper()}` | {field.description} | {default} |")
    return "\n".join(lines) + "\n"


WHERE = (
    "OpenAPI 3.1: `backend/openapi.json`. A server gives it to signed-in users at `/api/v1/openapi.json`, "
    "and as a page to read at `/api/v1/docs`.\n"
)


def api() -> str:
    """Every route with its summary, from the committed OpenAPI description."""
    description = json.loads((HERE.parent / "backend" / "openapi.json").read_text())
    lines = [NOTE, "# API\n", WHERE]
    lines += ["| method | path | what |", "|---|---|---|"]
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            what = (route.get("description") or route.get("summary") or "").split("\n\n")[0].replace("\n", " ")
            lines.append(f"| {method.upper()} | `{path}` | {what} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes or compares every page."""
    texts = {f"reference/{one.__name__}.md": one() for one in (commands, settings, api)}
    stale = []
    for name, text in (texts | write_refusals.pages(HERE.parent)).items():
        path = HERE / name
        if "--check" in sys.argv:
            stale += [] if path.exists() and path.read_text() == text else [name]
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    if stale:
        sys.stderr.write(f"Out of date: {', '.join(stale)}; run `make docs`.\n")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
