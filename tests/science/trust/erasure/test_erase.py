"""Erasing in closed form against explicit projections of the embedding and rescoring of an explicit head."""

import numpy as np
import pytest

from backend.science.trust.decoders.ridge import gram
from backend.science.trust.erasure.erase import erase
from backend.science.trust.erasure.fold import fit_fold
from backend.science.trust.erasure.linear_head import LinearHead


def setting(n, d, outputs=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)) @ rng.normal(size=(4, d)) + 0.5 * rng.normal(size=(n, d)) + 3
    label = np.eye(outputs)[np.digitize(x[:, 0] + rng.normal(size=n), np.quantile(x[:, 0], [1 / 3, 2 / 3]))]
    return x, label, rng.normal(size=(n, 6, 2)) + x[:, :6, None], np.arange(n) % 4 == 1


def projection(x, z, penalty):
    """LEACE from its definition: I - S (B'S)^-1 B', for centred training embeddings and concepts."""
    scale = np.square(x).sum() / len(x)  # any scale gives the same decoder direction for the same ridge
    decoder = np.linalg.solve(x.T @ x / scale + penalty * np.eye(x.shape[1]), x.T @ z)
    pattern = x.T @ z
    return np.eye(x.shape[1]) - pattern @ np.linalg.solve(decoder.T @ pattern, decoder.T)


def explicit(x, label, z, held_out, fold, head):
    """Loss of the head on projected minus on plain held-out embeddings, and the head's own errors."""
    train = ~held_out
    mean, centre = x[train].mean(axis=0), label[train].mean(axis=0)
    own, concept = x[train] - mean, z[train] - z[train].mean(axis=0)
    whole = gram(x)
    factor = (whole[np.ix_(train, train)][0, 0] + 0) / ((x[train][0] - x.mean(axis=0)) @ (x[train][0] - x.mean(axis=0)))
    total = np.square(own).sum() / len(own) * factor
    p = projection(own, concept, fold.penalty / total)
    if head is None:
        w = own.T @ np.linalg.solve(
            own @ own.T * factor + head_penalty(own, label[train] - centre, factor), label[train] - centre
        )
        weights, bias = w * factor, centre
    else:
        outputs = head.outputs(x)
        scale = np.linalg.lstsq(outputs[train] - outputs[train].mean(axis=0), label[train] - centre, rcond=None)[0]
        weights, bias = head.weights.T @ scale, centre
    plain = label[held_out] - (x[held_out] - mean) @ weights - bias
    erased = label[held_out] - (x[held_out] - mean) @ p.T @ weights - bias
    return np.square(erased).sum(axis=1) - np.square(plain).sum(axis=1), plain, p


def head_penalty(own, label, factor):
    from backend.science.trust.erasure.fold import gcv_penalty

    values, vectors = np.linalg.eigh(own @ own.T * factor)
    return gcv_penalty(np.clip(values, 0, None), np.square(vectors.T @ label).sum(axis=1)) * np.eye(len(own))


@pytest.mark.parametrize(("n", "d"), [(60, 20), (40, 90)])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("width", [1, 2])
def test_erasing_equals_projecting_the_embedding_and_scoring_again(n, d, given, width):
    x, label, concepts, held_out = setting(n, d)
    concepts = concepts[:, :, :width]
    head = LinearHead(np.random.default_rng(1).normal(size=(4, d)), np.ones(4)) if given else None
    fold = fit_fold(gram(x), held_out, label, head and head.outputs(x), concepts[:, :, 0])
    erased = erase(fold, concepts)
    for number in range(concepts.shape[1]):
        loss, plain, p = explicit(x, label, concepts[:, number], held_out, fold, head)
        np.testing.assert_allclose(fold.error, plain, atol=1e-10)
        np.testing.assert_allclose(erased.loss[:, number], loss, atol=1e-10)
        own = x[~held_out] - x[~held_out].mean(axis=0)
        taken = np.square(own - own @ p.T).sum() / np.square(own).sum()
        assert erased.removed[number] == pytest.approx(taken, rel=1e-9)


def test_nothing_linear_of_the_concept_is_left_in_training_patients():
    x, label, concepts, held_out = setting(60, 20)
    fold = fit_fold(gram(x), held_out, label, None, concepts[:, :, 0])
    own = x[~held_out] - x[~held_out].mean(axis=0)
    z = concepts[~held_out][:, 0] - concepts[~held_out][:, 0].mean(axis=0)
    left = own @ projection(own, z, fold.penalty).T
    np.testing.assert_allclose(left.T @ z, 0, atol=1e-9)
    np.testing.assert_allclose(left @ projection(own, z, fold.penalty).T, left, atol=1e-9)


def test_a_constant_concept_is_not_erased():
    x, label, concepts, held_out = setting(60, 20)
    for width in (1, 2):
        fold = fit_fold(gram(x), held_out, label, None, concepts[:, :, 0])
        erased = erase(fold, np.ones((60, 2, width)))
        assert not erased.loss.any()
        assert not erased.removed.any()
