"""`radiomiclens compare`: changes that analyses share, and changes that only one of them shows."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.data_dir import DataDir
from backend.cli.table_progress import one_thread_each, progress_line
from backend.errors import BadSettings


def compare(
    analyses: Annotated[
        list[str], typer.Argument(help="Two to six results folders of analyze-tables, or ids of stored analyses.")
    ],
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Folder for features.csv, groups.csv, comparison.json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print comparison.json instead of the sentences.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Compare analyses of the same patients: what is shared, what is specific, with intervals.

    Each patient is left out of all at once, so the error of a difference leaves out what they have in common. Where
    they analysed different patients, the shared ones are decoded again, and their number is said.
    """
    folders = [Path(name) for name in analyses]
    if not 2 <= len(analyses) <= 6:
        raise BadSettings("Give two to six analyses to compare.")
    if all(folder.is_dir() for folder in folders):
        if out is None:
            raise BadSettings("Say with --out where the tables of the comparison shall be written.")
        if data_dir is not None:
            raise BadSettings("--data-dir is for ids of stored analyses; results folders need none.")
        one_thread_each()
        record = of_folders(folders, out)
        typer.echo(json.dumps(record, ensure_ascii=False) if as_json else words(record, out))
        return
    if any(folder.is_dir() for folder in folders):
        raise BadSettings("Name either folders or ids of stored analyses, not both.")
    if out is not None:
        raise BadSettings(
            "--out is for results folders, and one of these is none; comparisons of stored analyses are in the "
            "dashboard."
        )
    _submit(analyses, as_json, data_dir)


def of_folders(folders: list[Path], out: Path) -> dict[str, Any]:
    """Compares results folders and writes three files; gives the content of comparison.json."""
    import pandas as pd

    from backend.science.report.evidence_file import read_stored_analysis, unique_labels
    from backend.science.report.result_files import csv_text, replaced, results_folder
    from backend.science.trust.comparison.align import align_analyses
    from backend.science.trust.comparison.pairwise import compare_pairwise

    results_folder(out)
    aligned = align_analyses(
        unique_labels([read_stored_analysis(folder) for folder in folders], folders), progress_line(sys.stderr)
    )
    found = compare_pairwise(aligned)
    groups = [
        {"first": pair["first"], "second": pair["second"]} | row for pair in found.pairs for row in pair.pop("groups")
    ]
    record = {
        "members": [one.label for one in aligned.members],
        "n_studies": len(aligned.study_id),
        "n_patients": aligned.n_patients,
        "n_features": len(aligned.features),
        "recomputed": aligned.recomputed,
        "seed": aligned.seed,
        "notes": list(aligned.notes),
        "sentences": found.sentences,
        "pairs": found.pairs,
    }
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    replaced(out / "features.csv", lambda path: path.write_text(csv_text(pd.DataFrame(found.features)), "utf-8"))
    replaced(out / "groups.csv", lambda path: path.write_text(csv_text(pd.DataFrame(groups)), "utf-8"))
    replaced(out / "comparison.json", lambda path: path.write_text(text, "utf-8"))
    return record


def words(record: dict[str, Any], out: Path) -> str:
    """What is shared and what is not, for a terminal."""
    return "\n".join(
        [
            f"{record['n_studies']} studies of {record['n_patients']} patients and {record['n_features']} features, "
            "shared by all.",
            *record["sentences"],
            *(f"! {note}" for note in record["notes"]),
            "",
            *(str(out / name) for name in ("features.csv", "groups.csv", "comparison.json")),
        ]
    )


def _submit(analyses: list[str], as_json: bool, data_dir: Path | None) -> None:
    from backend.cli.data_dir import settings_of
    from backend.cli.follow_job import submit
    from backend.cli.submit import checked
    from shared.schemas import CompareParams

    submit(settings_of(data_dir), checked(CompareParams, {"analysis_ids": analyses}), wait=True, as_json=as_json)
