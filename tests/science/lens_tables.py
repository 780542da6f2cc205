"""Small random tables with a known link between embeddings and radiomics, for the tests of the lens."""

from pathlib import Path

import numpy as np
import pandas as pd

from backend.science.tables.feature_names import FeatureName
from backend.science.tables.types import Embeddings, Radiomics

FEATURES = tuple(
    FeatureName(modality, image_type, feature_class, name)
    for modality in ("T2", "DWI", "ADC")
    for image_type in ("original", "wavelet-LLH")
    for feature_class, name in (
        ("firstorder", "Mean"),
        ("glcm", "Contrast"),
        ("gldm", "DependenceEntropy"),
        ("glrlm", "LongRunEmphasis"),
        ("glszm", "ZoneEntropy"),
        ("ngtdm", "Busyness"),
    )
)


def embeddings(values: np.ndarray, name: str, studies: list[str] | None = None, patients: list[str] | None = None):
    studies = studies or [f"s{i:03d}" for i in range(len(values))]
    patients = patients or [study.replace("s", "p") for study in studies]
    return Embeddings(
        study_id=tuple(studies),
        patient_id=tuple(patients),
        values=values,
        name=name,
        dimensions=tuple(range(values.shape[1])),
    )


def radiomics(values: np.ndarray, studies: list[str] | None = None, patients: list[str] | None = None):
    studies = studies or [f"s{i:03d}" for i in range(len(values))]
    patients = patients or [study.replace("s", "p") for study in studies]
    return Radiomics(
        study_id=tuple(studies),
        patient_id=tuple(patients),
        values=values,
        name="radiomics.csv",
        features=FEATURES[: values.shape[1]],
    )


def arrays(n: int = 120, d: int = 24, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(X_pre, X_ft, R): six latent factors in all of them, noise in each."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 6))
    mixing = rng.normal(size=(6, d))
    r = 10 + factors @ rng.normal(size=(6, len(FEATURES))) + 0.5 * rng.normal(size=(n, len(FEATURES)))
    x_pre = factors @ mixing + 0.3 * rng.normal(size=(n, d))
    x_ft = factors @ (mixing * np.array([2, 1, 1, 1, 1, 0.3])[:, None]) + 0.3 * rng.normal(size=(n, d))
    return x_pre, x_ft, r


def tables(n: int = 120, d: int = 24, seed: int = 0) -> tuple[Embeddings, Embeddings, Radiomics]:
    x_pre, x_ft, r = arrays(n, d, seed)
    return embeddings(x_pre, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(r)


def frame(table: Embeddings | Radiomics) -> pd.DataFrame:
    ids = pd.DataFrame({"study_id": table.study_id, "patient_id": table.patient_id})
    return pd.concat([ids, pd.DataFrame(table.values, columns=list(table.columns))], axis=1)


def write_csvs(folder: Path, n: int = 120, d: int = 24, seed: int = 0) -> tuple[Path, Path, Path]:
    paths = folder / "pre.csv", folder / "ft.csv", folder / "radiomics.csv"
    for path, table in zip(paths, tables(n, d, seed), strict=True):
        frame(table).to_csv(path, index=False)
    return paths
