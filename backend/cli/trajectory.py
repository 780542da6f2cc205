"""Trajectories of `analyze-tables`: tables of checkpoints or stages beside the main ones."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import BadSettings

if TYPE_CHECKING:
    from backend.science.lens.settings import LensSettings
    from backend.science.tables.options import TableOptions
    from backend.science.tables.table_set import Tables
    from backend.science.tables.types import Embeddings
    from backend.science.trajectory.from_tables import TrajectoryResult


def named_files(values: list[str], option: str, each: int) -> dict[str, list[Path]]:
    """`NAME=FILE` (or `NAME=PRE,FT` where `each` is 2) by name, in order; refuses what is not so."""
    shape = "NAME=FILE" if each == 1 else "NAME=PRE,FT"
    found: dict[str, list[Path]] = {}
    for value in values:
        name, _, files = value.partition("=")
        paths = [Path(file) for file in files.split(",") if file]
        if not name or len(paths) != each:
            raise BadSettings(f"{option} {value!r}: write it as {shape}.")
        if name in found:
            raise BadSettings(f"{option}: {name!r} is named twice; every point needs a name of its own.")
        found[name] = paths
    return found


def write_trajectories(
    main: "Tables",
    checkpoints: dict[str, list[Path]],
    stages: dict[str, list[Path]],
    options: "TableOptions",
    settings: "LensSettings",
    out: Path,
) -> list[str]:
    """Decode the trajectories, write `trajectory-*.csv` and `.json`, and return the sentences and paths."""
    from backend.cli.table_progress import progress_line
    from backend.science.tables.lesions import repeated
    from backend.science.tables.read_embeddings import read_embeddings
    from backend.science.trajectory.from_tables import checkpoint_trajectory, stage_trajectory

    def embeddings(path: Path) -> "Embeddings":
        return repeated(read_embeddings(path, options), main.radiomics)

    sentences: list[str] = []
    shown = progress_line(sys.stderr)
    if checkpoints:
        tables = {name: embeddings(paths[0]) for name, paths in checkpoints.items()}
        result = checkpoint_trajectory(main.pre, tables, main.radiomics, settings, progress=shown)
        sentences += _written(result, out, "checkpoints", settings)
    if stages:
        both = {name: (embeddings(first), embeddings(second)) for name, (first, second) in stages.items()}
        sentences += _written(stage_trajectory(both, main.radiomics, settings, shown), out, "stages", settings)
    return sentences


def _written(result: "TrajectoryResult", out: Path, along: str, settings: "LensSettings") -> list[str]:
    import pandas as pd

    from backend.science.analysis.json_ready import json_ready
    from backend.science.report.result_files import csv_text, replaced, results_folder
    from backend.science.trajectory.tables import point_record, table_rows, trajectory_sentences

    results_folder(out)
    sentences = trajectory_sentences(result.points, along == "checkpoints")
    record = {
        "along": along,
        "n_studies": len(result.study_id),
        "n_patients": result.n_patients,
        "n_features": len(result.features),
        "seed": settings.seed,
        "points": [json_ready(point_record(point)) for point in result.points],
        "sentences": sentences,
        "alerts": list(result.alerts),
    }
    frame = pd.DataFrame(table_rows(result.points, result.features))
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    paths = out / f"trajectory-{along}.csv", out / f"trajectory-{along}.json"
    replaced(paths[0], lambda path: path.write_text(csv_text(frame), "utf-8"))
    replaced(paths[1], lambda path: path.write_text(text, "utf-8"))
    return [*sentences, *map(str, paths)]
