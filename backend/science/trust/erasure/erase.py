"""Erasing concepts from an embedding, and what the task head loses by it, in closed form.

Least-squares concept erasure (LEACE, Belrose et al. 2023) removes from x all that tells a concept Z linearly and
changes x least:

    x' = x - S (B' S)^-1 B' (x - mean),    S = X'Z,    B = (X'X + l I)^-1 X'Z.

S is the covariance of embedding and concept in training patients, B their decoder. No linear read-out of x' covaries
with Z in these patients, for any l; the ridge l, that of the decoder, is needed where there are fewer patients than
dimensions. A linear head's outputs f follow without x' itself: with the decoded values g(x) = B' (x - mean),

    f(x') = f(x) - A' g(x),    A = (Z' G)^-1 Z' F,    G, F: decoded values and outputs of the training patients.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.trust.erasure.fold import Fold
from backend.science.types import FloatArray

NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing each of B concepts does to the h held-out rows of a fold."""

    loss: FloatArray  # (h, B) squared error of the head after erasing minus before, summed over its outputs
    decoding_error: FloatArray  # (h, B) squared error of the decoded concept
    concept: FloatArray  # (h, B) its squared distance from the training mean
    removed: FloatArray  # (B,) share of the training variance of the embedding that is erased


def erase(fold: Fold, concepts: FloatArray) -> Erased:
    """Erase each concept (n, B, q), of q columns, alone."""
    n, b, q = concepts.shape
    flat = concepts.reshape(n, b * q)
    centred = flat - flat[fold.train].mean(axis=0)
    projected = fold.vectors.T @ centred[fold.train]
    kept = fold.kept
    decoded = (fold.cross @ (projected / (fold.values + fold.penalty)[:, None])).reshape(-1, b, q)
    z = projected.reshape(-1, b, q)
    inverse = _inverses(_products(z, kept))  # (Z'G)^-1
    slope = inverse @ (projected.T @ fold.fitted).reshape(b, q, -1)  # A
    change = np.einsum("hbq,bqc->hbc", decoded, slope)
    loss = 2.0 * np.einsum("hc,hbc->hb", fold.error, change) + np.square(change).sum(axis=2)
    own = centred[fold.test].reshape(-1, b, q)
    spread, variance = _products(z, fold.values), _products(z, kept**2)  # S'S, G'G
    removed = np.einsum("bij,bji->b", spread @ inverse, variance @ inverse) / (fold.values.sum() or 1.0)
    return Erased(loss, np.square(own - decoded).sum(axis=2), np.square(own).sum(axis=2), removed)


def _products(z: FloatArray, weights: FloatArray) -> FloatArray:
    """(B, q, q) z' diag(weights) z of every concept (m, B, q)."""
    return np.asarray(np.einsum("mbi,mbj->bij", z, weights[:, None, None] * z))


def _inverses(matrices: FloatArray) -> FloatArray:
    """Inverses (B, q, q) of symmetric matrices; what is not there (a constant concept) is not erased: 0."""
    if matrices.shape[1] == 1:
        return np.divide(1.0, matrices, out=np.zeros_like(matrices), where=matrices > NOTHING)
    return np.asarray(np.linalg.pinv(matrices, rcond=1e-10, hermitian=True))
