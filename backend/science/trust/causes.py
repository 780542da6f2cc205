"""From "carried" to "used", "new" and "lost": what the task's head uses, what is new, and what else is read."""

from dataclasses import dataclass

from backend.science.compute.progress import step_counter
from backend.science.lens.settings import LensSettings
from backend.science.tables.join import Cohort
from backend.science.trust.clinical_targets import ClinicalChange, ClinicalTable, clinical_change
from backend.science.trust.content.new_content import Content, lost_content, new_content
from backend.science.trust.erasure.feature_use import feature_use
from backend.science.trust.erasure.use import Use
from backend.science.trust.study_context import StudyContext
from backend.science.types import Progress

STEPS = 4


@dataclass(frozen=True, slots=True)
class Causes:
    """What stands behind the changes; `use` is None without a label."""

    use: Use | None
    new: Content
    lost: Content
    clinical: ClinicalTable


def find_causes(
    cohort: Cohort,
    context: StudyContext,
    settings: LensSettings,
    progress: Progress | None = None,
) -> Causes:
    """Erase features from the embedding, find its new and lost content, and read clinical columns from it.

    The label is the first of the context's; new and lost content are those of the first run. Without the task's own
    head a linear one is cross-validated on the label.
    """
    report = step_counter(progress, "asking what is used and what is new", STEPS) or (lambda _: None)
    groups = [feature.modality_class for feature in cohort.features]
    names = [feature.column for feature in cohort.features]
    label = context.label[0] if context.label else None
    runs, use = (cohort.x_ft, *context.runs), None
    if label is not None:
        use = feature_use(
            runs,
            cohort.r,
            label,
            cohort.patient_id,
            groups,
            head=context.head,
            folds=settings.folds,
            repeats=settings.repeats,
            seed=settings.seed,
        )
    report(1)
    tables = (cohort.x_pre, cohort.x_ft, cohort.r, names, groups, cohort.patient_id, cohort.study_id)
    new = new_content(*tables, label=label, covariates=context.covariates, seed=settings.seed)
    report(2)
    lost = lost_content(*tables, label=label, covariates=context.covariates, seed=settings.seed)
    report(3)
    clinical = _clinical(cohort, context, settings.seed)
    report(4)
    return Causes(use, new, lost, clinical)


def _clinical(cohort: Cohort, context: StudyContext, seed: int) -> ClinicalTable:
    """How well every target is read; a column that is a covariate too is not given to itself."""
    rows, left_out = list[ClinicalChange](), list[str]()
    for target in context.targets:
        given = [covariate for covariate in context.covariates if covariate.name != target.name]
        runs = (cohort.x_ft, *context.runs)
        found = clinical_change(cohort.x_pre, runs, [target], cohort.patient_id, covariates=given, seed=seed)
        rows += found.rows
        left_out += found.left_out
    return ClinicalTable(tuple(rows), tuple(left_out))
