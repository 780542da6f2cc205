"""What is known of the studies beside pre, ft and radiomics: further runs, controls, label, covariates."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.science.tables.study_columns import StudyColumn
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class StudyContext:
    """Embeddings (N, d) and columns (N,) of the studies of one analysis, rows in its order."""

    runs: tuple[FloatArray, ...] = ()  # of the same recipe, beside the first
    controls: tuple[FloatArray, ...] = ()  # runs on shuffled labels
    label: tuple[Covariate, ...] = ()  # what the task learned
    covariates: tuple[Covariate, ...] = ()


def covariate_of(column: StudyColumn, studies: Sequence[str]) -> Covariate:
    """The values of a clinical column for these studies; raises KeyError where one lacks a number."""
    return Covariate(column.name, column.values(studies))
