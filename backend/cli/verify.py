"""`radiomiclens verify`: whether the numbers of a results folder follow from what lies beside them."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.table_progress import one_thread_each
from backend.errors import BadSettings

if TYPE_CHECKING:
    from backend.science.report.check import Check

MARKS = {"holds": "+", "differs": "!", "not checked": "?"}


def verify(
    path: Annotated[Path, typer.Argument(metavar="FOLDER|report.json", help="Folder that analyze-tables wrote.")],
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="NAME=FILE",
            help="An input file: pre, ft, ft_2, control_1, radiomics. Without it files beside the report are taken.",
        ),
    ] = None,
    made_again: Annotated[
        Path | None,
        typer.Option("--made-again", metavar="FOLDER", help="The same analysis run anew: its numbers must be equal."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every check as JSON.")] = False,
) -> None:
    """Compute the numbers of a results folder again, and compare hashes of inputs, settings and the code's version.

    Exit code 0 where all holds. Else 1, and every line with ! says what does not. What cannot be checked has a ?.
    """
    one_thread_each()
    from backend.science.report.verify import verify as verify_folder

    checks = verify_folder(path, _named(given or []), made_again)
    sys.stdout.write(_json(checks) if as_json else "".join(f"{line}\n" for line in _lines(checks)))
    if any(check.state == "differs" for check in checks):
        raise typer.Exit(1)


def _named(given: list[str]) -> dict[str, Path]:
    files = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not (name and equals and file):
            raise BadSettings(f"{text!r} is no input; write --input NAME=FILE, such as --input pre=pre.csv.")
        if not Path(file).is_file():
            raise BadSettings(f"{Path(file).name} is not there; check the path after --input {name}=.")
        files[name] = Path(file)
    return files


def _lines(checks: "tuple[Check, ...]") -> list[str]:
    wrong = sum(check.state == "differs" for check in checks)
    skipped = sum(check.state == "not checked" for check in checks)
    left = f" {skipped} could not be checked." if skipped else ""
    told = f"{wrong} of {len(checks)} checks do not hold." if wrong else "All that was checked holds."
    return [*(f"{MARKS[check.state]} {check.name}: {check.sentence}" for check in checks), "", told + left]


def _json(checks: "tuple[Check, ...]") -> str:
    holds = all(check.state != "differs" for check in checks)
    listed = [{"name": check.name, "state": check.state, "sentence": check.sentence} for check in checks]
    return json.dumps({"holds": holds, "checks": listed}, ensure_ascii=False) + "\n"
