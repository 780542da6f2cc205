"""Which features and groups the task head uses: they are erased from the fine-tuned embedding, and the head is scored.

"Decodable" does not mean "used". Here a feature is used where the head loses more without it than without a random
direction of the same variance, and more than without a feature of the wrong patients.
"""

from collections.abc import Sequence

import numpy as np

from backend.errors import BadSettings, BadTable
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.erasure.concepts import (
    FEATURE_CONTROLS,
    GROUP_CONTROLS,
    group_components,
    permuted_concepts,
    random_concepts,
)
from backend.science.trust.erasure.folds import patient_folds
from backend.science.trust.erasure.label_targets import label_targets
from backend.science.trust.erasure.linear_head import LinearHead
from backend.science.trust.erasure.losses import ConceptLosses, HeadLosses, erasure_losses
from backend.science.trust.erasure.use import Concepts, Use, erased_use, head_skill, joined, refit_ratio
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.types import FloatArray, IntArray

FEWEST_A_FOLD = 2


def feature_use(
    x_ft: FloatArray | Sequence[FloatArray],
    radiomics: FloatArray,
    label: Covariate,
    patient_id: Sequence[str],
    groups: Sequence[str],
    *,
    head: LinearHead | Sequence[LinearHead] | None = None,
    folds: int = 5,
    repeats: int = 3,
    seed: int = 0,
) -> Use:
    """Erase every feature, and the subspace of every group, and measure what the task head loses.

    Parameters
    ----------
    x_ft : embeddings (n, d) after fine-tuning, or those of T runs of one recipe.
    radiomics : (n, K) features; they are rank-normalised.
    label : what the task learned: numbers, or class names.
    patient_id : (n,) patient of every study; folds are by patient.
    groups : (K,) group of every feature.
    head : the task's linear head, one for all runs or one a run; else a ridge head is cross-validated on the label.
    folds, repeats, seed : of the cross-validation, and of the controls.

    Raises BadTable for values that are missing or do not fit, BadSettings for fewer than 2 folds or 1 repeat.
    """
    runs = [x_ft] if isinstance(x_ft, np.ndarray) else list(x_ft)
    heads = [head] * len(runs) if head is None or isinstance(head, LinearHead) else list(head)
    patients = PatientRows.of(patient_id)
    _check(runs, heads, radiomics, patients, groups, (folds, repeats))
    targets = label_targets(label, len(radiomics))
    scores = Ranks.of(radiomics).normal_scores(np.ones(len(radiomics), dtype=bool))
    names, group_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    components = [group_components(scores[:, group_of == number]) for number in range(len(names))]
    widths = sorted({one.shape[1] for one in components})
    at = [np.array([one.shape[1] == width for one in components]) for width in widths]
    concepts = [scores[:, :, None]]
    concepts += [np.stack([one for one in components if one.shape[1] == width], axis=1) for width in widths]
    splits = patient_folds(patient_id, folds, repeats, seed)
    found = [
        _run(x, targets, None if own is None else own.outputs(x), concepts, patients, splits, seed)
        for x, own in zip(runs, heads, strict=True)
    ]
    losses = [run[0] for run in found]
    ratio = refit_ratio(folds)
    head_r2, low, high = head_skill(losses)
    parts = [
        erased_use(Concepts(*zip(*(run[1][i] for run in found), strict=True)), losses, low > 0, ratio)
        for i in range(len(concepts))
    ]
    return Use(
        group_names=tuple(names.tolist()),
        features=parts[0],
        groups=joined(parts[1:], at),
        head_given=head is not None,
        head_r2=head_r2,
        head_low=low,
        head_high=high,
        n_runs=len(runs),
    )


def _run(
    x: FloatArray,
    label: FloatArray,
    outputs: FloatArray | None,
    concepts: Sequence[FloatArray],
    patients: PatientRows,
    splits: IntArray,
    seed: int,
) -> tuple[HeadLosses, list[tuple[ConceptLosses, ConceptLosses, ConceptLosses]]]:
    """Losses of one run: of the head, and of each array of concepts, its permuted and its random controls."""
    everything = list[FloatArray]()
    lists = patients.as_lists()
    for number, own in enumerate(concepts):
        width = own.shape[2]
        count = GROUP_CONTROLS if number else FEATURE_CONTROLS
        everything += [own, permuted_concepts(own, lists, count, seed), random_concepts(x, width, count, seed)]
    head, losses = erasure_losses(x, label, outputs, everything, patients, splits)
    return head, list(zip(losses[0::3], losses[1::3], losses[2::3], strict=True))


def _check(
    runs: Sequence[FloatArray],
    heads: Sequence[LinearHead | None],
    radiomics: FloatArray,
    patients: PatientRows,
    groups: Sequence[str],
    plan: tuple[int, int],
) -> None:
    n, k = radiomics.shape
    if not runs or any(len(x) != n for x in runs) or len(patients.number) != n or len(groups) != k:
        raise BadTable(
            f"The embeddings, patient ids and groups do not fit radiomics of {n} studies and {k} features; give a row "
            "each per study, and a group per feature."
        )
    if not all(np.isfinite(values).all() for values in (*runs, radiomics)):
        raise BadTable("Embeddings or radiomics have missing or infinite values; drop these studies or features.")
    if len(heads) != len(runs):
        raise BadTable(f"There are {len(heads)} heads for {len(runs)} runs; give one for all, or one a run.")
    folds, repeats = plan
    if folds < 2 or repeats < 1 or len(patients) < FEWEST_A_FOLD * folds:
        raise BadSettings(
            f"{folds} folds, {repeats} times, do not fit {len(patients)} patients; take 2 folds or more, of 2 patients "
            "or more, and 1 repeat or more."
        )
