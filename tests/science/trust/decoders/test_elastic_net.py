"""The elastic net against scikit-learn's coordinate descent."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet

from backend.science.trust.decoders.elastic_net import L1_SHARE, fit


@pytest.mark.parametrize(("n", "d"), [(80, 12), (40, 60)])
@pytest.mark.parametrize("share", [0.5, 0.15, 0.05])
def test_the_weights_equal_scikit_learns(n: int, d: int, share: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, d))
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    y = (x[:, :3] @ rng.normal(size=(3, 4)) + rng.normal(size=(n, 4))).astype(np.float32)
    y -= y.mean(axis=0)
    ours = fit(x, y, share)
    for feature in range(4):
        strength = share * np.abs(x.T @ y[:, feature]).max() / (n * L1_SHARE)
        theirs = ElasticNet(alpha=strength, l1_ratio=L1_SHARE, fit_intercept=False, max_iter=10_000, tol=1e-6)
        expected = theirs.fit(x, y[:, feature]).coef_
        np.testing.assert_allclose(ours[:, feature], expected, atol=0.02 * np.abs(expected).max())
