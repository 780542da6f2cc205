"""Simulated encoders of which fine-tuning keeps the content and writes new axes: of radiomics, the label, nobody's."""

from dataclasses import dataclass

import numpy as np

from backend.science.trust.jackknife.covariates import Covariate


@dataclass
class World:
    """Embeddings and tables; `truth` are the values along the new axes, in the order of `sizes`."""

    x_pre: np.ndarray
    x_ft: np.ndarray
    radiomics: np.ndarray
    names: list
    groups: list
    ids: list
    label: Covariate
    truth: np.ndarray

    def tables(self):
        return self.radiomics, self.names, self.groups, self.ids, [f"s{i:03d}" for i in range(len(self.ids))]


def world(n=200, seed=0, sizes=(1.0, 1.0, 1.0), d=40, rank=8, noise=0.1, per=8, old=8, studies=1, turn=True):
    """The new axes have variances `sizes`: what the group "fresh" measures, what the label is, what no column knows.

    The old content (`rank` directions, measured by `old` features each, plus `noise`) is rotated and scaled.
    """
    rng = np.random.default_rng([seed, 41])
    patients = n // studies

    def draw(columns):
        return np.repeat(rng.laplace(size=(patients, columns)) / np.sqrt(2), studies, axis=0)

    content, fresh = draw(rank), draw(3)
    x_pre = content @ rng.normal(size=(rank, d)) / np.sqrt(d) + noise * rng.normal(size=(n, d))
    rotation = np.linalg.qr(rng.normal(size=(d, d)))[0] if turn else np.eye(d)
    axes = np.linalg.qr(rng.normal(size=(d, 3)))[0].T
    x_ft = 1.7 * x_pre @ rotation + (fresh * np.sqrt(sizes)) @ axes + 2.0
    measured = [fresh[:, :1] + 0.2 * rng.normal(size=(n, per))]
    measured += [content[:, [i]] + 0.4 * rng.normal(size=(n, old)) for i in range(rank)]
    groups = ["fresh"] * per + [f"old{i}" for i in range(rank) for _ in range(old)]
    names = [f"feature{i}" for i in range(len(groups))]
    ids = [f"p{i // studies:03d}" for i in range(n)]
    return World(x_pre, x_ft, np.hstack(measured), names, groups, ids, Covariate("label", fresh[:, 1]), fresh)
