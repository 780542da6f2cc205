"""Small cohorts with a known answer for the tests of the trust block."""

import numpy as np

from backend.science.tables.feature_names import FeatureName
from backend.science.tables.join import Cohort

CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
FEATURES = tuple(FeatureName("T2", "original", CLASSES[k % 6], f"F{k:02d}") for k in range(48))


def planted(n=160, d=40, seed=0, gain=2.5, loss=0.3, drift=0.0):
    """Eight features a class, one factor a class: glcm written stronger, gldm weaker, ngtdm not at all (noise)."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 6))
    r = np.array([np.sqrt(0.8) * factors[:, k % 6] + np.sqrt(0.2) * rng.normal(size=n) for k in range(48)]).T
    directions = rng.normal(size=(6, d)) / np.sqrt(d)
    before = np.array([0.7, 0.7, 0.7, 0.7, 0.7, 0.0])
    after = before * np.array([1, gain, loss, 1, 1, 1])
    noise = rng.normal(size=(n, d)) * 0.25
    x_pre = factors * before @ directions + noise
    x_ft = factors * after @ directions + noise + drift * rng.normal(size=(n, d))
    return x_pre, x_ft, np.exp(r)


def cohort(x_pre, x_ft, r, patients=None):
    n = len(r)
    patients = patients or [f"p{i:03d}" for i in range(n)]
    return Cohort(
        study_id=tuple(f"s{i:03d}" for i in range(n)),
        patient_id=tuple(patients),
        x_pre=x_pre,
        x_ft=x_ft,
        r=r,
        features=FEATURES[: r.shape[1]],
    )
