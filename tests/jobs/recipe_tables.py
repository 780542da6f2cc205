"""Tables of several runs and a control of one recipe, as a study that has them already would bring them."""

from pathlib import Path

import numpy as np
import pandas as pd

from backend.science.synthetic.tables import synth_tables
from shared import schemas as s

RUNS = 3


def write_tables(folder: Path, patients: int = 45) -> dict[str, Path]:
    """Three runs that differ by noise, and a control that is little but noise on the pre-trained embedding."""
    drawn = synth_tables(patients, k_per_modality=18, d=8, seed=3, scenario="planted", repeated=0.1)
    rng = np.random.default_rng(5)
    tables = {"pre": drawn.pre, "radiomics": drawn.radiomics}
    tables |= {f"ft{run}": noisy(drawn.ft, rng) for run in range(1, RUNS + 1)} | {"control": noisy(drawn.pre, rng)}
    tables["clinical"] = drawn.clinical.assign(center=np.where(np.arange(len(drawn.clinical)) % 3, "A", "B"))
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return {name: folder / f"{name}.csv" for name in tables}


def noisy(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    values = frame.filter(regex=r"^e\d+$")
    return frame.assign(**(values + 0.1 * rng.standard_normal(values.shape)))


def import_params(
    files: dict[str, Path], runs: int = RUNS, controls: int = 1, **changes: object
) -> s.ImportTablesParams:
    given = {name: str(files[name]) for name in ("pre", "radiomics", "clinical")}
    further = [str(files[f"ft{run}"]) for run in range(2, runs + 1)]
    several = {"ft": str(files["ft1"]), "further_ft": further, "controls": [str(files["control"])] * controls}
    return s.ImportTablesParams.model_validate({"cohort": "mine", **given, **several} | changes)
