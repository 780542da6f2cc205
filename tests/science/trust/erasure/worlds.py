"""Simulated fine-tuned embeddings: factors carried equally, of which a linear rule on the embedding uses some."""

import numpy as np

from backend.science.trust.jackknife.covariates import Covariate

FACTORS = 8


def world(n=150, seed=0, weights=(1.0,), classes=0, noise=0.7, d=50, each=6, studies=1):
    """x (n, d), features (n, K), label, ids and groups. The label is sum weights_i factor_i + noise.

    Factors have t-distributed values and the same strength; features of factor i are in group f"g{i}"; the last group,
    "noise", is in no embedding. With `studies` > 1 a patient has several studies of the same factors.
    """
    rng = np.random.default_rng([seed, 31])
    patients = n // studies
    factors = np.repeat(rng.standard_t(8, size=(patients, FACTORS)), studies, axis=0)
    pattern = np.linalg.qr(rng.normal(size=(d, FACTORS)))[0].T
    x = factors @ pattern + 0.25 * rng.normal(size=(n, d)) * np.exp(rng.normal(size=d) * 0.3)
    value = factors[:, : len(weights)] @ np.array(weights) + noise * np.repeat(rng.normal(size=patients), studies)
    features = np.repeat(factors, each, axis=1) + 0.6 * rng.normal(size=(n, FACTORS * each))
    features = np.hstack([features, rng.normal(size=(n, each))])
    groups = [f"g{i}" for i in range(FACTORS) for _ in range(each)] + ["noise"] * each
    cuts = np.quantile(value, np.arange(1, classes) / classes) if classes else []
    label = np.array([f"class {i}" for i in np.digitize(value, cuts)]) if classes else value
    return x, features, Covariate("label", label), [f"p{i // studies:03d}" for i in range(n)], groups
