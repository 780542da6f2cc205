"""The part of a change that goes with the label: the effect minus the effect given the label.

A fine-tuned embedding carries its label, so every feature correlated with the label is decoded better although nothing
of the feature was learned. Decoding with the label among the covariates leaves only what goes beyond it. The errors of
the two effects nearly cancel in their difference, so it is jackknifed as a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.trust.jackknife.changes import Changes, Evidence, membership
from backend.science.trust.jackknife.effects import Estimate
from backend.science.trust.jackknife.selection import benjamini_hochberg, q_within_groups, select
from backend.science.trust.jackknife.standard_error import interval, standard_error, two_sided_p
from backend.science.trust.thresholds import Z95
from backend.science.types import FloatArray, IntArray, MaskArray


@dataclass(frozen=True, slots=True)
class LabelShare:
    """Effects given the label and what the label carries, of K features or G groups."""

    given_label: Changes
    label_borne: Estimate  # `label_borne.value` (K,)
    se: FloatArray  # of label_borne
    q: FloatArray  # of label_borne; NaN where a feature was not tested

    @property
    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Low and high end of the 95 % interval of label_borne."""
        return interval(self.label_borne.value, self.se)

    @property
    def beyond_error(self) -> MaskArray:
        """Where more of the change than chance explains goes with the label, and it makes the effect larger."""
        return np.asarray(self.label_borne.value > Z95 * self.se)


def group_label_share(without: Evidence, given: Evidence, at: Sequence[IntArray]) -> LabelShare:
    """The share of groups: q by Benjamini-Hochberg over the groups."""
    difference = without.estimates.effect.minus(given.estimates.effect).groups(at)
    se = standard_error(difference, without.group_ratio)
    q = benjamini_hochberg(two_sided_p(difference.value, se))
    return LabelShare(given.groups(at), difference, se, q)


def feature_label_share(
    without: Evidence, given: Evidence, given_label: Changes, at: Sequence[IntArray], groups: LabelShare
) -> LabelShare:
    """The share of features: q inside the groups whose own share was selected, for features above the floor."""
    difference = without.estimates.effect.minus(given.estimates.effect)
    se = standard_error(difference, without.ratio)
    selected: NDArray[np.bool_] = select(groups.q, groups.label_borne.value) != 0
    tested = without.best_r2 > without.floor
    p = two_sided_p(difference.value, se)
    q = q_within_groups(p, membership(at, len(p)), selected, tested)
    return LabelShare(given_label, difference, se, q)
