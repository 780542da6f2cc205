"""What is known of the studies beside pre, ft and radiomics: further runs, controls, label, covariates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.tables.study_columns import StudyColumn
from backend.science.trust.erasure.linear_head import LinearHead
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class StudyContext:
    """Embeddings (N, d) and columns (N,) of the studies of one analysis, rows in its order."""

    runs: tuple[FloatArray, ...] = ()  # of the same recipe, beside the first
    controls: tuple[FloatArray, ...] = ()  # runs on shuffled labels
    label: tuple[Covariate, ...] = ()  # what the task learned
    covariates: tuple[Covariate, ...] = ()
    head: LinearHead | None = None  # of the task; else one is cross-validated on the label
    targets: tuple[Covariate, ...] = ()  # clinical columns to decode in place of features


def covariate_of(column: StudyColumn, studies: Sequence[str]) -> Covariate:
    """The values of a clinical column for these studies; raises KeyError where one lacks a number."""
    return Covariate(column.name, column.values(studies))


def target_of(column: StudyColumn, studies: Sequence[str]) -> Covariate:
    """The same as a target to decode: what is missing is NaN, or blank."""
    blank = "nan" if column.kind == "number" else ""
    words = [column.value_of.get(study, blank) for study in studies]
    return Covariate(column.name, np.array(words, dtype=np.float64 if column.kind == "number" else str))
