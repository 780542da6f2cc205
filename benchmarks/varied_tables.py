"""A second generator of tables with known changes, built unlike `backend.science.synthetic.tables`.

The trust block was developed while looking at cohorts of that generator. This one shares only the list of names with
it and varies what the other holds fixed: how many factors a group has, whether features load on few or on all of them,
how much groups have in common, how heavy the tails are, whether an embedding encodes a factor along few or many
axes, linearly or not, the spectrum of its noise, how strongly radiomics are encoded at all and how large a change is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from backend.science.synthetic.names import feature_list
from backend.science.synthetic.tables import GROUPS, SyntheticTables, Truth
from backend.science.tables.feature_names import FeatureName

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """Parameters of one relation between radiomics and embeddings."""

    factors: int = 3  # a group's own factors
    sparse_features: bool = False  # a feature loads on one factor instead of all
    common: float = 0.3  # share of a feature's explained variance that all groups of its modality share
    explained: float = 0.7  # share of a feature's variance that factors explain at all
    tails: float = np.inf  # degrees of freedom of factors and noise
    axes: int = 0  # embedding axes that encode a factor; 0 = all
    bent: bool = False  # factors pass a saturating curve before they are encoded
    coloured: float = 0.0  # power of the noise spectrum over axes; 0 = white
    noise: float = 0.35  # embedding noise an axis, where a factor has length 1
    nuisance: int = 60
    nuisance_strength: float = 1.0
    stronger: float = 2.0
    weaker: float = 0.5
    drift: float = 0.25  # share of a direction's length that is new after fine-tuning
    resampled: float = 0.5  # share of nuisance variance drawn anew
    scale: float = 2.0
    noise_features: float = 0.1


KINDS = {
    "three factors": Kind(),
    "one factor": Kind(factors=1, common=0.15),
    "six factors, sparse": Kind(factors=6, sparse_features=True),
    "correlated groups": Kind(common=0.7, explained=0.8),
    "heavy tails": Kind(tails=3.0),
    "few axes": Kind(axes=12),
    "bent writing": Kind(bent=True, noise=0.3),
    "coloured noise": Kind(coloured=0.7),
    "weak signal": Kind(noise=0.6, explained=0.5),
    "strong signal": Kind(noise=0.12, explained=0.9, factors=2),
    "small change": Kind(stronger=1.5, weaker=0.65),
    "nuisance rules": Kind(nuisance=150, nuisance_strength=2.0, resampled=0.7),
    "large drift": Kind(drift=0.5, scale=0.4),
}


def varied_tables(
    kind: Kind, n_patients: int, k_per_modality: int | None, d: int, seed: int, scenario: str
) -> SyntheticTables:
    """Tables (N = n_patients, one study each) of `planted`, `planted_all` or `null_all`, and the truth about them."""
    rng = np.random.default_rng([seed, 9001])
    features = feature_list(k_per_modality)
    modalities = sorted({feature.modality for feature in features})
    own = _draw(rng, kind, n_patients, kind.factors * len(GROUPS))
    shared = _draw(rng, kind, n_patients, 2 * len(modalities))
    noisy = rng.random(len(features)) < kind.noise_features
    radiomics = np.column_stack(
        [
            _feature(rng, kind, feature, own, shared[:, 2 * modalities.index(feature.modality) :][:, :2], bool(quiet))
            for feature, quiet in zip(features, noisy, strict=True)
        ]
    )
    planted = scenario.startswith("planted")
    order = rng.permutation(len(GROUPS))
    change = {
        GROUPS[g]: ("stronger" if i < 4 else "weaker" if i < 8 else "untouched") if planted else "untouched"
        for i, g in enumerate(order)
    }
    pre, ft = _embeddings(rng, kind, own, shared, change, d, scenario)
    ids = pd.DataFrame(
        {"study_id": [f"S{i:05d}" for i in range(n_patients)], "patient_id": [f"P{i:05d}" for i in range(n_patients)]},
        dtype=object,
    )
    columns = [f"e{i:03d}" for i in range(d)]
    return SyntheticTables(
        pre=_table(ids, pre, columns),
        ft=_table(ids, ft, columns),
        radiomics=_table(ids, radiomics, [feature.column for feature in features]),
        clinical=ids,
        truth=Truth(scenario, seed, change, [features[i].column for i in np.flatnonzero(noisy)]),
    )


def _draw(rng: np.random.Generator, kind: Kind, n: int, width: int) -> Array:
    """(n, width) independent columns of variance about one."""
    if np.isinf(kind.tails):
        return rng.standard_normal((n, width))
    drawn = rng.standard_t(kind.tails, (n, width))
    return np.asarray(drawn / drawn.std(axis=0))


def _feature(
    rng: np.random.Generator, kind: Kind, feature: FeatureName, own: Array, shared: Array, quiet: bool
) -> Array:
    noise = _draw(rng, kind, len(own), 1)[:, 0]
    if quiet:
        return noise
    start = GROUPS.index(feature.modality_class) * kind.factors
    group = own[:, start : start + kind.factors]
    mix = np.zeros(kind.factors)
    if kind.sparse_features:
        mix[rng.integers(kind.factors)] = 1.0
    else:
        mix = rng.standard_normal(kind.factors)
    mix /= np.linalg.norm(mix)
    turn = rng.uniform(0, 2 * np.pi)
    common = shared @ np.array([np.cos(turn), np.sin(turn)])
    explained = kind.explained * rng.uniform(0.5, 1.0)
    signal = np.sqrt(1 - kind.common) * group @ mix + np.sqrt(kind.common) * common
    return np.asarray(np.sqrt(explained) * signal + np.sqrt(1 - explained) * noise)


def _directions(rng: np.random.Generator, kind: Kind, count: int, d: int) -> Array:
    drawn = rng.standard_normal((count, d))
    if kind.axes:
        for row in drawn:
            row[rng.permutation(d)[kind.axes :]] = 0.0
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _embeddings(
    rng: np.random.Generator, kind: Kind, own: Array, shared: Array, change: dict[str, str], d: int, scenario: str
) -> tuple[Array, Array]:
    n = len(own)
    known = np.hstack([own, shared])
    if kind.bent:
        known = np.tanh(known) / 0.63
    strength = rng.uniform(0.7, 1.3, known.shape[1])
    gain = np.repeat(
        [{"stronger": kind.stronger, "weaker": kind.weaker, "untouched": 1.0}[change[g]] for g in GROUPS], kind.factors
    )
    after = strength * np.concatenate([gain, np.ones(shared.shape[1])])
    directions = _directions(rng, kind, known.shape[1], d)
    away = kind.nuisance_strength * _directions(rng, kind, kind.nuisance, d)
    nuisance = _draw(rng, kind, n, kind.nuisance)
    colour = np.arange(1, d + 1) ** -kind.coloured
    colour = kind.noise * colour / np.sqrt(np.mean(colour**2)) * rng.permutation(np.ones(d))
    noise = _draw(rng, kind, n, d) * colour
    pre = known * strength @ directions + nuisance @ away + noise
    if scenario == "planted":
        return pre, known * after @ directions + nuisance @ away + noise
    share = np.sqrt(kind.resampled)
    rest = np.sqrt(1 - kind.resampled)
    nuisance = rest * nuisance + share * _draw(rng, kind, n, kind.nuisance)
    noise = rest * noise + share * _draw(rng, kind, n, d) * colour
    drifted = np.sqrt(1 - kind.drift) * directions + np.sqrt(kind.drift) * _directions(rng, kind, len(directions), d)
    away = np.sqrt(1 - kind.drift) * away + np.sqrt(kind.drift) * kind.nuisance_strength * _directions(
        rng, kind, kind.nuisance, d
    )
    fresh = kind.nuisance // 4
    new = _draw(rng, kind, n, fresh) @ _directions(rng, kind, fresh, d) * kind.nuisance_strength
    return pre, kind.scale * (known * after @ drifted + nuisance @ away + new + noise) + 3.0 * rng.standard_normal(d)


def _table(ids: pd.DataFrame, values: Array, columns: list[str]) -> pd.DataFrame:
    return pd.concat([ids, pd.DataFrame(values, columns=columns)], axis=1)
