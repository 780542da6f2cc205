"""Alerts of the trust block."""

from collections.abc import Sequence

import numpy as np

from backend.science.alert import Alert
from backend.science.lens.scores import grouped
from backend.science.tables.feature_names import FeatureName
from backend.science.text_format import named, number
from backend.science.trust.block import Trust
from backend.science.trust.effect_tests import FEWEST_DECODABLE
from backend.science.types import FloatArray

GLOBAL_CHANGE = 0.3
FEW_REPLICATES = 100
SAME_INFORMATION = 1e-3
MOVED = 0.05
LOST, HAD = -0.02, 0.05
CHANCE_SHARE = 0.1
FEWEST_PATIENTS = 80


def trust_alerts(
    trust: Trust, features: Sequence[FeatureName], i_pre: FloatArray, i_ft: FloatArray, n_patients: int
) -> list[Alert | None]:
    """List the alerts in order of importance, None where one does not apply; i_pre, i_ft: importances (K,)."""
    n_decodable = int((trust.features.r2[0] > trust.permutation_floor).sum())
    return [
        rows_mismatched(trust.features.r2, trust.permutation_floor, n_patients),
        nothing_changed(trust.features.r2, i_pre, i_ft),
        global_change(trust.shared_change, trust.comparison.shared_change_se, n_decodable),
        no_shared_change(trust.shared_change),
        projection_swap_disagrees(features, i_ft - i_pre, trust.projection_swap.delta_i),
        few_replicates(len(trust.replicates)),
    ]


def rows_mismatched(r2: FloatArray, floor: float, n_patients: int) -> Alert | None:
    """Warn where more than half of the features with r2_pre > 0.05 fall below -0.02.

    r2 is (2, K). "Decodable" needs R2 above the permutation floor too, a tenth of all features and 80 patients: in less
    a high R2 before by chance falls below zero by regression to the mean. R2 about zero can also mean that the encoder
    lost the content; rows of other studies are decoded worse than by their mean, so R2 is below zero.
    """
    decodable = r2[0] > max(HAD, floor)
    if n_patients < FEWEST_PATIENTS or decodable.mean() < CHANCE_SHARE:
        return None
    after = r2[1, decodable]
    if not np.mean(after < LOST) > 0.5:
        return None
    return Alert(
        "rows_mismatched",
        f"{int((after <= max(floor, 0.0)).sum())} of {len(after)} features that the pre-trained embedding carries "
        "cannot be read from the fine-tuned one at all: its rows are probably matched to the wrong studies (check its "
        "ids), or it carries nothing.",
        "Embeddings saved in another order than their ids look exactly like an encoder that forgot everything. This "
        "was tested with a ridge from the embedding itself, which scaling and rotating an embedding cannot mislead.",
    )


def nothing_changed(r2: FloatArray, i_pre: FloatArray, i_ft: FloatArray) -> Alert | None:
    """Warn where every delta R2 is below 0.001 while importances moved by more than 5 %."""
    moved = i_pre > 0
    if not moved.any() or np.abs(r2[1] - r2[0]).max() >= SAME_INFORMATION:
        return None
    shift = float(np.median(np.abs(i_ft - i_pre)[moved] / i_pre[moved]))
    if shift <= MOVED:
        return None
    return Alert(
        "information_unchanged",
        f"Every feature can be read from the fine-tuned embedding exactly as well as before, yet ΔI moved (by "
        f"{shift:.0%} for the middle feature): the embedding was only scaled, rotated or shifted, and ΔI measures "
        "that.",
        "Importance is the length of a weight vector behind a projection fitted on the pre-trained stage; writing the "
        "same content in other units or along other axes changes those weights, not what the embedding carries.",
    )


def global_change(b: float, standard_error: float, n_decodable: int) -> Alert | None:
    """Warn where |b| > 0.3 and twice its error, with at least 10 features above the permutation floor before.

    In a small cohort b is below zero by chance: features are chosen by an R2 before that is high by chance.
    """
    if not abs(b) > max(GLOBAL_CHANGE, 2 * standard_error) or n_decodable < FEWEST_DECODABLE:
        return None
    verb = "lost" if b < 0 else "gained"
    return Alert(
        "global_change",
        f"A global change dominates: the middle feature {verb} {abs(b):.0%} of its R² (b = {number(b)}). The trust "
        "effect is what a feature did beyond that; read it beside ΔR².",
        "After a large common change, a feature that only lost less than the others has a positive effect although its "
        "own R² fell.",
    )


def no_shared_change(b: float) -> Alert | None:
    """Warn where b is NaN: too few features can be decoded."""
    if not np.isnan(b):
        return None
    return Alert(
        "no_shared_change",
        "Fewer than 10 features can be decoded before fine-tuning: the change all features share (b) cannot be "
        "computed, and the trust effect is plain ΔR².",
        "b is the median of ΔR² / R² over features with R² above 0.02; of a handful it would be chance.",
    )


def projection_swap_disagrees(
    features: Sequence[FeatureName], delta_i: FloatArray, swap_delta_i: FloatArray
) -> Alert | None:
    """Warn where the mean delta I of groups (modality x class) changes sign under the projection swap."""
    if np.isnan(swap_delta_i).any():
        return Alert(
            "swap_not_computed",
            "Too few studies for the swap (fitting the shared projection on the fine-tuned stage instead): whether "
            "ΔI depends on the stage the projection was fitted on cannot be said.",
            "Two thirds of the studies must be more than 1.5 times the live hidden units; use more studies or a "
            "smaller --hidden.",
        )
    groups = [(group, at) for grouping, group, at in grouped(features) if grouping == "modality_class"]
    differ = [group.replace("_", " ") for group, at in groups if delta_i[at].mean() * swap_delta_i[at].mean() < 0]
    if not differ:
        return None
    return Alert(
        "swap_disagrees",
        f"ΔI changes its sign in {len(differ)} of {len(groups)} groups when the shared projection is fitted on the "
        f"fine-tuned stage instead ({named(differ)}): there ΔI says which stage the projection was fitted on.",
        "A projection reads the stage it was fitted on better. A real shift keeps its direction whichever stage that "
        "is; one that turns around is a property of the method.",
    )


def few_replicates(count: int) -> Alert | None:
    """Warn where errors rest on fewer than 100 bootstrap replicates."""
    if count >= FEW_REPLICATES:
        return None
    return Alert(
        "few_replicates",
        f"Errors rest on {count} bootstrap replicates; use 100 or more (200 by default) before quoting an interval.",
        f"With {count} replicates a standard error is itself uncertain by about {1 / np.sqrt(2 * (count - 1)):.0%}.",
    )
