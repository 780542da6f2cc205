"""R2 and MSE of the decoders, per feature and per group, Table 1, Fig. 2 and the three rankings of Fig. 3.

The published numbers fit only targets z-scored by training statistics, scored on held-out patients, and the plain mean
of per-feature values: that is the default here; in-sample values and MSE in min-max units are also given.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.science.tables.feature_names import CLASSES, FeatureName
from backend.science.types import FloatArray

STAGES = ("pre", "ft")
TABLE1_ROWS = (*(("class", name) for name in CLASSES), ("image_type", "Original"), ("image_type", "Wavelet"))
GLOBALLY_HIGH = 0.75


@dataclass(frozen=True, slots=True)
class Scaling:
    """Min-max scaling to [0, 1] by training studies; every array is (K,)."""

    low: FloatArray
    span: FloatArray
    sd: FloatArray  # of the min-max scaled training values: converts errors to z-score units

    @classmethod
    def fitted(cls, r_train: FloatArray) -> "Scaling":
        low, span = r_train.min(axis=0), np.ptp(r_train, axis=0)
        return cls(low, span, ((r_train - low) / span).std(axis=0))

    def minmax(self, r: FloatArray) -> FloatArray:
        return (r - self.low) / self.span


@dataclass(frozen=True, slots=True)
class StageScores:
    """Scores of one stage, each (K,); R2 and MSE are held out unless the name says otherwise."""

    r2: FloatArray
    mse: FloatArray  # targets z-scored by training statistics
    mse_minmax: FloatArray
    r2_in_sample: FloatArray


def r2(true: FloatArray, decoded: FloatArray) -> FloatArray:
    """Coefficient of determination of each column, (n, K) -> (K,); NaN where the true values do not vary."""
    total = ((true - true.mean(axis=0)) ** 2).sum(axis=0)
    error = ((true - decoded) ** 2).sum(axis=0)
    varies = np.ptp(true, axis=0) > 0
    return np.where(varies, 1.0 - error / np.where(varies, total, 1.0), np.nan)


def stage_scores(
    train: tuple[FloatArray, FloatArray], test: tuple[FloatArray, FloatArray], sd: FloatArray
) -> StageScores:
    """Scores of (true, decoded) pairs in min-max units; `sd` converts errors to units of training SD."""
    mse_minmax = ((test[0] - test[1]) ** 2).mean(axis=0)
    return StageScores(r2(*test), mse_minmax / sd**2, mse_minmax, r2(*train))


def grouped(features: Sequence[FeatureName]) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """Every (grouping, group, positions of its features): class, image_type, modality, modality_class, overall.

    Modalities come in the order of the features: that of their cohort's protocol.
    """
    modalities = list(dict.fromkeys(feature.modality for feature in features))
    classes = list(dict.fromkeys((*CLASSES, *sorted({feature.feature_class for feature in features}))))
    families = list(dict.fromkeys(("Original", "Wavelet", *sorted({feature.image_family for feature in features}))))
    pairs = [f"{modality}_{feature_class}" for modality in modalities for feature_class in classes]
    labels = {
        "class": (classes, [feature.feature_class for feature in features]),
        "image_type": (families, [feature.image_family for feature in features]),
        "modality": (modalities, [feature.modality for feature in features]),
        "modality_class": (pairs, [feature.modality_class for feature in features]),
        "overall": (["all"], ["all"] * len(features)),
    }
    for grouping, (groups, of_feature) in labels.items():
        for group in groups:
            positions = np.flatnonzero(np.array(of_feature) == group)
            if len(positions):
                yield grouping, group, positions


def group_row(grouping: str, group: str, scores: Mapping[str, StageScores]) -> dict[str, object]:
    """One row of groups.csv: plain means over the group's features (undefined R2 left out), V = MSE / (1 - R2)."""
    row: dict[str, object] = {"grouping": grouping, "group": group, "n_features": len(scores["pre"].r2)}
    mean = {
        name: {stage: mean_of(getattr(scores[stage], name)) for stage in STAGES}
        for name in ("mse", "r2", "r2_in_sample", "mse_minmax")
    }
    mean["v"] = {stage: mean["mse"][stage] / (1.0 - mean["r2"][stage]) for stage in STAGES}
    mean["r2_median"] = {stage: _median(scores[stage].r2) for stage in STAGES}
    for name in ("mse", "r2", "v", "r2_in_sample", "mse_minmax", "r2_median"):
        row |= {f"{name}_{stage}": mean[name][stage] for stage in STAGES}
    return row


