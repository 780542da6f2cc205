"""Alerts of the trust block."""

from collections.abc import Sequence

import numpy as np

from backend.science.alert import Alert
from backend.science.lens.scores import grouped
from backend.science.tables.feature_names import FeatureName
from backend.science.tables.glossary import group_words
from backend.science.text_format import counted, named, number, percent, signed
from backend.science.trust.block import Trust
from backend.science.trust.jackknife.deletions import MOST_ALONE, Deletions
from backend.science.trust.jackknife.effects import FEWEST_DECODABLE
from backend.science.trust.jackknife.flags import FEWEST_PATIENTS as FEWEST_FLAGGED
from backend.science.types import FloatArray

GLOBAL_CHANGE = 0.3
COLLAPSED = 0.5
SAME_INFORMATION = 1e-3
MOVED = 0.05
LOST, HAD = -0.02, 0.05
CHANCE_SHARE = 0.1
FEWEST_PATIENTS = 80
MAJORITY = 0.6
FLAGGED = ("stronger", "weaker", "kept")


def trust_alerts(
    trust: Trust, features: Sequence[FeatureName], i_pre: FloatArray, i_ft: FloatArray, n_patients: int
) -> list[Alert | None]:
    """List the alerts in order of importance, None where one does not apply; i_pre, i_ft: importances (K,)."""
    changes = trust.features
    r2 = np.stack([changes.r2_pre, changes.r2_ft])
    n_decodable = int((r2[0] > trust.permutation_floor).sum())
    rank = (trust.representation["effective_rank_pre"], trust.representation["effective_rank_ft"])
    return [
        rows_mismatched(r2, held_out_r2(r2, trust), trust.permutation_floor, n_patients),
        too_few_patients(n_patients),
        deleted_in_groups(trust.change.deletions),
        nothing_changed(r2, i_pre, i_ft),
        collapse(trust.shared_change, rank),
        global_change(trust.shared_change, trust.change.shared_change_se, n_decodable),
        most_groups_moved(trust),
        no_shared_change(trust.shared_change),
        controls_changed(trust),
        *(covariate_left_out(sentence) for sentence in trust.change.dropped_covariates),
        projection_swap_disagrees(features, i_ft - i_pre, trust.projection_swap.delta_i),
    ]


def held_out_r2(r2: FloatArray, trust: Trust) -> FloatArray:
    """R2 (2, K) as it was held out, before the R2 of chance was taken off."""
    chance = np.array([trust.change.chance_r2[0], trust.change.chance_r2[1:].mean()])[:, None]
    return np.asarray(chance + r2 * (1 - chance))


def rows_mismatched(r2: FloatArray, held_out: FloatArray, floor: float, n_patients: int) -> Alert | None:
    """Warn where more than half of the features with r2_pre > 0.05 fall below -0.02, held out.

    r2 is (2, K) above chance, `held_out` before chance was taken off. "Decodable" needs R2 above the permutation floor
    too, a tenth of all features and 80 patients: in less a high R2 before by chance falls below zero by regression to
    the mean. R2 about zero can also mean that the encoder lost the content; rows of other studies are decoded worse
    than by their mean, so R2 is below zero.
    """
    decodable = r2[0] > max(HAD, floor)
    if n_patients < FEWEST_PATIENTS or decodable.mean() < CHANCE_SHARE:
        return None
    after = held_out[1, decodable]
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
        f"{percent(shift)} for the middle feature): the embedding was only scaled, rotated or shifted, and ΔI measures "
        "that.",
        "Importance is the length of a weight vector behind a projection fitted on the pre-trained stage; writing the "
        "same content in other units or along other axes changes those weights, not what the embedding carries.",
    )


def global_change(shared_change: float, standard_error: float, n_decodable: int) -> Alert | None:
    """Warn where the shared change is beyond 0.3 and twice its error, with 10 features above the floor before.

    In a small cohort it is below zero by chance: features are chosen by an R2 before that is high by chance.
    """
    if not abs(shared_change) > max(GLOBAL_CHANGE, 2 * standard_error) or n_decodable < FEWEST_DECODABLE:
        return None
    verb = "lost" if shared_change < 0 else "gained"
    return Alert(
        "global_change",
        f"A global change dominates: the middle feature {verb} {percent(abs(shared_change))} of its R² "
        f"(shared change {number(shared_change)}). The trust effect compares with it, not with before; read it "
        "beside ΔR².",
        "After a large common change, a feature that only lost less than the others has a positive effect although its "
        "own R² fell.",
    )


