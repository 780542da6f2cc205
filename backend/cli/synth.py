"""`radiomiclens synth`: a synthetic cohort of images and masks, or tables with a known answer."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.protocol_option import named_protocol
from backend.errors import BadSettings, Conflict
from shared.schemas.protocol import PROSTATE, Protocol


def synth(
    directory: Annotated[Path, typer.Argument(help="New or empty folder to write to.")],
    cases: Annotated[int, typer.Option(help="Studies to write (with --tables: patients).", min=1)] = 40,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.", min=0)] = 0,
    anatomy: Annotated[Path | None, typer.Option(help="Folder of real label maps instead of drawn glands.")] = None,
    spacing: Annotated[
        str | None, typer.Option(help="Voxel in mm, X,Y,Z, of the T2 or of all; 0.5,0.5,3 for prostates.")
    ] = None,
    size: Annotated[str | None, typer.Option(help="Size in voxels, X,Y,Z; 224,224,24 for prostates.")] = None,
    protocol: Annotated[
        str, typer.Option(help="What to draw: a built-in protocol, or a file of your own (a made-up organ).")
    ] = PROSTATE,
    tables: Annotated[
        str | None, typer.Option(help="Write tables of this scenario instead, such as planted_all.")
    ] = None,
    enlarged: Annotated[
        float, typer.Option("--findings-enlarged", help="How many times as large as in life findings of prostates are.")
    ] = 1.0,
    repeated: Annotated[float, typer.Option(help="With --tables: share of patients with two studies.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Writes a synthetic cohort: prostates (PI-CAI layout), brains (BIDS), chests or made-up organs (a manifest).

    With --tables it writes embeddings and radiomics instead.
    """
    if tables is None:
        if repeated:
            raise BadSettings("--repeated goes with --tables; an image cohort repeats about 15 % of its patients.")
        asked = named_protocol(protocol)
        if anatomy and not asked.is_prostate:
            raise BadSettings("--anatomy holds label maps of prostates; it does not go with another protocol.")
        summary = _write_images(directory, cases, seed, anatomy, spacing, size, asked, enlarged, quiet=as_json)
    else:
        if anatomy or spacing or size or enlarged != 1:
            raise BadSettings(
                "--tables writes no images, so --anatomy, --spacing, --size and --findings-enlarged do not go with it."
            )
        if protocol != PROSTATE:
            raise BadSettings("--tables writes names of the prostate's features, so --protocol does not go with it.")
        summary = _write_tables(directory, cases, seed, tables, repeated)
    typer.echo(json.dumps(summary) if as_json else _summary_text(summary))


def _write_images(
    directory: Path,
    cases: int,
    seed: int,
    anatomy: Path | None,
    spacing: str | None,
    size: str | None,
    protocol: Protocol,
    enlarged: float,
    quiet: bool,
) -> dict[str, Any]:
    from backend.jobs.planning.synthetic_cohorts import draw
    from backend.science.synthetic.cohort import write_cohort

    def progress(done: int, total: int, case: str) -> None:
        if not quiet:
            typer.echo(f"{done}/{total} {case}", err=True)

    if not 1 <= enlarged <= 6:
        raise BadSettings(f"--findings-enlarged takes a number from 1 to 6; {enlarged:g} is not one.")
    voxel = _three(spacing, "--spacing")
    field = _three(size, "--size")
    if field and any(n != int(n) for n in field):
        raise BadSettings("--size takes whole numbers of voxels, such as 224,224,24.")
    whole = (int(field[0]), int(field[1]), int(field[2])) if field else None
    if not protocol.is_prostate:
        return _of_protocol(
            directory, protocol, draw(directory, protocol, cases, seed, voxel, whole, progress, enlarged), seed
        )
    rows = write_cohort(directory, cases, seed, anatomy, voxel, whole, progress, enlarged)
    grades = [str(row["pirads"]) for row in rows]
    return {
        "directory": directory.name,
        "cases": len(rows),
        "patients": len({row["patient_id"] for row in rows}),
        "with_lesion": sum(float(row["lesion_ml"] or 0) > 0 for row in rows),
        "pirads": {grade: grades.count(grade) for grade in sorted(set(grades))},
        "seed": seed,
    }


def _of_protocol(directory: Path, protocol: Protocol, rows: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """The summary of a cohort of another organ: how often each class occurs."""
    counts: dict[str, dict[str, int]] = {}
    for target in protocol.targets:
        if target.classes and target.column:
            found = [str(row[target.column]) for row in rows]
            counts[target.column] = {name: found.count(name) for name in target.classes}
    ids = {row["patient_id"] for row in rows}
    named = {"directory": directory.name, "protocol": protocol.name, "cases": len(rows), "patients": len(ids)}
    return {**named, "classes": counts, "seed": seed}


def _write_tables(directory: Path, patients: int, seed: int, scenario: str, repeated: float) -> dict[str, Any]:
    from backend.science.synthetic.tables import synth_tables

    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Conflict(f"{directory.name!r} exists and is not empty; name a new folder for the tables.")
    made = synth_tables(patients, seed=seed, scenario=scenario, repeated=repeated)
    directory.mkdir(parents=True, exist_ok=True)
    for name, table in (("pre", made.pre), ("ft", made.ft), ("clinical", made.clinical)):
        table.to_csv(directory / f"{name}.csv", index=False, lineterminator="\n")
    made.radiomics.to_parquet(directory / "radiomics.parquet", index=False)
    (directory / "truth.json").write_text(json.dumps(made.truth.as_dict(), indent=1) + "\n")
    return {
        "directory": directory.name,
        "cases": len(made.pre),
        "patients": int(made.pre["patient_id"].nunique()),
        "features": made.radiomics.shape[1] - 2,
        "scenario": scenario,
        "seed": seed,
    }


def _three(text: str | None, option: str) -> tuple[float, float, float] | None:
    if text is None:
        return None
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise BadSettings(f"{option} takes three numbers X,Y,Z, such as 0.5,0.5,3; {text!r} is not that.") from None
    return x, y, z


def _summary_text(summary: dict[str, Any]) -> str:
    who = f"{summary['cases']} studies of {summary['patients']} patients"
    head = f"Wrote {who} to {summary['directory']} (seed {summary['seed']})"
    if "scenario" in summary:
        return f"{head}: {summary['features']} features, scenario {summary['scenario']}; the answer is in truth.json."
    if "protocol" in summary:
        counted = [f"{column} {name} {n}" for column, of in summary["classes"].items() for name, n in of.items()]
        return f"{head} for {summary['protocol']}" + (f": {', '.join(counted)}." if counted else ".")
    grades = ", ".join(f"PI-RADS {grade}: {count}" for grade, count in summary["pirads"].items())
    return f"{head}: {grades}; {summary['with_lesion']} with a lesion drawn."
