"""Kernel ridge with a Gaussian kernel, as a linear ridge on other features: tests non-linear content."""

import numpy as np
from scipy.linalg import eigh

from backend.science.trust.decoders.ridge import gram
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


def gaussian_features(x: FloatArray) -> FloatArray:
    """Features (n, n) whose inner products are the Gaussian kernel of x (n, d): a ridge on them is kernel ridge."""
    values, vectors = eigh(gaussian(gram(x)))
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))