def selected(scores: StageScores, positions: NDArray[np.intp]) -> StageScores:
    """The scores of a selection of features."""
    return StageScores(
        scores.r2[positions], scores.mse[positions], scores.mse_minmax[positions], scores.r2_in_sample[positions]
    )


def ranking_frame(
    features: Sequence[FeatureName], i_pre: FloatArray, i_ft: FloatArray, scores: Mapping[str, StageScores]
) -> pd.DataFrame:
    """The per-feature table, sorted by `rank_paper`: 1 is the largest positive delta I, as the paper lists its gains.

    Ties keep the canonical order of features. Scores carry the prefix `paper_`: plain `r2_pre` and `r2_ft` are reserved
    for cross-validated values.
    """
    frame = pd.DataFrame(
        {
            "feature": [feature.column for feature in features],
            "modality": [feature.modality for feature in features],
            "image_type": [feature.image_type for feature in features],
            "feature_class": [feature.feature_class for feature in features],
            "feature_name": [feature.feature_name for feature in features],
            "i_pre": i_pre,
            "i_ft": i_ft,
            "delta_i": i_ft - i_pre,
        }
    )
    order = np.argsort(-(i_ft - i_pre), kind="stable")
    frame["rank_paper"] = np.argsort(order) + 1
    for name in ("r2", "mse", "r2_in_sample", "mse_minmax"):
        for stage in STAGES:
            frame[f"paper_{name}_{stage}"] = getattr(scores[stage], name)
    return frame.sort_values("rank_paper", kind="stable", ignore_index=True)


def table1(groups: pd.DataFrame) -> pd.DataFrame:
    """The rows of the paper's Table 1 that exist: first order, GLCM, GLDM, GLRLM, GLSZM, NGTDM, Original, Wavelet."""
    keys = list(zip(groups["grouping"], groups["group"], strict=True))
    return groups.iloc[[keys.index(row) for row in TABLE1_ROWS if row in keys]].reset_index(drop=True)


def best_class_by_modality(groups: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Fig. 2: the feature class with the highest R2 after fine-tuning, and its row in each modality."""
    classes = groups[groups["grouping"] == "class"]
    r2_ft = classes["r2_ft"].fillna(-np.inf).to_numpy(float)
    best = str(classes["group"].iloc[int(r2_ft.argmax())])
    rows = groups[(groups["grouping"] == "modality_class") & groups["group"].str.endswith(f"_{best}")]
    rows = rows.assign(modality=rows["group"].str.removesuffix(f"_{best}"))
    return best, rows.reset_index(drop=True)


def three_rankings(ranking: pd.DataFrame, most: int = 10) -> dict[str, pd.DataFrame]:
    """Fig. 3: `gaining` (largest positive delta I), `losing` (largest negative), `stable`.

    `stable` is the smallest |delta I| among features in the top quarter of importance in both stages.
    """
    delta = ranking["delta_i"]
    high = pd.Series(True, index=ranking.index)
    for stage in STAGES:
        high &= ranking[f"i_{stage}"] >= ranking[f"i_{stage}"].quantile(GLOBALLY_HIGH)
    stable = ranking[high].assign(size=delta[high].abs()).sort_values("size", kind="stable").drop(columns="size")
    return {
        "gaining": ranking[delta > 0].sort_values("delta_i", ascending=False, kind="stable").head(most),
        "losing": ranking[delta < 0].sort_values("delta_i", kind="stable").head(most),
        "stable": stable.head(most),
    }


def mean_of(values: FloatArray) -> float:
    """Mean of the values that are not NaN, (K,) -> float."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def _median(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")
