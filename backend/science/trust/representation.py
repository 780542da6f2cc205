"""Similarity of whole representations. Context only: no measure shows which radiomic content changed."""

import numpy as np
from scipy.linalg import subspace_angles, svd, svdvals
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from backend.science.types import FloatArray, IntArray

COMPONENTS = 20
MOST_STUDIES = 2000
"""Measures that need all pairs of studies use at most so many, evenly chosen; their memory grows with the square."""


def representation_table(x_pre: FloatArray, x_ft: FloatArray) -> dict[str, float]:
    """Similarity of two embeddings (N, d) of the same studies; NaN for all where one of them is constant."""
    x_pre, x_ft = (x[evenly(len(x), MOST_STUDIES)] for x in (x_pre, x_ft))
    pre, ft = x_pre - x_pre.mean(axis=0), x_ft - x_ft.mean(axis=0)
    moves = bool(np.ptp(x_pre, axis=0).any() and np.ptp(x_ft, axis=0).any())
    undefined = float("nan")
    return {
        "cka_debiased": debiased_cka(pre, ft) if moves else undefined,
        "procrustes_distance": procrustes_distance(pre, ft) if moves else undefined,
        "rsa_spearman": float(spearmanr(pdist(pre), pdist(ft)).statistic) if moves else undefined,
        "principal_angle_mean_deg": principal_angle(pre, ft) if moves else undefined,
        "effective_rank_pre": effective_rank(pre),
        "effective_rank_ft": effective_rank(ft),
    }


def evenly(count: int, most: int) -> IntArray:
    """Rows 0 .. count - 1, or `most` of them at equal distances."""
    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).astype(np.intp)


def debiased_cka(pre: FloatArray, ft: FloatArray) -> float:
    """Linear CKA of centred embeddings by the unbiased HSIC estimator (Song et al. 2012).

    The biased one is 0.96 on unrelated data at N = 30.
    """
    first, second = pre @ pre.T, ft @ ft.T
    scale = _hsic(first, first) * _hsic(second, second)
    return float(_hsic(first, second) / np.sqrt(scale)) if scale > 0 else float("nan")


def _hsic(first: FloatArray, second: FloatArray) -> float:
    n = len(first)
    k, m = first - np.diag(np.diag(first)), second - np.diag(np.diag(second))
    sums = k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2.0 / (n - 2) * (k.sum(axis=0) @ m.sum(axis=0))
    return float(((k * m).sum() + sums) / (n * (n - 3)))


def procrustes_distance(pre: FloatArray, ft: FloatArray) -> float:
    """Orthogonal Procrustes distance of centred unit-norm embeddings, 0 (a rotation) to sqrt 2."""
    first, second = pre / np.linalg.norm(pre), ft / np.linalg.norm(ft)
    return float(np.sqrt(max(0.0, 2.0 - 2.0 * svdvals(first.T @ second).sum())))


def principal_angle(pre: FloatArray, ft: FloatArray) -> float:
    """Mean principal angle in degrees between the patient patterns of the first 20 components."""
    count = min(COMPONENTS, min(pre.shape), min(ft.shape))
    bases = [svd(x, full_matrices=False)[0][:, :count] for x in (pre, ft)]
    return float(np.degrees(subspace_angles(*bases)).mean())


def effective_rank(x: FloatArray) -> float:
    """Effective rank (Roy & Vetterli 2007): exp of the entropy of a centred embedding's normalised singular values."""
    share = svdvals(x)
    if not share.any():
        return 0.0
    share = share[share > 0] / share.sum()
    return float(np.exp(-(share * np.log(share)).sum()))
