"""Steps 5.1 to 5.8 of the method by refitting, written apart from the package: one study a patient, one run, no label.

Only the random permutations of the floor are taken from the package, because they are draws.
"""

import numpy as np
from scipy.stats import norm, rankdata

from backend.science.trust.permutation_floor import permutation_count, permuted_rows
from tests.science.trust.jackknife.oracle import gram, held_out_sse


def residual_matrix(kernel, penalty):
    n = len(kernel)
    a = np.linalg.inv(kernel + penalty * np.eye(n))
    ones = np.ones((n, 1))
    return a - a @ ones @ ones.T @ a / (ones.T @ a @ ones)


def chance(m):
    def expected(matrix):
        return sum((matrix @ matrix)[i, i] / matrix[i, i] ** 2 for i in range(len(matrix)))

    n = len(m)
    return 1 - expected(m) / expected(np.eye(n) - np.ones((n, n)) / n)


def adjusted(p):
    """Benjamini-Hochberg, step by step from the largest."""
    q, least = np.empty(len(p)), 1.0
    for rank, at in reversed(list(enumerate(np.argsort(p, kind="stable"), start=1))):
        least = min(least, p[at] * len(p) / rank)
        q[at] = least
    return q


def effects(r2):
    pre, ft = r2
    usable = pre > 0.02
    shared = np.median((ft[usable] - pre[usable]) / pre[usable])
    return ft - pre - shared * pre


def variance(deleted):
    return (len(deleted) - 1) / len(deleted) * np.square(deleted - deleted.mean(axis=0)).sum(axis=0)


def p_of(value, se):
    return 2 * norm.cdf(-np.abs(value) / se)


class BruteForce:
    """Everything the method says of features (K,) and groups (G,) of one cohort."""

    def __init__(self, x_pre, x_ft, features, groups, seed=0):
        n = len(features)
        y = norm.ppf((np.apply_along_axis(rankdata, 0, features) - 0.5) / n)
        ids, c = np.arange(n), np.ones((n, 1))
        kernels = [gram(x_pre), gram(x_ft)]
        grid = np.logspace(-3, 2.5, 17)
        totals = [sum(held_out_sse(k, c, y, ids, penalty).sum() for k in kernels) for penalty in grid]
        self.penalty = grid[int(np.argmin(totals))]
        matrices = [residual_matrix(k, self.penalty) for k in kernels]
        r0 = np.array([chance(m) for m in matrices])

        def r2(without=None):
            null = held_out_sse(None, c, y, ids, None, without=without)
            raw = [1 - held_out_sse(k, c, y, ids, self.penalty, without=without) / null for k in kernels]
            return np.array([(one - low) / (1 - low) for one, low in zip(raw, r0, strict=True)])

        self.r2 = r2()
        self.effect = effects(self.r2)
        every = np.array([r2(patient) for patient in range(n)])
        deleted = np.array([effects(one) for one in every])
        self.names = sorted(set(groups))
        self.at = [np.flatnonzero(np.array(groups) == name) for name in self.names]
        floors = self.floors(y, matrices, r0, seed)
        self.group_flag = self.group_flags(deleted, floors)
        self.feature_flag = self.feature_flags(deleted, floors)

    def floors(self, y, matrices, r0, seed):
        n = len(y)
        null, values = np.eye(n) - 1 / n, []
        for number in range(permutation_count(n)):
            shuffled = (y - y.mean(axis=0))[permuted_rows([np.array([i]) for i in range(n)], n, seed, number)]
            sse = [np.square((m @ shuffled) / np.diag(m)[:, None]).sum(axis=0) for m in (null, *matrices)]
            values.append([(1 - one / sse[0] - low) / (1 - low) for one, low in zip(sse[1:], r0, strict=True)])
        of_groups = [[[stage[at].mean() for at in self.at] for stage in one] for one in values]
        return [
            max(0.0, float(np.quantile(np.max(one, axis=1), 0.95))) for one in (np.array(values), np.array(of_groups))
        ]

    def group_flags(self, deleted, floors):
        value = np.array([self.effect[at].mean() for at in self.at])
        se = np.sqrt(variance(np.array([deleted[:, at].mean(axis=1) for at in self.at]).T) / 2)
        self.group_q = adjusted(p_of(value, se))
        passed = (self.group_q <= 0.10) & (np.abs(value) > 0.03)
        self.selected = np.where(passed, np.sign(value), 0)
        r2 = np.array([self.r2[:, at].mean(axis=1) for at in self.at]).T
        return [
            self.word(self.selected[g], 0, r2[1, g] - r2[0, g], r2[:, g].max() > floors[1], se[g])
            for g in range(len(value))
        ]

    def feature_flags(self, deleted, floors):
        n, k = deleted.shape
        self.se = np.sqrt(variance(deleted) / 2)
        above = self.r2.max(axis=0) > floors[0]
        plain = self.within(self.effect, self.se, above)
        probable = np.zeros(k)
        if n >= 80:
            self.shrunken, shrunken_se = self.shrink(deleted)
            probable = self.within(self.shrunken, shrunken_se, above)
        lost = self.r2[1] - self.r2[0]
        return [self.word(plain[j], probable[j], lost[j], above[j], self.se[j]) for j in range(k)]

    def within(self, value, se, above):
        """Directions of features that pass inside the selected groups, with the sign of their group."""
        found, level = np.zeros(len(value)), 0.10 * np.count_nonzero(self.selected) / len(self.selected)
        for at, direction in zip(self.at, self.selected, strict=True):
            tested = at[above[at]]
            if direction and len(tested):
                passed = tested[adjusted(p_of(value[tested], se[tested])) <= level]
                found[[j for j in passed if abs(value[j]) > 0.03 and np.sign(value[j]) == direction]] = direction
        return found

    def shrink(self, deleted):
        value, se = np.empty(len(self.effect)), np.empty(len(self.effect))
        for at in self.at:
            m, e, r2 = len(at), self.effect[at], self.r2[:, at].mean(axis=0)
            a = np.clip(r2 / r2.mean(), 0, None)
            dev, dev_deleted = e - a * e.mean(), deleted[:, at] - a * deleted[:, at].mean(axis=1)[:, None]
            noise = (variance(dev_deleted) / 2).mean()
            tau2 = max(0.0, (np.square(dev).mean() - noise) * m / (m - 1))
            w = tau2 / (tau2 + noise)
            theta = w * deleted[:, at] + (1 - w) * a * deleted[:, at].mean(axis=1)[:, None]
            value[at] = w * e + (1 - w) * a * e.mean()
            se[at] = np.sqrt(variance(theta) / 2 + (1 - w) ** 2 * tau2)
        return value, se

    @staticmethod
    def word(direction, probable, gained, above, se):
        either = direction or probable
        if either > 0 and gained < 0:
            return "kept"
        if either:
            return ("" if direction else "probable_") + ("stronger" if either > 0 else "weaker")
        if not above:
            return "not_decodable"
        return "underpowered" if 2.8 * se > 0.15 else "unchanged"
