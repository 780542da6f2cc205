"""Made-up tables and images to practise on: the answer is known, and nobody's data are needed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from backend.errors import BadSettings
from backend.science.synthetic.cohort import write_cohort
from backend.science.synthetic.organ_cohorts import ENDINGS, Asked, write_brains, write_chests
from backend.science.synthetic.tables import SyntheticTables, synth_tables

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Drawn:
    """What is drawn for a protocol: how a cohort is written, and where each image and mask of a study lies.

    A place holds `{study}` and `{patient}`.
    """

    write: Callable[[Path, int, int], Rows]
    places: dict[str, str]


def _prostates(folder: Path, cases: int, seed: int) -> Rows:
    return [*write_cohort(folder, cases, seed)]


def _brains(folder: Path, cases: int, seed: int) -> Rows:
    return [*write_brains(folder, Asked(cases, seed))]


def _chests(folder: Path, cases: int, seed: int) -> Rows:
    return [*write_chests(folder, Asked(cases, seed))]


_PROSTATE = {"T2": "t2w.mha", "ADC": "adc.mha", "DWI": "hbv.mha"} | {
    name: f"{name}.nii.gz" for name in ("gland", "zones", "lesion")
}
_BRAIN = {name: f"{ending}.nii" for name, ending in ENDINGS.items()} | {"tumor": "label-tumor_mask.nii.gz"}
DRAWN = {
    "prostate-mpmri": Drawn(
        _prostates, {name: f"{{patient}}/{{patient}}_{{study}}_{file}" for name, file in _PROSTATE.items()}
    ),
    "brain-glioma-mri": Drawn(
        _brains, {name: f"sub-{{patient}}/anat/sub-{{patient}}_{file}" for name, file in _BRAIN.items()}
    ),
    "lung-ct": Drawn(
        _chests, {"CT": "{study}/CT.mha", "nodule": "{study}/nodule.nii.gz", "lung": "{study}/lung.nii.gz"}
    ),
}
"""Protocol -> what is drawn."""


def practice_tables(
    patients: int = 300,
    *,
    features_per_image: int = 54,
    dimensions: int = 128,
    scenario: str = "planted",
    seed: int = 0,
) -> SyntheticTables:
    """Embeddings before and after fine-tuning, radiomics and clinical columns of made-up patients.

    `.pre`, `.ft`, `.radiomics` and `.clinical` are frames for `analyze`. `.truth.groups` says which groups of features
    were planted `stronger`, `weaker` or left `untouched`. T2, DWI and ADC have `features_per_image` each (18 to 837).
    `scenario` is one of `radiomiclens synth --tables`; the same seed draws the same tables. Raises BadSettings.
    """
    return synth_tables(patients, features_per_image, dimensions, seed, scenario)


def practice_images(
    folder: str | Path, cases: int = 4, *, protocol: str = "prostate-mpmri", seed: int = 0
) -> pd.DataFrame:
    """Write made-up images and masks into a new folder; a row a study, with the path of each image and mask.

    `protocol` says what is drawn: `prostate-mpmri` (T2, ADC, DWI, gland, zones, lesion), `brain-glioma-mri` (T1, T1ce,
    T2, FLAIR, tumor) or `lung-ct` (CT, nodule, lung). Clinical columns follow. The same seed writes the same files.
    Raises BadSettings, and Conflict for a folder that holds something.
    """
    if protocol not in DRAWN:
        raise BadSettings(f"There are no practice images for {str(protocol)[:40]!r}; choose one of {', '.join(DRAWN)}.")
    if cases < 1:
        raise BadSettings(f"cases is {cases}; it must be 1 or more.")
    drawn, place = DRAWN[protocol], Path(folder)
    table = pd.DataFrame(drawn.write(place, cases, seed)).astype({"study_id": str, "patient_id": str})
    for at, (name, written) in enumerate(drawn.places.items()):
        paths = [
            str(place / written.format(study=study, patient=patient))
            for study, patient in zip(table["study_id"], table["patient_id"], strict=True)
        ]
        table.insert(2 + at, name, paths)
    return table
