"""Alerts of the paper block: conditions that weaken its results, each a code, one sentence and why it matters.

Thresholds: method of the paper block (N <= 1.5 x live units, condition number 1e6, 25 % dead units, in-sample minus
held-out R2 0.2) and the table checks. The order of the list is the order of importance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from backend.science.alert import Alert
from backend.science.lens.scores import StageScores, mean_of
from backend.science.text_format import count, counted, named, number, words_only

SINGLE_FEATURE_STUDIES = 200
STUDIES_PER_LIVE_UNIT = 1.5
CONDITION_LIMIT = 1e6
DEAD_SHARE_LIMIT = 0.25
OPTIMISM_LIMIT = 0.2
COMMON_SHIFT_LIMIT = 1.25
STAGE_WORDS = {"pre": "pre-trained", "ft": "fine-tuned"}


def paper_alone() -> Alert:
    """Alert of an analysis without a trust block."""
    return Alert(
        "paper_block_alone",
        "ΔI is shown without a trust check: taken alone it can have the wrong sign.",
        "ΔI is the change of a weight norm, not of explanatory power. When a radiomic factor is written twice as "
        "strongly "
        "into the embedding, its weights get smaller, so a gain can look like a loss. Read ΔI beside held-out R².",
    )


def few_studies(n_rows: int, live_units: int) -> Alert | None:
    """Alert at 1.5 or fewer studies per live hidden unit."""
    if n_rows > STUDIES_PER_LIVE_UNIT * live_units:
        return None
    return Alert(
        "few_studies",
        f"The decoders were solved on {n_rows} studies for {live_units} live hidden units (at most 1.5 studies a "
        "unit): "
        "importances are unstable; use more studies or a smaller --hidden.",
        "With about as many weights as studies, least squares reproduces noise: the in-sample fit looks perfect "
        "and the "
        "weights change completely with one patient more or less.",
    )


def ill_conditioned(condition_number: float, stage: str) -> Alert | None:
    """Alert at a condition number of the projections above 1e6."""
    if condition_number <= CONDITION_LIMIT:
        return None
    return Alert(
        f"ill_conditioned_{stage}",
        f"The shared projection of the {STAGE_WORDS[stage]} stage has condition number {condition_number:.1e} "
        "(limit 1e6): its importances are dominated by nearly equal hidden units.",
        "Nearly equal hidden units can carry huge weights of opposite sign that cancel; importance adds them up.",
    )


def dead_units(live_units: int, hidden: int, stage: str, standardise_x: str) -> Alert | None:
    """Alert at more than 25 % hidden units that are zero for every study."""
    dead = hidden - live_units
    if dead <= DEAD_SHARE_LIMIT * hidden:
        return None
    advice = " Use --standardise-x pre." if standardise_x == "none" else ""
    return Alert(
        f"dead_units_{stage}",
        f"{dead} of {hidden} hidden units are zero for every study of the {STAGE_WORDS[stage]} stage.{advice}",
        "A dead unit carries nothing: the projection is narrower than it says, and a unit that dies in one stage only "
        "makes importances incomparable.",
    )


def optimistic(scores: StageScores, stage: str) -> Alert | None:
    """Alert when in-sample R2 exceeds held-out R2 by more than 0.2."""
    r2_in_sample, r2_held_out = mean_of(scores.r2_in_sample), mean_of(scores.r2)
    if not r2_in_sample - r2_held_out > OPTIMISM_LIMIT:
        return None
    return Alert(
        f"optimistic_{stage}",
        f"The paper's R² of the {STAGE_WORDS[stage]} stage is {number(r2_in_sample)} on the studies it was fitted on "
        f"and {number(r2_held_out)} on held-out ones: read the held-out value.",
        "The gap is what least squares memorised; it says nothing about the encoder.",
    )


def common_shift(i_pre: NDArray[np.float64], i_ft: NDArray[np.float64]) -> Alert | None:
    """Alert when the median of I_ft / I_pre lies outside 1 / 1.25 .. 1.25: the whole importance scale changed."""
    ratio = float(np.median(i_ft[i_pre > 0] / i_pre[i_pre > 0])) if np.any(i_pre > 0) else 1.0
    if 1 / COMMON_SHIFT_LIMIT <= ratio <= COMMON_SHIFT_LIMIT:
        return None
    return Alert(
        "common_shift",
        f"Importances of all features moved together (the middle one to {ratio:.2f} of its size): most of ΔI is "
        "a change "
        "of the embedding as a whole, not of single features.",
        "Scaling, shifting or rotating an embedding changes no information, yet it changes every importance; a "
        "projection "
        "fitted on the pre-trained stage turns such a change into ΔI for every feature.",
    )


def rows_mismatched(r2_pre: NDArray[np.float64], r2_ft: NDArray[np.float64]) -> Alert | None:
    """Alert when over half of the features with held-out r2_pre > 0.05 fall below -0.02 after fine-tuning."""
    decodable = r2_pre > 0.05
    if decodable.sum() < 0.5 * len(r2_pre) or not np.mean(r2_ft[decodable] < -0.02) > 0.5:
        return None
    return Alert(
        "rows_mismatched",
        "Held-out R² is good before fine-tuning and below zero after it for more than half of the features: rows "
        "of the "
        "fine-tuned table are probably matched to the wrong studies, or the two embeddings share no axes; check "
        "its ids.",
        "Embeddings saved in another order than their ids look exactly like an encoder that forgot everything.",
    )


def small_cohort(n_studies: int) -> Alert | None:
    """Alert below the number of studies that single features need."""
    if n_studies >= SINGLE_FEATURE_STUDIES:
        return None
    return Alert(
        "small_cohort",
        f"{counted(n_studies, 'study', 'studies')}: underpowered for single features; read groups.",
        "In simulated cohorts a real change of a single feature is found in 2 % of cases with 60 patients, in 31 % "
        "with 100 and in 92 % with 300; groups are found sooner.",
    )


def few_test_patients(n_patients: int) -> Alert | None:
    """Alert at fewer than 20 held-out patients."""
    if n_patients >= 20:
        return None
    return Alert(
        "few_test_patients",
        f"Held-out values rest on {counted(n_patients, 'patient', 'patients')}: they can change by tenths with "
        "another split.",
        "R² compares an error with the spread among the held-out patients, and so few patients do not fix either.",
    )


def repeated_studies(n_studies: int, n_patients: int) -> Alert | None:
    """Alert where patients have several studies."""
    if n_studies == n_patients:
        return None
    return Alert(
        "repeated_studies",
        f"{counted(n_studies, 'study', 'studies')} of "
        f"{counted(n_patients, 'patient', 'patients')}: all studies of a patient stay on one side of the split.",
        "A patient on both sides would let the decoder recognise the patient; that doubles R² for no reason.",
    )


def outside_training_range(n_values: int, n_all: int) -> Alert | None:
    """Alert where radiomic values lie outside the range of the training studies."""
    if n_values == 0:
        return None
    return Alert(
        "outside_training_range",
        f"{count(n_values)} of {count(n_all)} radiomic values outside the training studies lie beyond the range seen "
        "in training; they are kept and scale to below 0 or above 1.",
        "Min-max scaling uses training studies only, otherwise the held-out studies would leak into their own score.",
    )


def lesion_roi(roi: str | None) -> Alert | None:
    """Alert of an analysis of lesions: patients without one are not in it."""
    if roi != "lesion":
        return None
    return Alert(
        "lesion_roi",
        "Lesion features exist only for patients with a lesion: this analysis says nothing about patients without one.",
        "Having lesion features at all already tells the label, so studies without them cannot be compared with "
        "the rest.",
    )


def region_of_some(roi: str, without: int) -> Alert | None:
    """Alert of an analysis of a region that so many studies do not have."""
    if without == 0:
        return None
    return Alert(
        "region_of_some",
        f"Not every study has the region {roi}: this analysis says nothing about patients without it.",
        "Having the region at all can already tell the label, so studies without it cannot be compared with the rest.",
    )


def subgroup(words: str, n_patients: int, of_patients: int) -> Alert:
    """Alert of an analysis of a part of its cohort."""
    return Alert(
        "subgroup",
        f"A subgroup of the cohort was analysed: {words_only(words, 200)} ({count(n_patients)} of "
        f"{counted(of_patients, 'patient')}).",
        "It says nothing about the other patients. Of several subgroups that are looked at, one shows a change by "
        "chance sooner or later: name the subgroup before looking, or test it in other patients.",
    )


def class_spellings(columns: Sequence[tuple[str, str]]) -> Alert | None:
    """Alert where cells of a clinical column were spelled differently and read as one class: (column, spellings)."""
    said = [f"{words_only(name)} ({spellings})" for name, spellings in columns if spellings]
    if not said:
        return None
    return Alert(
        "class_spellings",
        f"Different spellings of clinical cells were read as one class: {named(said)}.",
        "Classes are told apart by their names. Left apart, two spellings of one class would have split its patients "
        "in two. Where they are different classes, give them different names and analyse again.",
    )
