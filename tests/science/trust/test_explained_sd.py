import numpy as np
import pytest

from backend.errors import BadTable
from backend.science.tables.join import join
from backend.science.trust.explained_sd import explained_sd
from tests.science.lens_tables import arrays, embeddings, radiomics


@pytest.mark.parametrize("factor", [1e300, 1e160, 1e-300])
def test_the_unit_of_a_feature_does_not_change_its_explained_sd(factor):
    x, _, r = arrays(n=60)
    plain = explained_sd(x, r)
    assert plain.min() > 0
    np.testing.assert_allclose(explained_sd(x, r * factor), plain, rtol=1e-9)


def test_embeddings_whose_products_overflow_are_refused():
    x_pre, x_ft, r = arrays(n=60)
    with pytest.raises(BadTable, match=r"pre\.csv: the embedding of study 's000' has missing, infinite or absurdly"):
        join(embeddings(x_pre * 1e200, "pre.csv"), embeddings(x_ft, "ft.csv"), radiomics(r))


def test_explained_sd_is_the_root_of_r2_of_a_strong_signal_and_free_of_scale():
    rng = np.random.default_rng(0)
    z = np.maximum(rng.normal(size=(400, 6)), 0)
    signal = z @ rng.normal(size=(6, 3))
    r = np.column_stack([signal, rng.normal(size=400)])
    found = explained_sd(z, r)
    np.testing.assert_allclose(found[:3], 1, atol=0.01)
    assert found[3] < 0.2
    np.testing.assert_allclose(explained_sd(5 * z, 100 * r + 3), found, rtol=1e-8)
    np.testing.assert_allclose(explained_sd(np.column_stack([z, np.zeros(400)]), r), found, rtol=1e-12)


def test_explained_sd_equals_a_ridge_written_out():
    """Oracle: the penalised normal equations at every penalty, the one of least GCV error, and SD of the fit."""
    rng = np.random.default_rng(1)
    z, r = rng.normal(size=(60, 8)), rng.normal(size=(60, 4))
    r += z[:, :4]
    inputs, targets = (z - z.mean(axis=0)) / z.std(axis=0), (r - r.mean(axis=0)) / r.std(axis=0)
    best = None
    for penalty in np.logspace(-3, 2.5, 17):
        strength = penalty * np.trace(inputs @ inputs.T) / 60
        hat = inputs @ np.linalg.solve(inputs.T @ inputs + strength * np.eye(8), inputs.T)
        error = ((targets - hat @ targets) ** 2).sum() / (59 - np.trace(hat)) ** 2
        if best is None or error < best[0]:
            best = error, (hat @ targets).std(axis=0)
    np.testing.assert_allclose(explained_sd(z, r), best[1], rtol=1e-9)


def test_no_live_unit_explains_nothing():
    assert explained_sd(np.zeros((30, 4)), np.random.default_rng(0).normal(size=(30, 2))).tolist() == [0, 0]
