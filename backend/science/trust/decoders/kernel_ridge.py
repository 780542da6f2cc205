"""Kernel ridge with a Gaussian kernel, in the folds of the linear decoder: tests non-linear content."""

import numpy as np

from backend.science.types import FloatArray


def gaussian(products: FloatArray) -> FloatArray:
    """Gaussian kernel (n, n), exp(-|x - y|^2 / m), from inner products (n, n).

    m is the median squared distance of different rows; it does not depend on radiomics, so all rows may be used. Free
    of scale, rotation and offset, as the linear kernel is. Ones where all rows are equal.
    """
    norms = np.diag(products)
    squared = np.maximum(norms[:, None] + norms[None, :] - 2.0 * products, 0.0)
    middle = float(np.median(squared[np.triu_indices_from(squared, k=1)]))
    return np.exp(-squared / (middle or 1.0))
