"""Small simulated cohorts: six factors, one a group of features, written into embeddings before and after."""

import numpy as np

GROUPS = tuple(f"T2_{name}" for name in ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm"))


def patients(n, repeats=0):
    """Ids of n studies; the last `repeats` studies belong to the first patients."""
    return [f"p{i:03d}" for i in range(n - repeats)] + [f"p{i // 2:03d}" for i in range(repeats)]


def simulate(n=60, k=60, d=30, seed=0, after=(1, 1, 1, 1, 1, 1), runs=1, noise=0.5, label=None, write=0.0):
    """x_pre (n, d), `runs` embeddings after, features (n, k) and their groups.

    `after` is how strongly each factor is written by fine-tuning. `label` (n,) is part of the second factor where
    given, and fine-tuning writes it `write` times along a direction of its own.
    """
    rng = np.random.default_rng([seed, 5])
    factors = rng.standard_normal((n, 6))
    if label is not None:
        factors[:, 1] = 0.8 * label + 0.6 * factors[:, 1]
    group = np.arange(k) % 6
    features = np.sqrt(0.7) * factors[:, group] + np.sqrt(0.3) * rng.standard_normal((n, k))
    directions = rng.standard_normal((7, d)) / np.sqrt(d)
    nuisance = rng.standard_normal((n, d)) * noise / np.sqrt(2)
    signal = factors * np.asarray(after, dtype=float) @ directions[:6]
    if label is not None:
        signal = signal + write * label[:, None] * directions[6]
    stages = [factors @ directions[:6] + nuisance + rng.standard_normal((n, d)) * noise / np.sqrt(2)]
    stages += [signal + nuisance + rng.standard_normal((n, d)) * noise / np.sqrt(2) for _ in range(runs)]
    return stages[0], stages[1:], features, [GROUPS[g] for g in group]
