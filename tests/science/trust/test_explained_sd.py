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
