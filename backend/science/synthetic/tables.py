"""Synthetic embeddings and radiomics with known changes: groups of features encoded more or less strongly.

Patients carry latent factors: one of size, one per modality, one per modality and image type, and three per group
(modality x class; 18 groups). A radiomics column mixes its factors with noise and is transformed to a skewed,
heavy-tailed scale; a tenth of the columns is pure noise. An embedding encodes every factor along its own direction with
a strength, plus 30 strong nuisance factors that no feature depends on and isotropic noise. Repeated studies of a
patient share 85 % of the variance of all of this. With 300 patients a ridge decodes groups with a held-out R2 of about
0.27 (0.36 where encoded more strongly, 0.1 more weakly).

Fine-tuning changes these strengths (`SCENARIOS`):

* `planted`: 4 groups encoded `STRONGER` times as strongly, 4 `WEAKER`, 10 unchanged;
* `planted_all`: the same under scale, drift of every direction, resampled nuisance content, new nuisance, an offset;
* `null_all`: all of these nuisances and no planted group; `null_resample`: resampled nuisance content and noise only;
* `null_identical`, `null_scale`, `null_rot`, `null_offset`: the same embedding, doubled, rotated, shifted.

Everything is drawn in float64 from the seed: the same arguments give the same tables, bit for bit.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.errors import BadSettings
from backend.science.synthetic.names import feature_list
from backend.science.tables.feature_names import CLASSES, IMAGE_TYPES, FeatureName, parse
from backend.science.types import MODALITIES, FloatArray

SCENARIOS = (
    "planted",
    "planted_all",
    "null_all",
    "null_resample",
    "null_identical",
    "null_scale",
    "null_rot",
    "null_offset",
)
STRONGER, WEAKER = 1.8, 0.5
GROUPS = tuple(f"{modality}_{feature_class}" for modality in MODALITIES for feature_class in CLASSES)
PER_GROUP = 2
NUISANCE, NEW_NUISANCE = 30, 10
NUISANCE_STRENGTH = 1.5
EMBEDDING_NOISE = 0.32  # per coordinate, where every factor of strength 1 lies along a direction of length 1
STUDY_SHARE = 0.15
NOISE_FEATURES = 0.1
# Shares of a column's variance: size, modality, modality x image type, group; the rest is its own noise.
SHARES = (0.06, 0.06, 0.10, 0.38)


@dataclass(frozen=True)
class Truth:
    """The planted change of each group (stronger, weaker or untouched), and the columns of pure noise."""

    scenario: str
    seed: int
    groups: dict[str, str]
    noise_features: list[str]

    def change(self, column: str) -> str:
        """Return the change of a radiomics column: stronger, weaker, untouched or noise."""
        if column in set(self.noise_features):
            return "noise"
        return self.groups[parse(column).modality_class]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class SyntheticTables:
    """Tables joined by study_id, in the layout of `analyze-tables`, and their planted changes."""

    pre: pd.DataFrame
    ft: pd.DataFrame
    radiomics: pd.DataFrame
    clinical: pd.DataFrame
    truth: Truth


def synth_tables(
    n_patients: int = 300,
    k_per_modality: int | None = None,
    d: int = 768,
    seed: int = 0,
    scenario: str = "planted_all",
    repeated: float = 0.0,
    noise: float = EMBEDDING_NOISE,
) -> SyntheticTables:
    """Make tables of `n_patients` patients, a share `repeated` of whom has a second study.

    `noise` is the embedding's noise SD per coordinate; it limits how well radiomics can be decoded.

    pre, ft: `study_id, patient_id, e000 ...` (n_studies, d); radiomics: 3 x `k_per_modality` columns (837 by default).
    """
    _check(n_patients, k_per_modality, d, scenario, repeated)
    rng = np.random.default_rng([seed, 7])
    patient_of = np.concatenate([np.arange(n_patients), rng.permutation(n_patients)[: round(repeated * n_patients)]])
    patient_of.sort()
    features = feature_list(k_per_modality)
    latent = _Latent(features, patient_of, rng)
    radiomics, noisy = _radiomics(latent, features, rng)
    groups = _planted_groups(rng) if scenario.startswith("planted") else dict.fromkeys(GROUPS, "untouched")
    pre, ft = _embeddings(latent, groups, (d, noise), scenario, rng)
    ids = _ids(patient_of)
    truth = Truth(scenario, seed, groups, [features[i].column for i in np.flatnonzero(noisy)])
    columns = [f"e{i:03d}" for i in range(d)]
    return SyntheticTables(
        pre=_table(ids, pre, columns),
        ft=_table(ids, ft, columns),
        radiomics=_table(ids, radiomics, [feature.column for feature in features]),
        clinical=_clinical(ids, latent, patient_of, rng),
        truth=truth,
    )


def _check(n_patients: int, k: int | None, d: int, scenario: str, repeated: float) -> None:
    if scenario not in SCENARIOS:
        raise BadSettings(f"There is no scenario {scenario!r}; choose one of {', '.join(SCENARIOS)}.")
    if n_patients < 2 or d < 2 or not 0.0 <= repeated <= 1.0 or (k is not None and not 18 <= k <= 837):
        raise BadSettings(
            "Tables need 2 patients, 2 dimensions, 18 to 837 features a modality and a repeated share of 0 to 1."
        )


class _Latent:
    """Standard normal factors of every study (n_studies, n_factors), and the factors of each feature."""

    def __init__(
        self, features: list[FeatureName], patient_of: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        self.patient_of = patient_of
        blocks = ["size", *MODALITIES, *(f"{m}_{t}" for m in MODALITIES for t in IMAGE_TYPES)]
        self.first = {name: i for i, name in enumerate(blocks)}
        self.first |= {group: len(blocks) + PER_GROUP * i for i, group in enumerate(GROUPS)}
        self.width = len(blocks) + PER_GROUP * len(GROUPS)
        self.scores = self.draw(self.width, rng)
        self.loadings = np.zeros((self.width, len(features)))
        for k, feature in enumerate(features):
            self._load(k, feature, rng)

    def draw(self, width: int, rng: np.random.Generator) -> FloatArray:
        """Normal scores (n_studies, width), 1 - STUDY_SHARE of their variance common to a patient's studies."""
        patients = rng.standard_normal((int(self.patient_of.max()) + 1, width))
        studies = rng.standard_normal((self.patient_of.size, width))
        scores: FloatArray = np.sqrt(1 - STUDY_SHARE) * patients[self.patient_of] + np.sqrt(STUDY_SHARE) * studies
        return scores

    def _load(self, k: int, feature: FeatureName, rng: np.random.Generator) -> None:
        names = ("size", feature.modality, f"{feature.modality}_{feature.image_type}")
        for name, share in zip(names, SHARES, strict=False):
            self.loadings[self.first[name], k] = np.sqrt(share) * rng.choice((-1.0, 1.0))
        mix = rng.standard_normal(PER_GROUP)
        start = self.first[feature.modality_class]
        self.loadings[start : start + PER_GROUP, k] = np.sqrt(SHARES[-1]) * mix / np.linalg.norm(mix)