def no_shared_change(shared_change: float) -> Alert | None:
    """Warn where the shared change is NaN: too few features can be decoded."""
    if not np.isnan(shared_change):
        return None
    return Alert(
        "no_shared_change",
        "Fewer than 10 features can be decoded before fine-tuning: the change that all features share cannot be "
        "computed, and the trust effect is plain ΔR².",
        "The shared change is the median of ΔR² / R² over features with R² above 0.02; of a few it would be chance.",
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
    differ = [group_words(group) for group, at in groups if delta_i[at].mean() * swap_delta_i[at].mean() < 0]
    if not differ:
        return None
    return Alert(
        "swap_disagrees",
        f"ΔI changes its sign in {len(differ)} of {len(groups)} groups when the shared projection is fitted on the "
        f"fine-tuned stage instead ({named(differ)}): there ΔI says which stage the projection was fitted on.",
        "A projection reads the stage it was fitted on better. A real shift keeps its direction whichever stage that "
        "is; one that turns around is a property of the method.",
    )


def too_few_patients(n_patients: int) -> Alert | None:
    """Warn below 40 patients: nothing is flagged."""
    if n_patients >= FEWEST_FLAGGED:
        return None
    return Alert(
        "too_few_patients",
        f"{counted(n_patients, 'patient is', 'patients are')} too few for flags; {FEWEST_FLAGGED} are needed. Effects "
        "are shown without a verdict.",
        "In so small a cohort the errors themselves are uncertain, and a flag would often be chance.",
    )


def deleted_in_groups(deletions: Deletions) -> Alert | None:
    """Say that patients were left out in groups."""
    if not deletions.grouped:
        return None
    return Alert(
        "deleted_in_groups",
        f"Errors come from leaving out {len(deletions)} random groups of patients, because there are more than "
        f"{MOST_ALONE} patients. Influence is that of a group.",
        "Leaving out each patient alone would give the same errors within a few percent, at many times the cost.",
    )


def collapse(shared_change: float, effective_rank: tuple[float, float]) -> Alert | None:
    """Warn where the middle feature lost half of its R2 and the embedding half of its effective rank."""
    before, after = effective_rank
    if not (shared_change < -COLLAPSED and after < COLLAPSED * before):
        return None
    return Alert(
        "collapse",
        f"The fine-tuned embedding has collapsed: its effective rank fell from {before:.0f} to {after:.0f}, and the "
        f"middle feature lost {percent(abs(shared_change))} of its R². A feature that lost less is called kept, not "
        "stronger.",
        "An encoder trained from scratch, or with too high a rate, forgets what it carried; what it lost least has "
        "gained nothing.",
    )


def most_groups_moved(trust: Trust) -> Alert | None:
    """Warn where R2 of most groups (modality x class) moved in one direction beyond its interval.

    The shared change follows them, and a group that did not move then differs from the typical feature.
    """
    grouping = next(one for one in trust.groupings if one.grouping == "modality_class")
    low, high = grouping.changes.delta_r2_interval
    for moved, verb, other in ((low > 0, "gained", "weaker"), (high < 0, "lost", "stronger or kept")):
        if len(moved) > 2 and moved.mean() > MAJORITY and not np.isnan(trust.shared_change):
            return Alert(
                "most_groups_moved",
                f"{int(moved.sum())} of {len(moved)} groups {verb} R² (shared change {signed(trust.shared_change)}): "
                f"{other} here means less than the typical feature {verb}. Read ΔR² beside the effect.",
                "The effect compares a feature with the typical one. Where most moved, an untouched one has an "
                "effect in the other direction.",
            )
    return None


def controls_changed(trust: Trust) -> Alert | None:
    """Warn where groups are flagged although the control runs learned shuffled labels."""
    if trust.controls is None:
        return None
    groups = trust.controls.groups
    flagged = [
        group_words(name)
        for name, flag in zip(trust.controls.group_names, groups.flag.tolist(), strict=True)
        if flag in FLAGGED
    ]
    if not flagged:
        return None
    return Alert(
        "controls_changed",
        f"The control runs, trained on shuffled labels, changed {len(flagged)} of {len(groups.flag)} groups too "
        f"({named(flagged)}): there a change need not come from the task.",
        "Training itself moves an embedding, whatever the labels say. What the controls show as well may be that.",
    )


def covariate_left_out(sentence: str) -> Alert:
    """State which covariate could not be used."""
    return Alert(
        "covariate_left_out",
        sentence,
        "A level that one or two patients have cannot be told from these patients themselves.",
    )