def _radiomics(
    latent: _Latent, features: list[FeatureName], rng: np.random.Generator
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Radiomics (n_studies, K) in units of their own, and which columns are pure noise."""
    noise = rng.random(len(features)) < NOISE_FEATURES
    own = latent.draw(len(features), rng)
    values = latent.scores @ latent.loadings + np.sqrt(1 - sum(SHARES)) * own
    values[:, noise] = own[:, noise]
    skew = rng.uniform(0.0, 0.8, len(features))
    bent = np.where(skew > 0.2, np.expm1(skew * values) / np.maximum(skew, 0.2), values)
    return 10.0 ** rng.uniform(-3, 4, len(features)) * (bent + rng.uniform(2, 10, len(features))), noise


def _planted_groups(rng: np.random.Generator) -> dict[str, str]:
    order = [GROUPS[i] for i in rng.permutation(len(GROUPS)).tolist()]
    change = dict.fromkeys(order[:4], "stronger") | dict.fromkeys(order[4:8], "weaker")
    return {group: change.get(group, "untouched") for group in GROUPS}


def _embeddings(
    latent: _Latent, groups: dict[str, str], size: tuple[int, float], scenario: str, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Embeddings (n_studies, d) before and after fine-tuning; size: dimensions d and noise a coordinate."""
    d, own = size
    n_known = latent.width
    directions = rng.standard_normal((n_known + NUISANCE, d)) / np.sqrt(d)
    strength = np.concatenate([rng.uniform(0.85, 1.15, n_known), np.full(NUISANCE, NUISANCE_STRENGTH)])
    nuisance, noise = latent.draw(NUISANCE, rng), own * latent.draw(d, rng)
    pre = np.hstack([latent.scores, nuisance]) * strength @ directions + noise
    if scenario in {"null_identical", "null_scale", "null_rot", "null_offset"}:
        return pre, _relabelled(pre, scenario, rng)
    after = strength.copy()
    for group, change in groups.items():
        start = latent.first[group]
        after[start : start + PER_GROUP] *= {"stronger": STRONGER, "weaker": WEAKER, "untouched": 1.0}[change]
    if scenario == "planted":
        return pre, np.hstack([latent.scores, nuisance]) * after @ directions + noise
    redrawn = np.sqrt(0.5) * (nuisance + latent.draw(NUISANCE, rng))
    noise = np.sqrt(0.5) * (noise + own * latent.draw(d, rng))
    if scenario == "null_resample":
        return pre, np.hstack([latent.scores, redrawn]) * after @ directions + noise
    drifted = np.sqrt(0.8) * directions + np.sqrt(0.2 / d) * rng.standard_normal(directions.shape)
    content = np.hstack([latent.scores, redrawn]) * after @ drifted + noise
    content += NUISANCE_STRENGTH * latent.draw(NEW_NUISANCE, rng) @ rng.standard_normal((NEW_NUISANCE, d)) / np.sqrt(d)
    return pre, 1.7 * content + rng.standard_normal(d) * 0.5


def _relabelled(pre: FloatArray, scenario: str, rng: np.random.Generator) -> FloatArray:
    """Fine-tuned embeddings of the scenarios without a change of content: copied, doubled, rotated or shifted."""
    d = pre.shape[1]
    if scenario == "null_scale":
        return 2.0 * pre
    if scenario == "null_rot":
        turn, _ = np.linalg.qr(rng.standard_normal((d, d)))
        turned: FloatArray = pre @ turn
        return turned
    return pre + rng.standard_normal(d) if scenario == "null_offset" else pre.copy()


def _ids(patient_of: npt.NDArray[np.int64]) -> pd.DataFrame:
    study = [str(8_000_001 + i) for i in range(patient_of.size)]
    return pd.DataFrame({"study_id": study, "patient_id": [str(80_001 + p) for p in patient_of.tolist()]}, dtype=object)


def _table(ids: pd.DataFrame, values: FloatArray, columns: list[str]) -> pd.DataFrame:
    return pd.concat([ids, pd.DataFrame(values, columns=columns)], axis=1)


def _clinical(
    ids: pd.DataFrame, latent: _Latent, patient_of: npt.NDArray[np.int64], rng: np.random.Generator
) -> pd.DataFrame:
    """Clinical rows, one per study: volume from the size factor, PI-RADS from first-order factors of ADC and DWI."""
    _, first = np.unique(patient_of, return_index=True)
    size = latent.scores[first, latent.first["size"]]
    grade = latent.scores[first, latent.first["DWI_firstorder"]] - latent.scores[first, latent.first["ADC_firstorder"]]
    grade = grade + 0.7 * rng.standard_normal(first.size)
    pirads = 2 + np.searchsorted(np.quantile(grade, (0.25, 0.45, 0.75)), grade)
    volume = np.exp(np.log(45.0) + 0.45 * size)
    isup = np.where(pirads > 2, rng.integers(0, 6, first.size) * (rng.random(first.size) < 0.25 * (pirads - 1)), 0)
    of_patient = pd.DataFrame(
        {
            "pirads": pirads,
            "volume_ml": volume.round(2),
            "psa": ((2 + 0.07 * volume + 1.6 * isup) * np.exp(0.4 * rng.standard_normal(first.size))).round(1),
            "isup": isup,
            "center": rng.choice(("RUMC", "ZGT", "PCNN"), first.size, p=(0.4, 0.32, 0.28)),
            "age": rng.normal(66, 7, first.size).clip(44, 84).round().astype(int),
        }
    )
    return pd.concat([ids, of_patient.iloc[patient_of].reset_index(drop=True)], axis=1)
